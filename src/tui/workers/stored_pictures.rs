//! What a store knows of, and shows for, pictures whose files can't be reached from this machine.

use std::path::{Path, PathBuf};

use crate::base::paths;
use crate::library::{Boundary, FactsOfStore, LibraryError, StoredFacts, StoredThumbnail};
use crate::picture::{self, Limits, Picture};

/// The longer side of the largest thumbnail of a store that is shown, in pixels. Others may have made it larger than pixseek does.
const LARGEST: u32 = 1024;

/// What looks up pictures in a store by their absolute paths, over a connection of its own.
pub(crate) struct StoredPictures {
    store: FactsOfStore,
    root: PathBuf,
}

impl StoredPictures {
    /// What looks up the pictures in `root`. Nothing is asked yet.
    pub(crate) fn new(store: FactsOfStore, root: PathBuf) -> Self {
        Self { store, root }
    }

    /// The path of a file to open, if there is one here.
    pub(super) fn here(boundary: &Boundary, path: &Path) -> Option<PathBuf> {
        boundary.resolve(path).ok().filter(|path| path.exists())
    }

    fn relative(&self, path: &Path) -> Vec<u8> {
        path.strip_prefix(&self.root).map(paths::to_bytes).unwrap_or_default()
    }

    /// What is known of a picture; `None` if it is not in the store.
    ///
    /// # Errors
    /// When the store can't be read.
    pub(super) fn facts(&mut self, path: &Path) -> Result<Option<StoredFacts>, LibraryError> {
        self.store.find(&self.relative(path))
    }

    /// The thumbnail of a picture; `None` if the store has none that can be read.
    ///
    /// # Errors
    /// When the store can't be read.
    pub(super) fn thumbnail(&mut self, path: &Path) -> Result<Option<Picture>, LibraryError> {
        let found = self.store.thumbnail(&self.relative(path))?;
        Ok(found.and_then(|found| decoded(&found)))
    }
}

/// The pixels of a thumbnail, with the size of its picture. Only JPEGs are read: nothing else is made, and the bytes are a stranger's.
fn decoded(thumbnail: &StoredThumbnail) -> Option<Picture> {
    if !thumbnail.jpeg.starts_with(b"\xff\xd8\xff") {
        return None;
    }
    let bytes = thumbnail.jpeg.as_slice();
    let picture = picture::decode_to_fit(bytes, LARGEST, LARGEST, &Limits::default(), |_| true);
    let picture = picture.ok().flatten()?;
    let (width, height) = thumbnail.size.unwrap_or((picture.width, picture.height));
    Some(Picture { width, height, ..picture })
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, RgbImage};

    use super::*;

    #[test]
    fn a_thumbnail_is_a_jpeg_and_tells_the_size_of_its_picture() {
        let bytes = |format| {
            let mut bytes = std::io::Cursor::new(Vec::new());
            RgbImage::new(16, 8).write_to(&mut bytes, format).unwrap();
            bytes.into_inner()
        };
        let thumbnail = |jpeg, size| StoredThumbnail { jpeg, size };
        let known = decoded(&thumbnail(bytes(ImageFormat::Jpeg), Some((4000, 2000)))).unwrap();
        assert_eq!((known.pixels.dimensions(), known.width, known.height), ((16, 8), 4000, 2000));
        let unknown = decoded(&thumbnail(bytes(ImageFormat::Jpeg), None)).unwrap();
        assert_eq!((unknown.width, unknown.height), (16, 8));
        assert!(decoded(&thumbnail(bytes(ImageFormat::Png), None)).is_none());
        assert!(decoded(&thumbnail(b"\xff\xd8\xffno picture".to_vec(), None)).is_none());
    }
}
