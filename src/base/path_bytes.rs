//! Paths and times of files, as they are stored.

use std::ffi::OsString;
use std::fs::Metadata;
use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

/// A path as the catalogue stores it. On Unix the very bytes; elsewhere UTF-8 with `/` between names.
pub(crate) fn to_bytes(path: &Path) -> Vec<u8> {
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
pub(crate) fn from_bytes(bytes: &[u8]) -> PathBuf {
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
pub(crate) fn is_relative(path: &[u8]) -> bool {
    let is_name = |name: &[u8]| !matches!(name, b"" | b"." | b"..");
    // Elsewhere than on Unix there are more ways out, such as `C:`.
    let is_plain = |path: &[u8]| {
        cfg!(unix) || from_bytes(path).components().all(|part| matches!(part, Component::Normal(_)))
    };
    !path.contains(&0) && path.split(|&byte| byte == b'/').all(is_name) && is_plain(path)
}

/// Modification time in nanoseconds since 1970 (negative before; 0 where there is none).
pub(crate) fn mtime_ns(metadata: &Metadata) -> i64 {
    let Ok(time) = metadata.modified() else { return 0 };
    let signed = |nanos: u128| i64::try_from(nanos).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => signed(after.as_nanos()),
        Err(before) => -signed(before.duration().as_nanos()),
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
