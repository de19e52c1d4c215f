//! Makes the thumbnails that a store keeps, from the files of this machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use image::codecs::jpeg::JpegEncoder;

use super::thumbnails::NewThumbnail;
use crate::base::panics;
use crate::base::paths::{self, mtime_ns};
use crate::library::boundary::Boundary;
use crate::picture::{self, Limits};

/// The longer side, in pixels: that of the thumbnails that cameras put into their photos.
const SIDE: u32 = 160;
/// The quality of the JPEG, of 100.
const QUALITY: u8 = 70;

/// A thumbnail that a store lacks.
pub(super) struct WantedThumbnail {
    /// The picture's key.
    pub key: i64,
    /// What tells its contents from others.
    pub contents: i64,
    /// Its path, relative to the collection's root.
    pub path: Vec<u8>,
    /// Bytes of the file when it was indexed.
    pub size: u64,
    /// Its modification time then, in nanoseconds since 1970.
    pub mtime_ns: i64,
}

/// What makes thumbnails of a folder's pictures.
pub(super) struct ThumbnailMaker {
    root: PathBuf,
    boundary: Boundary,
}

impl ThumbnailMaker {
    /// One for the pictures in `root`; it opens no file outside `boundary`.
    pub(super) fn new(root: &Path, boundary: Boundary) -> Self {
        Self { root: root.to_owned(), boundary }
    }

    /// Makes thumbnails on so many threads. Pictures that have changed meanwhile, or can't be read, have none.
    pub(super) fn make(&self, wanted: &[WantedThumbnail], threads: usize) -> Vec<NewThumbnail> {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut made = Vec::new();
            while let Some(wanted) = wanted.get(next.fetch_add(1, Ordering::Relaxed)) {
                made.extend(self.make_one(wanted));
            }
            made
        };
        thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let mut made = work();
            // A thread that crashed has made none; the next run asks for them again.
            others.into_iter().for_each(|thread| made.extend(thread.join().unwrap_or_default()));
            made
        })
    }

    fn make_one(&self, wanted: &WantedThumbnail) -> Option<NewThumbnail> {
        let path = self.boundary.resolve(&self.root.join(paths::from_bytes(&wanted.path))).ok()?;
        let metadata = fs::metadata(&path).ok()?;
        if metadata.len() != wanted.size || mtime_ns(&metadata) != wanted.mtime_ns {
            return None;
        }
        let jpeg = panics::catch(|| jpeg_of(&path)).ok().flatten()?;
        Some(NewThumbnail { key: wanted.key, contents: wanted.contents, jpeg })
    }
}

/// A small version of a picture as JPEG, without any metadata.
fn jpeg_of(path: &Path) -> Option<Vec<u8>> {
    let small = picture::open_small(path, SIDE, &Limits::default()).ok()?;
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(&small.pixels).ok()?;
    Some(jpeg)
}
