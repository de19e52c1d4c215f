//! What the rows of an import are: vectors of unit length, and paths within the folder.

use std::path::{Component, Path, PathBuf};

use half::f16;

use crate::base::paths;
use crate::library::error::LibraryError;

/// A row at unit length. One that is as pixseek exports it stays as it is, so that nothing is lost on the way.
///
/// # Errors
/// When it has no direction.
pub(super) fn unit(mut row: Vec<f32>) -> Result<Vec<f32>, LibraryError> {
    if let Some(at) = row.iter().position(|x| !x.is_finite()) {
        return Err(LibraryError::Unfit(format!("number {at} is {}: not finite", row[at])));
    }
    let length = row.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
    if length == 0.0 {
        return Err(LibraryError::Unfit("all its numbers are zero".into()));
    }
    let is_stored = |x: f32| f16::from_f32(x).to_f32() == x;
    // What rounding to f16 can make of a length of 1.
    let rounded = (length - 1.0).abs() < 1.0 / 2048.0;
    if !(rounded && row.iter().all(|&x| is_stored(x))) {
        row.iter_mut().for_each(|x| *x = (f64::from(*x) / length) as f32);
    }
    Ok(row)
}

/// The path of an entry relative to the folder, which goes by several names.
pub(super) fn inside(folders: &[&Path], entry: &[u8], print0: bool) -> Result<PathBuf, LibraryError> {
    if entry.is_empty() {
        return Err(LibraryError::NoPath);
    }
    if entry.contains(&0) {
        return Err(LibraryError::NulInPath);
    }
    if !print0 && str::from_utf8(entry).is_err() {
        return Err(LibraryError::PathNotUtf8);
    }
    let path = paths::from_bytes(entry);
    let outside = || LibraryError::OutsideFolder { path: path.clone(), folder: folders[0].to_owned() };
    let relative = if path.is_absolute() {
        folders.iter().find_map(|folder| path.strip_prefix(folder).ok()).ok_or_else(outside)?
    } else {
        &path
    };
    let mut plain = PathBuf::new();
    for component in relative.components() {
        match component {
            Component::Normal(name) => plain.push(name),
            Component::CurDir => {}
            _ => return Err(outside()),
        }
    }
    if plain.as_os_str().is_empty() { Err(LibraryError::FolderItself(path)) } else { Ok(plain) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_get_unit_length_but_stored_ones_stay() {
        assert_eq!(unit(vec![3.0, -4.0]).unwrap(), [0.6, -0.8]);
        assert_eq!(unit(vec![f32::MAX, 0.0]).unwrap(), [1.0, 0.0]);
        assert_eq!(unit(vec![1e-45, 0.0]).unwrap(), [1.0, 0.0]);
        let stored = [0.6_f32, 0.8].map(|x| f16::from_f32(x).to_f32());
        assert_ne!(stored[0], 0.6);
        assert_eq!(unit(stored.to_vec()).unwrap(), stored);
        let reason = |row: &[f32]| unit(row.to_vec()).unwrap_err().to_string();
        assert_eq!(reason(&[0.0, f32::NAN]), "number 1 is NaN: not finite");
        assert_eq!(reason(&[f32::NEG_INFINITY, 1.0]), "number 0 is -inf: not finite");
        assert_eq!(reason(&[0.0, -0.0]), "all its numbers are zero");
    }

    #[cfg(unix)]
    #[test]
    fn paths_stay_in_the_folder() {
        let folders = [Path::new("/real/pics"), Path::new("/link/pics")];
        let place =
            |entry: &str| inside(&folders, entry.as_bytes(), false).map_err(|error| error.to_string());
        for same in ["a/b.png", "./a//b.png", "/real/pics/a/b.png", "/link/pics/./a/b.png"] {
            assert_eq!(place(same).unwrap(), Path::new("a/b.png"));
        }
        for outside in [
            "../b.png",
            "a/../../b.png",
            "a/../b.png",
            "/other/b.png",
            "/real/pics2/b.png",
            "/real/pics/../b",
        ] {
            assert!(place(outside).unwrap_err().contains("is outside folder '/real/pics'"), "{outside}");
        }
        assert!(place(".").unwrap_err().contains("the folder itself"));
        assert!(place("").unwrap_err().contains("no path"));
        assert!(place("a\0b").unwrap_err().contains("holds a NUL"));
        assert!(inside(&folders, b"\xff.png", false).is_err());
        assert_eq!(inside(&folders, b"\xff.png", true).unwrap(), paths::from_bytes(b"\xff.png"));
    }
}
