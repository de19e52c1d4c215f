//! Searching an opened folder: by text, and by a picture.

use std::fs;
use std::io;
use std::path::{self, Path, PathBuf};

use super::error::LibraryError;
use super::open::Library;
use super::searcher::{Hit, Narrowing, Searcher, Target};
use crate::base::paths;
use crate::catalog::Catalog;
use crate::clip::{Checkpoint, Embedding, Pixels, VisionEncoder};
use crate::picture::{self, Limits};

impl Library {
    /// The vectors of the part that was asked for, in step with the catalogue. They are loaded when this is called first.
    ///
    /// # Errors
    /// When the catalogue can't be read, or the system has no thread left.
    pub fn searcher(&mut self) -> Result<&mut Searcher, LibraryError> {
        self.searcher_and_catalog().map(|(searcher, _)| searcher)
    }

    /// The vectors as [`Self::searcher`] has them, and the catalogue that they are of.
    ///
    /// # Errors
    /// As [`Self::searcher`].
    pub(super) fn searcher_and_catalog(&mut self) -> Result<(&mut Searcher, &Catalog), LibraryError> {
        let Self { searcher, catalog, collection, key, .. } = self;
        let searcher = match searcher {
            Some(searcher) => {
                searcher.refresh(catalog)?;
                searcher
            }
            none @ None => none.insert(Searcher::load(collection, catalog, key)?),
        };
        Ok((searcher, catalog))
    }

    /// The vectors alone.
    ///
    /// # Errors
    /// As [`Self::searcher`].
    pub fn into_searcher(mut self) -> Result<Searcher, LibraryError> {
        match self.searcher {
            Some(mut searcher) => {
                searcher.refresh(&mut self.catalog)?;
                Ok(searcher)
            }
            None => Searcher::load(&self.collection, &mut self.catalog, &self.key),
        }
    }

    /// The `k` pictures that are most similar to a text, best first; ties in the order of their paths. The text is embedded
    /// while the vectors are loaded.
    ///
    /// # Errors
    /// When the catalogue can't be read, or the text can't be embedded.
    ///
    /// # Examples
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # for (name, colour) in [("red.bmp", [220, 20, 20]), ("blue.bmp", [20, 20, 220]), ("dark-blue.bmp", [10, 10, 140])] {
    /// #     image::RgbImage::from_pixel(64, 64, image::Rgb(colour)).save(folder.path().join(name))?;
    /// # }
    /// # let folder = folder.path();
    /// use pixseek::clip::Checkpoint;
    /// use pixseek::library::Library;
    ///
    /// let mut library = Library::open_beside(folder, Checkpoint::find("demo")?)?;
    /// library.update()?;
    /// let hits = library.search("red", 2)?;
    /// assert!(hits[0].path.ends_with("red.bmp"));
    /// assert!(hits[0].score > hits[1].score);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn search(&mut self, text: &str, k: usize) -> Result<Vec<Hit>, LibraryError> {
        let checkpoint = self.checkpoint.clone();
        let (searcher, query) = std::thread::scope(|scope| {
            let query = scope.spawn(move || embed_text(&checkpoint, text));
            let searcher = self.searcher();
            (searcher, query.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        Ok(searcher?.search(&query?, k))
    }

    /// The `k` pictures that look most like the one in the file `image`, best first, without that picture itself. Of a
    /// picture of the collection that is unchanged, the stored vector is taken; others are read and embedded.
    ///
    /// # Errors
    /// When the picture or the catalogue can't be read.
    ///
    /// # Examples
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # for (name, colour) in [("red.bmp", [220, 20, 20]), ("blue.bmp", [20, 20, 220]), ("dark-blue.bmp", [10, 10, 140])] {
    /// #     image::RgbImage::from_pixel(64, 64, image::Rgb(colour)).save(folder.path().join(name))?;
    /// # }
    /// # let folder = folder.path();
    /// use pixseek::clip::Checkpoint;
    /// use pixseek::library::Library;
    ///
    /// let mut library = Library::open_beside(folder, Checkpoint::find("demo")?)?;
    /// library.update()?;
    /// let hits = library.similar(&folder.join("blue.bmp"), 1)?;
    /// assert!(hits[0].path.ends_with("dark-blue.bmp"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn similar(&mut self, image: &Path, k: usize) -> Result<Vec<Hit>, LibraryError> {
        let (query, itself) = self.picture_and_places(image)?;
        let is_other = |path: &Path| !itself.iter().any(|own| paths::from_bytes(own) == path);
        let narrowing = Narrowing::default();
        let mut hits =
            self.store()?.answer(Target::Vector(&query), &narrowing, k.saturating_add(itself.len()))?.hits;
        hits.retain(|hit| is_other(&hit.path));
        hits.truncate(k);
        Ok(hits)
    }

    /// The vector of the picture in the file `image`: the stored one of a picture of the collection that is unchanged;
    /// others are read and embedded.
    ///
    /// # Errors
    /// When the picture or the catalogue can't be read, or the model can't be loaded.
    pub fn picture_embedding(&mut self, image: &Path) -> Result<Embedding, LibraryError> {
        self.picture_and_places(image).map(|(embedding, _)| embedding)
    }

    /// As [`Self::picture_embedding`], with the paths that the picture has in the collection.
    fn picture_and_places(&mut self, image: &Path) -> Result<(Embedding, Vec<Vec<u8>>), LibraryError> {
        let unreadable = |reason| unreadable(image, reason);
        let named = named(image).map_err(unreadable)?;
        let image = paths::canonicalize(image).map_err(unreadable)?;
        let in_collection = |path: &Path| path.strip_prefix(&self.collection.root).map(paths::to_bytes).ok();
        // A link is in the collection under its own name, the file it leads to perhaps under another.
        let places: Vec<Vec<u8>> =
            [&named, &image].into_iter().filter_map(|path| in_collection(path)).collect();
        let embedding = match self.stored_embedding(places.iter(), &image)? {
            Some(embedding) => embedding,
            None => embed_picture(&self.checkpoint, &image)?,
        };
        Ok((embedding, places))
    }

    /// The stored vector of the file `image`, if the collection has it under one of `paths` and it has not changed since.
    fn stored_embedding<'a>(
        &mut self,
        paths: impl Iterator<Item = &'a Vec<u8>>,
        image: &Path,
    ) -> Result<Option<Embedding>, LibraryError> {
        let metadata = fs::metadata(image).map_err(|reason| unreadable(image, reason))?;
        for path in paths {
            if let Some(vector) = self.store()?.vector_of(path, &metadata)? {
                return Ok(Some(vector));
            }
        }
        Ok(None)
    }
}

/// Embeds a text: a unit vector of as many numbers as the model's dimension.
///
/// # Errors
/// When the text tower can't be loaded.
pub fn embed_text(checkpoint: &Checkpoint, text: &str) -> Result<Embedding, LibraryError> {
    only(checkpoint.load_text()?.embed(&[text])?)
}

/// Reads and embeds the picture in a file: a unit vector of as many numbers as the model's dimension.
///
/// # Errors
/// When the picture can't be read, or the model can't be loaded.
pub fn embed_picture(checkpoint: &Checkpoint, path: &Path) -> Result<Embedding, LibraryError> {
    // The picture first: a model takes long to load.
    let pixels = read_picture(checkpoint, path)?;
    only(checkpoint.load_vision()?.embed(&[pixels])?)
}

/// Embeds pictures one by one with a vision tower that is loaded once.
pub struct PictureEncoder {
    checkpoint: Checkpoint,
    vision: Option<VisionEncoder>,
}

impl PictureEncoder {
    /// An encoder that loads its tower when it is first asked.
    pub fn new(checkpoint: Checkpoint) -> Self {
        Self { checkpoint, vision: None }
    }

    /// Reads and embeds the picture in a file, as [`embed_picture`].
    ///
    /// # Errors
    /// As [`embed_picture`].
    pub fn embed(&mut self, path: &Path) -> Result<Embedding, LibraryError> {
        let pixels = read_picture(&self.checkpoint, path)?;
        let vision = match self.vision.take() {
            Some(vision) => vision,
            None => self.checkpoint.load_vision()?,
        };
        let embeddings = self.vision.insert(vision).embed(&[pixels])?;
        only(embeddings)
    }
}

/// Reads a picture as the vision tower is to see it.
fn read_picture(checkpoint: &Checkpoint, path: &Path) -> Result<Pixels, LibraryError> {
    let preprocessor = checkpoint.preprocessor();
    let picture = picture::open_reduced(path, &Limits::default(), |w, h| preprocessor.minimum_size(w, h))
        .map_err(|reason| LibraryError::Picture { path: path.to_owned(), reason })?;
    Ok(preprocessor.apply(&picture.image))
}

/// What the system says of a picture's file.
fn unreadable(path: &Path, reason: io::Error) -> LibraryError {
    LibraryError::Picture { path: path.to_owned(), reason: reason.into() }
}

/// The path with its folder resolved, but not the last name.
fn named(path: &Path) -> io::Result<PathBuf> {
    let absolute = path::absolute(path)?;
    Ok(match (absolute.parent(), absolute.file_name()) {
        (Some(folder), Some(name)) => paths::canonicalize(folder)?.join(name),
        _ => absolute,
    })
}

/// The one embedding of one text or picture.
pub(super) fn only(embeddings: Vec<Embedding>) -> Result<Embedding, LibraryError> {
    embeddings.into_iter().next().ok_or(LibraryError::NoEmbedding)
}
