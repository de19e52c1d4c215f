//! Whether an index is whole: its catalogue, the vectors in it, the files that are derived from it, and what it needs to be
//! written.

use std::fs;
use std::path::{Path, PathBuf};

use super::collection::{Collection, VECTORS_LOCK};
use super::error::{LibraryError, with_causes};
use super::snapshot::files::Snapshots;
use crate::base::model_key::ModelKey;
use crate::base::{atomic, disk_space, escape, lock, paths, private};
use crate::catalog::{Catalog, VectorsChecked};
use crate::index::hnsw::{GRAPHS_LOCK, SegmentStore};

/// Less room than this on the disk of an index is too little for the next run.
const LITTLE_ROOM: u64 = 64 << 20;

/// Names of the lock files of an index, and what is written under each.
const LOCKS: [(&str, &str); 2] = [(VECTORS_LOCK, "the snapshot"), (GRAPHS_LOCK, "graphs")];

/// What a finding is about, and so what can be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The catalogue's file is damaged, or a remembered setting makes no sense.
    Catalog,
    /// Vectors in the catalogue are damaged.
    Vectors,
    /// A file that is derived from the catalogue is damaged: it will be made anew.
    Derived,
    /// A file is of no use any more, and only takes room.
    LeftOver,
    /// Others may look into it.
    OpenToOthers,
    /// It can't be written, in the user's own data folder.
    NotWritable,
    /// It can't be written, beside pictures that perhaps nobody is to write to, as on read-only media.
    ReadOnly,
    /// The disk is nearly full.
    Room,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub subject: Subject,
    /// What was found, with the name of the file.
    pub words: String,
}

impl Finding {
    fn new(subject: Subject, words: String) -> Self {
        Self { subject, words }
    }

    /// Whether something is broken. What only takes room is not, nor are read-only media.
    pub fn is_problem(&self) -> bool {
        !matches!(self.subject, Subject::LeftOver | Subject::ReadOnly)
    }
}

/// What was found of an index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checkup {
    /// The number of graphs of all models that are whole.
    pub graphs: usize,
    /// The number of rows of the snapshot of the model that was asked for; none if there is no snapshot of it.
    pub snapshot: Option<usize>,
    /// The vectors in the catalogue, of all models.
    pub vectors: VectorsChecked,
    /// What is being written by another process, in words.
    pub busy: Vec<&'static str>,
    /// Bytes free on the disk of the index; none where the system doesn't tell.
    pub free: Option<u64>,
    /// What is not as it should be.
    pub findings: Vec<Finding>,
}

impl Checkup {
    /// Reads the whole index: the catalogue with all its vectors, and every derived file, with their checksums. Nothing is
    /// changed. `key` is of the model whose snapshot is told of.
    ///
    /// # Errors
    /// When the catalogue or the folder of the index can't be read.
    pub fn of(
        collection: &Collection,
        catalog: &Catalog,
        key: Option<&ModelKey>,
    ) -> Result<Self, LibraryError> {
        let mut checkup = Self { free: disk_space::free(collection.dir()), ..Self::default() };
        checkup.check_catalog(catalog)?;
        for (of_model, _) in catalog.keys()? {
            checkup.check_graphs(collection, &of_model)?;
            let rows = checkup.check_snapshot(collection, catalog, &of_model)?;
            if key == Some(&of_model) {
                checkup.snapshot = rows;
            }
        }
        checkup.find_left_over(collection, catalog)?;
        checkup.check_surroundings(collection, catalog);
        Ok(checkup)
    }

    fn find(&mut self, subject: Subject, words: String) {
        self.findings.push(Finding::new(subject, words));
    }

    fn check_catalog(&mut self, catalog: &Catalog) -> Result<(), LibraryError> {
        let named = |words: &str| format!("catalogue '{}': {words}", paths::display(catalog.path()));
        for line in catalog.integrity()? {
            self.find(Subject::Catalog, named(&line));
        }
        for setting in catalog.odd_settings()? {
            self.find(
                Subject::Catalog,
                named(&format!("setting '{}' makes no sense", escape::text(&setting))),
            );
        }
        self.vectors = catalog.verify_vectors()?;
        let damaged = self.vectors.damaged.clone();
        for row in damaged {
            let picture = match &row.path {
                Some(path) => format!("the vector of '{}'", escape::path(&paths::from_bytes(path))),
                None => "the vector of a picture that is gone".to_owned(),
            };
            self.find(Subject::Vectors, named(&format!("{picture} is damaged ({})", row.reason)));
        }
        Ok(())
    }

    fn check_graphs(&mut self, collection: &Collection, key: &ModelKey) -> Result<(), LibraryError> {
        let store = SegmentStore::new(collection.dir(), key.clone());
        for path in store.paths()? {
            match store.load(&path) {
                Ok(_) => self.graphs += 1,
                Err(error) => self.find(Subject::Derived, with_causes(&error)),
            }
        }
        Ok(())
    }

    /// The rows of a model's snapshot, if it is whole and vouched for.
    fn check_snapshot(
        &mut self,
        collection: &Collection,
        catalog: &Catalog,
        key: &ModelKey,
    ) -> Result<Option<usize>, LibraryError> {
        let Some(vouched) = catalog.snapshot_checksum(key)? else { return Ok(None) };
        Ok(Snapshots::new(collection, key).verify(vouched).unwrap_or_else(|words| {
            self.find(Subject::Derived, words);
            None
        }))
    }

    fn find_left_over(&mut self, collection: &Collection, catalog: &Catalog) -> Result<(), LibraryError> {
        for path in left_over(collection, catalog)? {
            self.find(Subject::LeftOver, format!("'{}' is of no use any more", paths::display(&path)));
        }
        Ok(())
    }

    /// Locks, permissions and room.
    fn check_surroundings(&mut self, collection: &Collection, catalog: &Catalog) {
        for (name, what) in LOCKS {
            let path = collection.dir().join(name);
            // A lock file is not made only to look at it.
            if path.is_file() && lock::try_lock(&path).is_ok_and(|lock| lock.is_none()) {
                self.busy.push(what);
            }
        }
        for path in [collection.dir(), catalog.path()] {
            if !disk_space::is_writable(path) {
                self.find(
                    if collection.is_beside() { Subject::ReadOnly } else { Subject::NotWritable },
                    format!("'{}' can't be written: the index is only read", paths::display(path)),
                );
            }
            let is_open = path.metadata().is_ok_and(|metadata| private::is_open_to_others(&metadata));
            if is_open && !collection.is_beside() {
                self.find(Subject::OpenToOthers, format!("others may look into '{}'", paths::display(path)));
            }
        }
        if let Some(free) = self.free.filter(|free| *free < LITTLE_ROOM) {
            let words = format!(
                "the disk of '{}' is nearly full: {:.1} MB are free",
                paths::display(collection.dir()),
                free as f64 / 1e6
            );
            self.find(Subject::Room, words);
        }
    }
}

/// The files in the folder of an index that are of no use any more: drafts whose writers were killed, and derived files that
/// are of no model of the catalogue, or that it does not vouch for.
///
/// # Errors
/// When the catalogue or the folder can't be read.
pub(super) fn left_over(collection: &Collection, catalog: &Catalog) -> Result<Vec<PathBuf>, LibraryError> {
    let mut stems = Vec::new();
    for (key, _) in catalog.keys()? {
        stems.push(SegmentStore::new(collection.dir(), key.clone()).stem());
        if catalog.snapshot_checksum(&key)?.is_some() {
            stems.push(file_name(&Snapshots::new(collection, &key).path()));
        }
    }
    let entries = fs::read_dir(collection.dir())
        .map_err(|reason| LibraryError::Folder { path: collection.dir().to_owned(), reason })?;
    let mut found = atomic::abandoned_drafts(collection.dir());
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_derived =
            name.ends_with(".bin") && (name.starts_with("hnsw-") || name.starts_with("vectors-"));
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_derived && is_file && !stems.iter().any(|stem| name.starts_with(stem)) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
