//! Files that the user names to be written.
//!
//! Such a name is the user's word: a link is followed, a pipe or a device is written to, and a file keeps its mode. A
//! regular file is still replaced as a whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::atomic::{self, Access, Draft};

/// More links one after another are a circle.
const MOST_LINKS: usize = 40;

/// A file that the user named, open for writing.
#[derive(Debug)]
pub(crate) enum Output {
    /// A regular file, replaced when everything is written.
    Whole(Draft),
    /// A pipe or a device.
    Direct(File),
}

impl Output {
    /// Opens what `path` leads to. Of a pipe this waits until somebody reads from it.
    ///
    /// # Errors
    /// When it is a folder, its folder is missing, or it can't be written.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        if let Some(stream) = standard_stream(path)? {
            return Ok(Self::Direct(stream));
        }
        let (target, access) = match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => (fs::canonicalize(path)?, Access::AsBefore),
            Ok(metadata) if metadata.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(_) => return Ok(Self::Direct(File::options().write(true).open(path)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (end_of_links(path)?, Access::Usual),
            Err(error) => return Err(error),
        };
        atomic::remove_abandoned_drafts(atomic::folder_of(&target));
        Draft::new(&target, access).map(Self::Whole)
    }

    /// Ends the file. Only now a regular one takes its place.
    ///
    /// # Errors
    /// When the disk is full. A file that was there is still there then.
    pub(crate) fn finish(self) -> io::Result<()> {
        match self {
            Self::Whole(draft) => draft.publish(),
            Self::Direct(mut file) => file.flush(),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Whole(draft) => draft.write(bytes),
            Self::Direct(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Whole(draft) => draft.flush(),
            Self::Direct(file) => file.flush(),
        }
    }
}

/// Whether `path` leads to a device or to one of this process's own streams.
pub(crate) fn is_device(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let is_device = |kind: fs::FileType| kind.is_char_device() || kind.is_block_device();
        stream_number(path).is_some() || fs::metadata(path).is_ok_and(|found| is_device(found.file_type()))
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

/// 1 for a name of this process's own stdout, 2 for one of its stderr.
#[cfg(unix)]
fn stream_number(path: &Path) -> Option<u8> {
    let is = |names: [&str; 3]| names.iter().any(|name| path == Path::new(name));
    if is(["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]) {
        Some(1)
    } else {
        is(["/dev/stderr", "/dev/fd/2", "/proc/self/fd/2"]).then_some(2)
    }
}

/// This process's own stdout or stderr, where it stands, if `path` is a name of one: opened by its name it would begin
/// at the beginning of the file it leads to, and a socket can't be opened at all.
#[cfg(unix)]
fn standard_stream(path: &Path) -> io::Result<Option<File>> {
    use std::os::fd::AsFd;
    let stream = match stream_number(path) {
        None => return Ok(None),
        Some(1) => io::stdout().as_fd().try_clone_to_owned()?,
        Some(_) => io::stderr().as_fd().try_clone_to_owned()?,
    };
    Ok(Some(stream.into()))
}

#[cfg(not(unix))]
fn standard_stream(_: &Path) -> io::Result<Option<File>> {
    Ok(None)
}

/// Where links lead to at whose end there is no file yet.
fn end_of_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&path) {
            Ok(target) => path = atomic::folder_of(&path).join(target),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many links"))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    fn write(path: &Path, text: &str) -> io::Result<()> {
        let mut output = Output::open(path)?;
        output.write_all(text.as_bytes())?;
        output.finish()
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn links_are_followed_and_stay() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("other")).unwrap();
        fs::write(at("other/real"), "old").unwrap();
        symlink("other/real", at("first")).unwrap();
        symlink("first", at("second")).unwrap();
        symlink("other/new", at("dangling")).unwrap();
        write(&at("second"), "new").unwrap();
        write(&at("dangling"), "made").unwrap();
        assert_eq!(fs::read(at("other/real")).unwrap(), b"new");
        assert_eq!(fs::read(at("other/new")).unwrap(), b"made");
        assert!(["first", "second", "dangling"].iter().all(|name| at(name).is_symlink()));
        symlink("circle", at("circle")).unwrap();
        assert!(write(&at("circle"), "").is_err() && write(&at("other"), "").is_err());
        assert!(write(&at("none/x"), "").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 5);
        assert_eq!(fs::read_dir(at("other")).unwrap().count(), 2);
    }

    #[test]
    fn a_file_keeps_its_mode_and_its_text_until_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for of_file in [0o600, 0o640, 0o444, 0o755] {
            fs::write(&path, "old").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(of_file)).unwrap();
            let mut output = Output::open(&path).unwrap();
            output.write_all(b"new").unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"old");
            output.finish().unwrap();
            assert_eq!((fs::read(&path).unwrap().as_slice(), mode(&path)), (&b"new"[..], of_file));
            fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn pipes_and_devices_are_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read(pipe).unwrap()
        });
        write(&pipe, "text").unwrap();
        assert_eq!(reader.join().unwrap(), b"text");
        assert!(!pipe.symlink_metadata().unwrap().is_file());
        if cfg!(target_os = "linux") {
            symlink("/dev/full", folder.path().join("full")).unwrap();
            assert_eq!(
                write(&folder.path().join("full"), "x").unwrap_err().kind(),
                io::ErrorKind::StorageFull
            );
        }
    }
}
