//! Regular files at names that anybody may have put something else at: links, pipes and devices are refused.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use super::atomic;

/// Opens the regular file at `path` for reading.
///
/// # Errors
/// When it can't be read, is a link, or is no regular file.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    open_with(File::options().read(true), path)
}

/// Opens the regular file at `path` for writing, as it is; makes an empty one, with the access that its folder has, if
/// there is none.
///
/// # Errors
/// When it can't be written, is a link, or is no regular file.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    match File::options().write(true).create_new(true).open(path) {
        Ok(file) => {
            atomic::set_as_folder(&file, atomic::folder_of(path))?;
            Ok(file)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            open_with(File::options().write(true), path)
        }
        Err(error) => Err(error),
    }
}

fn open_with(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;

        use rustix::fs::OFlags;
        // A pipe would have to be waited for.
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        options.custom_flags(flags.bits().cast_signed());
    }
    let file = match options.open(path) {
        Err(_) if path.is_symlink() => return Err(refused("it is a link")),
        opened => opened?,
    };
    if file.metadata()?.is_file() { Ok(file) } else { Err(refused("it is no regular file")) }
}

fn refused(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, reason)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    #[test]
    fn what_is_there_is_kept_and_what_is_missing_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        assert_eq!(open(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
        create(&path).unwrap().write_all(b"abc").unwrap();
        create(&path).unwrap().write_all(b"x").unwrap();
        let mut text = String::new();
        open(&path).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "xbc");
        assert!(create(&folder.path().join("none/a")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_pipes_and_folders_are_refused_at_once() {
        use std::fs;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("mine"), "mine").unwrap();
        fs::create_dir(at("folder")).unwrap();
        for (link, target) in [("link", at("mine")), ("dangling", at("gone"))] {
            std::os::unix::fs::symlink(target, at(link)).unwrap();
        }
        let made = std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap();
        assert!(made.success());
        for name in ["link", "dangling", "folder", "pipe"] {
            assert!(open(&at(name)).is_err() && create(&at(name)).is_err(), "{name}");
        }
        assert!(!at("gone").exists() && fs::read(at("mine")).unwrap() == b"mine");
    }
}
