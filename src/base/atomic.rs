//! Files that appear whole or not at all.
//!
//! A draft lies in the folder of the file that it becomes, under a name that nobody can foresee and that must not
//! exist yet: a link that somebody put there is never followed. It reaches the disk before it is renamed.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::NamedTempFile;

/// Names of drafts begin and end with these; between them are [`RANDOM`] letters and digits.
const BEGINNING: &str = ".pixseek-";
const END: &str = ".draft";
const RANDOM: usize = 12;

/// A draft that was last written to before so long is one that its writer has left.
const ABANDONED: Duration = Duration::from_secs(3600);

/// Who may read and write a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// As for any file of the user's: `umask` decides.
    Usual,
    /// As the folder says that holds the file: private in a private folder, shared in a shared one.
    AsFolder,
}

/// A file that is being written. It takes its place when it is published; dropped before, it leaves nothing behind.
#[derive(Debug)]
pub struct Draft {
    file: NamedTempFile,
    target: PathBuf,
}

impl Draft {
    /// Begins the file that is to be at `target`, whatever is there now.
    ///
    /// # Errors
    /// When the folder is missing or can't be written.
    pub fn new(target: &Path, access: Access) -> io::Result<Self> {
        let folder = folder_of(target);
        let mut builder = tempfile::Builder::new();
        builder.prefix(BEGINNING).suffix(END).rand_bytes(RANDOM);
        let permissions = match access {
            Access::Usual => usual(),
            Access::AsFolder => as_folder(folder)?,
        };
        if let Some(permissions) = permissions.clone() {
            builder.permissions(permissions);
        }
        let file = builder.tempfile_in(folder)?;
        if let Some(permissions) = permissions.filter(|_| access == Access::AsFolder) {
            // Some file systems have no modes: there the file is as private as the system makes it.
            drop(file.as_file().set_permissions(permissions));
        }
        Ok(Self { file, target: target.to_owned() })
    }

    /// The file that is being written.
    pub fn file(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Puts the file into its place, where it replaces what is there: of a link the link, never what it leads to.
    ///
    /// # Errors
    /// When the disk is full or the place is taken by a folder. What was there is still there then.
    pub fn publish(self) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        self.file.persist(&self.target).map_err(|error| error.error)?;
        sync_folder(folder_of(&self.target))
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_file_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_file_mut().flush()
    }
}

/// Replaces the file at `target` by what `write` writes.
///
/// # Errors
/// As [`Draft::new`] and [`Draft::publish`], and what `write` returns.
pub fn write(
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
pub fn create_empty(path: &Path) -> io::Result<()> {
    let draft = Draft::new(path, Access::AsFolder)?.file.into_temp_path();
    match draft.persist_noclobber(path) {
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map_err(|error| error.error),
    }
}

/// Removes the drafts in `folder` whose writers were killed more than an hour ago. Only regular files that are named
/// as [`Draft`] names them go. A failure does no harm: drafts only take room.
pub fn remove_abandoned_drafts(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if is_name_of_draft(&entry.file_name().to_string_lossy())
            && entry.metadata().is_ok_and(|metadata| metadata.is_file() && is_old(&metadata))
        {
            let path = entry.path();
            let removed = fs::remove_file(&path);
            tracing::info!(path = %path.display(), ?removed, "a draft that was left");
        }
    }
}

fn is_name_of_draft(name: &str) -> bool {
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
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Sees to it that a rename in `folder` survives a power cut.
fn sync_folder(folder: &Path) -> io::Result<()> {
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

#[cfg(unix)]
fn usual() -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt;
    Some(Permissions::from_mode(0o666))
}

#[cfg(unix)]
pub(super) fn as_folder(folder: &Path) -> io::Result<Option<Permissions>> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    // Whoever may look into the folder may read, and whoever may put files into it may write.
    Ok(Some(Permissions::from_mode(fs::metadata(folder)?.mode() & 0o666 | 0o600)))
}

#[cfg(not(unix))]
fn usual() -> Option<Permissions> {
    None
}

#[cfg(not(unix))]
pub(super) fn as_folder(_: &Path) -> io::Result<Option<Permissions>> {
    Ok(None)
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
        assert!(Draft::new(&folder.path().join("none/a"), Access::AsFolder).is_err());
        assert!(write(folder.path(), Access::Usual, |_| Ok(())).is_err(), "a folder is not replaced");
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
            fs::set_permissions(folder.path(), Permissions::from_mode(of_folder)).unwrap();
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
