//! What to browse, and how.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::app::command::Command;
use super::app::keymap::{Action, Key};
use super::graphics::GraphicsProtocol;
use super::search_store::SavedSearches;
use super::terminal::region::Height;
use super::view::theme::ThemeSettings;
use super::view_file::ViewSettings;
use super::workers::stored_pictures::StoredPictures;
use crate::clip::Checkpoint;
use crate::clip::hub::FetchEvent;
use crate::library::{
    Boundary, Collection, FactsOfStore, IndexOptions, OcrError, OcrSettings, PathSet, SharedPlace,
    WalkOptions, model_key,
};

/// What to browse, and how.
#[derive(Debug, Clone)]
pub(crate) struct BrowseOptions {
    /// The folder to browse, and the model that understands queries and pictures.
    pub model: ModelSource,
    /// How often to look for changes; `None` to be told of them by the system.
    pub poll: Option<Duration>,
    /// The query to start with; with an empty one, the newest pictures are shown.
    pub query: String,
    /// The pictures that every answer is limited to; `None` for all.
    pub among: Option<Arc<PathSet>>,
    /// A notice to show at the start.
    pub notice: Option<String>,
    /// The number of results at most.
    pub top: usize,
    /// Whether several pictures can be marked.
    pub multi: bool,
    /// Whether enter leaves also where it chooses no picture, since the query is what is wanted.
    pub accept_query: bool,
    /// How pictures are drawn.
    pub protocol: GraphicsProtocol,
    /// The number of rows below the prompt; `None` for the whole screen.
    pub height: Option<Height>,
    /// What the settings change about the browser.
    pub appearance: Appearance,
}

impl BrowseOptions {
    /// What looks up pictures whose files can't be reached, if a store is browsed.
    pub(crate) fn stored_pictures(&self) -> Option<StoredPictures> {
        let ModelSource::Here(searchable) = &self.model else { return None };
        let Searchable { collection, checkpoint, shared, .. } = searchable.as_ref();
        let shared = shared.clone()?;
        Some(StoredPictures::new(FactsOfStore::new(shared, model_key(checkpoint)), collection.root.clone()))
    }

    /// Which of the paths in the catalogue are trusted.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub(crate) fn boundary(&self) -> anyhow::Result<Boundary> {
        let Searchable { collection, index, .. } = match &self.model {
            ModelSource::Here(searchable) => searchable.as_ref(),
            ModelSource::Missing(missing) => return Ok(Boundary::new(&missing.root, missing.walk.follow)),
        };
        match index.as_ref().and_then(|index| index.walk.as_ref()) {
            Some(walk) => Ok(Boundary::new(&collection.root, walk.follow)),
            None => Ok(collection.boundary(&collection.catalog()?)?),
        }
    }
}

/// Where the model comes from.
#[derive(Debug, Clone)]
pub(crate) enum ModelSource {
    /// It is on this machine.
    Here(Box<Searchable>),
    /// It is downloaded while the browser shows the names of the pictures.
    Missing(MissingModel),
}

/// A folder with its index and the model to search it with.
#[derive(Debug, Clone)]
pub(crate) struct Searchable {
    /// The folder.
    pub collection: Collection,
    /// The model.
    pub checkpoint: Checkpoint,
    /// The store elsewhere that is browsed; `None` for the index of this machine.
    pub shared: Option<SharedPlace>,
    /// How the index is kept up to date in the background; `None` to browse what is indexed as it is.
    pub index: Option<IndexOptions>,
    /// How the text in pictures that are indexed is read, if it is to be.
    pub texts: Option<TextsWanted>,
}

/// How the text in pictures is read in the background.
#[derive(Debug, Clone)]
pub(crate) struct TextsWanted {
    /// What reads it.
    pub settings: OcrSettings,
    /// Makes words for the user of why nothing is read.
    pub explain: fn(&OcrError) -> String,
}

/// A model that is not on this machine yet, and the folder that waits for it.
#[derive(Clone)]
pub(crate) struct MissingModel {
    /// The name of the model.
    pub id: String,
    /// The canonical folder of the collection, whether there is one yet or not.
    pub root: PathBuf,
    /// The folder to browse: the root or a part of it.
    pub folder: PathBuf,
    /// Which files of the folder are its pictures.
    pub walk: WalkOptions,
    /// What downloads the model.
    pub provider: Arc<dyn ModelProvider>,
}

impl fmt::Debug for MissingModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MissingModel").field("id", &self.id).field("root", &self.root).finish_non_exhaustive()
    }
}

/// What downloads a model and opens a folder with it; called on a thread of its own. Reasons of failures are words for the
/// user, with what can be done.
pub(crate) trait ModelProvider: Send + Sync {
    /// Downloads the model, from where an earlier attempt stopped, and reports what happens.
    fn fetch(&self, report: &dyn Fn(FetchEvent<'_>)) -> Result<(), String>;
    /// Opens the folder of [`MissingModel::root`] with the model that was downloaded.
    fn open(&self) -> Result<ReadyModel, String>;
}

/// A model that was downloaded and is ready.
#[derive(Debug)]
pub(crate) struct ReadyModel {
    /// The folder and the model.
    pub searchable: Searchable,
    /// What the user is to know of the model.
    pub notice: Option<String>,
}

/// What the settings change about the browser.
#[derive(Debug, Clone, Default)]
pub(crate) struct Appearance {
    /// Keys with other actions than their default ones.
    pub keys: HashMap<Key, Action>,
    /// The styles.
    pub theme: ThemeSettings,
    /// The user's own commands.
    pub commands: Vec<Command>,
    /// How results are shown at the start, whatever it was when the browser was left last.
    pub view: ViewSettings,
    /// The saved searches.
    pub searches: SavedSearches,
}
