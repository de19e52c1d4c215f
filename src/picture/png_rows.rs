//! Large PNGs, reduced while their rows come in: at 8 bytes a pixel there is no room for all of them.

use std::io::Cursor;

use image::RgbImage;

use super::decoder_error;
use super::error::PictureError;
use super::format::Format;
use super::limits::Limits;
use super::rgb::scale_16;

/// A plain average blurs more than the filter after it would: each side keeps at least this many times the minimum.
const MARGIN: u32 = 2;

/// By how much each side can be reduced so that [`MARGIN`] times the minimum is left; 0 and 1 are not at all. Sizes are
/// width and height in pixels.
pub(super) fn factor(full: (u32, u32), minimum: (u32, u32)) -> u32 {
    (full.0 / minimum.0.max(1)).min(full.1 / minimum.1.max(1)).max(1) / MARGIN
}

/// Averages the pixels of a PNG while its rows are read one by one.
pub(super) struct RowReducer<'a> {
    reader: png::Reader<Cursor<&'a [u8]>>,
    factor: u32,
}

impl<'a> RowReducer<'a> {
    /// Reads up to the pixels. None when the file is interlaced: its rows don't come in order.
    pub(crate) fn open(bytes: &'a [u8], factor: u32, limits: &Limits) -> Result<Option<Self>, PictureError> {
        let limit = png::Limits { bytes: usize::try_from(limits.max_memory).unwrap_or(usize::MAX) };
        let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limit);
        decoder.set_transformations(png::Transformations::EXPAND);
        decoder.set_ignore_text_chunk(true);
        let reader = decoder.read_info().map_err(explain)?;
        Ok((!reader.info().interlaced).then_some(Self { reader, factor }))
    }

    /// Upper bound of the memory that [`Self::reduce`] takes, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        let (width, height) = self.size();
        // A few rows as the decoder keeps them, one of sums, and the result.
        let row = self.reader.output_line_size(width).unwrap_or(usize::MAX) as u64;
        let (width, height) =
            (u64::from(width.div_ceil(self.factor)), u64::from(height.div_ceil(self.factor)));
        row.saturating_mul(4) + width * 12 + width * height * 3 + (1 << 20)
    }

    /// Full width and height in pixels.
    fn size(&self) -> (u32, u32) {
        (self.reader.info().width, self.reader.info().height)
    }

    /// Decodes the picture, with the average of every `factor` x `factor` pixels in place of them.
    pub(crate) fn reduce(mut self) -> Result<RgbImage, PictureError> {
        let (width, height) = self.size();
        let factor = self.factor;
        let (colors, depth) = self.reader.output_color_type();
        let deep = depth == png::BitDepth::Sixteen;
        let mut out = RgbImage::new(width.div_ceil(factor), height.div_ceil(factor));
        let mut sums = vec![[0u64; 3]; out.width() as usize];
        for (row, line) in out.rows_mut().enumerate() {
            let rows = factor.min(height - row as u32 * factor);
            for _ in 0..rows {
                let Some(samples) = self.reader.next_row().map_err(explain)? else {
                    return Err(decoder_error::truncated(Format::Png));
                };
                add(&mut sums, samples.data(), colors.samples(), deep, factor as usize);
            }
            for (i, (pixel, sum)) in line.zip(&mut sums).enumerate() {
                let count = u64::from(rows * factor.min(width - i as u32 * factor));
                pixel.0 = sum.map(|sum| ((sum + count / 2) / count) as u8);
                *sum = [0; 3];
            }
        }
        Ok(out)
    }
}

/// Adds the pixels of a row to the sums of the blocks they are in.
fn add(sums: &mut [[u64; 3]], row: &[u8], channels: usize, deep: bool, factor: usize) {
    let bytes = 1 + usize::from(deep);
    let (size, second, third) = match channels {
        1 | 2 => (channels * bytes, 0, 0),
        _ => (channels * bytes, bytes, 2 * bytes),
    };
    for (sum, block) in sums.iter_mut().zip(row.chunks(factor * size)) {
        for pixel in block.chunks_exact(size) {
            for (sum, at) in sum.iter_mut().zip([0, second, third]) {
                *sum += u64::from(if deep {
                    scale_16(u16::from_be_bytes([pixel[at], pixel[at + 1]]))
                } else {
                    pixel[at]
                });
            }
        }
    }
}

fn explain(error: png::DecodingError) -> PictureError {
    match error {
        png::DecodingError::LimitsExceeded => PictureError::TooMuchMemory(Format::Png),
        error => decoder_error::damaged(&error, Format::Png),
    }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, GenericImageView, ImageFormat};

    use super::*;

    fn encode(picture: &DynamicImage) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    fn open(bytes: &[u8], factor: u32) -> RowReducer<'_> {
        RowReducer::open(bytes, factor, &Limits::default()).unwrap().unwrap()
    }

    #[test]
    fn factors_leave_a_margin_over_the_minimum() {
        for (full, minimum, expected) in [
            ((4000, 3000), (448, 336), 4),
            ((4000, 3000), (500, 375), 4),
            ((4000, 3000), (501, 375), 3),
            ((4000, 3000), (4000, 3000), 0),
            ((4000, 3000), (9000, 1), 0),
            ((1, 1), (0, 0), 0),
            ((65_535, 224), (65_535, 224), 0),
        ] {
            assert_eq!(factor(full, minimum), expected, "{full:?} {minimum:?}");
        }
    }

    #[test]
    fn every_pixel_is_the_average_of_a_block() {
        let picture = DynamicImage::ImageRgba16(image::ImageBuffer::from_fn(23, 11, |x, y| {
            image::Rgba([x * 2800, y * 5000, (x * y) * 250, 7].map(|v| v as u16))
        }));
        for picture in [
            picture.clone(),
            picture.to_rgb16().into(),
            picture.to_luma16().into(),
            picture.to_luma_alpha16().into(),
            picture.to_rgba8().into(),
            picture.to_rgb8().into(),
            picture.to_luma8().into(),
        ] {
            let bytes = encode(&picture);
            let full = picture.to_rgb8();
            for factor in [2, 3, 8, 30] {
                let reduced = open(&bytes, factor).reduce().unwrap();
                assert_eq!(reduced.dimensions(), (23u32.div_ceil(factor), 11u32.div_ceil(factor)));
                for (x, y, pixel) in reduced.enumerate_pixels() {
                    let (left, top) = (x * factor, y * factor);
                    let block = full.view(left, top, factor.min(23 - left), factor.min(11 - top));
                    for channel in 0..3 {
                        let sum: u32 = block.pixels().map(|(_, _, p)| u32::from(p[channel])).sum();
                        let count = block.width() * block.height();
                        assert_eq!(u32::from(pixel[channel]), (sum + count / 2) / count);
                    }
                }
            }
        }
    }

    #[test]
    fn a_file_that_ends_early_is_truncated() {
        let bytes = encode(&DynamicImage::ImageRgb8(RgbImage::from_fn(64, 64, |x, y| {
            image::Rgb([(x * y) as u8, (x * 7 + y) as u8, (y * 11) as u8])
        })));
        let error = open(&bytes[..bytes.len() / 2], 2).reduce().unwrap_err();
        assert_eq!(error.to_string(), "truncated PNG: the file ends too early");
    }
}
