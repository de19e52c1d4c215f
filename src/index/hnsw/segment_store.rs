//! The files that segments are kept in: caches of what can be built again, and so never trusted.
//!
//! A file is a header, the fingerprints of the points, and the links. The header names the model and has checksums of
//! itself and of the rest; content with a right checksum is still checked where following it could go wrong. A file that
//! doesn't match is ignored. Each file has a name of its own, so that several processes can write at once, and any set
//! of files makes sense: a segment whose contents are all in newer ones is left without rows, and goes.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::graph::Graph;
use super::segment::Segment;
use crate::base::atomic::{self, Access};
use crate::base::model_key::ModelKey;
use crate::base::{lock, regular};
use crate::index::error::{FileError, IndexError};

const MAGIC: [u8; 8] = *b"pixseekH";
const VERSION: u32 = 4;

/// Bytes of a model's name at most: a header with a longer one is damaged.
const MAX_NAME: usize = 1 << 16;

const CHECKSUM: usize = blake3::OUT_LEN;

/// The segments of one model in a folder.
#[derive(Debug, Clone)]
pub struct SegmentStore {
    dir: PathBuf,
    key: ModelKey,
}

/// What the beginning of a file says.
struct SegmentHeader {
    points: usize,
    rows: usize,
    generation: i64,
    body_length: u64,
    body_checksum: [u8; CHECKSUM],
}

impl SegmentStore {
    /// Stands for the segments of the model `key` in the folder `dir`. Nothing is read or written yet.
    pub fn new(dir: &Path, key: ModelKey) -> Self {
        Self { dir: dir.to_owned(), key }
    }

    /// Returns the key of the model.
    pub fn key(&self) -> &ModelKey {
        &self.key
    }

    /// Returns what the names of all files of this model begin with.
    pub fn stem(&self) -> String {
        format!("hnsw-{}-", self.key.short_hash())
    }

    /// Lists the files of this model, whatever is in them, in the order of their names.
    ///
    /// # Errors
    /// [`IndexError::Folder`]
    pub fn paths(&self) -> Result<Vec<PathBuf>, IndexError> {
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
    pub fn save(&self, segment: &Segment) -> Result<PathBuf, IndexError> {
        let mut body: Vec<u8> = segment.fingerprints().iter().flat_map(|fp| fp.to_le_bytes()).collect();
        body.extend(segment.graph().encode()?);
        let header = SegmentHeader {
            points: segment.points(),
            rows: segment.rows(),
            generation: segment.generation(),
            body_length: body.len() as u64,
            body_checksum: blake3::hash(&body).into(),
        };
        let name = blake3::Hash::from(header.body_checksum).to_hex();
        let path = self.dir.join(format!("{}{}.bin", self.stem(), &name[..16]));
        let head = self.header_bytes(&header);
        let written = atomic::write(&path, Access::AsFolder, |file| {
            file.write_all(&head).and_then(|()| file.write_all(&body))
        });
        match written {
            Ok(()) => Ok(path),
            Err(source) => Err(IndexError::Write { path, source }),
        }
    }

    /// Reads a segment.
    ///
    /// # Errors
    /// [`IndexError::Unusable`] when the file can't be read, is damaged, or is of another model or version.
    pub fn load(&self, path: &Path) -> Result<Segment, IndexError> {
        self.read(path).map_err(|source| IndexError::Unusable { path: path.to_owned(), source })
    }

    fn read(&self, path: &Path) -> Result<Segment, FileError> {
        let mut file = regular::open(path)?;
        let header = self.read_header(&mut file)?;
        // The length first: a number in the file must not decide how much memory is asked for.
        let found = file.metadata()?.len().saturating_sub(self.header_bytes(&header).len() as u64);
        if found != header.body_length {
            return Err(FileError::Length { found, expected: header.body_length });
        }
        let mut body = Vec::with_capacity(usize::try_from(found).unwrap_or_default());
        file.read_to_end(&mut body)?;
        if blake3::hash(&body) != header.body_checksum {
            return Err(FileError::Checksum { part: "body" });
        }
        let length = header.points.checked_mul(size_of::<u64>()).filter(|length| *length <= body.len());
        let (fingerprints, graph) = body.split_at(length.ok_or(FileError::OutOfRange { what: "points" })?);
        let graph = Graph::decode(graph, header.points)?;
        let fingerprints =
            fingerprints.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
        Ok(Segment::new(graph, fingerprints, header.generation, header.rows))
    }

    /// Deletes a file. One that is gone already is no error.
    ///
    /// # Errors
    /// [`IndexError::Delete`]
    pub fn delete(&self, path: &Path) -> Result<(), IndexError> {
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
    pub fn lock(&self) -> Result<Option<File>, IndexError> {
        let path = self.dir.join("hnsw.lock");
        let lock = lock::try_lock(&path).map_err(|source| IndexError::Lock { path, source })?;
        if lock.is_some() {
            atomic::remove_abandoned_drafts(&self.dir);
        }
        Ok(lock)
    }

    /// Makes a header: magic number, version, numbers, model, checksum of the body, checksum of all that.
    fn header_bytes(&self, header: &SegmentHeader) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        let numbers = [header.points as u64, header.rows as u64, header.body_length];
        numbers.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
        bytes.extend(header.generation.to_le_bytes());
        bytes.extend((self.key.dimension as u64).to_le_bytes());
        for text in [&self.key.id, &self.key.revision, self.key.precision.as_str()] {
            bytes.extend((text.len() as u64).to_le_bytes());
            bytes.extend(text.as_bytes());
        }
        bytes.extend(header.body_checksum);
        bytes.extend(blake3::hash(&bytes).as_bytes());
        bytes
    }

    fn read_header(&self, file: &mut impl Read) -> Result<SegmentHeader, FileError> {
        fn take<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
            let mut bytes = [0; N];
            from.read_exact(&mut bytes)?;
            Ok(bytes)
        }
        fn size(number: u64, what: &'static str) -> Result<usize, FileError> {
            usize::try_from(number).map_err(|_| FileError::OutOfRange { what })
        }
        if take(file)? != MAGIC {
            return Err(FileError::Magic { kind: "graph" });
        }
        let found = u32::from_le_bytes(take(file)?);
        if found != VERSION {
            return Err(FileError::Version { found, expected: VERSION });
        }
        let mut number = || io::Result::Ok(u64::from_le_bytes(take(file)?));
        let (points, rows, body_length) = (size(number()?, "points")?, size(number()?, "rows")?, number()?);
        let (generation, dimension) = (number()?.cast_signed(), size(number()?, "dimension")?);
        let mut text = || -> Result<String, FileError> {
            let what = "the model's name";
            let length = size(u64::from_le_bytes(take(file)?), what)?;
            if length > MAX_NAME {
                return Err(FileError::OutOfRange { what });
            }
            let mut bytes = vec![0; length];
            file.read_exact(&mut bytes)?;
            String::from_utf8(bytes).map_err(|_| FileError::OutOfRange { what })
        };
        let (id, revision, precision) = (text()?, text()?, text()?);
        let precision = precision.parse().map_err(|_| FileError::OutOfRange { what: "the precision" })?;
        let key = ModelKey { id, revision, precision, dimension };
        let header = SegmentHeader { points, rows, generation, body_length, body_checksum: take(file)? };
        if key != self.key {
            return Err(FileError::OtherModel { id: key.id, precision: key.precision });
        }
        if !self.header_bytes(&header).ends_with(&take::<CHECKSUM>(file)?) {
            return Err(FileError::Checksum { part: "header" });
        }
        Ok(header)
    }
}

#[cfg(test)]
mod tests;
