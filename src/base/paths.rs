//! Where pixseek keeps its data, settings, caches and logs, and how paths become bytes.

use std::env;
use std::ffi::OsString;
use std::fs::Metadata;
use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result};
use etcetera::BaseStrategy;

pub use crate::base::escape::path as display;

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

/// Modification time in nanoseconds since 1970 (negative before; 0 where there is none).
pub fn mtime_ns(metadata: &Metadata) -> i64 {
    let Ok(time) = metadata.modified() else { return 0 };
    let signed = |nanos: u128| i64::try_from(nanos).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => signed(after.as_nanos()),
        Err(before) => -signed(before.duration().as_nanos()),
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

/// Whether a stored path names something below a folder: names joined by `/`, none of them empty, `.` or `..`.
pub fn is_relative(path: &[u8]) -> bool {
    let is_name = |name: &[u8]| !matches!(name, b"" | b"." | b"..");
    // Elsewhere than on Unix there are more ways out, such as `C:`.
    let is_plain = |path: &[u8]| {
        cfg!(unix) || from_bytes(path).components().all(|part| matches!(part, Component::Normal(_)))
    };
    !path.contains(&0) && path.split(|&byte| byte == b'/').all(is_name) && is_plain(path)
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
    fn only_names_below_the_folder_are_believed() {
        for path in ["a.png", "a/b c/d.png", "..a/b..", ".hidden", "日本/🦀.webp"] {
            assert!(is_relative(path.as_bytes()), "{path}");
        }
        for path in
            ["", "/", "/etc/passwd", "..", "../a", "a/../b", "a/..", "./a", "a/.", "a//b", "a/", "a\0b"]
        {
            assert!(!is_relative(path.as_bytes()), "{path}");
        }
    }
}
