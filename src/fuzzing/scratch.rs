//! Files for what is read by path.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use tempfile::TempDir;

/// A folder of this process, in memory where the system has such folders.
static FOLDER: LazyLock<io::Result<TempDir>> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { TempDir::with_prefix_in("pixseek-fuzz-", memory) } else { TempDir::new() }
});

/// Writes bytes to a file of this thread's, and returns its path. A machine that can't is no finding.
pub(super) fn file(bytes: &[u8]) -> io::Result<PathBuf> {
    let folder = FOLDER.as_ref().map_err(|error| io::Error::from(error.kind()))?;
    let name = format!("{:?}", std::thread::current().id());
    let path = folder.path().join(name.replace(|c: char| !c.is_ascii_alphanumeric(), ""));
    std::fs::write(&path, bytes)?;
    Ok(path)
}
