//! Where pixseek keeps its data, settings, caches and logs, and how paths become bytes.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use etcetera::BaseStrategy;

/// Names the data folder; wins over the XDG one.
pub const DATA_DIR_VAR: &str = "PIXSEEK_DATA_DIR";

const APP: &str = "pixseek";

/// An environment variable that is set to something.
pub fn env_path(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn base() -> Result<impl BaseStrategy> {
    etcetera::choose_base_strategy().context("no home folder: set HOME, or PIXSEEK_DATA_DIR")
}

/// The folder that holds the collections: `$PIXSEEK_DATA_DIR`, else `pixseek` in the XDG data folder.
///
/// # Errors
/// When neither that variable nor a home folder is set.
pub fn data_dir() -> Result<PathBuf> {
    match env_path(DATA_DIR_VAR) {
        Some(dir) => Ok(std::path::absolute(dir)?),
        None => Ok(base()?.data_dir().join(APP)),
    }
}

/// The settings file, `pixseek/config.toml` in the XDG config folder, there or not.
///
/// # Errors
/// When there is no home folder.
pub fn config_file() -> Result<PathBuf> {
    Ok(base()?.config_dir().join(APP).join("config.toml"))
}

/// The cache folder (demo gallery).
///
/// # Errors
/// When there is no home folder.
pub fn cache_dir() -> Result<PathBuf> {
    Ok(base()?.cache_dir().join(APP))
}

/// The log file that the TUI writes to: beside the collections.
///
/// # Errors
/// As [`data_dir`].
pub fn log_file() -> Result<PathBuf> {
    Ok(data_dir()?.join("pixseek.log"))
}

/// What the names of files end with that are being written.
const DRAFT: &str = ".part";

/// Replaces a file by what `write` writes, as a whole or not at all: it is written beside and renamed. Several
/// processes may do the same at once.
///
/// # Errors
/// When the file can't be written; the old one is still there then.
pub fn write_whole(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let draft = path.with_file_name(format!(".{name}.{}{DRAFT}", std::process::id()));
    let written =
        File::create(&draft).and_then(|mut file| write(&mut file)).and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        // The first error is the one to tell; the draft may not even exist.
        drop(fs::remove_file(&draft));
    }
    written
}

/// How long a draft is left alone: whoever writes one writes to it all the time.
const ABANDONED: Duration = Duration::from_secs(3600);

/// Removes the drafts that processes left which were killed in [`write_whole`], of the file `path` and of those beside
/// it whose names begin as its does. That it fails does no harm: they only take room.
pub fn remove_abandoned_drafts(path: &Path) {
    let start = format!(".{}", path.file_name().unwrap_or_default().to_string_lossy());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let age = || entry.metadata().ok()?.modified().ok()?.elapsed().ok();
        // As `write_whole` names them: there may be others' files that end so.
        let process = name.strip_suffix(DRAFT).and_then(|name| name.rsplit_once('.')?.1.parse::<u32>().ok());
        let is_draft = name.starts_with(&start) && process.is_some();
        if is_draft && age().is_some_and(|age| age > ABANDONED) {
            let path = entry.path();
            let removed = fs::remove_file(&path);
            tracing::info!(path = %path.display(), ?removed, "a draft that was left");
        }
    }
}

/// The right that the lock file at `path` stands for, until the file is dropped; none while another process has it.
///
/// # Errors
/// When the lock file can't be made.
pub fn try_lock(path: &Path) -> Result<Option<File>> {
    let open = || File::options().create(true).truncate(false).write(true).open(path);
    let file = open().with_context(|| format!("can't make '{}'", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        // Some network folders have no locks: doing the same twice only costs time.
        Err(fs::TryLockError::Error(_)) => Ok(Some(file)),
    }
}

/// A path as the catalogue stores it. On Unix the very bytes; elsewhere UTF-8 with `/` between names.
pub fn to_bytes(path: &Path) -> Vec<u8> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        path.as_os_str().as_bytes().to_vec()
    }
    #[cfg(not(unix))]
    {
        path.to_string_lossy().replace('\\', "/").into_bytes()
    }
}

/// The reverse of [`to_bytes`].
pub fn from_bytes(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt;
        OsString::from_vec(bytes.to_vec()).into()
    }
    #[cfg(not(unix))]
    {
        OsString::from(String::from_utf8_lossy(bytes).into_owned()).into()
    }
}

/// The path for a message on one line: control characters and line breaks escaped.
pub fn display(path: &Path) -> String {
    let text = path.to_string_lossy();
    if text.chars().any(char::is_control) {
        text.chars()
            .flat_map(|c| {
                let escaped = c.is_control().then(|| c.escape_default());
                let plain = (!c.is_control()).then_some(c);
                escaped.into_iter().flatten().chain(plain)
            })
            .collect()
    } else {
        text.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_survive_the_catalogue() {
        for name in ["a.jpg", "b/c d\n.png", "日本/🦀.webp", ""] {
            assert_eq!(from_bytes(&to_bytes(Path::new(name))), Path::new(name));
        }
    }

    #[cfg(unix)]
    #[test]
    fn invalid_utf8_survives_too() {
        let bytes = b"bad\xff\xfe.jpg";
        assert_eq!(to_bytes(&from_bytes(bytes)), bytes);
    }

    #[test]
    fn only_drafts_that_were_left_go() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str, age: Duration| {
            let file = File::create(folder.path().join(name)).unwrap();
            file.set_modified(std::time::SystemTime::now() - age).unwrap();
        };
        let old = 2 * ABANDONED;
        make(".a-1.bin.77.part", old);
        make(".a-2.bin.77.part", Duration::ZERO);
        make(".b-1.bin.77.part", old);
        make("a-1.bin", old);
        make(".a-1.bin", old);
        make(".a-film.part", old);
        remove_abandoned_drafts(&folder.path().join("a-"));
        remove_abandoned_drafts(&folder.path().join("gone/a-"));
        let entries = fs::read_dir(folder.path()).unwrap();
        let mut left: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        left.sort();
        assert_eq!(left, [".a-1.bin", ".a-2.bin.77.part", ".a-film.part", ".b-1.bin.77.part", "a-1.bin"]);
    }

    #[test]
    fn messages_stay_on_one_line() {
        assert_eq!(display(Path::new("a\nb\u{1b}[31m.jpg")), "a\\nb\\u{1b}[31m.jpg");
        assert_eq!(display(Path::new("plain é.jpg")), "plain é.jpg");
    }
}
