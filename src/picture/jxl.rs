//! JPEG XL, by jxl-oxide, whose own colour management gives sRGB: the first frame that is shown, upright.

use image::metadata::Orientation;
use image::{ColorType, RgbImage};
use jxl_oxide::{
    AllocTracker, AuxBoxData, EnumColourEncoding, InitializeResult, JxlImage, PixelFormat, Render,
    RenderingIntent,
};

use super::decoder_error::{damaged, truncated};
use super::embedded::Embedded;
use super::error::PictureError;
use super::exif;
use super::format::Format;
use super::limits::Limits;
use super::plan::{DecodePlan, Decoded, check_size};
use super::rgb::to_srgb;

const FORMAT: Format = Format::Jxl;
/// How many bytes the decoder gets at once.
const FEED: usize = 1 << 16;
/// Memory that the decoder takes for each pixel and channel, in bytes: floats, a copy while they are filtered, and what
/// is left of the frame. Measured; its own accounting enforces it.
const BYTES_PER_SAMPLE: u64 = 9;

/// Reads the header of a picture and plans how its pixels are decoded.
pub(super) fn plan<'a>(bytes: &'a [u8], limits: &Limits) -> Result<DecodePlan<'a>, PictureError> {
    let tracker_limit = usize::try_from(limits.max_memory).unwrap_or(usize::MAX);
    let mut feeder = Feeder { bytes, at: 0 };
    let mut image = feeder.open(AllocTracker::with_limit(tracker_limit))?;
    let stored @ (width, height) = (image.width(), image.height());
    check_size(width, height, limits)?;
    let metadata = &image.image_header().metadata;
    let channels = 3 + metadata.ec_info.len() as u64;
    let intent = RenderingIntent::Relative;
    let srgb = if metadata.grayscale() {
        EnumColourEncoding::gray_srgb(intent)
    } else {
        EnumColourEncoding::srgb(intent)
    };
    image.request_color_encoding(srgb);
    let pixels = u64::from(width) * u64::from(height);
    let memory =
        pixels.saturating_mul(BYTES_PER_SAMPLE * channels + 4).saturating_add(bytes.len() as u64 + (4 << 20));
    let taken_at = Embedded::in_jxl(bytes).exif.and_then(exif::taken_at);
    let work = move || {
        let damage = feeder.load_first_frame(&mut image)?;
        let render = match damage {
            None => image.render_frame(0),
            Some(_) => image.render_loading_frame(),
        };
        let render = render.map_err(|error| match damage {
            // The part that is there holds no whole block of pixels.
            Some(_) => truncated(FORMAT),
            None => damaged(&*error, FORMAT),
        })?;
        let pixels = pixels_of(&image, &render)?;
        let taken_at = taken_at.or_else(|| match image.aux_boxes().first_exif() {
            Ok(AuxBoxData::Data(exif)) => exif::taken_at(exif.payload()),
            _ => None,
        });
        Ok(Decoded { pixels, taken_at, damage })
    };
    Ok(DecodePlan {
        format: FORMAT,
        stored,
        // The decoder turns pixels upright; EXIF repeats that at best.
        orientation: Orientation::NoTransforms,
        taken_at,
        memory,
        factor: 1,
        work: Box::new(work),
    })
}

/// Hands the bytes of a file to the decoder, piece by piece.
struct Feeder<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Feeder<'_> {
    /// The next bytes, at most `length`; none at the end.
    fn next(&self, length: usize) -> Option<&[u8]> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let piece = rest.get(..length).unwrap_or(rest);
        (!piece.is_empty()).then_some(piece)
    }

    /// Feeds until the picture's header is read.
    fn open(&mut self, tracker: AllocTracker) -> Result<JxlImage, PictureError> {
        let mut decoder = JxlImage::builder().alloc_tracker(tracker).build_uninit();
        while let Some(piece) = self.next(FEED) {
            let consumed = decoder.feed_bytes(piece).map_err(|error| damaged(&*error, FORMAT))?;
            self.at += consumed;
            decoder = match decoder.try_init().map_err(|error| damaged(&*error, FORMAT))? {
                InitializeResult::Initialized(image) => return Ok(image),
                InitializeResult::NeedMoreData(decoder) => decoder,
            };
            if consumed == 0 {
                break;
            }
        }
        Err(truncated(FORMAT))
    }

    /// Feeds until the first frame is there. When the file ends before, the answer says how much is missing.
    fn load_first_frame(&mut self, image: &mut JxlImage) -> Result<Option<String>, PictureError> {
        while image.num_loaded_keyframes() == 0 {
            let Some(piece) = self.next(FEED) else { return missing_part(image, self.bytes.len()).map(Some) };
            let consumed = image.feed_bytes(piece).map_err(|error| damaged(&*error, FORMAT))?;
            self.at += consumed;
            if consumed == 0 {
                return missing_part(image, self.bytes.len()).map(Some);
            }
        }
        // The boxes that follow may hold EXIF. Damage there costs nothing.
        while let Some(piece) = self.next(FEED)
            && let Ok(consumed @ 1..) = image.feed_bytes(piece)
        {
            self.at += consumed;
        }
        let _ = image.finalize();
        Ok(None)
    }
}

/// How much of a frame that is cut short is there, in words; an error below a quarter.
fn missing_part(image: &JxlImage, length: usize) -> Result<String, PictureError> {
    let index = image.num_loaded_frames();
    let there = image.frame(index).zip(image.frame_offset(index)).map_or(0, |(frame, start)| {
        let whole = frame.toc().total_byte_size().max(1);
        (length.saturating_sub(start)).min(whole) * 100 / whole
    });
    if there < 25 {
        return Err(truncated(FORMAT));
    }
    Ok(format!("the file ends after {there} % of the picture"))
}

/// The rendered pixels as 8-bit RGB on white.
fn pixels_of(image: &JxlImage, render: &Render) -> Result<RgbImage, PictureError> {
    let mut stream = render.stream();
    let (width, height) = (stream.width(), stream.height());
    let color = match (image.pixel_format(), stream.channels()) {
        (PixelFormat::Gray, 1) => ColorType::L8,
        (PixelFormat::Graya, 2) => ColorType::La8,
        (PixelFormat::Rgb, 3) => ColorType::Rgb8,
        (PixelFormat::Rgba, 4) => ColorType::Rgba8,
        (kind, _) => return Err(PictureError::Unsupported(format!("{FORMAT} {kind:?}"))),
    };
    let channels = usize::from(color.channel_count());
    let unexpected = || PictureError::Damaged { format: FORMAT, reason: "of unexpected size".into() };
    let count = (width as usize).checked_mul(height as usize).ok_or_else(unexpected)?;
    let mut pixels = vec![0u8; count.checked_mul(channels).ok_or_else(unexpected)?];
    if stream.write_to_buffer(&mut pixels) != pixels.len() {
        return Err(unexpected());
    }
    let associated = image.image_header().metadata.ec_info.iter().find_map(|info| info.alpha_associated());
    let pixels = if associated == Some(true) {
        on_white(&pixels, channels)
    } else {
        to_srgb(pixels, color, None, FORMAT)?
    };
    RgbImage::from_raw(width, height, pixels).ok_or_else(unexpected)
}

/// Lays colours that are multiplied by alpha already on white.
fn on_white(pixels: &[u8], channels: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(pixels.len() / channels * 3);
    for pixel in pixels.chunks_exact(channels) {
        let Some((alpha, colors)) = pixel.split_last() else { continue };
        let lay = |color: &u8| color.saturating_add(255 - alpha);
        match colors {
            [r, g, b] => out.extend([lay(r), lay(g), lay(b)]),
            [gray, ..] => out.extend([lay(gray); 3]),
            [] => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::decode::decode;

    fn file(name: &str) -> Vec<u8> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pictures/formats");
        std::fs::read(format!("{folder}/{name}")).unwrap()
    }

    #[test]
    fn a_cut_file_shows_what_is_there_and_says_so() {
        let whole = file("groups.jxl");
        let picture = decode(&whole[..whole.len() * 3 / 4], &Limits::default()).unwrap();
        assert_eq!((picture.width, picture.height), (600, 300));
        let damage = picture.damage.unwrap();
        assert!(damage.starts_with("the file ends after "), "{damage}");
        let full = decode(&whole, &Limits::default()).unwrap();
        assert!(full.damage.is_none());
        let near = |x, y| {
            let (cut, full) = (picture.pixels.get_pixel(x, y), full.pixels.get_pixel(x, y));
            cut.0.iter().zip(full.0).all(|(cut, full)| cut.abs_diff(full) < 40)
        };
        assert!(near(10, 10) && near(200, 100));
        for (name, part) in [("groups.jxl", 8), ("lossy.jxl", 8)] {
            let whole = file(name);
            let error = decode(&whole[..whole.len() / part], &Limits::default()).err().map(|e| e.to_string());
            assert_eq!(error.as_deref(), Some("truncated JPEG XL: the file ends too early"), "{name}");
        }
    }

    #[test]
    fn colours_that_are_multiplied_already_are_only_moved_to_white() {
        assert_eq!(on_white(&[0, 0, 0, 0, 100, 50, 0, 200], 4), [255, 255, 255, 155, 105, 55]);
        assert_eq!(on_white(&[10, 255, 0, 100], 2), [10, 10, 10, 155, 155, 155]);
    }
}
