//! A short hash of a model's folder: the revision that its embeddings are kept under.

use std::fs::{self, File, Metadata};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::ModelError;
use crate::base::atomic::{self, Access};
use crate::base::paths;

/// A fingerprint, and the state that the files were in when it was made: a query can't wait until hundreds of megabytes
/// are read at every start.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Memo {
    files: Vec<FileStamp>,
    fingerprint: String,
}

/// What tells that a file was not changed.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct FileStamp {
    name: String,
    /// Size of the file, in bytes.
    bytes: u64,
    modified: SystemTime,
    /// Device, inode, and the time of its last change (seconds, nanoseconds): copying with the old times does not keep
    /// them. Empty on systems that don't tell.
    inode: Vec<i64>,
}

/// What a fingerprint is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The files that the embeddings of pictures depend on.
    Revision,
    /// The files of a tokenizer.
    Tokenizer,
}

/// The hash of the named files of a folder; read again only if one of them looks changed. `purpose` keeps the
/// fingerprints of different files of a folder apart.
///
/// # Errors
/// When a file can't be read.
pub(super) fn of_folder(folder: &Path, purpose: Purpose, names: &[String]) -> Result<String, ModelError> {
    let memo_path = memo_path(folder, purpose);
    let now = SystemTime::now();
    let before = stamps(folder, names)?;
    let memo = memo_path.as_ref().and_then(|path| serde_json::from_slice::<Memo>(&fs::read(path).ok()?).ok());
    if let Some(memo) = memo.filter(|memo| memo.files == before) {
        return Ok(memo.fingerprint);
    }
    let mut hasher = blake3::Hasher::new();
    for name in names {
        let path = folder.join(name);
        let (length, hash) = hash_file(&path).map_err(|reason| ModelError::unreadable(&path, reason))?;
        hasher.update(&length.to_le_bytes()).update(hash.as_bytes());
    }
    let memo = Memo { files: before, fingerprint: short(&hasher) };
    let unchanged = stamps(folder, names)? == memo.files;
    if let Some(path) = memo_path.filter(|_| unchanged && is_settled(&memo.files, now)) {
        // Where the memo can't be kept, the next start takes longer.
        let _ = keep(&path, &memo);
    }
    Ok(memo.fingerprint)
}

/// The first 64 bits of a hash, in hexadecimal.
pub(super) fn short(hasher: &blake3::Hasher) -> String {
    hasher.finalize().to_hex()[..16].to_owned()
}

fn memo_path(folder: &Path, purpose: Purpose) -> Option<PathBuf> {
    let key = blake3::hash(&paths::to_bytes(folder)).to_hex();
    let suffix = match purpose {
        Purpose::Revision => "",
        Purpose::Tokenizer => "-tokenizer",
    };
    Some(paths::cache_dir().ok()?.join("fingerprints").join(format!("{}{suffix}.json", &key[..16])))
}

fn keep(path: &Path, memo: &Memo) -> std::io::Result<()> {
    let folder = atomic::folder_of(path);
    fs::create_dir_all(folder)?;
    atomic::remove_abandoned_drafts(folder);
    atomic::write(path, Access::Usual, |file| file.write_all(&serde_json::to_vec(memo)?))
}

fn stamps(folder: &Path, names: &[String]) -> Result<Vec<FileStamp>, ModelError> {
    let stamp = |name: &String| {
        let path = folder.join(name);
        let found = path.metadata().and_then(|metadata| {
            let (bytes, modified) = (metadata.len(), metadata.modified()?);
            Ok(FileStamp { name: name.clone(), bytes, modified, inode: inode(&metadata) })
        });
        found.map_err(|reason| ModelError::Unreadable { path, reason })
    };
    names.iter().map(stamp).collect()
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> Vec<i64> {
    use std::os::unix::fs::MetadataExt;
    vec![metadata.dev().cast_signed(), metadata.ino().cast_signed(), metadata.ctime(), metadata.ctime_nsec()]
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> Vec<i64> {
    Vec::new()
}

/// Whether a change of the files after `now` would show in their stamps: within the same tick of the clock it might not.
fn is_settled(files: &[FileStamp], now: SystemTime) -> bool {
    const TICK: Duration = Duration::from_secs(2);
    files.iter().all(|file| now.duration_since(file.modified).is_ok_and(|age| age > TICK))
}

/// Length in bytes and hash of a file, which is hashed in pieces on all threads.
fn hash_file(path: &Path) -> std::io::Result<(u64, blake3::Hash)> {
    const PIECE: u64 = 8 << 20;
    let metadata = path.metadata()?;
    if !metadata.is_file() {
        return Err(std::io::Error::other("is not a regular file"));
    }
    let length = metadata.len();
    let pieces = (0..length.div_ceil(PIECE))
        .into_par_iter()
        .map(|i| {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(i * PIECE))?;
            let mut hasher = blake3::Hasher::new();
            std::io::copy(&mut file.take(PIECE), &mut hasher)?;
            Ok(hasher.finalize())
        })
        .collect::<std::io::Result<Vec<_>>>()?;
    Ok((length, hash_of_pieces(pieces)))
}

/// One hash of the hashes of pieces, in order.
pub(super) fn hash_of_pieces(pieces: Vec<blake3::Hash>) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for piece in pieces {
        hasher.update(piece.as_bytes());
    }
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_changes_the_fingerprint() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["a".to_owned(), "b".to_owned()];
        let write = |name: &str, bytes: &[u8], age: u64| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            let then = SystemTime::now() - Duration::from_secs(age);
            File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
        };
        write("a", &[1; 100], 1000);
        write("b", &[2; 100], 1000);
        let of = || of_folder(folder.path(), Purpose::Revision, &names).unwrap();
        let first = of();
        assert_eq!(of(), first);
        // A change of the same length, as a tool that keeps no times makes it.
        write("b", &[3; 100], 500);
        let second = of();
        assert_ne!(second, first);
        write("b", &[2; 100], 0);
        assert_eq!(of(), first);
        // Two changes within one tick of the clock.
        write("b", &[3; 100], 0);
        assert_eq!(of(), second);
        // What moves from one file to the next.
        write("a", &[1; 99], 100);
        write("b", &[2; 101], 100);
        assert_ne!(of(), first);
        let _ = fs::remove_file(memo_path(folder.path(), Purpose::Revision).unwrap());
    }

    #[test]
    fn a_missing_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error =
            of_folder(folder.path(), Purpose::Revision, &["x.json".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("x.json"), "{error}");
    }
}
