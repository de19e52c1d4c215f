//! A folder that was indexed, opened to be searched or shown.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::args::OutputArgs;
use super::context::Context;
use super::index;
use super::model_choice::{keeps_model, remembered, shown_key};
use super::opened::Opened;
use crate::base::model_key::{ModelKey, Precision};
use crate::base::paths;
use crate::catalog::Catalog;
use crate::clip::ModelError;
use crate::library::{self, IndexOptions, Library, SegmentsFound};

/// Why a folder can't be searched.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotSearchable {
    /// The folder was never indexed.
    #[error("folder '{}' is not indexed", paths::display(folder))]
    NotIndexed {
        folder: PathBuf,
        /// The model that was asked for, if any.
        model: Option<String>,
    },
    /// The folder has no vectors of the model, which may not be on this machine either.
    #[error("folder '{}' has no vectors of model '{model}'", paths::display(folder))]
    NoVectors {
        folder: PathBuf,
        model: String,
        /// Why the model can't be used, if it can't.
        #[source]
        unusable: Option<ModelError>,
    },
    /// The folder has vectors of the model, but in another precision.
    #[error(
        "folder '{}' has {found} vectors of model '{model}', but none in {wanted}",
        paths::display(folder)
    )]
    OtherPrecision { folder: PathBuf, model: String, found: Precision, wanted: Precision },
    /// The folder has no graphs to follow, or none that can be read.
    #[error("folder '{}' has {} to search approximately", paths::display(folder), if *damaged { "damaged graphs" } else { "no graphs" })]
    NoGraphs { folder: PathBuf, damaged: bool },
}

impl NotSearchable {
    /// The error of a folder that was never indexed.
    pub(super) fn not_indexed(folder: &Path, model: Option<&str>) -> Self {
        Self::NotIndexed { folder: folder.to_owned(), model: model.map(str::to_owned) }
    }
}

impl Context {
    /// The key of the vectors to show: those of the model that was asked for, else those of [`shown_key`]. Only the
    /// former needs the model itself.
    pub(super) fn stored_key(&self, opened: &Opened, folder: &Path) -> Result<ModelKey> {
        match &self.model {
            Some(_) => Ok(library::model_key(&self.checkpoint(Some(opened))?)),
            None => shown_key(&opened.collection.root, &opened.catalog, self.precision)?
                .ok_or_else(|| NotSearchable::not_indexed(folder, None).into()),
        }
    }

    /// Opens a folder's index, ready to be searched with a model. With `update`, it is brought up to date first.
    ///
    /// # Errors
    /// When the folder isn't indexed, or not with this model.
    pub(super) fn open_indexed(&self, folder: &Path, update: bool) -> Result<Library> {
        if let Some((access, opened)) = self.opened_for_store(folder)? {
            return self.open_stored(&access, opened, update);
        }
        let Some(opened) = Opened::find(folder)? else {
            return Err(NotSearchable::not_indexed(folder, self.model.as_deref()).into());
        };
        let is_empty = || anyhow::Ok(!opened.catalog.keys()?.iter().any(|(_, filled)| *filled));
        let is_indexed = self.model.is_some()
            || remembered(&opened.collection.root, &opened.catalog)?.is_some()
            || !is_empty()?;
        if !update && !is_indexed {
            return Err(NotSearchable::not_indexed(folder, None).into());
        }
        let checkpoint = match self.checkpoint(Some(&opened)) {
            Ok(checkpoint) => checkpoint,
            Err(error) => return Err(no_vectors_either(error, &opened.catalog, folder)?),
        };
        let keep_model = keeps_model(&checkpoint, &opened.collection.root);
        let mut library = Library::new(opened.collection, opened.catalog, checkpoint);
        if update {
            // Whoever searches waits for the answer.
            let options = IndexOptions { keep_model, skip_thumbprints: true, ..IndexOptions::default() };
            index::update(self, &mut library, &options)?;
        }
        let (catalog, key) = (library.catalog(), library.key().clone());
        if catalog.find_model(&key)?.is_none() {
            return Err(no_vectors(catalog, key, folder)?.into());
        }
        Ok(library)
    }

    /// Chooses between exact and approximate search. Reading graphs takes longer than one comparison with every picture, so
    /// that it is only done when it was asked for.
    ///
    /// # Errors
    /// When graphs were asked for and there are none.
    pub(super) fn choose_mode(&self, library: &mut Library, folder: &Path, args: &OutputArgs) -> Result<()> {
        if args.approximate
            && let SegmentsFound::None { damaged } = library.use_segments()?
        {
            return Err(NotSearchable::NoGraphs { folder: folder.to_owned(), damaged }.into());
        }
        Ok(())
    }
}

/// The error of a collection without vectors of `key`.
fn no_vectors(catalog: &Catalog, key: ModelKey, folder: &Path) -> Result<NotSearchable> {
    let folder = folder.to_owned();
    let other = catalog.newest_key(&key.id, None)?.filter(|other| other.precision != key.precision);
    Ok(match other {
        Some(other) => NotSearchable::OtherPrecision {
            folder,
            model: key.id,
            found: other.precision,
            wanted: key.precision,
        },
        None => NotSearchable::NoVectors { folder, model: key.id, unusable: None },
    })
}

/// The error of a model that is not downloaded. Where the folder has no vectors of it either, downloading it is not all
/// there is to do.
fn no_vectors_either(error: anyhow::Error, catalog: &Catalog, folder: &Path) -> Result<anyhow::Error> {
    let unusable = match error.downcast::<ModelError>() {
        Ok(unusable) => unusable,
        Err(error) => return Ok(error),
    };
    let model = match &unusable {
        ModelError::NotDownloaded(model) => model.clone(),
        _ => return Ok(unusable.into()),
    };
    if catalog.keys()?.iter().any(|(key, filled)| *filled && key.id == model) {
        return Ok(unusable.into());
    }
    Ok(NotSearchable::NoVectors { folder: folder.to_owned(), model, unusable: Some(unusable) }.into())
}
