//! The files that segments are kept in: caches of what can be built again, and so never trusted.
//!
//! A file is a [`blockfile`] with a header, the fingerprints of the points, and the links. The header names the model.
//! Content with a right checksum is still checked where following it could go wrong. A file that doesn't match is
//! ignored. Each file has a name of its own, so that several processes can write at once, and any set of files makes
//! sense: a segment whose contents are all in newer ones is left without rows, and goes.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::graph::Graph;
use super::segment::Segment;
use crate::base::atomic::{self, Access};
use crate::base::blockfile::{Kind, Unchecked, Writer};
use crate::base::model_key::ModelKey;
use crate::base::{blockfile, lock};
use crate::index::error::{FileError, IndexError};

/// The file that stands for the right to build graphs and to delete them.
pub(crate) const GRAPHS_LOCK: &str = "hnsw.lock";

const KIND: Kind = Kind { name: *b"HNSW", version: 5 };

/// Bytes of a header at most: a longer one is damaged.
const MAX_HEADER: u64 = 1 << 20;

/// The segments of one model in a folder.
#[derive(Debug, Clone)]
pub(crate) struct SegmentStore {
    dir: PathBuf,
    key: ModelKey,
}

/// The first section of a file: points, rows, generation; dimension, id, revision and precision of the model.
type Header = (u64, u64, i64, u64, String, String, String);

impl SegmentStore {
    /// Stands for the segments of the model `key` in the folder `dir`. Nothing is read or written yet.
    pub(crate) fn new(dir: &Path, key: ModelKey) -> Self {
        Self { dir: dir.to_owned(), key }
    }

    /// Returns the key of the model.
    pub(crate) fn key(&self) -> &ModelKey {
        &self.key
    }

    /// Returns what the names of all files of this model begin with.
    pub(crate) fn stem(&self) -> String {
        format!("hnsw-{}-", self.key.short_hash())
    }

    /// Lists the files of this model, whatever is in them, in the order of their names.
    ///
    /// # Errors
    /// [`IndexError::Folder`]
    pub(crate) fn paths(&self) -> Result<Vec<PathBuf>, IndexError> {
        let stem = self.stem();
        let list = || -> io::Result<Vec<PathBuf>> {
            let mut paths = Vec::new();
            for entry in fs::read_dir(&self.dir)? {
                let path = entry?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                if name.starts_with(&stem) && name.ends_with(".bin") {
                    paths.push(path);
                }
            }
            paths.sort();
            Ok(paths)
        };
        list().map_err(|source| IndexError::Folder { path: self.dir.clone(), source })
    }

    /// Writes a segment into a file of its own, and returns the file's path.
    ///
    /// # Errors
    /// [`IndexError::Write`], [`IndexError::Graph`]
    pub(crate) fn save(&self, segment: &Segment) -> Result<PathBuf, IndexError> {
        let fingerprints: Vec<u8> = segment.fingerprints().iter().flat_map(|fp| fp.to_le_bytes()).collect();
        let graph = segment.graph().encode()?;
        let ModelKey { id, revision, precision, dimension } = &self.key;
        let numbers =
            (segment.points() as u64, segment.rows() as u64, segment.generation(), *dimension as u64);
        let names = (id.as_str(), revision.as_str(), precision.stored_name());
        let header = (numbers.0, numbers.1, numbers.2, numbers.3, names.0, names.1, names.2);
        let file = || -> io::Result<_> {
            let header = bincode::serde::encode_to_vec(header, bincode::config::standard());
            let mut writer = Writer::new(Vec::new(), KIND)?;
            writer.section(&header.map_err(io::Error::other)?)?;
            writer.section(&fingerprints)?;
            writer.section(&graph)?;
            writer.finish()
        };
        let (bytes, checksum) =
            file().map_err(|source| IndexError::Write { path: self.dir.clone(), source })?;
        let path = self.dir.join(format!("{}{}.bin", self.stem(), &checksum.to_hex()[..16]));
        match atomic::write(&path, Access::AsFolder, |file| file.write_all(&bytes)) {
            Ok(()) => Ok(path),
            Err(source) => Err(IndexError::Write { path, source }),
        }
    }

    /// Reads a segment.
    ///
    /// # Errors
    /// [`IndexError::Unusable`] when the file can't be read, is damaged, or is of another model or version.
    pub(crate) fn load(&self, path: &Path) -> Result<Segment, IndexError> {
        self.read(path).map_err(|source| IndexError::Unusable { path: path.to_owned(), source })
    }

    fn read(&self, path: &Path) -> Result<Segment, FileError> {
        let mut file = blockfile::Reader::open(path, KIND)?;
        let (points, rows, generation) = self.read_header(&mut file)?;
        if file.length(1) != points.checked_mul(size_of::<u64>()).map(|length| length as u64) {
            return Err(FileError::OutOfRange { what: "points" });
        }
        let mut section = |number| file.read(number).and_then(Unchecked::check);
        let (fingerprints, graph) = (section(1)?, section(2)?);
        let graph = Graph::decode(&graph, points)?;
        let fingerprints =
            fingerprints.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
        Ok(Segment::new(graph, fingerprints, generation, rows))
    }

    /// Deletes a file. One that is gone already is no error.
    ///
    /// # Errors
    /// [`IndexError::Delete`]
    pub(crate) fn delete(&self, path: &Path) -> Result<(), IndexError> {
        match fs::remove_file(path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(IndexError::Delete { path: path.to_owned(), source })
            }
            _ => Ok(()),
        }
    }

    /// Takes the right to build and to delete, which lasts until the file is dropped; none while another process has it.
    ///
    /// # Errors
    /// [`IndexError::Lock`]
    pub(crate) fn lock(&self) -> Result<Option<File>, IndexError> {
        let path = self.dir.join(GRAPHS_LOCK);
        let lock = lock::try_lock(&path).map_err(|source| IndexError::Lock { path, source })?;
        if lock.is_some() {
            atomic::remove_abandoned_drafts(&self.dir);
        }
        Ok(lock)
    }

    /// Returns points, rows and generation of a file of this model.
    fn read_header(&self, file: &mut blockfile::Reader) -> Result<(usize, usize, i64), FileError> {
        let out_of_range = |what| FileError::OutOfRange { what };
        if file.sections() != 3 || file.length(0).is_none_or(|length| length > MAX_HEADER) {
            return Err(out_of_range("the header"));
        }
        let bytes = file.read(0)?.check()?;
        let (points, rows, generation, dimension, id, revision, precision): Header =
            bincode::serde::decode_from_slice(&bytes, bincode::config::standard())
                .map_err(|_| out_of_range("the header"))?
                .0;
        let size = |number: u64, what| usize::try_from(number).map_err(|_| out_of_range(what));
        let precision = precision.parse().map_err(|_| out_of_range("the precision"))?;
        let key = ModelKey { id, revision, precision, dimension: size(dimension, "dimension")? };
        if key != self.key {
            return Err(FileError::OtherModel { id: key.id, precision: key.precision });
        }
        Ok((size(points, "points")?, size(rows, "rows")?, generation))
    }
}

#[cfg(test)]
mod tests;
