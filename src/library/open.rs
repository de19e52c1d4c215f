//! A folder's index, opened with one model.

use std::path::Path;

use super::collection::Collection;
use super::error::LibraryError;
use super::searcher::Searcher;
use super::store::{Local, Store};
use crate::base::model_key::ModelKey;
use crate::catalog::Catalog;
use crate::clip::Checkpoint;

/// A folder's index, opened with one model: the catalogue, the vectors once something is searched, and the model.
pub struct Library {
    pub(super) collection: Collection,
    pub(super) catalog: Catalog,
    pub(super) checkpoint: Checkpoint,
    pub(super) key: ModelKey,
    pub(super) searcher: Option<Searcher>,
    /// The store that is searched, if that is not this machine.
    pub(super) remote: Option<Box<dyn Store + Send>>,
}

impl Library {
    /// Opens the index of a folder, which is made if there is none.
    ///
    /// # Errors
    /// When the folder is missing, or its catalogue can't be opened or made.
    pub fn open(folder: &Path, checkpoint: Checkpoint) -> Result<Self, LibraryError> {
        let (collection, catalog) = Collection::open_or_create(folder, false)?;
        Ok(Self::new(collection, catalog, checkpoint))
    }

    /// Opens the index of a folder that lies in `.pixseek` beside the pictures, where it is made if there is none.
    ///
    /// # Errors
    /// As [`Self::open`].
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
    /// let library = Library::open_beside(folder, Checkpoint::find("demo")?)?;
    /// assert!(folder.join(".pixseek/catalog.db").is_file());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open_beside(folder: &Path, checkpoint: Checkpoint) -> Result<Self, LibraryError> {
        let (collection, catalog) = Collection::open_or_create(folder, true)?;
        Ok(Self::new(collection, catalog, checkpoint))
    }

    /// A library of parts that are open already.
    pub fn new(collection: Collection, catalog: Catalog, checkpoint: Checkpoint) -> Self {
        let key = model_key(&checkpoint);
        Self { collection, catalog, checkpoint, key, searcher: None, remote: None }
    }

    /// Where the index lies, and what part of it was asked for.
    pub fn collection(&self) -> &Collection {
        &self.collection
    }

    /// The connection to the catalogue.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The model.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Has all questions from now on answered by a store elsewhere.
    pub fn use_store(&mut self, store: Box<dyn Store + Send>) {
        self.remote = Some(store);
    }

    /// Whether questions are answered by a store elsewhere.
    pub fn is_shared(&self) -> bool {
        self.remote.is_some()
    }

    /// What answers questions: a store elsewhere, or else the catalogue and the vectors of this machine, in step with what was
    /// committed.
    ///
    /// # Errors
    /// As [`Self::searcher`].
    pub fn store(&mut self) -> Result<Box<dyn Store + '_>, LibraryError> {
        if self.remote.is_none() {
            self.searcher()?;
        }
        Ok(match (&mut self.remote, &mut self.searcher) {
            (Some(remote), _) => Box::new(remote.as_mut()),
            (None, Some(searcher)) => Box::new(Local { searcher, catalog: &mut self.catalog }),
            (None, None) => return Err(LibraryError::NoEmbedding),
        })
    }

    /// The key of the vectors that are written and searched.
    pub fn key(&self) -> &ModelKey {
        &self.key
    }
}

/// The key under which vectors of `checkpoint` are kept.
pub fn model_key(checkpoint: &Checkpoint) -> ModelKey {
    ModelKey {
        id: checkpoint.id.clone(),
        revision: checkpoint.revision.clone(),
        precision: checkpoint.placement.precision,
        dimension: checkpoint.dimension(),
    }
}
