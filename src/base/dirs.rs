//! The folders of the user's in which pixseek keeps data, settings and caches.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use etcetera::{BaseStrategy, HomeDirError};

use super::private;

/// Names the data folder; wins over the XDG one.
pub(crate) const DATA_DIR_VAR: &str = "PIXSEEK_DATA_DIR";

/// Why there is no folder to keep anything in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DirsError {
    /// The user has no home folder.
    #[error("there is no home folder")]
    NoHome(#[from] HomeDirError),
    /// The data folder was named relative to a folder that is gone.
    #[error("the current folder is gone")]
    NoCurrentFolder(#[from] std::io::Error),
}

type Result<T> = std::result::Result<T, DirsError>;

const APP: &str = "pixseek";

const COLLECTIONS: &str = "collections";
const HISTORY: &str = "history";
const CHOICES: &str = "choices";
const VIEW: &str = "view.toml";
const LOG: &str = "pixseek.log";
/// All that is in the data folder.
const OURS: [&str; 5] = [COLLECTIONS, CHOICES, HISTORY, VIEW, LOG];

/// An environment variable that is set to something.
pub(crate) fn env_path(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn base() -> Result<impl BaseStrategy> {
    Ok(etcetera::choose_base_strategy()?)
}

/// The user's home folder, if one is known.
pub(crate) fn home() -> Option<PathBuf> {
    etcetera::home_dir().ok()
}

/// The folder that holds the collections: `$PIXSEEK_DATA_DIR`, else `pixseek` in the XDG data folder.
///
/// # Errors
/// When neither that variable nor a home folder is set.
pub(crate) fn data_dir() -> Result<PathBuf> {
    match env_path(DATA_DIR_VAR) {
        Some(dir) => Ok(std::path::absolute(dir)?),
        None => Ok(base()?.data_dir().join(APP)),
    }
}

/// The settings file, `pixseek/config.toml` in the XDG config folder, there or not.
///
/// # Errors
/// When there is no home folder.
pub(crate) fn config_file() -> Result<PathBuf> {
    Ok(base()?.config_dir().join(APP).join("config.toml"))
}

/// The cache folder (demo gallery).
///
/// # Errors
/// When there is no home folder.
pub(crate) fn cache_dir() -> Result<PathBuf> {
    Ok(base()?.cache_dir().join(APP))
}

/// The folder of the collections in the data folder.
pub(crate) fn collections(data_dir: &Path) -> PathBuf {
    data_dir.join(COLLECTIONS)
}

/// The folder of what the user chose for each collection: beside the collections.
///
/// # Errors
/// As [`data_dir`].
pub(crate) fn choices() -> Result<PathBuf> {
    Ok(data_dir()?.join(CHOICES))
}

/// The file of earlier queries: beside the collections.
///
/// # Errors
/// As [`data_dir`].
pub(crate) fn history_file() -> Result<PathBuf> {
    Ok(data_dir()?.join(HISTORY))
}

/// The file of how the browser showed results last: beside the collections.
///
/// # Errors
/// As [`data_dir`].
pub(crate) fn view_file() -> Result<PathBuf> {
    Ok(data_dir()?.join(VIEW))
}

/// Takes from everybody else the access to the data folder and to what is directly in it, as older versions made it.
/// The folder itself stays as it is if it holds other things too: the user may have named a folder that is shared.
pub(crate) fn keep_private(data_dir: &Path) {
    let Ok(metadata) = data_dir.symlink_metadata() else { return };
    if private::is_open_to_others(&metadata) && holds_only_ours(data_dir) {
        private::tighten(data_dir);
    }
    OURS.iter().for_each(|name| private::tighten(&data_dir.join(name)));
}

fn holds_only_ours(folder: &Path) -> bool {
    let is_ours = |name: &OsStr| OURS.iter().any(|ours| name == *ours);
    fs::read_dir(folder)
        .is_ok_and(|mut entries| entries.all(|entry| entry.is_ok_and(|entry| is_ours(&entry.file_name()))))
}

/// The log file that the TUI writes to: beside the collections.
///
/// # Errors
/// As [`data_dir`].
pub(crate) fn log_file() -> Result<PathBuf> {
    Ok(data_dir()?.join(LOG))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_is_ours_becomes_private_and_shared_folders_stay() {
        for (other, of_folder) in [(None, 0o700), (Some("mine"), 0o755)] {
            let folder = tempfile::tempdir().unwrap();
            let at = |name: &str| folder.path().join(name);
            fs::create_dir(at(COLLECTIONS)).unwrap();
            [Some(HISTORY), Some(LOG), other]
                .iter()
                .flatten()
                .for_each(|name| fs::write(at(name), "").unwrap());
            let set = |name, mode| fs::set_permissions(at(name), fs::Permissions::from_mode(mode)).unwrap();
            let mode = |name| fs::metadata(at(name)).unwrap().permissions().mode() & 0o7777;
            [COLLECTIONS, ""].iter().for_each(|name| set(name, 0o755));
            [Some(HISTORY), Some(LOG), other].iter().flatten().for_each(|name| set(name, 0o644));
            keep_private(folder.path());
            assert_eq!(["", COLLECTIONS, HISTORY, LOG].map(mode), [of_folder, 0o700, 0o600, 0o600]);
            other.iter().for_each(|name| assert_eq!(mode(name), 0o644));
        }
        keep_private(Path::new("/none"));
    }
}
