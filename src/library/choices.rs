//! What the user chose for a folder on this machine, kept in the user's own data folder.
//!
//! A catalogue beside its pictures may have come with them from somebody else. What it remembers of
//! following links, which lead to the user's other files, counts only if it was chosen here.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::boundary::Boundary;
use super::collection::{Collection, key_of};
use super::error::{LibraryError, with_causes};
use super::store::StoreUrl;
use super::walk::BESIDE;
use crate::base::atomic;
use crate::base::{dirs, paths};
use crate::catalog::{Catalog, WalkOptions};

/// The content of one file: the choices for one folder.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Choices {
    /// The folder, for people who look into the file; perhaps not its exact name.
    root: String,
    follow_links: bool,
    /// The URL of the store that is used instead of this machine's, if one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    store: Option<String>,
}

impl Collection {
    /// How the folder is walked unless the user says otherwise: as last time. Links are followed only if that was
    /// chosen on this machine.
    ///
    /// # Errors
    /// When the catalogue or the data folder can't be read.
    pub fn walk_options(&self, catalog: &Catalog) -> Result<WalkOptions, LibraryError> {
        let mut options = catalog.walk_options()?;
        if options.follow && !self.may_follow()? {
            options.follow = false;
            self.warn_of_links();
        }
        Ok(options)
    }

    /// Remembers how the user wants the folder to be walked.
    pub(super) fn choose_walk(&self, catalog: &Catalog, options: &WalkOptions) -> Result<(), LibraryError> {
        catalog.set_walk_options(options)?;
        if self.is_beside()
            && options.follow != self.may_follow()?
            && let Err(error) = self.write_choices(options.follow)
        {
            tracing::warn!("following links can't be remembered: {}", with_causes(&error));
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

    /// Whether it was on this machine that following links was chosen, if it was.
    fn may_follow(&self) -> Result<bool, LibraryError> {
        if !self.is_beside() {
            return Ok(true);
        }
        Ok(self.choices()?.follow_links)
    }

    /// The store that was chosen for this folder on this machine, if one was.
    ///
    /// # Errors
    /// When the data folder can't be read.
    pub fn store(&self) -> Result<Option<StoreUrl>, LibraryError> {
        Ok(self.choices()?.store.and_then(|store| store.parse().ok()))
    }

    /// Remembers which store is used for this folder; with `None`, that it is this machine's own.
    ///
    /// # Errors
    /// When the data folder can't be written.
    pub fn choose_store(&self, store: Option<&StoreUrl>) -> Result<(), LibraryError> {
        if self.store()?.as_ref() == store {
            return Ok(());
        }
        self.change_choices(|choices| choices.store = store.map(ToString::to_string))
    }

    fn choices(&self) -> Result<Choices, LibraryError> {
        let path = self.choices_path()?;
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Choices::default()),
            Err(reason) => return Err(LibraryError::CantRead { path, reason }),
        };
        // A damaged file chooses nothing.
        Ok(serde_json::from_slice(&text).unwrap_or_default())
    }

    pub(super) fn write_choices(&self, follow_links: bool) -> Result<(), LibraryError> {
        self.change_choices(|choices| choices.follow_links = follow_links)
    }

    fn change_choices(&self, change: impl FnOnce(&mut Choices)) -> Result<(), LibraryError> {
        let path = self.choices_path()?;
        let mut choices = self.choices()?;
        choices.root = self.root.to_string_lossy().into();
        change(&mut choices);
        let write = || -> io::Result<()> {
            let text = serde_json::to_vec(&choices)?;
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            atomic::write(&path, atomic::Access::AsFolder, |file| file.write_all(&text))
        };
        write().map_err(|reason| LibraryError::CantWrite { path: path.clone(), reason })
    }

    fn choices_path(&self) -> Result<PathBuf, LibraryError> {
        Ok(dirs::choices()?.join(key_of(&self.root)).with_extension("json"))
    }

    /// Warns that links are not followed, once for every folder.
    fn warn_of_links(&self) {
        static WARNED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
        if WARNED.lock().insert(self.root.clone()) {
            tracing::warn!(
                "folder '{}': links are not followed, since that was not chosen on this machine (-L follows them)",
                paths::display(&self.root)
            );
        }
    }
}
