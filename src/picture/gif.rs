//! GIF: the first frame, on white where it is transparent or smaller than the picture, and as far as it goes.

use std::io::Cursor;

use gif::{ColorOutput, DecodeOptions, Decoder, MemoryLimit};
use image::RgbImage;

use super::decoder_error;
use super::embedded::Embedded;
use super::error::PictureError;
use super::format::Format;
use super::limits::Limits;
use super::plan::{DecodePlan, Decoded, check_size};
use super::rgb::{image_of, to_srgb};

/// Memory that the decoder takes beside pixels, in bytes.
const DECODER_MEMORY: u64 = 1 << 20;
/// First row, distance of rows, and rows that stand in for those that follow, of each pass of an interlaced frame.
const PASSES: [(usize, usize, usize); 4] = [(0, 8, 8), (4, 8, 4), (2, 4, 2), (1, 2, 1)];

/// Reads up to the first frame, and plans how its pixels are decoded.
pub(super) fn plan<'a>(bytes: &'a [u8], limits: &Limits) -> Result<DecodePlan<'a>, PictureError> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.allow_unknown_blocks(true);
    options.check_lzw_end_code(false);
    options.set_memory_limit(MemoryLimit::Unlimited);
    let mut decoder = options.read_info(Cursor::new(bytes)).map_err(|error| explain(&error))?;
    let stored = (u32::from(decoder.width()), u32::from(decoder.height()));
    check_size(stored.0, stored.1, limits)?;
    if stored.0 == 0 || stored.1 == 0 {
        return Err(PictureError::Damaged { format: Format::Gif, reason: "it has no size".into() });
    }
    let pixels = u64::from(stored.0) * u64::from(stored.1);
    let exif = Embedded { exif: None, xmp: decoder.xmp_metadata().map(<[u8]>::to_vec) }.parse();
    let work = move || {
        let (pixels, share) = first_frame(&mut decoder, stored)?;
        let profile = decoder.icc_profile().map(<[u8]>::to_vec);
        let pixels = to_srgb(pixels.into_raw(), image::ColorType::Rgb8, profile.as_deref(), Format::Gif)?;
        let pixels = image_of(pixels, stored, Format::Gif)?;
        let damage = share.map(|share| decoder_error::partial(Format::Gif, share, true)).transpose()?;
        Ok(Decoded { pixels, taken_at: exif.taken_at, damage })
    };
    Ok(DecodePlan {
        format: Format::Gif,
        stored,
        orientation: exif.orientation,
        taken_at: exif.taken_at,
        memory: 3 * pixels + DECODER_MEMORY,
        factor: 1,
        work: Box::new(work),
    })
}

/// The first frame in a picture of this size, and what share of it is there, if that is not all.
fn first_frame(
    decoder: &mut Decoder<Cursor<&[u8]>>,
    stored: (u32, u32),
) -> Result<(RgbImage, Option<f64>), PictureError> {
    let mut out = RgbImage::new(stored.0, stored.1);
    out.fill(255);
    let frame = match decoder.next_frame_info() {
        Ok(Some(frame)) => frame,
        Ok(None) => return Err(decoder_error::truncated(Format::Gif)),
        Err(error) => return Err(explain(&error)),
    };
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let (width, height) = (usize::from(frame.width), usize::from(frame.height));
    let (transparent, interlaced) = (frame.transparent, frame.interlaced);
    let palette = decoder.palette().map(<[u8]>::to_vec).unwrap_or_else(|_| gray_palette());
    let mut line = vec![0; width];
    let mut rows = 0;
    for (row, stands_for) in row_order(height, interlaced) {
        // The decoder gives the rows in the order of the file.
        if width == 0 || !decoder.fill_buffer(&mut line).unwrap_or(false) {
            break;
        }
        rows += 1;
        for row in row..(row + stands_for).min(height) {
            draw(&mut out, &line, (left, top + row), &palette, transparent);
        }
    }
    let share = (rows < height).then(|| rows as f64 / height as f64);
    Ok((out, share))
}

/// Each row in the order of the file, with the number of rows that it stands for until later ones come.
fn row_order(height: usize, interlaced: bool) -> Vec<(usize, usize)> {
    if interlaced {
        let pass =
            |(first, step, stands_for)| (first..height).step_by(step).map(move |row| (row, stands_for));
        PASSES.into_iter().flat_map(pass).collect()
    } else {
        (0..height).map(|row| (row, 1)).collect()
    }
}

/// Draws a row of a frame. What lies outside of the picture is left out.
fn draw(
    out: &mut RgbImage,
    line: &[u8],
    (left, row): (usize, usize),
    palette: &[u8],
    transparent: Option<u8>,
) {
    let width = out.width() as usize;
    let start = row.saturating_mul(width).saturating_add(left.min(width)) * 3;
    let end = row.saturating_add(1).saturating_mul(width) * 3;
    let Some(target) = out.get_mut(start..end) else { return };
    for (pixel, &index) in target.as_chunks_mut::<3>().0.iter_mut().zip(line) {
        if transparent == Some(index) {
            *pixel = [255; 3];
        } else {
            let at = usize::from(index) * 3;
            // Colours beyond the palette are black, as in Pillow.
            *pixel = palette.get(at..at + 3).and_then(|color| color.try_into().ok()).unwrap_or_default();
        }
    }
}

/// What a file without a palette is shown with.
fn gray_palette() -> Vec<u8> {
    (0..=255).flat_map(|value| [value; 3]).collect()
}

fn explain(error: &gif::DecodingError) -> PictureError {
    decoder_error::damaged(error, Format::Gif)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::decode::decode;

    /// A GIF of one frame of 16 x 16 in a picture of this size: red, with a transparent row in the middle.
    fn file(size: u16, left: u16, interlaced: bool) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = gif::Encoder::new(&mut bytes, size, size, &[250, 10, 10, 0, 0, 0]).unwrap();
        let rows: Vec<u8> =
            row_order(16, interlaced).into_iter().flat_map(|(row, _)| [u8::from(row == 8); 16]).collect();
        let frame = gif::Frame {
            left,
            top: left,
            width: 16,
            height: 16,
            transparent: Some(1),
            interlaced,
            buffer: rows.into(),
            ..gif::Frame::default()
        };
        encoder.write_frame(&frame).unwrap();
        drop(encoder);
        bytes
    }

    #[test]
    fn what_is_transparent_and_what_is_outside_of_the_frame_is_white() {
        for interlaced in [false, true] {
            let picture = decode(&file(20, 2, interlaced), &Limits::default()).unwrap();
            for (x, y, pixel) in picture.pixels.enumerate_pixels() {
                let inside = (2..18).contains(&x) && (2..18).contains(&y) && y != 10;
                assert_eq!(pixel.0, if inside { [250, 10, 10] } else { [255; 3] }, "{interlaced} {x},{y}");
            }
            assert!(picture.damage.is_none());
        }
    }

    #[test]
    fn a_frame_that_reaches_beyond_the_picture_is_cut_off() {
        let picture = decode(&file(12, 4, false), &Limits::default()).unwrap();
        assert_eq!(picture.pixels.get_pixel(11, 11).0, [250, 10, 10]);
        assert_eq!(picture.pixels.get_pixel(3, 3).0, [255; 3]);
    }

    #[test]
    fn cut_files_are_shown_as_far_as_they_go() {
        let whole = file(16, 0, true);
        let mut shown = 0;
        for length in 0..whole.len() {
            if let Ok(picture) = decode(&whole[..length], &Limits::default()) {
                shown += 1;
                assert!(picture.damage.is_some() || whole.len() - length < 8, "{length}");
            }
        }
        assert!(shown > 0);
    }
}
