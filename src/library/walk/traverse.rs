//! Goes through a folder in parallel, and then through what links lead to: each folder once.

use std::collections::HashSet;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ignore::{DirEntry, WalkBuilder, WalkState};
use parking_lot::Mutex;

use super::folder_id::{FolderId, device_of};
use super::found::{PictureFile, SidecarFile};
use super::path_parts::below;
use super::pruned::count_file;
use super::rules::{Checker, Reason, Rules};
use super::unsupported;
use super::unwanted::{NO_MEDIA, is_apple_double, is_unwanted};
use crate::base::file_id::FileId;
use crate::base::paths::{self, mtime_ns};
use crate::catalog::{Omitted, WalkOptions};
use crate::picture;

/// Name of the folder that keeps a collection beside its pictures.
pub(in crate::library) const BESIDE: &str = ".pixseek";

/// What one walk came across. All paths are absolute, but for those of the picture files.
#[derive(Default)]
pub(super) struct Found {
    /// The picture files.
    pub files: Vec<PictureFile>,
    /// XMP files.
    pub sidecars: Vec<SidecarFile>,
    /// Whether one of the picture files is a camera's raw file.
    pub has_raw: bool,
    /// The folders that were looked into.
    pub folders: Vec<(PathBuf, Option<FolderId>)>,
    /// Files and folders that could not be looked at.
    pub unreadable: Vec<(PathBuf, String)>,
    /// Folders on another device than the root.
    pub mounts: Vec<PathBuf>,
    /// Links that were not left out by their names.
    pub links: Vec<PathBuf>,
    /// Links that lead nowhere.
    pub broken_links: Vec<PathBuf>,
    /// Folders that were left out.
    pub pruned: Vec<(Reason, PathBuf)>,
    /// What else was left out.
    pub omitted: Omitted,
}

impl Found {
    fn append(&mut self, mut other: Self) {
        self.files.append(&mut other.files);
        self.sidecars.append(&mut other.sidecars);
        self.has_raw |= other.has_raw;
        self.folders.append(&mut other.folders);
        self.unreadable.append(&mut other.unreadable);
        self.mounts.append(&mut other.mounts);
        self.links.append(&mut other.links);
        self.broken_links.append(&mut other.broken_links);
        self.pruned.append(&mut other.pruned);
        self.omitted.add(other.omitted);
    }
}

/// What a walk is asked for.
pub(super) struct Traversal<'a> {
    pub root: &'a Path,
    pub folder: &'a Path,
    pub options: &'a WalkOptions,
    pub rules: Rules,
    /// The device of the root.
    pub device: Option<u64>,
    /// Counts the picture files during the walk. Without it, files are not looked at.
    pub count: Option<&'a AtomicUsize>,
}

impl Traversal<'_> {
    /// Goes through the folder, and if links are followed through what they lead to. A folder that several paths lead to
    /// is looked into under one of them: one without links if there is any, else the one with the fewest, then the
    /// shortest, then the first by name. The order in which the threads happen to work makes no difference.
    pub(super) fn run(&self) -> Found {
        let mut seen = HashSet::new();
        let mut found = self.walk_one(self.folder, &seen);
        if !self.options.follow {
            self.count_links(&mut found);
            return found;
        }
        keep_first_of_same_folder(self.root, &mut found, &mut seen);
        let mut checker = self.rules.checker();
        let mut links = std::mem::take(&mut found.links);
        while !links.is_empty() {
            links.sort_unstable();
            for link in std::mem::take(&mut links) {
                let mut behind = self.follow(&link, &mut checker, &mut seen);
                links.append(&mut behind.links);
                found.append(behind);
            }
        }
        found
    }

    /// Goes through `start` without following links, and without looking into the folders `seen`.
    fn walk_one(&self, start: &Path, seen: &HashSet<FolderId>) -> Found {
        let all = Mutex::new(Found::default());
        let unwanted = Arc::new(AtomicUsize::new(0));
        let (counter, with_defaults) = (Arc::clone(&unwanted), !self.options.no_ignore_defaults);
        let mut builder = WalkBuilder::new(start);
        // The rules are applied by `Visitor`, which counts what they leave out.
        builder.standard_filters(false).filter_entry(move |entry| {
            if !entry.file_type().is_some_and(|kind| kind.is_dir()) {
                return true;
            }
            let is_left_out = with_defaults && is_unwanted(entry.path());
            if is_left_out {
                counter.fetch_add(1, Ordering::Relaxed);
            }
            !is_left_out && entry.file_name() != BESIDE
        });
        builder.build_parallel().run(|| {
            let mut visitor = Visitor {
                traversal: self,
                checker: self.rules.checker(),
                seen,
                all: &all,
                found: Found::default(),
            };
            Box::new(move |entry| visitor.visit(entry))
        });
        let mut found = all.into_inner();
        found.omitted.unwanted_folders += unwanted.load(Ordering::Relaxed);
        found
    }

    /// What a link leads to: a file, or a folder that was not seen yet.
    fn follow(&self, link: &Path, checker: &mut Checker, seen: &mut HashSet<FolderId>) -> Found {
        let mut found = Found::default();
        let metadata = match std::fs::metadata(link) {
            Ok(metadata) => metadata,
            Err(error) => {
                if leads_nowhere(&error) {
                    found.broken_links.push(link.to_owned());
                } else {
                    found.unreadable.push((link.to_owned(), error.to_string()));
                }
                return found;
            }
        };
        let is_folder = metadata.is_dir();
        if let Some(reason) = checker.reason(link, is_folder) {
            if is_folder {
                found.pruned.push((reason, link.to_owned()));
            } else {
                count_file(link, reason, &mut found.omitted);
            }
        } else if metadata.is_file() {
            self.inspect(link, || Ok(metadata), &mut found);
        } else if is_folder && link.file_name().is_none_or(|name| name != BESIDE) {
            if self.is_unwanted_here(link) || (!self.options.no_ignore_defaults && is_unwanted(link)) {
                found.omitted.unwanted_folders += 1;
            } else if FolderId::new(link, &metadata).is_some_and(|id| seen.contains(&id)) {
                found.omitted.twice += 1;
            } else {
                found = self.walk_one(link, seen);
                keep_first_of_same_folder(self.root, &mut found, seen);
            }
        }
        found
    }

    /// Counts the links, which are not followed, that lead to pictures or folders.
    fn count_links(&self, found: &mut Found) {
        if self.count.is_none() {
            return;
        }
        let leads_somewhere = |link: &PathBuf| picture::has_picture_extension(link) || link.is_dir();
        found.omitted.links = found.links.iter().filter(|link| leads_somewhere(link)).count();
    }

    /// Whether a file in the folder at `path` says that it is unwanted.
    fn is_unwanted_here(&self, path: &Path) -> bool {
        !self.options.no_ignore_defaults && path.join(NO_MEDIA).exists()
    }

    /// Takes in a file, if it is a picture by its name or else by its first bytes.
    fn inspect(&self, path: &Path, metadata: impl FnOnce() -> Result<Metadata, String>, found: &mut Found) {
        let Some(count) = self.count else { return };
        if is_apple_double(path) {
            return;
        }
        if is_sidecar(path) {
            // One that can't be looked at is as good as none.
            found.sidecars.extend(metadata().ok().map(|metadata| SidecarFile {
                path: paths::to_bytes(below(path, self.root).unwrap_or(path)),
                size: metadata.len(),
                mtime_ns: mtime_ns(&metadata),
            }));
            return;
        }
        if !picture::has_picture_extension(path) {
            // A file without a picture's name that can't be read is none of our business.
            let mut head = [0; picture::SIGNATURE_LENGTH];
            let read = File::open(path).and_then(|mut file| file.read(&mut head));
            if !read.is_ok_and(|length| picture::is_picture_signature(head.get(..length).unwrap_or_default()))
            {
                unsupported::count(path, &mut found.omitted);
                return;
            }
        }
        match metadata() {
            Ok(metadata) => {
                count.fetch_add(1, Ordering::Relaxed);
                found.has_raw = found.has_raw || picture::has_raw_extension(path);
                let relative = below(path, self.root).unwrap_or(path);
                let file = PictureFile {
                    path: paths::to_bytes(relative),
                    size: metadata.len(),
                    mtime_ns: mtime_ns(&metadata),
                    file_id: FileId::of(&metadata),
                };
                found.files.push(file);
            }
            Err(reason) => found.unreadable.push((path.to_owned(), reason)),
        }
    }
}

/// Whether a file is an XMP file by its name.
fn is_sidecar(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xmp"))
}

/// What one thread of a walk comes across.
struct Visitor<'a> {
    traversal: &'a Traversal<'a>,
    checker: Checker<'a>,
    seen: &'a HashSet<FolderId>,
    all: &'a Mutex<Found>,
    found: Found,
}

impl Drop for Visitor<'_> {
    fn drop(&mut self) {
        self.all.lock().append(std::mem::take(&mut self.found));
    }
}

impl Visitor<'_> {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        match entry {
            Ok(entry) => self.visit_entry(&entry),
            Err(error) => {
                self.found.unreadable.extend(unreadable(&error));
                WalkState::Continue
            }
        }
    }

    fn visit_entry(&mut self, entry: &DirEntry) -> WalkState {
        let path = entry.path();
        let Some(kind) = entry.file_type() else { return WalkState::Continue };
        if entry.depth() == 0 {
            // Asked for by name: a folder, or a link to one.
            return self.enter(path, true);
        }
        let reason = self.checker.reason(path, kind.is_dir());
        match reason {
            Some(reason) if kind.is_dir() => {
                self.found.pruned.push((reason, path.to_owned()));
                return WalkState::Skip;
            }
            Some(reason) if kind.is_file() => count_file(path, reason, &mut self.found.omitted),
            Some(_) => {}
            None if kind.is_dir() => return self.enter(path, false),
            None if kind.is_symlink() => self.found.links.push(path.to_owned()),
            None if kind.is_file() => {
                let metadata = || entry.metadata().map_err(|error| error.to_string());
                self.traversal.inspect(path, metadata, &mut self.found);
            }
            None => {}
        }
        WalkState::Continue
    }

    /// Looks into a folder, unless it is unwanted or was seen before.
    fn enter(&mut self, path: &Path, is_start: bool) -> WalkState {
        let traversal = self.traversal;
        if !is_start && traversal.is_unwanted_here(path) {
            self.found.omitted.unwanted_folders += 1;
            return WalkState::Skip;
        }
        let metadata = std::fs::metadata(path).ok();
        let id = metadata
            .as_ref()
            .filter(|_| traversal.options.follow)
            .and_then(|metadata| FolderId::new(path, metadata));
        if id.as_ref().is_some_and(|id| self.seen.contains(id)) {
            self.found.omitted.twice += 1;
            return WalkState::Skip;
        }
        let device = metadata.as_ref().and_then(device_of);
        if path != traversal.folder && device.is_some() && device != traversal.device {
            self.found.mounts.push(path.to_owned());
        }
        self.found.folders.push((path.to_owned(), id));
        WalkState::Continue
    }
}

/// Of folders that two paths lead to without a link (one is mounted on the other), keeps the one with the shorter path, or
/// the first by name. All of them are `seen` from now on.
fn keep_first_of_same_folder(root: &Path, found: &mut Found, seen: &mut HashSet<FolderId>) {
    found.folders.sort_by_cached_key(|(path, _)| (path.components().count(), path.clone()));
    let mut dropped = HashSet::new();
    found.folders.retain(|(path, id)| {
        let is_new = id.as_ref().is_none_or(|id| seen.insert(id.clone()));
        if !is_new {
            dropped.insert(path.clone());
        }
        is_new
    });
    if dropped.is_empty() {
        return;
    }
    found.omitted.twice += dropped.len();
    let is_kept = |path: &Path| path.parent().is_none_or(|folder| !dropped.contains(folder));
    found.files.retain(|file| is_kept(&root.join(paths::from_bytes(&file.path))));
    found.sidecars.retain(|file| is_kept(&root.join(paths::from_bytes(&file.path))));
    found.links.retain(|path| is_kept(path));
    found.unreadable.retain(|(path, _)| is_kept(path));
    found.pruned.retain(|(_, path)| is_kept(path));
    found.mounts.retain(|path| !dropped.contains(path));
}

/// Whether the error says that a link leads to nothing, or to itself.
fn leads_nowhere(error: &io::Error) -> bool {
    /// `ELOOP`.
    const LOOP: i32 = if cfg!(any(target_os = "linux", target_os = "android")) { 40 } else { 62 };
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
        || (cfg!(unix) && error.raw_os_error() == Some(LOOP))
}

/// The path that an error is about, and its reason.
fn unreadable(error: &ignore::Error) -> Option<(PathBuf, String)> {
    match error {
        ignore::Error::WithPath { path, err } => match unreadable(err) {
            Some((inner, reason)) if inner.as_os_str().is_empty() => Some((path.clone(), reason)),
            other => other,
        },
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => unreadable(err),
        ignore::Error::Io(io) => Some((PathBuf::new(), io.to_string())),
        other => Some((PathBuf::new(), other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_folder_that_is_mounted_twice_the_shorter_path_stays() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let id = |dir: &tempfile::TempDir| FolderId::new(dir.path(), &dir.path().metadata().unwrap());
        let root = Path::new("/r");
        let file =
            |path: &str| PictureFile { path: path.into(), size: 1, mtime_ns: 0, file_id: FileId::default() };
        let mut found = Found {
            folders: vec![
                ("/r/b".into(), id(&one)),
                ("/r/a/deep".into(), id(&one)),
                ("/r/a/deep/only".into(), id(&other)),
                ("/r/a".into(), None),
                ("/r/c".into(), id(&one)),
            ],
            files: ["a/1.png", "a/deep/2.png", "a/deep/only/3.png", "b/2.png", "c/2.png"].map(file).to_vec(),
            links: vec!["/r/c/link".into(), "/r/b/link".into()],
            mounts: vec!["/r/c".into()],
            ..Found::default()
        };
        let mut seen = HashSet::new();
        keep_first_of_same_folder(root, &mut found, &mut seen);
        let folders: Vec<_> = found.folders.iter().map(|(path, _)| path.as_path()).collect();
        assert_eq!(folders, ["/r/a", "/r/b", "/r/a/deep/only"].map(Path::new));
        let files: Vec<_> = found.files.iter().map(|file| String::from_utf8_lossy(&file.path)).collect();
        // What only one of the paths leads to, since rules leave it out of the other, is kept.
        assert_eq!(files, ["a/1.png", "a/deep/only/3.png", "b/2.png"]);
        assert_eq!((found.links, found.mounts), (vec!["/r/b/link".into()], Vec::<PathBuf>::new()));
        assert_eq!((found.omitted.twice, seen.len()), (2, 2));
    }
}
