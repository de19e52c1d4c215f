//! A model's folder in the cache, as hf-hub and Python's `huggingface_hub` lay it out, and all writing there.
//!
//! `blobs/<etag>` are the contents, `snapshots/<commit>/<file>` links to them, `refs/<branch>` the commits that branches
//! lead to; `.locks` beside the models has the locks that Python takes too. Others may write to a shared cache:
//! no link that lies in it is followed while writing, and contents appear whole, once their checksum fits.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hf_hub::{Cache, CacheRepo, Repo};

use super::error::HubError;
use super::etag::{Etag, is_plain_name};
use crate::base::{atomic, lock, regular};

/// What the names of downloads under way end with.
const PARTIAL: &str = ".pixseek-partial";
/// What hf-hub's end with, which earlier versions of pixseek used. Other programs still do.
const FOREIGN_PARTIAL: &str = ".part";
/// A download by another program that was last written to before so long is one that nobody goes on with.
const ABANDONED: Duration = Duration::from_secs(24 * 3600);

/// The folder of one model in the cache.
pub(super) struct ModelFolder {
    cache: PathBuf,
    /// The name of the folder, `models--<owner>--<name>`.
    name: String,
    paths: CacheRepo,
}

impl ModelFolder {
    /// The folder of the model with this (valid) id. Nothing is made yet.
    pub(super) fn new(cache: &Path, id: &str) -> Self {
        let repo = Repo::model(id.to_owned());
        let name = repo.folder_name();
        Self { cache: cache.to_owned(), name, paths: Cache::new(cache.to_owned()).repo(repo) }
    }

    /// Where a file of the model is at a commit, whether it is there or not.
    pub(super) fn file(&self, commit: &str, name: &str) -> PathBuf {
        self.paths.pointer_path(commit).join(name)
    }

    /// Where contents are, whether they are there or not.
    pub(super) fn blob(&self, etag: &Etag) -> PathBuf {
        self.paths.blob_path(etag.name())
    }

    /// Where contents are while they are downloaded.
    fn partial(&self, etag: &Etag) -> PathBuf {
        self.paths.blob_path(&format!("{}{PARTIAL}", etag.name()))
    }

    /// Waits for the right to write the contents of this name, which is held until the file is dropped. `waiting` is
    /// called when another process has it.
    pub(super) fn lock(&self, etag: &Etag, waiting: impl FnOnce()) -> Result<File, HubError> {
        let path = self.make_folder(&[".locks", &self.name])?.join(format!("{}.lock", etag.name()));
        lock::lock(&path, waiting).map_err(write_error(&path))
    }

    /// Opens the download of these contents that was begun earlier, or begins one.
    pub(super) fn open_partial(&self, etag: &Etag) -> Result<(PathBuf, File), HubError> {
        self.make_folder(&[&self.name, "blobs"])?;
        let path = self.partial(etag);
        if path.symlink_metadata().is_ok_and(|metadata| !is_own_file(&metadata)) {
            // A link that was put there, or a file that has another name too: neither may be written to.
            fs::remove_file(&path).map_err(write_error(&path))?;
        }
        let file = regular::create(&path).map_err(write_error(&path))?;
        Ok((path, file))
    }

    /// Puts contents that have arrived in full, and are the right ones, in their place.
    pub(super) fn publish(&self, partial: &Path, file: File, etag: &Etag) -> Result<(), HubError> {
        let blob = self.blob(etag);
        let publish = || {
            file.sync_all()?;
            drop(file);
            fs::rename(partial, &blob)?;
            atomic::sync_folder(atomic::folder_of(&blob))
        };
        publish().map_err(write_error(&blob))
    }

    /// Makes the contents of this name the file `name` at a commit. Neither leads out of its folder.
    pub(super) fn link(&self, commit: &str, name: &str, etag: &Etag) -> Result<(), HubError> {
        let path = self.make_folder(&[&self.name, "snapshots", commit])?.join(name);
        // Windows follows no `/` in a link.
        let target: PathBuf = ["..", "..", "blobs", etag.name()].iter().collect();
        if fs::read_link(&path).is_ok_and(|present| present == target) {
            return Ok(());
        }
        // Beside it first: another process may be about to read the one that is there.
        let draft = path.with_file_name(format!(".pixseek-link-{}", std::process::id()));
        remove_file(&draft)?;
        let placed = match symlink(&target, &draft) {
            Ok(()) => fs::rename(&draft, &path).inspect_err(|_| {
                let _ = fs::remove_file(&draft);
            }),
            // Some systems have no links, or not for everybody. Python puts the contents there as well then.
            Err(_) => fs::rename(self.blob(etag), &path),
        };
        placed.map_err(write_error(&path))
    }

    /// Notes which commit a branch leads to.
    pub(super) fn write_ref(&self, branch: &str, commit: &str) -> Result<(), HubError> {
        let path = self.make_folder(&[&self.name, "refs"])?.join(branch);
        let write = |file: &mut File| io::Write::write_all(file, commit.as_bytes());
        atomic::write(&path, atomic::Access::Usual, write).map_err(write_error(&path))
    }

    /// Bytes that are here of downloads that were stopped, or are under way.
    pub(super) fn begun_bytes(&self) -> u64 {
        let blobs = self.cache.join(&self.name).join("blobs");
        let entries = fs::read_dir(blobs).into_iter().flatten().flatten();
        entries
            .filter(|entry| entry.file_name().to_str().is_some_and(|name| name.ends_with(PARTIAL)))
            .filter_map(|entry| entry.metadata().ok())
            .filter(fs::Metadata::is_file)
            .map(|metadata| metadata.len())
            .sum()
    }

    /// Removes the downloads that were stopped and that nobody needs any more, once the model is here in full. A failure
    /// does no harm: they only take room.
    pub(super) fn remove_partials(&self) {
        let locks = self.cache.join(".locks").join(&self.name);
        let blobs = self.cache.join(&self.name).join("blobs");
        for entry in fs::read_dir(blobs).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            if !entry.metadata().is_ok_and(|metadata| metadata.is_file()) {
                continue;
            }
            let is_left = if let Some(etag) = name.strip_suffix(PARTIAL) {
                let lock = locks.join(format!("{etag}.lock"));
                is_plain_name(etag) && lock::try_lock(&lock).is_ok_and(|lock| lock.is_some())
            } else {
                name.strip_suffix(FOREIGN_PARTIAL).is_some_and(is_plain_name) && is_old(&entry)
            };
            if is_left {
                let removed = fs::remove_file(entry.path());
                tracing::info!(path = %entry.path().display(), ?removed, "a download that was stopped");
            }
        }
    }

    /// Makes a folder in the cache. The cache itself may be a link, as people move it to another disk; nothing in it may.
    fn make_folder(&self, names: &[&str]) -> Result<PathBuf, HubError> {
        fs::create_dir_all(&self.cache).map_err(write_error(&self.cache))?;
        let mut path = self.cache.clone();
        for name in names {
            path.push(name);
            match fs::create_dir(&path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(write_error(&path)(error));
                }
                _ => {}
            }
            let metadata = path.symlink_metadata().map_err(write_error(&path))?;
            if !metadata.is_dir() {
                let what = if metadata.is_symlink() { "it is a link" } else { "it is no folder" };
                return Err(write_error(&path)(io::Error::new(io::ErrorKind::InvalidInput, what)));
            }
        }
        Ok(path)
    }
}

/// Removes a file or a link, if there is one.
pub(super) fn remove_file(path: &Path) -> Result<(), HubError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(write_error(path)(error)),
        _ => Ok(()),
    }
}

/// Turns an error of the system into one that names the path.
pub(super) fn write_error(path: &Path) -> impl FnOnce(io::Error) -> HubError {
    let path = path.to_owned();
    move |reason| HubError::Write { path, reason }
}

/// Whether this is a regular file that goes by one name only.
fn is_own_file(metadata: &fs::Metadata) -> bool {
    #[cfg(unix)]
    let names = std::os::unix::fs::MetadataExt::nlink(metadata);
    #[cfg(not(unix))]
    let names = 1;
    metadata.is_file() && names == 1
}

fn is_old(entry: &fs::DirEntry) -> bool {
    let modified = entry.metadata().and_then(|metadata| metadata.modified()).ok();
    modified.and_then(|modified| modified.elapsed().ok()).is_some_and(|age| age > ABANDONED)
}

#[cfg(unix)]
fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(windows)]
fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_file(target, link)
}

#[cfg(not(any(unix, windows)))]
fn symlink(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn etag() -> Etag {
        Etag::parse("abc").unwrap()
    }

    #[test]
    fn downloads_that_were_stopped_go_unless_somebody_goes_on() {
        let cache = tempfile::tempdir().unwrap();
        let folder = ModelFolder::new(cache.path(), "a/b");
        let other = Etag::parse("other").unwrap();
        assert_eq!(folder.begun_bytes(), 0);
        let (left, mut file) = folder.open_partial(&etag()).unwrap();
        io::Write::write_all(&mut file, b"begun").unwrap();
        assert_eq!(folder.begun_bytes(), 5);
        let (held, _) = folder.open_partial(&other).unwrap();
        let lock = folder.lock(&other, || panic!("nobody has it")).unwrap();
        let at = |name: &str| left.with_file_name(name);
        let old = std::time::SystemTime::now() - 2 * ABANDONED;
        for (name, is_old) in [("1.part", true), ("2.part", false), ("notes.txt", true), ("abc", true)] {
            let file = File::create(at(name)).unwrap();
            file.set_modified(if is_old { old } else { std::time::SystemTime::now() }).unwrap();
        }
        folder.remove_partials();
        assert!(!left.exists() && held.exists() && !at("1.part").exists());
        assert!(at("2.part").exists() && at("notes.txt").exists() && at("abc").exists());
        drop(lock);
        folder.remove_partials();
        assert!(!held.exists());
    }

    #[cfg(unix)]
    #[test]
    fn links_in_the_cache_are_not_followed() {
        use std::os::unix::fs::symlink;
        let (cache, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mine = elsewhere.path().join("mine");
        fs::write(&mine, "mine").unwrap();
        let model = cache.path().join("models--a--b");
        let folder = ModelFolder::new(cache.path(), "a/b");

        fs::create_dir_all(model.join("blobs")).unwrap();
        let partial = folder.partial(&etag());
        for plant in
            [|mine: &Path, at: &Path| symlink(mine, at), |mine: &Path, at: &Path| fs::hard_link(mine, at)]
        {
            plant(&mine, &partial).unwrap();
            let (_, mut file) = folder.open_partial(&etag()).unwrap();
            io::Write::write_all(&mut file, b"contents").unwrap();
            fs::remove_file(&partial).unwrap();
        }
        fs::create_dir(model.join("refs")).unwrap();
        symlink(&mine, model.join("refs/main")).unwrap();
        folder.write_ref("main", COMMIT).unwrap();
        assert_eq!(fs::read_to_string(model.join("refs/main")).unwrap(), COMMIT);

        symlink(elsewhere.path(), model.join("snapshots")).unwrap();
        let error = folder.link(COMMIT, "config.json", &etag()).unwrap_err().to_string();
        assert!(error.contains("snapshots") && error.contains("it is a link"), "{error}");
        fs::remove_dir_all(model.join("blobs")).unwrap();
        symlink(elsewhere.path(), model.join("blobs")).unwrap();
        assert!(folder.open_partial(&etag()).is_err());
        fs::create_dir(cache.path().join(".locks")).unwrap();
        symlink(elsewhere.path(), cache.path().join(".locks/models--a--b")).unwrap();
        assert!(folder.lock(&etag(), || ()).is_err());
        assert_eq!(fs::read(&mine).unwrap(), b"mine");
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn contents_are_linked_as_python_does() {
        let cache = tempfile::tempdir().unwrap();
        let folder = ModelFolder::new(cache.path(), "a/b");
        let (partial, mut file) = folder.open_partial(&etag()).unwrap();
        io::Write::write_all(&mut file, b"contents").unwrap();
        folder.publish(&partial, file, &etag()).unwrap();
        // A link that leads nowhere is in the way.
        let path = folder.file(COMMIT, "config.json");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink("gone", &path).unwrap();
        folder.link(COMMIT, "config.json", &etag()).unwrap();
        assert_eq!(fs::read_link(&path).unwrap(), Path::new("../../blobs/abc"));
        assert_eq!(fs::read(&path).unwrap(), b"contents");
        assert!(!partial.exists());
    }
}
