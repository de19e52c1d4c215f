//! The words of a list that are nearest to a picture (zero-shot, as in section 3.1 of the CLIP paper).
//!
//! The vectors of a list's words are kept in a file beside the model, or in the cache folder, so that only the first use
//! waits for the text tower. The file is a [`blockfile`](crate::base::blockfile): a section with a hash of what the vectors
//! come from, and one with the vectors (f32, little-endian, in the order of the words). If it is missing, damaged, or of
//! another source, it is made anew.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::LibraryError;
use super::evaluate::embeddings::embed_all;
use super::report::Observer;
use super::templates::{NAMING_SENTENCES, mean_embedding};
use crate::base::atomic::{self, Access};
use crate::base::blockfile::{BlockfileError, Kind, Reader, Writer};
use crate::clip::{Checkpoint, Embedding};

/// The words that pictures are named by if the user has no list: one a line, `#` begins a comment.
const WORDS: &str = include_str!("../../assets/words.txt");
/// The version changes with what is in the sections, and with how vectors are made of words.
const KIND: Kind = Kind { name: *b"WORD", version: 1 };

/// A word that is near to a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Tag {
    /// The word, as it stands in the list.
    pub word: String,
    /// The cosine of the picture to the word, -1 to 1.
    pub score: f32,
}

/// Words with their vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct TagList {
    words: Vec<String>,
    vectors: Vec<Embedding>,
}

/// The words that pictures are named by if the user has no list: plain English ones for photos, and for the demo model those
/// that it learned.
pub fn own_words(checkpoint: &Checkpoint) -> Vec<String> {
    match checkpoint.learned_words() {
        Some(words) => words.into_iter().map(str::to_owned).collect(),
        None => parse(WORDS),
    }
}

/// The words of a list, one a line. Blanks around them and lines that begin with `#` don't count, and a word that stands
/// there twice counts once.
fn parse(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for word in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if seen.insert(word) {
            words.push(word.to_owned());
        }
    }
    words
}

impl TagList {
    /// The words in a text, one a line, in their order: [`TagList::load`] takes them.
    pub fn words_in(text: &str) -> Vec<String> {
        parse(text)
    }

    /// The vectors of words: from a file, or made by the text tower, for which `waiting` is called before.
    ///
    /// # Errors
    /// When the model can't be loaded or fails.
    pub fn load(
        checkpoint: &Checkpoint,
        words: Vec<String>,
        waiting: impl FnOnce(),
    ) -> Result<Self, LibraryError> {
        Self::load_in(checkpoint, words, &NAMING_SENTENCES, waiting)
    }

    /// As [`Self::load`], with the mean of other sentences for each word.
    pub(super) fn load_in(
        checkpoint: &Checkpoint,
        words: Vec<String>,
        templates: &[&str],
        waiting: impl FnOnce(),
    ) -> Result<Self, LibraryError> {
        let source = source(checkpoint, &words, templates);
        let places = checkpoint.places_of_words(&source.to_hex()[..16]);
        let size = (words.len(), checkpoint.dimension());
        if let Some(vectors) = places.iter().find_map(|path| read(path, source, size)) {
            return Ok(Self { words, vectors });
        }
        waiting();
        let text = checkpoint.load_text()?;
        let vectors: Vec<Embedding> =
            words.iter().map(|word| mean_embedding(&text, word, templates)).collect::<Result<_, _>>()?;
        for path in &places {
            match write(path, source, &vectors) {
                Ok(()) => break,
                Err(error) => tracing::info!(path = %path.display(), %error, "can't keep the words' vectors"),
            }
        }
        Ok(Self { words, vectors })
    }

    /// The vectors, in the order of the words.
    pub(super) fn into_vectors(self) -> Vec<Embedding> {
        self.vectors
    }

    /// The number of words.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The `k` words that are nearest to a picture's vector of unit length, nearest first; ties in the order of the list.
    pub fn nearest(&self, picture: &[f32], k: usize) -> Vec<Tag> {
        let score = |vector: &Embedding| vector.iter().zip(picture).map(|(a, b)| a * b).sum::<f32>();
        let mut scored: Vec<(f32, &String)> =
            self.vectors.iter().zip(&self.words).map(|(vector, word)| (score(vector), word)).collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        let tag = |(score, word): (f32, &String)| Tag { word: word.clone(), score: score.clamp(-1.0, 1.0) };
        scored.into_iter().take(k).map(tag).collect()
    }

    /// The `k` nearest words of each of these pictures; none for those that can't be read, of which `observer` is told.
    ///
    /// # Errors
    /// When the encoder can't be loaded, or fails.
    pub fn name_pictures(
        &self,
        checkpoint: &Checkpoint,
        paths: &[PathBuf],
        k: usize,
        observer: &dyn Observer,
    ) -> Result<Vec<Option<Vec<Tag>>>, LibraryError> {
        let embeddings = embed_all(checkpoint, paths, observer)?;
        Ok(embeddings.into_iter().map(|embedding| Some(self.nearest(&embedding?, k))).collect())
    }
}

/// A hash of all that the vectors of words depend on.
fn source(checkpoint: &Checkpoint, words: &[String], templates: &[&str]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    let mut part = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
    };
    part(&checkpoint.id);
    part(&checkpoint.revision);
    part(checkpoint.placement.precision.as_str());
    part(&checkpoint.state_of_tokenizer());
    templates.iter().for_each(|template| part(template));
    words.iter().for_each(|word| part(word));
    hasher.finalize()
}

/// Reads the vectors of `size.0` words of `size.1` numbers, if the file has those of this source.
pub(super) fn read(path: &Path, source: blake3::Hash, size: (usize, usize)) -> Option<Vec<Embedding>> {
    match read_from(path, source, size) {
        Ok(vectors) => Some(vectors),
        Err(BlockfileError::Io(error)) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            tracing::info!(path = %path.display(), %error, "the words' vectors can't be used: making them again");
            None
        }
    }
}

fn read_from(
    path: &Path,
    source: blake3::Hash,
    (words, dimension): (usize, usize),
) -> Result<Vec<Embedding>, BlockfileError> {
    let mut file = Reader::open(path, KIND)?;
    // What has the right checksum and is something else was written for something else.
    let other = || BlockfileError::Io(io::Error::other("it is of other words"));
    let bytes = words.saturating_mul(dimension).saturating_mul(size_of::<f32>()) as u64;
    if file.length(0) != Some(blake3::OUT_LEN as u64)
        || file.length(1) != Some(bytes)
        || file.read(0)?.check()? != source.as_bytes()
    {
        return Err(other());
    }
    let bytes = file.read(1)?.check()?;
    let numbers: Vec<f32> = bytes
        .chunks_exact(size_of::<f32>())
        .filter_map(|bytes| Some(f32::from_le_bytes(bytes.try_into().ok()?)))
        .collect();
    Ok(numbers.chunks_exact(dimension.max(1)).map(<[f32]>::to_vec).collect())
}

fn write(path: &Path, source: blake3::Hash, vectors: &[Embedding]) -> io::Result<()> {
    let folder = atomic::folder_of(path);
    fs::create_dir_all(folder)?;
    atomic::remove_abandoned_drafts(folder);
    let bytes: Vec<u8> = vectors.iter().flatten().flat_map(|number| number.to_le_bytes()).collect();
    atomic::write(path, Access::Usual, |file| {
        let mut writer = Writer::new(file, KIND)?;
        writer.section(source.as_bytes())?;
        writer.section(&bytes)?;
        writer.finish().map(drop)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clip::DEMO_MODEL;

    fn list() -> TagList {
        let words = ["cat", "dog", "boat"].map(str::to_owned).to_vec();
        TagList { words, vectors: vec![vec![1.0, 0.0], vec![0.6, 0.8], vec![0.6, 0.8]] }
    }

    #[test]
    fn the_nearest_words_come_first_and_ties_in_the_lists_order() {
        let tags = list().nearest(&[0.0, 1.0], 2);
        let words: Vec<&str> = tags.iter().map(|tag| tag.word.as_str()).collect();
        assert_eq!((words, tags[0].score), (vec!["dog", "boat"], 0.8));
        assert_eq!(list().nearest(&[1.0, 0.0], 9).len(), 3);
    }

    #[test]
    fn lists_have_comments_and_blank_lines() {
        assert_eq!(TagList::words_in("# animals\ncat\n\n  hot dog \r\ncat\n"), ["cat", "hot dog"]);
        let own = parse(WORDS);
        assert!(own.len() > 300, "{}", own.len());
        assert!(own.iter().all(|word| word.chars().all(|c| c.is_ascii_lowercase() || " -".contains(c))));
    }

    #[test]
    fn vectors_are_read_by_the_same_source_only_and_damage_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/words.bin");
        let (source, other) = (blake3::hash(b"1"), blake3::hash(b"2"));
        let vectors = list().vectors;
        assert!(read(&path, source, (3, 2)).is_none());
        write(&path, source, &vectors).unwrap();
        assert_eq!(read(&path, source, (3, 2)), Some(vectors));
        assert!(read(&path, other, (3, 2)).is_none());
        assert!(read(&path, source, (4, 2)).is_none());
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&path, &bytes).unwrap();
            assert!(read(&path, source, (3, 2)).is_none(), "byte {at}");
        }
    }

    #[test]
    fn a_demo_drawing_is_named() {
        let checkpoint = Checkpoint::find(DEMO_MODEL).unwrap();
        let words = own_words(&checkpoint);
        assert!(words.iter().any(|word| word == "boat") && words.len() > 80, "{words:?}");
        let few = vec!["boat".to_owned(), "castle".to_owned()];
        let mut waited = false;
        let list = TagList::load(&checkpoint, few, || waited = true).unwrap();
        assert!(waited && list.len() == 2 && !list.is_empty());
    }
}
