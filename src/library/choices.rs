//! What the user chose for a folder on this machine, kept in the user's own data folder.
//!
//! A catalogue beside its pictures may have come with them from somebody else: what it remembers of links to follow, of
//! files to look at, and of a model that is a folder counts only if it was chosen here. A file of choices tells that a
//! folder's index was made, or opened before, on this machine.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::boundary::Boundary;
use super::collection::{Collection, key_of};
use super::error::{LibraryError, with_causes};
use super::store::StoreUrl;
use super::walk::BESIDE;
use crate::base::{atomic, dirs, escape, paths, private};
use crate::catalog::{Catalog, WalkOptions};

/// Unit tests share the data folder of whoever runs them, in which they are to write nothing.
const HAS_DATA_FOLDER: bool = !cfg!(test);

/// The content of one file: the choices for one folder.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Choices {
    /// The folder, for people who look into the file; perhaps not its exact name.
    root: String,
    /// What earlier versions knew of `walk`.
    follow_links: bool,
    /// How the folder is walked; none in files of earlier versions.
    walk: Option<WalkOptions>,
    /// The model that the folder was last indexed with, if that is a folder.
    model: Option<String>,
    /// The URL of the store that is used instead of this machine's, if one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<String>,
}

impl Choices {
    /// How a folder is walked whose catalogue remembers `stored`.
    fn walk(&self, stored: &WalkOptions) -> WalkOptions {
        let earlier = || WalkOptions { follow: stored.follow && self.follow_links, ..stored.clone() };
        self.walk.clone().unwrap_or_else(earlier)
    }
}

impl Collection {
    /// How the folder is walked unless the user says otherwise: as last time. What was not chosen on this machine does not
    /// count.
    ///
    /// # Errors
    /// When the catalogue or the data folder can't be read.
    pub fn walk_options(&self, catalog: &Catalog) -> Result<WalkOptions, LibraryError> {
        let stored = catalog.walk_options()?;
        if !self.is_beside() {
            return Ok(stored);
        }
        let chosen = self.choices()?.map(|choices| choices.walk(&stored)).unwrap_or_default();
        if chosen != stored {
            let what = match stored.follow && !chosen.follow {
                true => "links are not followed (-L follows them)",
                false => "hidden, ignored and excluded files are not chosen as its index remembers",
            };
            self.warn_once(&format!("{what}, since that was not chosen on this machine"));
        }
        Ok(chosen)
    }

    /// Remembers how the user wants the folder to be walked.
    pub(super) fn choose_walk(&self, catalog: &Catalog, options: &WalkOptions) -> Result<(), LibraryError> {
        catalog.set_walk_options(options)?;
        self.choose(|choices| {
            choices.follow_links = options.follow;
            choices.walk = Some(options.clone());
        })
    }

    /// Remembers the model that the user has the folder indexed with.
    pub(super) fn choose_model(&self, id: &str) -> Result<(), LibraryError> {
        let is_folder = Path::new(id).is_absolute();
        if is_folder { self.choose(|choices| choices.model = Some(id.to_owned())) } else { Ok(()) }
    }

    /// Whether a model that the catalogue remembers may be opened: one that is a folder only if it was chosen on this
    /// machine. That it was not is warned of.
    ///
    /// # Errors
    /// When the data folder can't be read.
    pub fn may_open_model(&self, id: &str) -> Result<bool, LibraryError> {
        if !Path::new(id).is_absolute() || !self.is_beside() {
            return Ok(true);
        }
        let is_chosen = self.choices()?.is_some_and(|choices| choices.model.as_deref() == Some(id));
        if !is_chosen {
            let id = escape::text(id);
            self.warn_once(&format!("model '{id}' was not chosen on this machine, so that it is not opened"));
        }
        Ok(is_chosen)
    }

    /// Notes that the index beside the pictures was made by this user on this machine.
    pub(super) fn register(&self) -> Result<(), LibraryError> {
        self.choose(|choices| choices.walk = Some(choices.walk.take().unwrap_or_default()))
    }

    /// Says, the first time that an index beside its pictures is opened which was not made on this machine, what does not
    /// count of it.
    pub(super) fn greet(&self) -> Result<(), LibraryError> {
        if !self.is_beside() || !HAS_DATA_FOLDER || self.choices()?.is_some() {
            return Ok(());
        }
        self.warn_once(
            "its index was not made on this machine: what that remembers of links to follow, of hidden, ignored and excluded \
             files, and of a model in a folder does not count",
        );
        // Where nothing can be remembered, it is said again next time.
        if let Err(error) = self.write_choices(|choices| choices.walk = Some(WalkOptions::default())) {
            tracing::info!("{}", with_causes(&error));
        }
        Ok(())
    }

    /// Which of the paths in the catalogue are believed.
    ///
    /// # Errors
    /// As [`Self::walk_options`].
    pub fn boundary(&self, catalog: &Catalog) -> Result<Boundary, LibraryError> {
        Ok(Boundary::new(&self.root, self.walk_options(catalog)?.follow))
    }

    /// Whether the index lies beside the pictures.
    pub fn is_beside(&self) -> bool {
        self.dir() == self.root.join(BESIDE)
    }

    /// The store that was chosen for this folder on this machine, if one was.
    ///
    /// # Errors
    /// When the data folder can't be read.
    pub fn store(&self) -> Result<Option<StoreUrl>, LibraryError> {
        Ok(self.choices()?.and_then(|choices| choices.store?.parse().ok()))
    }

    /// Remembers which store is used for this folder; with `None`, that it is this machine's own.
    ///
    /// # Errors
    /// When the data folder can't be written.
    pub fn choose_store(&self, store: Option<&StoreUrl>) -> Result<(), LibraryError> {
        if self.store()?.as_ref() == store {
            return Ok(());
        }
        self.write_choices(|choices| choices.store = store.map(ToString::to_string))
    }

    /// What was chosen on this machine; none if nothing ever was. A damaged file chooses nothing.
    fn choices(&self) -> Result<Option<Choices>, LibraryError> {
        let path = self.choices_path()?;
        match fs::read(&path) {
            Ok(text) => Ok(Some(serde_json::from_slice(&text).unwrap_or_default())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(reason) => Err(LibraryError::CantRead { path, reason }),
        }
    }

    /// Changes what was chosen, for a folder with its index beside its pictures. That it can't be written is warned of.
    fn choose(&self, change: impl FnOnce(&mut Choices)) -> Result<(), LibraryError> {
        if self.is_beside()
            && HAS_DATA_FOLDER
            && let Err(error) = self.write_choices(change)
        {
            tracing::warn!("what was chosen can't be remembered: {}", with_causes(&error));
        }
        Ok(())
    }

    fn write_choices(&self, change: impl FnOnce(&mut Choices)) -> Result<(), LibraryError> {
        let before = self.choices()?;
        let mut choices = before.clone().unwrap_or_default();
        choices.root = self.root.to_string_lossy().into();
        change(&mut choices);
        if before.as_ref() == Some(&choices) {
            return Ok(());
        }
        let path = self.choices_path()?;
        let write = || -> io::Result<()> {
            let text = serde_json::to_vec(&choices)?;
            private::create_folder(atomic::folder_of(&path))?;
            atomic::write(&path, atomic::Access::AsFolder, |file| file.write_all(&text))
        };
        write().map_err(|reason| LibraryError::CantWrite { path: path.clone(), reason })
    }

    fn choices_path(&self) -> Result<PathBuf, LibraryError> {
        Ok(dirs::choices()?.join(key_of(&self.root)).with_extension("json"))
    }

    /// Warns of something about the folder, once.
    fn warn_once(&self, words: &str) {
        static WARNED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
        let words = format!("folder '{}': {words}", paths::display(&self.root));
        if WARNED.lock().insert(words.clone()) {
            tracing::warn!("{words}");
        }
    }
}
