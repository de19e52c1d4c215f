//! From a picture's file to its pixels.

use std::path::Path;

use image::RgbImage;

use crate::catalog::Hash;
use crate::library::memory_limiter::MemoryLimiter;
use crate::picture::{self, Limits, PictureError, Source};

/// The longer side that pictures are shrunk to, in pixels. Print on a page of this size is 4 mm high in 20 pixels.
pub(super) const LONGEST: u32 = 3000;
/// The shorter side from which on there may be text, in pixels.
const SMALLEST: u32 = 8;

/// What became of a file.
#[derive(Debug)]
pub(super) enum Prepared {
    /// Its pixels, upright.
    Picture(RgbImage),
    /// There is no room for text in it.
    TooSmall,
    /// It can't be decoded, for this reason.
    Undecodable(String),
    /// The file is another now, or can't be read: it gets its turn once it was indexed again.
    Later,
}

/// Decodes the file at `path`, whose contents are to have this hash, turns it upright, and makes it as small as reading allows.
pub(super) fn prepare(path: &Path, hash: Hash, limits: &Limits, memory: &MemoryLimiter) -> Prepared {
    let Ok(metadata) = std::fs::metadata(path) else { return Prepared::Later };
    let mut bytes_needed = metadata.len().min(limits.max_file_bytes);
    loop {
        // Dropped after what it stands for.
        let mut reservation = memory.reserve(bytes_needed);
        let Ok(bytes) = picture::read_file(path, limits) else { return Prepared::Later };
        if *blake3::hash(&bytes).as_bytes() != hash {
            return Prepared::Later;
        }
        let decoded = picture::decode_to_fit(Source::new(&bytes, path), LONGEST, LONGEST, limits, |more| {
            bytes_needed = more.saturating_add(bytes.len() as u64);
            reservation.grow_to(bytes_needed)
        });
        return match decoded {
            Ok(Some(picture)) if picture.pixels.width().min(picture.pixels.height()) < SMALLEST => {
                Prepared::TooSmall
            }
            Ok(Some(picture)) => Prepared::Picture(picture.pixels),
            // Once more, when there is room for all of it.
            Ok(None) => continue,
            // A program that decodes for us may be missing today.
            Err(PictureError::Io(error)) if error.kind() != std::io::ErrorKind::InvalidData => {
                Prepared::Later
            }
            Err(error) => Prepared::Undecodable(error.to_string()),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of a picture of this size.
    fn prepared(width: u32, height: u32) -> Prepared {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        RgbImage::from_fn(width, height, |x, _| image::Rgb([x as u8; 3])).save(&path).unwrap();
        let hash = blake3::hash(&std::fs::read(&path).unwrap()).into();
        prepare(&path, hash, &Limits::default(), &MemoryLimiter::new(1 << 30))
    }

    #[test]
    fn large_pictures_are_shrunk() {
        for (size, expected) in
            [((4000, 1000), (3000, 750)), ((1501, 600), (1501, 600)), ((64, 48), (64, 48))]
        {
            let Prepared::Picture(pixels) = prepared(size.0, size.1) else { panic!("{size:?}") };
            assert_eq!(pixels.dimensions(), expected);
        }
        assert!(matches!(prepared(900, 7), Prepared::TooSmall));
    }

    #[test]
    fn files_that_changed_wait_and_broken_ones_say_why() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let memory = MemoryLimiter::new(1 << 30);
        let prepare = |hash| prepare(&path, hash, &Limits::default(), &memory);
        assert!(matches!(prepare([0; 32]), Prepared::Later), "gone");
        std::fs::write(&path, "no picture").unwrap();
        assert!(matches!(prepare([0; 32]), Prepared::Later), "another");
        let hash = blake3::hash(b"no picture").into();
        assert!(
            matches!(prepare(hash), Prepared::Undecodable(reason) if reason.starts_with("not a picture"))
        );
    }
}
