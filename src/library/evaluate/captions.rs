//! Retrieval: a list says which caption belongs to which picture.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::embeddings::embed_all;
use super::rank::{rank, recall, score};
use crate::base::path_bytes;
use crate::clip::{Checkpoint, Embedding};
use crate::library::collection;
use crate::library::error::LibraryError;
use crate::library::report::Observer;

/// The longest list that is read, in bytes.
const MAX_LIST: u64 = 256 << 20;
/// Captions that are embedded at once.
const TEXTS: usize = 256;

/// How often what belongs together is found, among the first 1, 5 and 10; shares from 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct RetrievalScores {
    /// Pictures that were read.
    pub pictures: usize,
    /// Captions of those.
    pub captions: usize,
    /// Of captions: their picture is found.
    pub text_to_image: [f64; 3],
    /// Of pictures: one of their captions is found.
    pub image_to_text: [f64; 3],
}

/// Judges a checkpoint by the captions in `list`: lines of a picture's name (relative to `root`), a tab, and a caption.
/// A picture may have several lines. Empty lines are passed over.
///
/// # Errors
/// When the list can't be read or has a line of another form, no picture in it can be read, or the encoder fails.
pub fn evaluate_captions(
    checkpoint: &Checkpoint,
    root: &Path,
    list: &Path,
    observer: &dyn Observer,
) -> Result<RetrievalScores, LibraryError> {
    let root = collection::canonical(root)?;
    let CaptionList { pictures, captions } = read_list(list)?;
    let paths: Vec<PathBuf> = pictures.iter().map(|name| root.join(name)).collect();
    let embeddings = embed_all(checkpoint, &paths, observer)?;
    // Where each readable picture is among those.
    let mut places = Vec::with_capacity(embeddings.len());
    let mut pictures: Vec<Embedding> = Vec::new();
    for embedding in embeddings {
        places.push(embedding.is_some().then_some(pictures.len()));
        pictures.extend(embedding);
    }
    let captions: Vec<(usize, &str)> = captions
        .iter()
        .filter_map(|(picture, text)| Some(((*places.get(*picture)?)?, text.as_str())))
        .collect();
    if pictures.is_empty() {
        return Err(LibraryError::NoCaptions(list.to_owned()));
    }
    let text = checkpoint.load_text()?;
    let mut texts = Vec::with_capacity(captions.len());
    for group in captions.chunks(TEXTS) {
        texts.extend(text.embed(&group.iter().map(|(_, text)| *text).collect::<Vec<_>>())?);
    }
    let of_caption = |(text, (picture, _)): (&Embedding, &(usize, &str))| {
        rank(&pictures.iter().map(|picture| score(text, picture)).collect::<Vec<_>>(), *picture)
    };
    let by_text: Vec<usize> = texts.par_iter().zip(&captions).map(of_caption).collect();
    let mut own = vec![Vec::new(); pictures.len()];
    for (number, (picture, _)) in captions.iter().enumerate() {
        if let Some(own) = own.get_mut(*picture) {
            own.push(number);
        }
    }
    let of_picture = |(picture, own): (&Embedding, &Vec<usize>)| {
        let scores: Vec<f32> = texts.iter().map(|text| score(picture, text)).collect();
        own.iter().map(|caption| rank(&scores, *caption)).min().unwrap_or(usize::MAX)
    };
    let by_picture: Vec<usize> = pictures.par_iter().zip(&own).map(of_picture).collect();
    let shares = |ranks: &[usize]| [1, 5, 10].map(|k| recall(ranks, k));
    Ok(RetrievalScores {
        pictures: pictures.len(),
        captions: captions.len(),
        text_to_image: shares(&by_text),
        image_to_text: shares(&by_picture),
    })
}

/// A list of captions.
#[derive(Debug, Default)]
struct CaptionList {
    /// The pictures, each once.
    pictures: Vec<PathBuf>,
    /// The captions, each with the number of its picture.
    captions: Vec<(usize, String)>,
}

fn read_list(list: &Path) -> Result<CaptionList, LibraryError> {
    let unreadable = |reason| LibraryError::CantRead { path: list.to_owned(), reason };
    let length = fs::metadata(list).map_err(unreadable)?.len();
    if length > MAX_LIST {
        let reason = format!("it has {length} bytes, and at most {MAX_LIST} are read");
        return Err(unreadable(std::io::Error::other(reason)));
    }
    let bytes = fs::read(list).map_err(unreadable)?;
    let mut read = CaptionList::default();
    let mut numbers = HashMap::new();
    for (i, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            continue;
        }
        let tab = memchr::memchr(b'\t', line).filter(|at| *at > 0);
        let parts =
            tab.and_then(|at| Some((line.get(..at)?, std::str::from_utf8(line.get(at + 1..)?).ok()?)));
        let Some((name, caption)) = parts.filter(|(_, caption)| !caption.trim().is_empty()) else {
            return Err(LibraryError::NoCaption { list: list.to_owned(), line: i + 1 });
        };
        let number = *numbers.entry(name.to_vec()).or_insert_with(|| {
            read.pictures.push(path_bytes::from_bytes(name));
            read.pictures.len() - 1
        });
        read.captions.push((number, caption.trim().to_owned()));
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_name_pictures_once_and_wrong_lines() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("list.tsv");
        let read = |text: &str| {
            fs::write(&list, text).unwrap();
            read_list(&list).map_err(|error| error.to_string())
        };
        let CaptionList { pictures, captions } =
            read("a.png\tred \r\n\nb/c.png\tblue\na.png\ta red one\n").unwrap();
        assert_eq!(pictures, [PathBuf::from("a.png"), PathBuf::from("b/c.png")]);
        let texts: Vec<_> = captions.iter().map(|(picture, text)| (*picture, text.as_str())).collect();
        assert_eq!(texts, [(0, "red"), (1, "blue"), (0, "a red one")]);
        for (wrong, line) in [("a.png\tred\nno tab", 2), ("\tred", 1), ("a.png\t \n", 1)] {
            let error = read(wrong).unwrap_err();
            assert!(error.contains(&format!("line {line}")), "{error}");
        }
    }
}
