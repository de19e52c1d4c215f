//! The container of the binary files that pixseek derives from others: sections with their lengths and checksums.
//!
//! A file is a header (magic number, kind, version), the sections, and a directory with the length and the BLAKE3
//! checksum of each, the number of sections, and a checksum of header and directory. All numbers are little-endian. The
//! directory comes last, so that a file can be written a section at a time. Sections are checked one by one, by whatever
//! thread has read them.
//!
//! Nothing in a file is believed: its lengths have to add up to that of the file before anything is allocated, and a file
//! that is mostly a hole is refused.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use thiserror::Error;

use super::regular;

/// A BLAKE3 checksum. That of header and directory stands for the whole file.
pub(crate) type Checksum = blake3::Hash;

/// The last byte is the version of the container itself.
const MAGIC: [u8; 8] = *b"PIXSEEK\x01";
/// Bytes of magic number, kind and version.
const HEADER: usize = MAGIC.len() + 4 + size_of::<u32>();
/// Bytes of a section in the directory: length, checksum.
const ENTRY: usize = size_of::<u64>() + blake3::OUT_LEN;
/// Bytes after the directory: number of sections, checksum.
const TAIL: usize = size_of::<u64>() + blake3::OUT_LEN;
/// Bytes of a directory at most: more than a million sections are damage.
const MAX_DIRECTORY: u64 = 64 << 20;

/// What the sections of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    /// Four letters.
    pub name: [u8; 4],
    /// Changes with what is in the sections.
    pub version: u32,
}

impl Kind {
    fn header(self) -> [u8; HEADER] {
        let mut header = [0; HEADER];
        header[..8].copy_from_slice(&MAGIC);
        header[8..12].copy_from_slice(&self.name);
        header[12..].copy_from_slice(&self.version.to_le_bytes());
        header
    }
}

/// Why a file can't be used.
#[derive(Debug, Error)]
pub(crate) enum BlockfileError {
    /// It can't be read.
    #[error("it can't be read")]
    Io(#[from] io::Error),
    /// It begins as no file of pixseek's does, or as one of another kind.
    #[error("it is no file of the kind '{}'", .0.escape_ascii())]
    Kind([u8; 4]),
    /// It begins as no file of pixseek's does, whatever the kind.
    #[error("it is no file of pixseek's")]
    Foreign,
    /// It was written by another version of the program.
    #[error("it has version {found}, not {expected}")]
    Version {
        /// The version of the file.
        found: u32,
        /// The version that this program writes.
        expected: u32,
    },
    /// Its lengths don't add up to that of the file.
    #[error("its length of {0} bytes does not fit")]
    Length(u64),
    /// It takes much less room on the disk than it has bytes.
    #[error("it has {length} bytes, of which {stored} are stored")]
    #[cfg_attr(not(unix), allow(dead_code, reason = "how much is stored is not asked there"))]
    Hollow {
        /// Bytes of the file.
        length: u64,
        /// Bytes that it takes on the disk.
        stored: u64,
    },
    /// The checksum of header and directory is wrong.
    #[error("the checksum of its directory is wrong")]
    Directory,
    /// The checksum of a section is wrong.
    #[error("the checksum of its section {0} is wrong")]
    Checksum(usize),
    /// It has no such section.
    #[error("it has no section {0}")]
    Missing(usize),
}

/// Writes a file a section at a time.
#[derive(Debug)]
pub(crate) struct Writer<W> {
    output: W,
    header: [u8; HEADER],
    directory: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn new(mut output: W, kind: Kind) -> io::Result<Self> {
        let header = kind.header();
        output.write_all(&header)?;
        Ok(Self { output, header, directory: Vec::new() })
    }

    /// Writes the next section.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn section(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.directory.extend((bytes.len() as u64).to_le_bytes());
        self.directory.extend(blake3::hash(bytes).as_bytes());
        self.output.write_all(bytes)
    }

    /// Number of sections that are written.
    pub(crate) fn sections(&self) -> usize {
        self.directory.len() / ENTRY
    }

    /// What is written to.
    pub(crate) fn output(&mut self) -> &mut W {
        &mut self.output
    }

    /// Ends the file. Returns the checksum that stands for the whole of it.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn finish(mut self) -> io::Result<(W, Checksum)> {
        let count = self.sections() as u64;
        self.directory.extend(count.to_le_bytes());
        let checksum = checksum(&self.header, &self.directory);
        self.output.write_all(&self.directory)?;
        self.output.write_all(checksum.as_bytes())?;
        Ok((self.output, checksum))
    }
}

fn checksum(header: &[u8], directory: &[u8]) -> Checksum {
    blake3::Hasher::new().update(header).update(directory).finalize()
}

/// Where a section is.
#[derive(Debug, Clone, Copy)]
struct Entry {
    start: u64,
    length: u64,
    checksum: [u8; blake3::OUT_LEN],
}

/// A file whose directory is sound.
#[derive(Debug)]
pub(crate) struct Reader {
    file: File,
    /// Where the next byte is read from.
    position: u64,
    entries: Vec<Entry>,
    checksum: Checksum,
}

impl Reader {
    /// Opens the file at `path`, which must be a regular one, and checks its directory.
    ///
    /// # Errors
    /// When it can't be read, is of another kind or version, or its directory is damaged.
    pub(crate) fn open(path: &Path, kind: Kind) -> Result<Self, BlockfileError> {
        Self::open_with(path, Some(kind))
    }

    /// As [`Self::open`]; without a kind, whatever its kind and version are.
    fn open_with(path: &Path, kind: Option<Kind>) -> Result<Self, BlockfileError> {
        let mut file = regular::open(path)?;
        let metadata = file.metadata()?;
        let length = metadata.len();
        let wrong_length = || BlockfileError::Length(length);
        let between = length.checked_sub((HEADER + TAIL) as u64).ok_or_else(wrong_length)?;
        let mut header = [0; HEADER];
        file.read_exact(&mut header)?;
        if let Some(kind) = kind {
            let expected = kind.header();
            if header[..12] != expected[..12] {
                return Err(BlockfileError::Kind(kind.name));
            }
            if header != expected {
                let found = header.last_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
                return Err(BlockfileError::Version { found, expected: kind.version });
            }
        } else if header[..8] != MAGIC {
            return Err(BlockfileError::Foreign);
        }
        refuse_hollow(&metadata)?;
        file.seek(SeekFrom::Start(length - TAIL as u64))?;
        let mut tail = [0; TAIL];
        file.read_exact(&mut tail)?;
        let (count, stated) = tail.split_at(size_of::<u64>());
        let number = |bytes: &[u8]| bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let directory_length = number(count).checked_mul(ENTRY as u64).ok_or_else(wrong_length)?;
        let sections_length = between.checked_sub(directory_length).ok_or_else(wrong_length)?;
        if directory_length > MAX_DIRECTORY {
            return Err(wrong_length());
        }
        file.seek(SeekFrom::Start(HEADER as u64 + sections_length))?;
        let mut directory = vec![0; usize::try_from(directory_length).map_err(|_| wrong_length())?];
        file.read_exact(&mut directory)?;
        directory.extend(count);
        let checksum = checksum(&header, &directory);
        if checksum.as_bytes() != stated {
            return Err(BlockfileError::Directory);
        }
        let mut start = HEADER as u64;
        let mut entries = Vec::with_capacity(directory.len() / ENTRY);
        for entry in directory.as_chunks::<ENTRY>().0 {
            let (length, sum) = (number(entry), entry.last_chunk().copied().unwrap_or_default());
            entries.push(Entry { start, length, checksum: sum });
            start = start.checked_add(length).ok_or_else(wrong_length)?;
        }
        if start != HEADER as u64 + sections_length {
            return Err(wrong_length());
        }
        file.seek(SeekFrom::Start(HEADER as u64))?;
        Ok(Self { file, position: HEADER as u64, entries, checksum })
    }

    /// The checksum that stands for the whole file.
    pub(crate) fn checksum(&self) -> Checksum {
        self.checksum
    }

    /// Number of sections.
    pub(crate) fn sections(&self) -> usize {
        self.entries.len()
    }

    /// Bytes of a section; none if there is no such section.
    pub(crate) fn length(&self, section: usize) -> Option<u64> {
        self.entries.get(section).map(|entry| entry.length)
    }

    /// Reads a section, which is still to be checked. Sections are read fastest in their order.
    ///
    /// # Errors
    /// When there is no such section, or it can't be read.
    pub(crate) fn read(&mut self, section: usize) -> Result<Unchecked, BlockfileError> {
        let entry = *self.entries.get(section).ok_or(BlockfileError::Missing(section))?;
        if self.position != entry.start {
            self.file.seek(SeekFrom::Start(entry.start))?;
        }
        // The lengths add up to that of the file.
        let length = usize::try_from(entry.length).map_err(|_| BlockfileError::Length(entry.length))?;
        let mut bytes = vec![0; length];
        self.position = u64::MAX;
        self.file.read_exact(&mut bytes)?;
        self.position = entry.start + entry.length;
        Ok(Unchecked { section, bytes, checksum: entry.checksum })
    }
}

/// Reads a file of any kind and version to its end, and compares all its checksums.
///
/// # Errors
/// When it can't be read, is no file of pixseek's, or is damaged.
pub(crate) fn verify(path: &Path) -> Result<(), BlockfileError> {
    let mut reader = Reader::open_with(path, None)?;
    (0..reader.sections()).try_for_each(|section| reader.read(section)?.check().map(drop))
}

/// A section as it was read.
#[derive(Debug)]
pub(crate) struct Unchecked {
    section: usize,
    bytes: Vec<u8>,
    checksum: [u8; blake3::OUT_LEN],
}

impl Unchecked {
    /// The bytes of the section, once their checksum is right.
    ///
    /// # Errors
    /// When it is wrong.
    pub(crate) fn check(self) -> Result<Vec<u8>, BlockfileError> {
        if blake3::hash(&self.bytes) == self.checksum {
            Ok(self.bytes)
        } else {
            Err(BlockfileError::Checksum(self.section))
        }
    }
}

/// A file of a few kilobytes can claim to be a terabyte long, which would all be asked for.
#[cfg(unix)]
fn refuse_hollow(metadata: &Metadata) -> Result<(), BlockfileError> {
    use std::os::unix::fs::MetadataExt;
    /// Such files are read whatever they hold.
    const SMALL: u64 = 64 << 20;
    /// No file system compresses vectors and weights that well.
    const COMPRESSED: u64 = 16;
    let (length, stored) = (metadata.len(), metadata.blocks().saturating_mul(512));
    // Some file systems don't tell what they store.
    if length > SMALL && stored > 0 && stored < length / COMPRESSED {
        return Err(BlockfileError::Hollow { length, stored });
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_hollow(_: &Metadata) -> Result<(), BlockfileError> {
    Ok(())
}

#[cfg(test)]
mod tests;
