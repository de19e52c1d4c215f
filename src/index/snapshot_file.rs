//! The file of a snapshot: an attachment of the owner's, the rows in blocks, a footer that describes both, and its length.
//!
//! All numbers are little-endian. The footer comes last, since it has the checksums of what is before it. Rows are in
//! blocks so that they can be checked and unpacked on all threads, and written a little at a time.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::base::atomic::{self, Access, Draft};
use crate::base::regular;
use crate::index::error::{FileError, IndexError};
use crate::index::vectors::VectorStore;
use crate::index::vectors::stored::{Slots, row_length};

/// A BLAKE3 checksum.
pub type Checksum = blake3::Hash;

const MAGIC: [u8; 8] = *b"pixseekV";
const VERSION: u32 = 1;
/// Bytes after the footer: its length, the version, the magic number.
const TRAILER: usize = size_of::<u64>() + size_of::<u32>() + MAGIC.len();

/// Rows of a block: about 800 kB of 512-dimensional rows, which stay in a core's cache while they are checked and
/// unpacked.
pub const ROWS_PER_BLOCK: usize = 512;

/// Describes everything that is before it in the file.
#[derive(Debug, Serialize, Deserialize)]
struct Footer {
    /// The owner's number of the state that the rows are in.
    generation: i64,
    rows: u64,
    /// Bytes and checksum of the attachment.
    attachment: (u64, [u8; 32]),
    /// The vector that the rows are quantized relative to.
    centroid: Vec<f32>,
    /// Checksums of the blocks.
    blocks: Vec<[u8; 32]>,
}

impl Footer {
    /// Serializes the footer and the trailer. Returns them with the footer's checksum.
    fn encode(&self) -> io::Result<(Vec<u8>, Checksum)> {
        let mut bytes =
            bincode::serde::encode_to_vec(self, bincode::config::standard()).map_err(io::Error::other)?;
        let checksum = blake3::hash(&bytes);
        let length = bytes.len() as u64;
        bytes.extend(length.to_le_bytes());
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(MAGIC);
        Ok((bytes, checksum))
    }

    /// Returns the bytes of the whole file but for footer and trailer, if that is a number.
    fn body_length(&self, dimension: usize) -> Option<u64> {
        let rows = self.rows.checked_mul(row_length(dimension) as u64)?;
        rows.checked_add(self.attachment.0)
    }
}

/// Bytes that a call may have to wait for until they have reached the disk: all at once, at the end, would take seconds
/// on a slow disk.
const SYNCED_AT_ONCE: usize = 4 << 20;

/// Writes a snapshot a block at a time. The file appears when it is finished; dropped before, nothing is left behind.
#[derive(Debug)]
pub struct SnapshotWriter {
    path: PathBuf,
    draft: Draft,
    /// Bytes written that may not have reached the disk.
    unsynced: usize,
    footer: Footer,
}

impl SnapshotWriter {
    /// Begins the file `path`, which will be replaced if it is there, with an attachment. `generation` is the owner's number
    /// of the state that `vectors` is in.
    ///
    /// # Errors
    /// [`IndexError::Write`]
    pub fn create(
        path: &Path,
        generation: i64,
        attachment: &[u8],
        vectors: &VectorStore,
    ) -> Result<Self, IndexError> {
        atomic::remove_abandoned_drafts(atomic::folder_of(path));
        let draft = Draft::new(path, Access::AsFolder)
            .map_err(|source| IndexError::Write { path: path.to_owned(), source })?;
        let footer = Footer {
            generation,
            rows: vectors.len() as u64,
            attachment: (attachment.len() as u64, blake3::hash(attachment).into()),
            centroid: vectors.centroid().to_vec(),
            blocks: Vec::new(),
        };
        let mut writer = Self { path: path.to_owned(), draft, unsynced: 0, footer };
        writer.write(attachment)?;
        Ok(writer)
    }

    /// Writes the next block of `vectors`, which must not have changed since [`Self::create`]. Returns false when there
    /// is none left.
    ///
    /// # Errors
    /// [`IndexError::Write`]
    pub fn write_block(&mut self, vectors: &VectorStore) -> Result<bool, IndexError> {
        let first = self.footer.blocks.len() * ROWS_PER_BLOCK;
        if first >= vectors.len() {
            return Ok(false);
        }
        let mut block = Vec::new();
        vectors.store(first..vectors.len().min(first + ROWS_PER_BLOCK), &mut block);
        self.footer.blocks.push(blake3::hash(&block).into());
        self.write(&block)?;
        Ok(true)
    }

    /// Ends the file after its last block, and puts it in its place. Returns the checksum that [`SnapshotReader::open`] is
    /// to be given.
    ///
    /// # Errors
    /// [`IndexError::Write`]
    pub fn finish(mut self) -> Result<Checksum, IndexError> {
        let fail = |path: &Path, source| IndexError::Write { path: path.to_owned(), source };
        let (bytes, checksum) = self.footer.encode().map_err(|source| fail(&self.path, source))?;
        self.write(&bytes)?;
        self.draft.publish().map_err(|source| fail(&self.path, source))?;
        Ok(checksum)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), IndexError> {
        self.unsynced += bytes.len();
        let mut written = self.draft.write_all(bytes);
        if self.unsynced > SYNCED_AT_ONCE {
            self.unsynced = 0;
            written = written.and_then(|()| self.draft.file().sync_data());
        }
        written.map_err(|source| IndexError::Write { path: self.path.clone(), source })
    }
}

/// Reads a snapshot from its beginning to its end.
#[derive(Debug)]
pub struct SnapshotReader {
    path: PathBuf,
    file: File,
    footer: Footer,
    dimension: usize,
}

impl SnapshotReader {
    /// Opens the file `path` with rows of `dimension` components, and checks its footer. Returns none if there is no such
    /// file.
    ///
    /// # Errors
    /// [`IndexError::Unusable`] when the file can't be read, its footer hasn't the checksum `expected`, or it doesn't fit
    /// the file.
    pub fn open(path: &Path, dimension: usize, expected: Checksum) -> Result<Option<Self>, IndexError> {
        let file = match regular::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file,
        };
        let open = || -> Result<Self, FileError> {
            let mut file = file?;
            let footer = read_footer(&mut file, dimension, expected)?;
            Ok(Self { path: path.to_owned(), file, footer, dimension })
        };
        open().map(Some).map_err(|source| IndexError::Unusable { path: path.to_owned(), source })
    }

    /// Returns the owner's number of the state that the rows are in.
    pub fn generation(&self) -> i64 {
        self.footer.generation
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        usize::try_from(self.footer.rows).unwrap_or(usize::MAX)
    }

    /// Reads the attachment, which comes first.
    ///
    /// # Errors
    /// [`IndexError::Unusable`] when it can't be read, or is damaged.
    pub fn attachment(&mut self) -> Result<Vec<u8>, IndexError> {
        let (length, checksum) = self.footer.attachment;
        let mut read = || -> Result<Vec<u8>, FileError> {
            let length = usize::try_from(length).map_err(|_| FileError::OutOfRange { what: "attachment" })?;
            let mut bytes = vec![0; length];
            self.file.read_exact(&mut bytes)?;
            if blake3::hash(&bytes) != checksum {
                return Err(FileError::Checksum { part: "attachment" });
            }
            Ok(bytes)
        };
        read().map_err(|source| IndexError::Unusable { path: self.path.clone(), source })
    }

    /// Reads the rows that are to be kept, after [`Self::attachment`]; `keep` has a value for each row. Runs on the
    /// threads of the current rayon pool.
    ///
    /// # Errors
    /// [`IndexError::Unusable`] when they can't be read, or are damaged.
    pub fn vectors(self, keep: &[bool]) -> Result<VectorStore, IndexError> {
        let Self { path, mut file, footer, dimension } = self;
        let kept = keep.iter().filter(|keep| **keep).count();
        let mut vectors = VectorStore::to_fill(kept, footer.centroid);
        let mut slots = vectors.slots();
        let row_length = row_length(dimension);
        // The threads take turns at reading, and meanwhile unpack what they have read.
        let blocks = keep.chunks(ROWS_PER_BLOCK).zip(&footer.blocks).map(|(keep, checksum)| {
            let slots = slots.split_off(keep.iter().filter(|keep| **keep).count());
            let mut bytes = vec![0; keep.len() * row_length];
            file.read_exact(&mut bytes).map(|()| Block { keep, checksum, slots, bytes })
        });
        blocks
            .par_bridge()
            .try_for_each(|block| block?.unpack(row_length))
            .map_err(|source| IndexError::Unusable { path, source })?;
        Ok(vectors)
    }
}

/// Reads the footer of a file and goes back to its beginning.
fn read_footer(file: &mut File, dimension: usize, expected: Checksum) -> Result<Footer, FileError> {
    let length = file.metadata()?.len();
    let too_short = FileError::Length { found: length, expected: TRAILER as u64 };
    let body_and_footer = length.checked_sub(TRAILER as u64).ok_or(too_short)?;
    file.seek(SeekFrom::Start(body_and_footer))?;
    let mut trailer = [0; TRAILER];
    file.read_exact(&mut trailer)?;
    let (footer_length, rest) = trailer.split_at(size_of::<u64>());
    let (version, magic) = rest.split_at(size_of::<u32>());
    if magic != MAGIC {
        return Err(FileError::Magic { kind: "snapshot" });
    }
    let found = version.as_chunks().0.first().map_or(0, |bytes| u32::from_le_bytes(*bytes));
    if found != VERSION {
        return Err(FileError::Version { found, expected: VERSION });
    }
    let footer_length = footer_length.as_chunks().0.first().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let out_of_range = |what| FileError::OutOfRange { what };
    let start = body_and_footer.checked_sub(footer_length).ok_or(out_of_range("the footer"))?;
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = vec![0; usize::try_from(footer_length).map_err(|_| out_of_range("the footer"))?];
    file.read_exact(&mut bytes)?;
    if blake3::hash(&bytes) != expected {
        return Err(FileError::Checksum { part: "footer" });
    }
    // A footer with the right checksum was written by this program; the rest guards against mistakes of its own.
    let footer: Footer = bincode::serde::decode_from_slice(&bytes, bincode::config::standard())
        .map_err(|_| out_of_range("the footer"))?
        .0;
    if footer.body_length(dimension) != Some(start) {
        return Err(out_of_range("the number of rows"));
    }
    if footer.centroid.len() != dimension {
        return Err(out_of_range("the centroid"));
    }
    if footer.blocks.len() as u64 != footer.rows.div_ceil(ROWS_PER_BLOCK as u64) {
        return Err(out_of_range("the number of blocks"));
    }
    file.rewind()?;
    Ok(footer)
}

/// Some rows that were read.
struct Block<'a> {
    /// Which of them are kept.
    keep: &'a [bool],
    checksum: &'a [u8; 32],
    /// Where those that are kept go.
    slots: Slots<'a>,
    bytes: Vec<u8>,
}

impl Block<'_> {
    fn unpack(mut self, row_length: usize) -> Result<(), FileError> {
        if blake3::hash(&self.bytes) != *self.checksum {
            return Err(FileError::Checksum { part: "rows" });
        }
        let rows = self.bytes.chunks_exact(row_length).zip(self.keep).filter(|(_, keep)| **keep);
        rows.enumerate().for_each(|(at, (row, _))| self.slots.fill(at, row));
        Ok(())
    }
}
