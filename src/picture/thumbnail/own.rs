//! Thumbnails that formats keep in ways of their own: HEIC and AVIF as an item, Photoshop as a resource.

#[cfg(feature = "psd")]
use super::small::{decode_small, finish};
use crate::picture::decode::decode;
use crate::picture::decoded::Picture;
use crate::picture::format::Format;
use crate::picture::heif::Items;
use crate::picture::limits::Limits;
#[cfg(feature = "psd")]
use crate::picture::psd;
use crate::picture::read_at::{FileBytes, ReadAt};

/// The longest file that is read whole for its thumbnail, in bytes.
const MAX_WHOLE: u64 = 64 << 20;

/// The thumbnail of a picture whose EXIF has none.
pub(super) fn find(input: &FileBytes<'_>, format: Format, taken_at: Option<i64>) -> Option<Picture> {
    match format {
        Format::Heic | Format::Avif => item(input, taken_at),
        #[cfg(feature = "psd")]
        Format::Psd => {
            let found = psd::thumbnail(input)?;
            let small = decode_small(&found.jpeg)?;
            finish(small, found.size, image::metadata::Orientation::NoTransforms, taken_at)
        }
        _ => None,
    }
}

/// The thumbnail that is an item of its own. The decoder gets the file with that item in the picture's place, so that
/// it is turned, coloured and kept apart (in a child process) just as pictures are.
fn item(input: &FileBytes<'_>, taken_at: Option<i64>) -> Option<Picture> {
    let items = Items::parse(input)?;
    let (width, height) = items.size()?;
    let thumbnail = items.thumbnail()?;
    let length = usize::try_from(input.length()).ok().filter(|length| *length as u64 <= MAX_WHOLE)?;
    let mut bytes = input.read_at(0, length)?.into_owned();
    items.promote(thumbnail, &mut bytes)?;
    // Without the path, which may have a decoder of the user's.
    let small = decode(&bytes, &Limits::default()).ok()?;
    // Some writers turn the picture alone.
    let fits = (small.width < small.height) == (width < height);
    fits.then_some(Picture { width, height, taken_at, ..small })
}
