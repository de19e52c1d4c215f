//! WebP; of an animated one the first frame.

use std::borrow::Cow;
use std::io::Cursor;

use image::ImageDecoder;
use image::codecs::webp::WebPDecoder;

use super::decoder_error;
use super::embedded::Embedded;
use super::error::PictureError;
use super::format::Format;
use super::limits::Limits;
use super::plan::{DecodePlan, Decoded, check_size};
use super::rgb::{image_of, to_srgb};

/// Memory that the decoder takes beside pixels, in bytes.
const DECODER_MEMORY: u64 = 1 << 20;
/// Length of the header of the container, in bytes.
const HEADER: usize = 8;

/// Reads the header of a picture and plans how its pixels are decoded.
pub(super) fn plan<'a>(bytes: &'a [u8], limits: &Limits) -> Result<DecodePlan<'a>, PictureError> {
    let explain = |error| decoder_error::explain(error, Format::Webp);
    let (padded, share) = pad(bytes, limits);
    let copy = if share.is_some() { padded.len() as u64 } else { 0 };
    let mut decoder = WebPDecoder::new(Cursor::new(padded)).map_err(explain)?;
    let stored = decoder.dimensions();
    check_size(stored.0, stored.1, limits)?;
    let exif = Embedded::in_webp(bytes).parse();
    // A profile that can't be read is as good as none.
    let profile = decoder.icc_profile().ok().flatten();
    let pixels = u64::from(stored.0) * u64::from(stored.1);
    // Planes of colour at half the size, or RGBA.
    let planes = if bytes.get(12..16) == Some(b"VP8 ") { 2 * pixels } else { 4 * pixels };
    let memory = decoder.total_bytes().saturating_add(planes + copy + DECODER_MEMORY);
    let mut most = image::Limits::no_limits();
    most.max_alloc = Some(limits.max_memory);
    let work = move || {
        decoder.set_limits(most).map_err(explain)?;
        let colors = decoder.color_type();
        let length =
            usize::try_from(decoder.total_bytes()).map_err(|_| PictureError::TooMuchMemory(Format::Webp))?;
        let mut pixels = vec![0; length];
        decoder.read_image(&mut pixels).map_err(explain)?;
        let pixels = to_srgb(pixels, colors, profile.as_deref(), Format::Webp)?;
        let pixels = image_of(pixels, stored, Format::Webp)?;
        let damage = share.map(|share| decoder_error::partial(Format::Webp, share, true)).transpose()?;
        Ok(Decoded { pixels, taken_at: exif.taken_at, damage })
    };
    Ok(DecodePlan {
        format: Format::Webp,
        stored,
        orientation: exif.orientation,
        taken_at: exif.taken_at,
        memory,
        factor: 1,
        work: Box::new(work),
    })
}

/// A file that is cut short, filled up with zeros to the length that its header tells, and which share of it is there.
/// Rows of a picture are decoded one after the other: those that are there come out right.
fn pad<'a>(bytes: &'a [u8], limits: &Limits) -> (Cow<'a, [u8]>, Option<f64>) {
    let length = bytes.get(4..HEADER).and_then(|length| length.first_chunk());
    let length = length.map_or(0, |length| u64::from(u32::from_le_bytes(*length)) + HEADER as u64);
    let whole = usize::try_from(length).unwrap_or(usize::MAX);
    if whole <= bytes.len() || length > limits.max_file_bytes || bytes.len() < 2 * HEADER {
        return (Cow::Borrowed(bytes), None);
    }
    let share = bytes.len() as f64 / length as f64;
    if share < 0.25 {
        // Not worth showing: the decoder says what is missing.
        return (Cow::Borrowed(bytes), None);
    }
    let mut padded = Vec::with_capacity(whole);
    padded.extend_from_slice(bytes);
    padded.resize(whole, 0);
    (Cow::Owned(padded), Some(share))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::picture::decode::decode;
    use crate::picture::limits::Limits;

    #[test]
    fn the_rows_that_are_there_of_a_cut_file_are_shown() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/parity/pictures");
        let bytes = std::fs::read(folder.join("lossy.webp")).unwrap();
        let whole = decode(&bytes, &Limits::default()).unwrap();
        assert!(whole.damage.is_none());
        let cut = decode(&bytes[..bytes.len() * 3 / 4], &Limits::default()).unwrap();
        let damage = cut.damage.unwrap();
        assert!(damage.starts_with("the file ends after 7"), "{damage}");
        let quarter = whole.pixels.len() / 4;
        assert!(cut.pixels.as_raw()[..quarter] == whole.pixels.as_raw()[..quarter]);
        assert!(decode(&bytes[..bytes.len() / 5], &Limits::default()).is_err());
    }
}
