//! The file of a snapshot: a header, an attachment of the owner's, and the rows in blocks, each a section of a
//! [`blockfile`](crate::base::blockfile).
//!
//! Rows are in blocks so that they can be checked and unpacked on all threads, and written a little at a time.

use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::base::atomic::{self, Access, Draft};
use crate::base::blockfile::{self, BlockfileError, Kind, Unchecked, Writer};
use crate::index::error::{FileError, IndexError};
use crate::index::vectors::VectorStore;
use crate::index::vectors::stored::{Slots, row_length};

pub(crate) use crate::base::blockfile::Checksum;

const KIND: Kind = Kind { name: *b"VECT", version: 2 };

/// Rows of a block: about 800 kB of 512-dimensional rows, which stay in a core's cache while they are checked and
/// unpacked.
pub(crate) const ROWS_PER_BLOCK: usize = 512;

/// The section that describes the others.
const HEADER: usize = 0;
const ATTACHMENT: usize = 1;
/// The first section with rows.
const ROWS: usize = 2;

/// Bytes of a header at most: a longer one is damaged.
const MAX_HEADER: u64 = 1 << 20;

/// Describes the other sections.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    /// The owner's number of the state that the rows are in.
    generation: i64,
    rows: u64,
    /// The vector that the rows are quantized relative to.
    centroid: Vec<f32>,
}

impl Header {
    /// Returns the number of rows of each block.
    fn blocks(&self) -> impl ExactSizeIterator<Item = usize> {
        let rows = usize::try_from(self.rows).unwrap_or(usize::MAX);
        (0..rows.div_ceil(ROWS_PER_BLOCK)).map(move |block| ROWS_PER_BLOCK.min(rows - block * ROWS_PER_BLOCK))
    }
}

/// Bytes that a call may have to wait for until they have reached the disk: all at once, at the end, would take seconds
/// on a slow disk.
const SYNCED_AT_ONCE: usize = 4 << 20;

/// Writes a snapshot a block at a time. The file appears when it is finished; dropped before, nothing is left behind.
#[derive(Debug)]
pub(crate) struct SnapshotWriter {
    path: PathBuf,
    writer: Writer<Draft>,
    /// Bytes written that may not have reached the disk.
    unsynced: usize,
}

impl SnapshotWriter {
    /// Begins the file `path`, which will be replaced if it is there, with an attachment. `generation` is the owner's number
    /// of the state that `vectors` is in.
    ///
    /// # Errors
    /// [`IndexError::Write`]
    pub(crate) fn create(
        path: &Path,
        generation: i64,
        attachment: &[u8],
        vectors: &VectorStore,
    ) -> Result<Self, IndexError> {
        atomic::remove_abandoned_drafts(atomic::folder_of(path));
        let header = Header { generation, rows: vectors.len() as u64, centroid: vectors.centroid().to_vec() };
        let begin = || -> io::Result<Writer<Draft>> {
            let header = bincode::serde::encode_to_vec(&header, bincode::config::standard());
            let mut writer = Writer::new(Draft::new(path, Access::AsFolder)?, KIND)?;
            writer.section(&header.map_err(io::Error::other)?)?;
            writer.section(attachment)?;
            Ok(writer)
        };
        let writer = begin().map_err(|source| IndexError::Write { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), writer, unsynced: attachment.len() })
    }

    /// Writes the next block of `vectors`, which must not have changed since [`Self::create`]. Returns false when there
    /// is none left.
    ///
    /// # Errors
    /// [`IndexError::Write`]
    pub(crate) fn write_block(&mut self, vectors: &VectorStore) -> Result<bool, IndexError> {
        let first = (self.writer.sections() - ROWS) * ROWS_PER_BLOCK;
        if first >= vectors.len() {
            return Ok(false);
        }
        let mut block = Vec::new();
        vectors.store(first..vectors.len().min(first + ROWS_PER_BLOCK), &mut block);
        self.unsynced += block.len();
        let mut written = self.writer.section(&block);
        if self.unsynced > SYNCED_AT_ONCE {
            self.unsynced = 0;
            written = written.and_then(|()| self.writer.output().file().sync_data());
        }
        written.map_err(|source| IndexError::Write { path: self.path.clone(), source })?;
        Ok(true)
    }

    /// Ends the file after its last block, and puts it in its place. Returns the checksum that [`SnapshotReader::open`] is
    /// to be given.
    ///
    /// # Errors
    /// [`IndexError::Write`]
    pub(crate) fn finish(self) -> Result<Checksum, IndexError> {
        let Self { path, writer, .. } = self;
        let finish = || -> io::Result<Checksum> {
            let (draft, checksum) = writer.finish()?;
            draft.publish()?;
            Ok(checksum)
        };
        finish().map_err(|source| IndexError::Write { path, source })
    }
}

/// Reads a snapshot from its beginning to its end.
#[derive(Debug)]
pub(crate) struct SnapshotReader {
    path: PathBuf,
    file: blockfile::Reader,
    header: Header,
    dimension: usize,
}

impl SnapshotReader {
    /// Opens the file `path` with rows of `dimension` components, and checks its header. Returns none if there is no such
    /// file.
    ///
    /// # Errors
    /// [`IndexError::Unusable`] when the file can't be read, hasn't the checksum `expected`, or its header doesn't fit it.
    pub(crate) fn open(
        path: &Path,
        dimension: usize,
        expected: Checksum,
    ) -> Result<Option<Self>, IndexError> {
        let open = || -> Result<Self, FileError> {
            let mut file = blockfile::Reader::open(path, KIND)?;
            if file.checksum() != expected {
                return Err(FileError::OtherFile);
            }
            let header = read_header(&mut file, dimension)?;
            Ok(Self { path: path.to_owned(), file, header, dimension })
        };
        match open() {
            Err(FileError::Container(BlockfileError::Io(error)))
                if error.kind() == io::ErrorKind::NotFound =>
            {
                Ok(None)
            }
            opened => {
                opened.map(Some).map_err(|source| IndexError::Unusable { path: path.to_owned(), source })
            }
        }
    }

    /// Returns the owner's number of the state that the rows are in.
    pub(crate) fn generation(&self) -> i64 {
        self.header.generation
    }

    /// Returns the number of rows.
    pub(crate) fn rows(&self) -> usize {
        usize::try_from(self.header.rows).unwrap_or(usize::MAX)
    }

    /// Reads the attachment.
    ///
    /// # Errors
    /// [`IndexError::Unusable`] when it can't be read, or is damaged.
    pub(crate) fn attachment(&mut self) -> Result<Vec<u8>, IndexError> {
        let read = self.file.read(ATTACHMENT).and_then(Unchecked::check);
        read.map_err(|source| IndexError::Unusable { path: self.path.clone(), source: source.into() })
    }

    /// Reads the rows that are to be kept; `keep` has a value for each row. Runs on the
    /// threads of the current rayon pool.
    ///
    /// # Errors
    /// [`IndexError::Unusable`] when they can't be read, or are damaged.
    pub(crate) fn vectors(self, keep: &[bool]) -> Result<VectorStore, IndexError> {
        let Self { path, mut file, header, dimension } = self;
        let kept = keep.iter().filter(|keep| **keep).count();
        let mut vectors = VectorStore::to_fill(kept, header.centroid);
        let mut slots = vectors.slots();
        // The threads take turns at reading, and meanwhile check and unpack what they have read.
        let blocks = keep.chunks(ROWS_PER_BLOCK).zip(ROWS..).map(|(keep, section)| {
            let slots = slots.split_off(keep.iter().filter(|keep| **keep).count());
            file.read(section).map(|bytes| Block { keep, slots, bytes })
        });
        blocks
            .par_bridge()
            .try_for_each(|block| block?.unpack(row_length(dimension)))
            .map_err(|source| IndexError::Unusable { path, source: source.into() })?;
        Ok(vectors)
    }
}

/// Reads the header, and sees to it that the other sections are as it says.
fn read_header(file: &mut blockfile::Reader, dimension: usize) -> Result<Header, FileError> {
    let out_of_range = |what| FileError::OutOfRange { what };
    if file.length(HEADER).is_none_or(|length| length > MAX_HEADER) {
        return Err(out_of_range("the header"));
    }
    let bytes = file.read(HEADER)?.check()?;
    let header: Header = bincode::serde::decode_from_slice(&bytes, bincode::config::standard())
        .map_err(|_| out_of_range("the header"))?
        .0;
    if header.centroid.len() != dimension {
        return Err(out_of_range("the centroid"));
    }
    // As many sections as that are there, so that the numbers of rows are small enough to multiply.
    if header.rows.div_ceil(ROWS_PER_BLOCK as u64).checked_add(ROWS as u64) != Some(file.sections() as u64) {
        return Err(out_of_range("the number of rows"));
    }
    let fits =
        |(rows, section): (usize, usize)| file.length(section) == Some((rows * row_length(dimension)) as u64);
    if !header.blocks().zip(ROWS..).all(fits) {
        return Err(out_of_range("the length of a block"));
    }
    Ok(header)
}

/// Some rows that were read.
struct Block<'a> {
    /// Which of them are kept.
    keep: &'a [bool],
    /// Where those that are kept go.
    slots: Slots<'a>,
    bytes: Unchecked,
}

impl Block<'_> {
    fn unpack(mut self, row_length: usize) -> Result<(), BlockfileError> {
        let bytes = self.bytes.check()?;
        let rows = bytes.chunks_exact(row_length).zip(self.keep).filter(|(_, keep)| **keep);
        rows.enumerate().for_each(|(at, (row, _))| self.slots.fill(at, row));
        Ok(())
    }
}
