//! One safetensors file: its header, and its bytes where and when they are asked for.
//!
//! A file is read and not mapped: someone who shortens a mapped file ends the process with SIGBUS, and so does a disk that
//! fails, or a network folder that goes away.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use safetensors::tensor::{Metadata, TensorInfo};

use super::error::ModelError;

/// Bytes of the header's length, with which a file begins.
const LENGTH: u64 = size_of::<u64>() as u64;
/// Bytes of a header at most, as in the safetensors crate.
const MAX_HEADER: u64 = 100_000_000;

/// One safetensors file, open.
pub(super) struct SafetensorsFile {
    path: PathBuf,
    bytes: Bytes,
    /// Where the tensors start, in bytes.
    data: u64,
    metadata: Metadata,
    /// Why bytes could not be read once they were asked for, the first time that it happened.
    failure: Mutex<Option<io::Error>>,
}

/// Where the bytes of a file are.
enum Bytes {
    File(File),
    Bundled(&'static [u8]),
}

impl SafetensorsFile {
    /// Opens a file, and reads its header.
    ///
    /// # Errors
    /// When it can't be read or is damaged.
    pub(super) fn open(path: &Path) -> Result<Self, ModelError> {
        let unreadable = |reason| ModelError::unreadable(path, reason);
        let file = File::open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(ModelError::invalid(path, "is not a regular file"));
        }
        Self::new(path, Bytes::File(file), metadata.len())
    }

    /// A file that is part of this program; `path` is for messages.
    ///
    /// # Errors
    /// When it is damaged, which only a broken build can cause.
    pub(super) fn bundled(bytes: &'static [u8], path: &Path) -> Result<Self, ModelError> {
        Self::new(path, Bytes::Bundled(bytes), bytes.len() as u64)
    }

    fn new(path: &Path, bytes: Bytes, length: u64) -> Result<Self, ModelError> {
        let unreadable = |reason| ModelError::unreadable(path, reason);
        let other = |reason: String| {
            ModelError::invalid(path, format!("is no safetensors file, or damaged ({reason})"))
        };
        // In the words of someone who copied half of it.
        let cut = || {
            let words = format!(
                "the file is cut short or damaged: it has {length} bytes, its header asks for another size"
            );
            ModelError::invalid(path, words)
        };
        if length < LENGTH {
            return Err(cut());
        }
        let mut header_length = [0; LENGTH as usize];
        bytes.read_at(&mut header_length, 0).map_err(unreadable)?;
        let header_length = u64::from_le_bytes(header_length);
        if header_length > MAX_HEADER {
            return Err(other(format!("its header would have {header_length} bytes")));
        }
        let data = LENGTH + header_length;
        if data > length {
            return Err(cut());
        }
        let mut header = vec![0; usize::try_from(header_length).map_err(|_| cut())?];
        bytes.read_at(&mut header, LENGTH).map_err(unreadable)?;
        let metadata: Metadata = serde_json::from_slice(&header).map_err(|error| other(error.to_string()))?;
        let mut end = 0;
        for name in metadata.offset_keys() {
            let (from, to) = metadata.info(&name).map_or((0, 0), |info| info.data_offsets);
            if from != end || to < from {
                return Err(other(format!("tensor '{name}' does not follow the one before it")));
            }
            end = to;
        }
        if data.checked_add(end as u64) != Some(length) {
            return Err(cut());
        }
        Ok(Self { path: path.to_owned(), bytes, data, metadata, failure: Mutex::new(None) })
    }

    /// The file's path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The names of its tensors.
    pub(super) fn names(&self) -> Vec<String> {
        self.metadata.offset_keys()
    }

    /// Type, shape and place of a tensor.
    pub(super) fn info(&self, name: &str) -> Option<&TensorInfo> {
        self.metadata.info(name)
    }

    /// Reads the bytes from position `at` among those of all tensors on. Where that fails, it is noted for
    /// [`Self::check`], and false is returned.
    pub(super) fn read(&self, at: u64, out: &mut [u8]) -> bool {
        match self.bytes.read_at(out, self.data + at) {
            Ok(()) => true,
            Err(error) => {
                self.failure.lock().get_or_insert(error);
                false
            }
        }
    }

    /// Whether everything could be read that was asked for since the last call.
    ///
    /// # Errors
    /// When something could not, as when the file was shortened meanwhile.
    pub(super) fn check(&self) -> Result<(), ModelError> {
        match self.failure.lock().take() {
            None => Ok(()),
            Some(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(ModelError::invalid(&self.path, "became shorter while it was in use"))
            }
            Some(error) => Err(ModelError::unreadable(&self.path, error)),
        }
    }
}

impl Bytes {
    /// Reads all of `out` from a place in the file.
    fn read_at(&self, out: &mut [u8], at: u64) -> io::Result<()> {
        match self {
            Self::File(file) => read_exact_at(file, out, at),
            Self::Bundled(bytes) => {
                let part = usize::try_from(at).ok().and_then(|at| bytes.get(at..)?.get(..out.len()));
                out.copy_from_slice(part.ok_or(io::ErrorKind::UnexpectedEof)?);
                Ok(())
            }
        }
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, out: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, out, at)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut out: &mut [u8], mut at: u64) -> io::Result<()> {
    while !out.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, out, at)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => (out, at) = (&mut out[read..], at + read as u64),
        }
    }
    Ok(())
}
