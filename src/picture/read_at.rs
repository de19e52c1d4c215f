//! Bytes that are read piece by piece, from memory or from a file of which only a little is needed.

use std::borrow::Cow;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// Bytes that can be read at any position.
pub(super) trait ReadAt {
    /// How many bytes there are.
    fn length(&self) -> u64;

    /// The `count` bytes from position `at`; none when not all of them are there.
    fn read_at(&self, at: u64, count: usize) -> Option<Cow<'_, [u8]>>;

    /// The bytes from position `at`: `count`, or as many as there are.
    fn read_up_to(&self, at: u64, count: usize) -> Option<Cow<'_, [u8]>> {
        let left = usize::try_from(self.length().checked_sub(at)?).unwrap_or(usize::MAX);
        self.read_at(at, count.min(left))
    }
}

impl ReadAt for [u8] {
    fn length(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, at: u64, count: usize) -> Option<Cow<'_, [u8]>> {
        let start = usize::try_from(at).ok()?;
        self.get(start..start.checked_add(count)?).map(Cow::Borrowed)
    }
}

/// How much of a file's beginning is kept, in bytes: most headers lie there.
const HEAD: usize = 128 << 10;
/// The most that one read from a file may take, in bytes.
const MAX_READ: usize = 64 << 20;

/// An open file with its beginning in memory.
pub(super) struct FileBytes<'a> {
    file: &'a File,
    length: u64,
    head: Vec<u8>,
}

impl<'a> FileBytes<'a> {
    /// Reads the beginning of a file.
    pub(crate) fn new(file: &'a File) -> std::io::Result<Self> {
        let length = file.metadata()?.len();
        let mut head = Vec::new();
        let mut reader = file;
        reader.seek(SeekFrom::Start(0))?;
        reader.take(HEAD as u64).read_to_end(&mut head)?;
        Ok(Self { file, length, head })
    }

    /// The file's beginning: all of a small file.
    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }
}

impl ReadAt for FileBytes<'_> {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_at(&self, at: u64, count: usize) -> Option<Cow<'_, [u8]>> {
        if let Some(known) = self.head.as_slice().read_at(at, count) {
            return Some(known);
        }
        // What a damaged header claims is not allocated before it is known to be there.
        if count > MAX_READ || at.checked_add(count as u64)? > self.length {
            return None;
        }
        let mut bytes = vec![0; count];
        let mut reader = self.file;
        reader.seek(SeekFrom::Start(at)).ok()?;
        reader.read_exact(&mut bytes).ok()?;
        Some(Cow::Owned(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_reads_as_its_bytes_do() {
        let bytes: Vec<u8> = (0..HEAD + 5000).map(|i| (i % 251) as u8).collect();
        let path = tempfile::tempdir().unwrap().keep().join("a");
        std::fs::write(&path, &bytes).unwrap();
        let file = File::open(&path).unwrap();
        let file = FileBytes::new(&file).unwrap();
        let end = bytes.len() as u64;
        for (at, count) in [
            (0, 10),
            (HEAD as u64 - 3, 10),
            (HEAD as u64 + 7, 100),
            (end - 1, 1),
            (end, 0),
            (end - 1, 2),
            (end + 1, 0),
            (u64::MAX, usize::MAX),
        ] {
            assert_eq!(file.read_at(at, count), bytes.as_slice().read_at(at, count), "{count} at {at}");
            assert_eq!(file.read_up_to(at, 100), bytes.as_slice().read_up_to(at, 100), "up to, at {at}");
        }
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }
}
