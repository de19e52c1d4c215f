//! The file: what identifies the rows, the rows in blocks, a footer that describes them, and its length.
//!
//! All numbers are little-endian. The footer comes last, since it has the checksums of what is before it; rows are in
//! blocks so that they can be checked and taken apart on all threads.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use anyhow::{Context, Result, ensure};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::index::matrix::Matrix;
use crate::index::matrix::stored::{Slots, row_length};

/// BLAKE3.
pub type Checksum = blake3::Hash;

const MAGIC: [u8; 8] = *b"pixseekV";
const VERSION: u32 = 1;
/// Bytes after the footer: its length, the version, the magic number.
const TAIL: usize = size_of::<u64>() + size_of::<u32>() + MAGIC.len();

/// About 800 kB of 512-dimensional rows: they stay in a core's cache while they are checked and taken apart.
pub const ROWS_PER_BLOCK: usize = 512;

/// What is known of a row of the matrix besides its vector.
#[derive(Debug, PartialEq)]
pub struct Info {
    pub id: i64,
    pub path: Vec<u8>,
    pub mtime_ns: i64,
}

/// Describes all that is before it.
#[derive(Serialize, Deserialize)]
pub struct Footer {
    /// The catalogue's change number.
    pub change: i64,
    pub rows: u64,
    /// Bytes of what identifies the rows, and their checksum.
    pub infos: (u64, [u8; 32]),
    /// What the rows are rounded around.
    pub centre: Vec<f32>,
    /// Checksums of the blocks.
    pub blocks: Vec<[u8; 32]>,
}

impl Footer {
    /// Writes it, and returns its checksum.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn write(&self, file: &mut impl Write) -> Result<Checksum> {
        let mut bytes = bincode::serde::encode_to_vec(self, bincode::config::standard())?;
        let checksum = blake3::hash(&bytes);
        let length = bytes.len() as u64;
        bytes.extend(length.to_le_bytes());
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(MAGIC);
        file.write_all(&bytes)?;
        Ok(checksum)
    }

    /// Bytes of the whole file but for footer and tail, if that is a number.
    fn body_length(&self, dimension: usize) -> Option<u64> {
        let rows = self.rows.checked_mul(row_length(dimension) as u64)?;
        rows.checked_add(self.infos.0)
    }
}

/// What identifies rows, as bytes.
pub fn encode_infos(infos: &[Info]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for Info { id, path, mtime_ns } in infos {
        bytes.extend(id.to_le_bytes());
        bytes.extend(mtime_ns.to_le_bytes());
        bytes.extend((path.len() as u64).to_le_bytes());
        bytes.extend(path);
    }
    bytes
}

pub fn decode_infos(mut bytes: &[u8], count: usize) -> Result<Vec<Info>> {
    fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8]> {
        bytes.split_off(..length).context("it ends early")
    }
    let number = |bytes: &mut &[u8]| -> Result<u64> { Ok(u64::from_le_bytes(take(bytes, 8)?.try_into()?)) };
    let mut infos = Vec::with_capacity(count);
    for _ in 0..count {
        let (id, mtime_ns) = (number(&mut bytes)?.cast_signed(), number(&mut bytes)?.cast_signed());
        let length = usize::try_from(number(&mut bytes)?)?;
        infos.push(Info { id, mtime_ns, path: take(&mut bytes, length)?.to_vec() });
    }
    ensure!(bytes.is_empty(), "{} bytes too many", bytes.len());
    Ok(infos)
}

/// Reads a file from its beginning to its end.
pub struct Reader {
    file: File,
    footer: Footer,
    dimension: usize,
}

impl Reader {
    /// Looks at the footer.
    ///
    /// # Errors
    /// When it can't be read, is not the one that is `vouched` for, or doesn't fit the file.
    pub fn new(mut file: File, dimension: usize, vouched: Checksum) -> Result<Self> {
        let length = file.metadata()?.len();
        let body_and_footer = length.checked_sub(TAIL as u64).context("it is too short")?;
        file.seek(SeekFrom::Start(body_and_footer))?;
        let mut tail = [0; TAIL];
        file.read_exact(&mut tail)?;
        let (footer_length, rest) = tail.split_at(size_of::<u64>());
        let footer_length = u64::from_le_bytes(footer_length.try_into()?);
        ensure!(rest.ends_with(&MAGIC), "it is no snapshot of pixseek's");
        ensure!(rest.starts_with(&VERSION.to_le_bytes()), "it has another version");
        let start = body_and_footer.checked_sub(footer_length).context("its footer is too long")?;
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = vec![0; usize::try_from(footer_length)?];
        file.read_exact(&mut bytes)?;
        ensure!(blake3::hash(&bytes) == vouched, "it is not the one that the catalogue knows");
        // What was vouched for was written by this program; the rest guards against mistakes of its own.
        let footer: Footer = bincode::serde::decode_from_slice(&bytes, bincode::config::standard())?.0;
        ensure!(footer.body_length(dimension) == Some(start), "its length does not fit");
        ensure!(footer.centre.len() == dimension, "a centre of {} numbers", footer.centre.len());
        ensure!(
            footer.blocks.len() as u64 == footer.rows.div_ceil(ROWS_PER_BLOCK as u64),
            "a wrong number of blocks"
        );
        file.rewind()?;
        Ok(Self { file, footer, dimension })
    }

    /// The catalogue's change number that the file is at.
    pub fn change(&self) -> i64 {
        self.footer.change
    }

    /// Number of rows.
    pub fn pictures(&self) -> usize {
        usize::try_from(self.footer.rows).unwrap_or(usize::MAX)
    }

    /// What identifies the rows; comes first.
    ///
    /// # Errors
    /// When it can't be read, or is damaged.
    pub fn infos(&mut self) -> Result<Vec<Info>> {
        let (length, checksum) = self.footer.infos;
        let mut bytes = vec![0; usize::try_from(length)?];
        self.file.read_exact(&mut bytes)?;
        ensure!(blake3::hash(&bytes) == checksum, "its checksum is wrong");
        decode_infos(&bytes, usize::try_from(self.footer.rows)?)
    }

    /// The rows that are to be kept, after [`Self::infos`]. Runs on the threads of rayon's pool.
    ///
    /// # Errors
    /// When they can't be read, or are damaged.
    pub fn rows(mut self, keep: &[bool]) -> Result<Matrix> {
        let kept = keep.iter().filter(|keep| **keep).count();
        let mut matrix = Matrix::to_fill(kept, self.footer.centre);
        let mut slots = matrix.slots();
        let row_length = row_length(self.dimension);
        // The threads take turns at reading, and work at what they have read meanwhile.
        let blocks = keep.chunks(ROWS_PER_BLOCK).zip(&self.footer.blocks).map(|(keep, checksum)| {
            let slots = slots.split_off(keep.iter().filter(|keep| **keep).count());
            let mut bytes = vec![0; keep.len() * row_length];
            self.file.read_exact(&mut bytes).map(|()| Block { keep, checksum, slots, bytes })
        });
        blocks.par_bridge().try_for_each(|block| block?.take_apart(row_length))?;
        Ok(matrix)
    }
}

/// Some rows.
struct Block<'a> {
    keep: &'a [bool],
    checksum: &'a [u8; 32],
    slots: Slots<'a>,
    bytes: Vec<u8>,
}

impl Block<'_> {
    fn take_apart(mut self, row_length: usize) -> Result<()> {
        ensure!(blake3::hash(&self.bytes) == *self.checksum, "its checksum is wrong");
        let rows = self.bytes.chunks_exact(row_length).zip(self.keep).filter(|(_, keep)| **keep);
        rows.enumerate().for_each(|(at, (row, _))| self.slots.fill(at, row));
        Ok(())
    }
}
