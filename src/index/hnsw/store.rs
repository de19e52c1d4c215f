//! The files that segments are kept in: caches of what can be built again, and so never trusted.
//!
//! A file is a header, the fingerprints of the points and the links. The header names the model and has checksums of
//! itself and of the rest; what fits is still checked where following it could go wrong. Files that don't fit
//! are as good as none. Each has a name of its own, so that several processes can write at once, and any
//! set of files makes sense: a segment whose contents are in a newer one is left without rows, and goes.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use super::graph::Graph;
use super::segment::Segment;
use crate::base::atomic::{self, Access};
use crate::base::model_key::ModelKey;
use crate::base::{lock, regular};

const MAGIC: [u8; 8] = *b"pixseekH";
const VERSION: u32 = 3;

/// Longest name of a model that a header may have: more is damage.
const LONGEST: usize = 1 << 16;

const HASH: usize = blake3::OUT_LEN;

/// The segments of one collection and one model.
#[derive(Debug, Clone)]
pub struct Store {
    dir: PathBuf,
    key: ModelKey,
}

/// What the beginning of a file says.
struct Header {
    points: usize,
    /// How many pictures they stood for.
    pictures: usize,
    /// The catalogue's change number at that time.
    generation: i64,
    body_length: u64,
    body_hash: [u8; HASH],
}

impl Store {
    /// Where the segments are, or will be.
    pub fn new(dir: &Path, key: ModelKey) -> Self {
        Self { dir: dir.to_owned(), key }
    }

    /// All files of this model begin with this.
    fn stem(&self) -> String {
        format!("hnsw-{}-", self.key.short_hash())
    }

    /// The name under which the catalogue remembers what was done for this model.
    pub fn setting(&self) -> String {
        self.stem() + "done"
    }

    /// The files, whatever is in them.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub fn paths(&self) -> Result<Vec<PathBuf>> {
        let (stem, mut paths) = (self.stem(), Vec::new());
        let entries = fs::read_dir(&self.dir).with_context(|| format!("folder '{}'", self.dir.display()))?;
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(&stem) && name.ends_with(".bin") {
                paths.push(path);
            }
        }
        paths.sort();
        Ok(paths)
    }

    /// Writes a segment into a file of its own, whose name it keeps.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn save(&self, segment: &mut Segment) -> Result<()> {
        let mut body: Vec<u8> = segment.fingerprints.iter().flat_map(|fp| fp.to_le_bytes()).collect();
        body.extend(segment.graph.encode()?);
        let header = Header {
            points: segment.fingerprints.len(),
            pictures: segment.pictures,
            generation: segment.generation,
            body_length: body.len() as u64,
            body_hash: blake3::hash(&body).into(),
        };
        let name = blake3::Hash::from(header.body_hash).to_hex();
        let path = self.dir.join(format!("{}{}.bin", self.stem(), &name[..16]));
        let head = self.header_bytes(&header);
        atomic::write(&path, Access::AsFolder, |file| {
            file.write_all(&head).and_then(|()| file.write_all(&body))
        })
        .with_context(|| format!("can't write '{}'", path.display()))?;
        segment.path = Some(path);
        Ok(())
    }

    /// Reads a segment.
    ///
    /// # Errors
    /// When the file can't be read, is damaged, or is of another model or version: the segment is to be built again.
    pub fn load(&self, path: &Path) -> Result<Segment> {
        let read = || -> Result<Segment> {
            let mut file = regular::open(path)?;
            let header = self.read_header(&mut file)?;
            // The length first: a number of the file must not decide how much memory is asked for.
            let rest = file.metadata()?.len().saturating_sub(self.header_bytes(&header).len() as u64);
            ensure!(rest == header.body_length, "{rest} bytes instead of {}", header.body_length);
            let mut body = Vec::with_capacity(usize::try_from(rest)?);
            file.read_to_end(&mut body)?;
            ensure!(blake3::hash(&body) == header.body_hash, "its checksum is wrong");
            let length = header.points.checked_mul(size_of::<u64>()).filter(|length| *length <= body.len());
            let (fingerprints, graph) = body.split_at(length.context("too many points")?);
            let graph = Graph::decode(graph, header.points)?;
            let fingerprints =
                fingerprints.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
            let mut segment = Segment::new(graph, fingerprints, header.generation, header.pictures);
            segment.path = Some(path.to_owned());
            Ok(segment)
        };
        read().with_context(|| format!("'{}'", path.display()))
    }

    /// Deletes a file; that it is gone already is fine.
    ///
    /// # Errors
    /// When it can't be deleted.
    pub fn delete(&self, path: &Path) -> Result<()> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("can't delete '{}'", path.display()))
            }
            _ => Ok(()),
        }
    }

    /// The right to build and to delete, until the file is dropped; none while another process has it.
    ///
    /// # Errors
    /// When the lock file can't be made.
    pub fn lock(&self) -> Result<Option<File>> {
        let path = self.dir.join("hnsw.lock");
        let lock = lock::try_lock(&path).with_context(|| format!("can't make '{}'", path.display()))?;
        if lock.is_some() {
            atomic::remove_abandoned_drafts(&self.dir);
        }
        Ok(lock)
    }

    /// Magic, version, numbers, model, checksum of the body, checksum of all that.
    fn header_bytes(&self, header: &Header) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        let numbers = [header.points as u64, header.pictures as u64, header.body_length];
        numbers.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
        bytes.extend(header.generation.to_le_bytes());
        bytes.extend((self.key.dimension as u64).to_le_bytes());
        for text in [&self.key.id, &self.key.revision, self.key.precision.as_str()] {
            bytes.extend((text.len() as u64).to_le_bytes());
            bytes.extend(text.as_bytes());
        }
        bytes.extend(header.body_hash);
        bytes.extend(blake3::hash(&bytes).as_bytes());
        bytes
    }

    fn read_header(&self, file: &mut impl Read) -> Result<Header> {
        fn take<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
            let mut bytes = [0; N];
            from.read_exact(&mut bytes)?;
            Ok(bytes)
        }
        ensure!(take(file)? == MAGIC, "it is no graph of pixseek's");
        let version = u32::from_le_bytes(take(file)?);
        ensure!(version == VERSION, "version {version}, not {VERSION}");
        let mut number = || -> Result<u64> { Ok(u64::from_le_bytes(take(file)?)) };
        let (points, pictures, body_length) = (number()?, number()?, number()?);
        let (generation, dimension) = (number()?.cast_signed(), number()?);
        let mut text = || -> Result<String> {
            let length = usize::try_from(u64::from_le_bytes(take(file)?))?;
            ensure!(length <= LONGEST, "a name of {length} bytes");
            let mut bytes = vec![0; length];
            file.read_exact(&mut bytes)?;
            Ok(String::from_utf8(bytes)?)
        };
        let (id, revision, precision) = (text()?, text()?, text()?.parse()?);
        let key = ModelKey { id, revision, precision, dimension: usize::try_from(dimension)? };
        let body_hash = take(file)?;
        let (points, pictures) = (usize::try_from(points)?, usize::try_from(pictures)?);
        let header = Header { points, pictures, generation, body_length, body_hash };
        if key != self.key {
            bail!("it is of model '{}' ({}), or damaged", key.id, key.precision);
        }
        let expected = self.header_bytes(&header);
        ensure!(expected.ends_with(&take::<HASH>(file)?), "the checksum of its header is wrong");
        Ok(header)
    }
}

#[cfg(test)]
mod tests;
