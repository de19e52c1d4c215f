//! The folders that may be looked at, each opened once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use parking_lot::Mutex;

use crate::base::paths;
use crate::library::{Library, TagList, own_words};
use crate::query::Query;

/// Where folders come from: the command line knows which are meant, and with which model each is searched.
pub(crate) trait Source: Send + Sync + 'static {
    /// The folders that may be looked at, canonical.
    ///
    /// # Errors
    /// When the list of indexed folders can't be read.
    fn folders(&self) -> Result<Vec<PathBuf>>;

    /// Opens a folder to be searched.
    ///
    /// # Errors
    /// When it is not indexed, or not with a model that is here.
    fn open(&self, folder: &Path) -> Result<Library>;

    /// Reads a query of the query language, with saved searches put in.
    ///
    /// # Errors
    /// When it is wrong; the message has the column.
    fn read_query(&self, text: &str) -> Result<Query>;

    /// An error in words, with what to do about it.
    fn in_words(&self, error: &anyhow::Error) -> String;
}

/// A folder that was opened.
pub(super) struct OpenFolder {
    pub(super) library: Library,
    /// The words that pictures are named by, once they were asked for.
    words: Option<TagList>,
}

impl OpenFolder {
    /// The words that pictures are named by. `waiting` is called if their vectors have to be made, which takes seconds.
    pub(super) fn words(&mut self, waiting: impl FnOnce()) -> Result<&TagList> {
        match &mut self.words {
            Some(words) => Ok(words),
            none => {
                let checkpoint = self.library.checkpoint();
                Ok(none.insert(TagList::load(checkpoint, own_words(checkpoint), waiting)?))
            }
        }
    }
}

/// The folders that may be looked at.
pub(super) struct Folders<S> {
    pub(super) source: S,
    open: Mutex<HashMap<PathBuf, Arc<Mutex<OpenFolder>>>>,
}

impl<S: Source> Folders<S> {
    pub(super) fn new(source: S) -> Self {
        Self { source, open: Mutex::new(HashMap::new()) }
    }

    /// A folder, opened; again if it was before.
    pub(super) fn open(&self, folder: &Path) -> Result<Arc<Mutex<OpenFolder>>> {
        if let Some(open) = self.open.lock().get(folder) {
            return Ok(open.clone());
        }
        let library = self.source.open(folder)?;
        let opened = Arc::new(Mutex::new(OpenFolder { library, words: None }));
        Ok(self.open.lock().entry(folder.to_owned()).or_insert(opened).clone())
    }

    /// The folders that a call is about: the one that it names, which is one of those that may be looked at or lies in one;
    /// else all of them.
    pub(super) fn asked(&self, named: Option<&str>) -> Result<Vec<PathBuf>> {
        let allowed = self.source.folders()?;
        let Some(named) = named else {
            if allowed.is_empty() {
                bail!("no folder is indexed yet: `pixseek index FOLDER` makes an index");
            }
            return Ok(allowed);
        };
        let folder = paths::canonicalize(named)
            .with_context(|| format!("folder '{}'", paths::display(Path::new(named))))?;
        if !allowed.iter().any(|root| folder.starts_with(root)) {
            bail!(
                "folder '{}' is not among those that may be looked at: {}",
                paths::display(&folder),
                list(&allowed)
            );
        }
        Ok(vec![folder])
    }

    /// The file of a picture, and the folder that it lies in. Paths are absolute, or relative to a folder that may be looked at.
    pub(super) fn picture(&self, path: &Path) -> Result<(PathBuf, PathBuf)> {
        let allowed = self.source.folders()?;
        let mut candidates: Vec<PathBuf> = allowed.iter().map(|folder| folder.join(path)).collect();
        candidates.extend(paths::canonicalize(path).ok().filter(|_| path.is_absolute()));
        let mut is_there = false;
        for candidate in candidates.iter().filter(|path| path.symlink_metadata().is_ok()) {
            for folder in allowed.iter().filter(|folder| candidate.starts_with(folder)) {
                is_there = true;
                let open = self.open(folder)?;
                let library = &open.lock().library;
                let boundary = library.collection().boundary(library.catalog())?;
                if let Ok(path) = boundary.resolve(candidate)
                    && path.is_file()
                {
                    return Ok((path, folder.clone()));
                }
            }
        }
        let shown = paths::display(path);
        if is_there {
            bail!("'{shown}' is no picture, or a link leads to it out of its folder");
        }
        bail!("there is no picture '{shown}' in the folders that may be looked at: {}", list(&allowed));
    }
}

fn list(folders: &[PathBuf]) -> String {
    let shown: Vec<String> = folders.iter().map(|folder| format!("'{}'", paths::display(folder))).collect();
    if shown.is_empty() { "there is none".to_owned() } else { shown.join(", ") }
}
