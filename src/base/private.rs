//! Folders and files that only this user may look into, and such that are as open as the folder they are in.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

use super::atomic;

/// Makes a folder with all those above it that are missing. Nobody else may look into what is made.
///
/// # Errors
/// When a folder can't be made.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes a folder that is open to whom the folder above it is open to. One that is there stays as it is.
///
/// # Errors
/// When it can't be made.
pub(crate) fn create_shared_folder(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Ok(()) => {
            // Some file systems have no modes.
            drop(fs::metadata(atomic::folder_of(path)).and_then(|above| share(path, &above)));
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn share(path: &Path, above: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = above.permissions().mode() & 0o7777;
    fs::set_permissions(path, fs::Permissions::from_mode(mode | 0o700))
}

#[cfg(not(unix))]
fn share(_: &Path, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Opens a file of this user's alone at its end, making it and its folder if they are missing.
///
/// # Errors
/// When it can't be made or written.
pub(crate) fn append(path: &Path) -> io::Result<File> {
    create_folder(atomic::folder_of(path))?;
    tighten(path);
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Takes from everybody else the access to a file or a folder that is there. A link and what it leads to stay as they
/// are. That it fails is no reason to stop: the file may be another user's.
///
/// The file is not opened: closing it would end the locks that SQLite may hold on it in another thread.
pub(crate) fn tighten(path: &Path) {
    let Ok(metadata) = path.symlink_metadata() else { return };
    if !metadata.is_symlink()
        && is_open_to_others(&metadata)
        && let Err(error) = close_to_others(path, &metadata)
    {
        tracing::info!(path = %path.display(), %error, "others may look into it");
    }
}

/// Whether anybody but the owner may do anything with a file.
#[cfg(unix)]
pub(crate) fn is_open_to_others(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(unix)]
fn close_to_others(path: &Path, metadata: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(metadata.permissions().mode() & 0o7700))
}

/// Whether anybody but the owner may do anything with a file: not known here.
#[cfg(not(unix))]
pub(crate) fn is_open_to_others(_: &Metadata) -> bool {
    false
}

#[cfg(not(unix))]
fn close_to_others(_: &Path, _: &Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_is_made_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        create_folder(&path).unwrap();
        create_folder(&path).unwrap();
        assert_eq!((mode(&folder.path().join("a")), mode(&path)), (0o700, 0o700));
        let file = path.join("c/log");
        for text in ["one", "two"] {
            append(&file).unwrap().write_all(text.as_bytes()).unwrap();
            assert_eq!((mode(&path.join("c")), mode(&file)), (0o700, 0o600));
            // As an older version made it.
            set_mode(&file, 0o644);
        }
        assert_eq!(fs::read(&file).unwrap(), b"onetwo");
    }

    #[test]
    fn what_others_may_do_is_taken_but_not_through_links() {
        let folder = tempfile::tempdir().unwrap();
        let (mine, link) = (folder.path().join("mine"), folder.path().join("link"));
        fs::write(&mine, "").unwrap();
        set_mode(&mine, 0o644);
        symlink(&mine, &link).unwrap();
        tighten(&link);
        assert_eq!(mode(&mine), 0o644);
        tighten(&mine);
        assert_eq!(mode(&mine), 0o600);
        set_mode(folder.path(), 0o2775);
        tighten(folder.path());
        assert_eq!(mode(folder.path()), 0o2700);
        tighten(&folder.path().join("gone"));
    }

    #[test]
    fn a_shared_folder_is_as_open_as_the_one_above() {
        let folder = tempfile::tempdir().unwrap();
        for above in [0o700, 0o755, 0o2775, 0o1777] {
            let path = folder.path().join(format!("{above:o}/new"));
            fs::create_dir(folder.path().join(format!("{above:o}"))).unwrap();
            set_mode(&folder.path().join(format!("{above:o}")), above);
            create_shared_folder(&path).unwrap();
            assert_eq!(mode(&path), above);
            set_mode(&path, 0o700);
            create_shared_folder(&path).unwrap();
            assert_eq!(mode(&path), 0o700, "one that is there stays");
        }
        fs::write(folder.path().join("file"), "").unwrap();
        assert!(create_shared_folder(&folder.path().join("file")).is_err());
    }
}
