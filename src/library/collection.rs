//! Where the index of a folder lies: which collection a folder belongs to, and the files of a collection.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::error::LibraryError;
use super::walk::BESIDE;
use crate::base::atomic::{self, Access};
use crate::base::{dirs, paths, private};
use crate::catalog::Catalog;
use crate::index::hnsw::GRAPHS_LOCK;

pub(super) const CATALOG: &str = "catalog.db";
/// The right to write the snapshot.
pub(super) const VECTORS_LOCK: &str = "vectors.lock";
/// The right to read the text in pictures.
pub(super) const TEXTS_LOCK: &str = "ocr.lock";

/// A catalogue, or why it can't be opened.
type Opened = Result<Catalog, LibraryError>;

/// A folder of pictures with its catalogue; the folder asked for may lie inside the collection's root.
#[derive(Debug, Clone)]
pub struct Collection {
    /// The canonical folder that stored paths are relative to.
    pub root: PathBuf,
    /// The part of it that was asked for, relative; empty for all of it.
    pub prefix: PathBuf,
    /// Where the catalogue is.
    pub(super) dir: PathBuf,
}

impl Collection {
    /// The collection that `folder` belongs to: the nearest of it and the folders above that keeps its
    /// index beside the pictures; else the outermost that has an index at all, so that a subfolder that
    /// once had one of its own is part of the whole. A folder that was renamed since is recognised. None if there is none
    /// yet.
    ///
    /// # Errors
    /// When `folder` is missing, is no folder, or can't be looked at.
    pub fn find(folder: &Path) -> Result<Option<Self>, LibraryError> {
        let folder = canonical(folder)?;
        let mut found = None;
        for root in folder.ancestors() {
            let Some(collection) = Self::of_root(root)? else { continue };
            let is_beside = collection.is_beside();
            let prefix = folder.strip_prefix(root).map(Path::to_owned).unwrap_or_default();
            found = Some(Self { prefix, ..collection });
            if is_beside {
                break;
            }
        }
        if found.is_none() {
            found = Self::take_over_renamed(&folder)?;
        }
        if let Some(found) = &found {
            found.keep_private();
            found.greet()?;
        }
        Ok(found)
    }

    /// The collection of `folder`, made if there is none. With `beside`, the catalogue is put into
    /// `.pixseek` in that very folder, unless it is there already; one of its own that is in the data
    /// folder moves there.
    ///
    /// # Errors
    /// As [`Self::find`], and when the catalogue's folder can't be made.
    pub fn find_or_create(folder: &Path, beside: bool) -> Result<Self, LibraryError> {
        Ok(Self::open_or_create(folder, beside)?.0)
    }

    /// As [`Self::find_or_create`], with the catalogue opened.
    ///
    /// # Errors
    /// As [`Self::find_or_create`] and [`Self::catalog`].
    pub fn open_or_create(folder: &Path, beside: bool) -> Result<(Self, Catalog), LibraryError> {
        let found = Self::find(folder)?;
        let root = canonical(folder)?;
        let dir = match found {
            Some(found) if !beside || found.dir == root.join(BESIDE) => {
                let catalog = found.catalog()?;
                return Ok((found, catalog));
            }
            _ if beside => root.join(BESIDE),
            _ => central(&dirs::data_dir()?, &root),
        };
        // A folder that can't be looked at must leave nothing behind.
        fs::read_dir(&root).map_err(|reason| LibraryError::Folder { path: folder.to_owned(), reason })?;
        let made = if beside { private::create_shared_folder(&dir) } else { private::create_folder(&dir) };
        made.map_err(|reason| LibraryError::NoIndexFolder { path: dir.clone(), reason })?;
        let old = central(&dirs::data_dir()?, &root);
        let moves = beside && old.join(CATALOG).is_file();
        if moves {
            move_catalog(&old, &dir)?;
        }
        if !moves {
            Self::copy_from_gone(&root, &dir)?;
        }
        let collection = Self { root, prefix: PathBuf::new(), dir };
        collection.keep_private();
        let catalog = Catalog::open(&collection.catalog_path(), true)?;
        // Only for people and `collections`: what counts is where the catalogue lies.
        catalog.set_root(&collection.root)?;
        if moves {
            collection.choose_walk(&catalog, &catalog.walk_options()?)?;
            catalog.last_model()?.map_or(Ok(()), |model| collection.choose_model(&model))?;
        }
        if beside {
            collection.register()?;
        }
        Ok((collection, catalog))
    }

    /// The collection of which this is a part, asked for as a whole.
    pub fn whole(&self) -> Self {
        Self { prefix: PathBuf::new(), ..self.clone() }
    }

    /// The collection that keeps its index beside the pictures of `root`, a canonical folder. Nothing is looked at or made.
    #[cfg(test)]
    pub fn beside(root: &Path) -> Self {
        Self { root: root.to_owned(), prefix: PathBuf::new(), dir: root.join(BESIDE) }
    }

    /// The collection whose root is `root` itself, which may be gone.
    ///
    /// # Errors
    /// When there is no data folder, or `.pixseek` is a link, which could lead to any folder of the user's.
    pub fn of_root(root: &Path) -> Result<Option<Self>, LibraryError> {
        let beside = root.join(BESIDE);
        if beside.is_symlink() {
            return Err(LibraryError::LinkedIndex(beside));
        }
        let dirs = [root.join(BESIDE), central(&dirs::data_dir()?, root)];
        let dir = dirs.into_iter().find(|dir| dir.join(CATALOG).is_file());
        Ok(dir.map(|dir| Self { root: root.to_owned(), prefix: PathBuf::new(), dir }))
    }

    /// Takes from everybody else the access to a collection in the data folder, as older versions made it. What is
    /// beside the pictures is as open as they are.
    fn keep_private(&self) {
        if self.is_beside() {
            return;
        }
        if let Ok(data_dir) = dirs::data_dir() {
            dirs::keep_private(&data_dir);
        }
        let catalog = self.catalog_path();
        let is_open =
            |path: &Path| path.symlink_metadata().is_ok_and(|metadata| private::is_open_to_others(&metadata));
        if is_open(&self.dir) || is_open(&catalog) {
            private::tighten(&self.dir);
            for entry in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
                private::tighten(&entry.path());
            }
        }
    }

    /// Opens a connection to the catalogue.
    ///
    /// # Errors
    /// When the file is damaged, can't be opened, or was made by a newer pixseek.
    pub fn catalog(&self) -> Result<Catalog, LibraryError> {
        Ok(Catalog::open(&self.catalog_path(), false)?)
    }

    /// The catalogue's file.
    pub fn catalog_path(&self) -> PathBuf {
        self.dir.join(CATALOG)
    }

    /// The folder that the catalogue and what is derived from it lie in.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The folder that was asked for.
    pub fn folder(&self) -> PathBuf {
        if self.is_whole() { self.root.clone() } else { self.root.join(&self.prefix) }
    }

    /// [`Self::prefix`] as stored paths begin.
    pub fn prefix_bytes(&self) -> Vec<u8> {
        paths::to_bytes(&self.prefix)
    }

    /// Deletes the catalogue and everything derived from it. The pictures stay, and so does what is not pixseek's, which is
    /// returned.
    ///
    /// # Errors
    /// When a file can't be deleted.
    pub fn forget(&self) -> Result<Vec<PathBuf>, LibraryError> {
        delete_index(&self.dir)
    }

    /// Whether the folder that was asked for is all of the collection.
    pub fn is_whole(&self) -> bool {
        self.prefix.as_os_str().is_empty()
    }

    /// The roots and catalogues of all collections in the data folder, by root.
    ///
    /// # Errors
    /// When the data folder is there and can't be read.
    pub fn all() -> Result<Vec<(PathBuf, Opened)>, LibraryError> {
        let data_dir = dirs::data_dir()?;
        dirs::keep_private(&data_dir);
        let dir = dirs::collections(&data_dir);
        let entries = match fs::read_dir(&dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(reason) => return Err(LibraryError::DataFolder { path: dir, reason }),
        };
        let mut all = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|reason| LibraryError::DataFolder { path: dir.clone(), reason })?;
            let path = entry.path().join(CATALOG);
            if path.is_file() {
                let opened = Catalog::open(&path, false).and_then(|catalog| {
                    let root = catalog.root()?.unwrap_or_default();
                    Ok((PathBuf::from(root), catalog))
                });
                all.push(match opened {
                    Ok((root, catalog)) => (root, Ok(catalog)),
                    Err(error) => (path, Err(error.into())),
                });
            }
        }
        all.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(all)
    }
}

/// What names of files and folders have of a root.
pub(super) fn key_of(root: &Path) -> String {
    blake3::hash(&paths::to_bytes(root)).to_hex()[..16].to_owned()
}

/// The folder in the data folder for the index of `root`.
pub(super) fn central(data_dir: &Path, root: &Path) -> PathBuf {
    dirs::collections(data_dir).join(key_of(root))
}

/// Copies a catalogue, then deletes the old one: stopped in between, the old one is still there.
fn move_catalog(from: &Path, to: &Path) -> Result<(), LibraryError> {
    copy_catalog(from, to)?;
    delete_index(from).map(drop)
}

/// Deletes the files of an index, and their folder if nothing else is in it. What else there is, is returned, sorted.
fn delete_index(dir: &Path) -> Result<Vec<PathBuf>, LibraryError> {
    let entries =
        fs::read_dir(dir).map_err(|reason| LibraryError::Folder { path: dir.to_owned(), reason })?;
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for entry in entries.flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let is_own = !is_folder && is_own_name(&entry.file_name().to_string_lossy());
        if is_own { own.push(entry.path()) } else { others.push(entry.path()) }
    }
    // The catalogue goes last: what is left of an index that was stopped on the way is one.
    own.sort_by_key(|path| path.ends_with(CATALOG));
    for path in own {
        fs::remove_file(&path).map_err(|reason| LibraryError::CantDelete { path: path.clone(), reason })?;
    }
    if others.is_empty() {
        fs::remove_dir(dir).map_err(|reason| LibraryError::CantDelete { path: dir.to_owned(), reason })?;
    }
    others.sort();
    Ok(others)
}

/// Whether a file in the folder of an index is pixseek's, by its name.
fn is_own_name(name: &str) -> bool {
    let is_derived = |beginning: &str| name.starts_with(beginning) && name.ends_with(".bin");
    let of_catalog = name.strip_prefix(CATALOG).is_some_and(|rest| {
        let rest = ["-wal", "-shm", "-journal"].iter().find_map(|end| rest.strip_suffix(end)).unwrap_or(rest);
        rest.is_empty() || rest == ".repaired" || rest.starts_with(".damaged")
    });
    of_catalog
        || is_derived("vectors-")
        || is_derived("hnsw-")
        || [VECTORS_LOCK, GRAPHS_LOCK, TEXTS_LOCK].contains(&name)
        || atomic::is_name_of_draft(name)
}

/// Copies a catalogue, without what is derived from it, into the folder `to`.
pub(super) fn copy_catalog(from: &Path, to: &Path) -> Result<(), LibraryError> {
    Catalog::open(&from.join(CATALOG), false)?.flush()?;
    let target = to.join(CATALOG);
    atomic::remove_abandoned_drafts(to);
    atomic::write(&target, Access::AsFolder, |draft| {
        io::copy(&mut File::open(from.join(CATALOG))?, draft).map(drop)
    })
    .map_err(|reason| LibraryError::CantWrite { path: target, reason })
}

pub(super) fn canonical(folder: &Path) -> Result<PathBuf, LibraryError> {
    let path = paths::canonicalize(folder)
        .map_err(|reason| LibraryError::Folder { path: folder.to_owned(), reason })?;
    if !path.is_dir() {
        return Err(LibraryError::NotAFolder(folder.to_owned()));
    }
    Ok(path)
}
