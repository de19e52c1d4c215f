//! Files that appear whole or not at all.
//!
//! A draft lies in the folder of the file that it becomes, under a name that nobody can foresee and that must not
//! exist yet: a link that somebody put there is never followed. It reaches the disk before it is renamed.

use std::fs::{self, File};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempPath;

/// Names of drafts begin and end with these; between them are [`RANDOM`] letters and digits.
const BEGINNING: &str = ".pixseek-";
const END: &str = ".draft";
const RANDOM: usize = 12;

/// A draft that was last written to before so long is one that its writer has left.
const ABANDONED: Duration = Duration::from_secs(3600);

/// Who may read and write a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// As for any file of the user's: `umask` decides.
    Usual,
    /// As the folder says that holds the file: private in a private folder, shared in a shared one.
    AsFolder,
    /// As the file that is replaced, whose owner and group stay too where this user may give files away.
    AsBefore,
}

/// A file that is being written. It takes its place when it is published; dropped before, it leaves nothing behind. On
/// Linux it has no name until then, so that not even a killed process leaves anything behind.
#[derive(Debug)]
pub(crate) struct Draft {
    file: File,
    /// Where it lies, if it has a name.
    name: Option<TempPath>,
    target: PathBuf,
}

impl Draft {
    /// Begins the file that is to be at `target`, whatever is there now.
    ///
    /// # Errors
    /// When the folder is missing or can't be written.
    pub(crate) fn new(target: &Path, access: Access) -> io::Result<Self> {
        let folder = folder_of(target);
        // A file is never more open than it will be: what others opened meanwhile stays open to them.
        let mode = if access == Access::Usual { 0o666 } else { 0o600 };
        let (file, name) = match unnamed(folder, mode) {
            Some(file) => (file, None),
            None => {
                let (file, name) = make_named(folder, mode)?.into_parts();
                (file, Some(name))
            }
        };
        match access {
            Access::Usual => {}
            Access::AsFolder => set_as_folder(&file, folder)?,
            Access::AsBefore => set_as_before(&file, &fs::metadata(target)?)?,
        }
        Ok(Self { file, name, target: target.to_owned() })
    }

    /// The file that is being written.
    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Puts the file into its place, where it replaces what is there: of a link the link, never what it leads to.
    ///
    /// # Errors
    /// When the disk is full or the place is taken by a folder. What was there is still there then.
    pub(crate) fn publish(self) -> io::Result<()> {
        self.file.sync_all()?;
        let Self { file, name, target } = self;
        let folder = folder_of(&target);
        named(file, name, folder)?.persist(&target).map_err(|error| error.error)?;
        sync_folder(folder)
    }
}

/// How drafts are named.
fn naming() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(BEGINNING).suffix(END).rand_bytes(RANDOM);
    builder
}

/// A file in `folder` under a draft's name. Its errors are those of the system, without that name, which tells nobody anything.
fn make_named(folder: &Path, mode: u32) -> io::Result<tempfile::NamedTempFile> {
    naming().make_in(folder, |path| {
        let mut options = File::options();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
        #[cfg(not(unix))]
        let _ = mode;
        options.open(path)
    })
}

/// A file in `folder` that has no name, where the system has such.
#[cfg(target_os = "linux")]
fn unnamed(folder: &Path, mode: u32) -> Option<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    rustix::fs::open(folder, flags, Mode::from_raw_mode(mode)).ok().map(File::from)
}

#[cfg(not(target_os = "linux"))]
fn unnamed(_: &Path, _: u32) -> Option<File> {
    None
}

/// The name of a draft in `folder`, which gets one if it has none. The file is closed.
fn named(mut file: File, name: Option<TempPath>, folder: &Path) -> io::Result<TempPath> {
    if let Some(name) = name {
        return Ok(name);
    }
    if let Ok(named) = naming().make_in(folder, |path| link(&file, path)) {
        return Ok(named.into_temp_path());
    }
    // Without `/proc`, for example.
    let mut copy = make_named(folder, 0o600)?;
    file.rewind()?;
    io::copy(&mut file, copy.as_file_mut())?;
    copy.as_file().set_permissions(file.metadata()?.permissions())?;
    copy.as_file().sync_all()?;
    Ok(copy.into_temp_path())
}

#[cfg(target_os = "linux")]
fn link(file: &File, path: &Path) -> io::Result<()> {
    use std::os::fd::AsRawFd;

    use rustix::fs::{AtFlags, CWD};
    let now = format!("/proc/self/fd/{}", file.as_raw_fd());
    Ok(rustix::fs::linkat(CWD, now, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

#[cfg(not(target_os = "linux"))]
fn link(_: &File, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Replaces the file at `target` by what `write` writes.
///
/// # Errors
/// As [`Draft::new`] and [`Draft::publish`], and what `write` returns.
pub(crate) fn write(
    target: &Path,
    access: Access,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let mut draft = Draft::new(target, access)?;
    write(draft.file())?;
    draft.publish()
}

/// Makes an empty file at `path`, as open as its folder, unless one is there.
///
/// No file at `path` is opened or closed, since closing it would end the locks that SQLite may hold on it by then.
///
/// # Errors
/// When the folder can't be written.
pub(crate) fn create_empty(path: &Path) -> io::Result<()> {
    let Draft { file, name, .. } = Draft::new(path, Access::AsFolder)?;
    match named(file, name, folder_of(path))?.persist_noclobber(path) {
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map_err(|error| error.error),
    }
}

/// Removes the drafts in `folder` whose writers were killed more than an hour ago. Only regular files that are named
/// as [`Draft`] names them go. A failure does no harm: drafts only take room.
pub(crate) fn remove_abandoned_drafts(folder: &Path) {
    for path in abandoned_drafts(folder) {
        let removed = fs::remove_file(&path);
        tracing::info!(path = %path.display(), ?removed, "a draft that was left");
    }
}

/// The drafts in `folder` whose writers were killed, by [`remove_abandoned_drafts`]'s rule: nobody writes to them.
pub(crate) fn abandoned_drafts(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_abandoned = |entry: &fs::DirEntry| {
        is_name_of_draft(&entry.file_name().to_string_lossy())
            && entry.metadata().is_ok_and(|metadata| metadata.is_file() && is_old(&metadata))
    };
    entries.filter(is_abandoned).map(|entry| entry.path()).collect()
}

/// Whether a file's name is one that [`Draft`] gives.
pub(crate) fn is_name_of_draft(name: &str) -> bool {
    let random = name.strip_prefix(BEGINNING).and_then(|name| name.strip_suffix(END));
    random.is_some_and(|random| {
        random.len() == RANDOM && random.chars().all(|character| character.is_ascii_alphanumeric())
    })
}

fn is_old(metadata: &fs::Metadata) -> bool {
    let age = metadata.modified().ok().and_then(|modified| modified.elapsed().ok());
    age.is_some_and(|age| age > ABANDONED)
}

/// The folder that holds `path`.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Sees to it that a rename in `folder` survives a power cut.
///
/// # Errors
/// When the disk fails.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    use io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    if cfg!(not(unix)) {
        return Ok(());
    }
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // Folders of network disks and those that can only be written to: the file is in its place all the same.
        Err(error) if matches!(error.kind(), InvalidInput | PermissionDenied | Unsupported) => Ok(()),
        synced => synced,
    }
}

/// Makes a new file as open as its folder: whoever may look into the folder may read, and whoever may put files into it
/// may write.
#[cfg(unix)]
pub(super) fn set_as_folder(file: &File, folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let mode = fs::metadata(folder)?.mode() & 0o666 | 0o600;
    // Some file systems have no modes: there it is as open as the system makes it.
    drop(file.set_permissions(fs::Permissions::from_mode(mode)));
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn set_as_folder(_: &File, _: &Path) -> io::Result<()> {
    Ok(())
}

/// Gives a new file the owner, the group and the mode of the one that it replaces.
#[cfg(unix)]
fn set_as_before(file: &File, before: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let now = file.metadata()?;
    let changed = |before, now| (before != now).then_some(before);
    let (owner, group) = (changed(before.uid(), now.uid()), changed(before.gid(), now.gid()));
    let given = owner.is_none() && group.is_none() || fchown(file, owner, group).is_ok();
    // What the old group could do is not for another one.
    let mode = before.mode() & if given { 0o777 } else { 0o707 };
    // Some file systems have no modes.
    drop(file.set_permissions(fs::Permissions::from_mode(mode)));
    Ok(())
}

#[cfg(not(unix))]
fn set_as_before(_: &File, _: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        write(&path, Access::Usual, |file| file.write_all(b"one")).unwrap();
        let failed = write(&path, Access::Usual, |file| {
            file.write_all(b"tw")?;
            Err(io::Error::other("enough"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "enough");
        assert_eq!(
            (fs::read(&path).unwrap().as_slice(), names(folder.path())),
            (&b"one"[..], vec!["a.bin".into()])
        );
        let mut draft = Draft::new(&path, Access::AsFolder).unwrap();
        draft.write_all(b"three").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one");
        draft.publish().unwrap();
        assert_eq!(
            (fs::read(&path).unwrap().as_slice(), names(folder.path())),
            (&b"three"[..], vec!["a.bin".into()])
        );
        drop(Draft::new(&path, Access::Usual).unwrap());
        assert_eq!(names(folder.path()), ["a.bin"]);
        let missing = Draft::new(&folder.path().join("none/a"), Access::AsFolder).unwrap_err();
        assert!(missing.kind() == io::ErrorKind::NotFound && !missing.to_string().contains(END), "{missing}");
        assert!(write(folder.path(), Access::Usual, |_| Ok(())).is_err(), "a folder is not replaced");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_killed_writer_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let mut draft = Draft::new(&folder.path().join("a"), Access::Usual).unwrap();
        draft.write_all(b"text").unwrap();
        // Not every file system knows files without names.
        assert_eq!(names(folder.path()).len(), usize::from(draft.name.is_some()));
        draft.publish().unwrap();
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn a_draft_that_can_not_be_linked_is_copied() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = tempfile::tempfile_in(folder.path()).unwrap();
        file.write_all(b"text").unwrap();
        // A link to another file system can't be made.
        let elsewhere = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let name = named(file, None, elsewhere.path()).unwrap();
        assert_eq!(fs::read(&name).unwrap(), b"text");
        assert!(is_name_of_draft(&name.file_name().unwrap().to_string_lossy()));
    }

    #[test]
    fn an_empty_file_is_only_made_where_none_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        create_empty(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"");
        fs::write(&path, "text").unwrap();
        create_empty(&path).unwrap();
        assert_eq!(
            (fs::read(&path).unwrap().as_slice(), names(folder.path())),
            (&b"text"[..], vec!["a".into()])
        );
    }

    #[cfg(unix)]
    #[test]
    fn of_a_link_the_link_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (mine, link) = (folder.path().join("mine"), folder.path().join("link"));
        fs::write(&mine, "mine").unwrap();
        std::os::unix::fs::symlink(&mine, &link).unwrap();
        write(&link, Access::Usual, |file| file.write_all(b"new")).unwrap();
        assert_eq!((fs::read(&mine).unwrap(), fs::read(&link).unwrap()), (b"mine".to_vec(), b"new".to_vec()));
        assert!(link.symlink_metadata().unwrap().is_file());
    }

    #[cfg(unix)]
    #[test]
    fn modes_follow_the_folder_or_the_habit() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let mode = |access| {
            write(&path, access, |_| Ok(())).unwrap();
            fs::metadata(&path).unwrap().permissions().mode() & 0o7777
        };
        for (of_folder, of_file) in [(0o700, 0o600), (0o755, 0o644), (0o2775, 0o664), (0o1777, 0o666)] {
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(of_folder)).unwrap();
            assert_eq!(mode(Access::AsFolder), of_file, "{of_folder:o}");
        }
        File::create(folder.path().join("habit")).unwrap();
        let habit = fs::metadata(folder.path().join("habit")).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode(Access::Usual), habit);
    }

    #[test]
    fn only_drafts_that_were_left_go() {
        let folder = tempfile::tempdir().unwrap();
        let old = std::time::SystemTime::now() - 2 * ABANDONED;
        let left = ".pixseek-0123456789aB.draft";
        for name in [left, "0123456789aB.draft", ".pixseek-0123456789aB", ".pixseek-my notes.draft", "a.part"]
        {
            File::create(folder.path().join(name)).unwrap().set_modified(old).unwrap();
        }
        fs::create_dir(folder.path().join(".pixseek-aaaaaaaaaaaa.draft")).unwrap();
        let draft = Draft::new(&folder.path().join("a"), Access::Usual).unwrap();
        let before = names(folder.path());
        remove_abandoned_drafts(folder.path());
        remove_abandoned_drafts(&folder.path().join("gone"));
        let gone: Vec<_> = before.iter().filter(|name| !folder.path().join(name).exists()).collect();
        assert_eq!(gone, [left]);
        drop(draft);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_named_as_a_draft_and_leads_elsewhere_stays() {
        let folder = tempfile::tempdir().unwrap();
        let mine = folder.path().join("mine");
        let old = std::time::SystemTime::now() - 2 * ABANDONED;
        File::create(&mine).unwrap().set_modified(old).unwrap();
        let link = folder.path().join(".pixseek-0123456789aB.draft");
        std::os::unix::fs::symlink(&mine, &link).unwrap();
        remove_abandoned_drafts(folder.path());
        assert!(mine.exists() && link.symlink_metadata().is_ok());
    }
}
