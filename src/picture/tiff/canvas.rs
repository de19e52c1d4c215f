//! The picture as its rows come in: reduced at once, so that a large scan needs no memory of its full size.

use image::{ColorType, RgbImage};

use super::super::error::PictureError;
use super::super::format::Format;
use super::super::rgb;
use super::colors::Depth;

/// What a row of a [`Canvas`] consists of.
#[derive(Debug, Clone, Copy)]
pub(super) struct PixelKind {
    /// Numbers of a pixel, 1 to 4.
    pub channels: usize,
    /// Their sizes.
    pub depth: Depth,
    /// Whether the last channel is alpha.
    pub alpha: bool,
    /// Whether the channels are inks.
    pub cmyk: bool,
    /// Whether gray is the other way round, of [`Depth::Range`].
    pub inverted: bool,
}

/// A picture that is filled row by row, from the top, with the average of every `factor` x `factor` pixels.
pub(super) struct Canvas {
    kind: PixelKind,
    /// Full width and height in pixels.
    size: (u32, u32),
    factor: u32,
    /// Numbers of the pixels that are done, in the byte order of this machine.
    out: Vec<u8>,
    /// Sums of the rows that are not; colours are multiplied by alpha.
    sums: Vec<f64>,
    /// How many rows are in `sums`, and how many have come in all.
    rows: (u32, u32),
    /// Least and most of the numbers that are colours, of [`Depth::Range`].
    range: (f32, f32),
}

impl Canvas {
    /// An empty canvas for a picture of `size` pixels.
    pub(super) fn new(size: (u32, u32), factor: u32, kind: PixelKind) -> Self {
        let factor = factor.max(1);
        let (width, height) = (size.0.div_ceil(factor) as usize, size.1.div_ceil(factor) as usize);
        Self {
            kind,
            size,
            factor,
            out: Vec::with_capacity(width * height * kind.channels * kind.depth.bytes()),
            sums: vec![0.0; if factor > 1 { width * kind.channels } else { 0 }],
            rows: (0, 0),
            range: (f32::INFINITY, f32::NEG_INFINITY),
        }
    }

    /// Upper bound of the memory that a canvas takes until it is a picture, in bytes.
    pub(super) fn memory(size: (u32, u32), factor: u32, kind: PixelKind) -> u64 {
        let factor = factor.max(1);
        let (width, height) = (u64::from(size.0.div_ceil(factor)), u64::from(size.1.div_ceil(factor)));
        let channels = kind.channels as u64;
        let pixel = channels * kind.depth.bytes() as u64;
        // The numbers become RGB in place, unless that is larger.
        let pixel = if pixel < 3 { pixel + 3 } else { pixel };
        width * height * pixel + width * channels * 8 + (1 << 20)
    }

    /// Adds a row of full width.
    pub(super) fn push(&mut self, row: &[f32]) {
        if self.kind.depth == Depth::Range {
            self.see_range(row);
        }
        if self.factor == 1 {
            row.iter().for_each(|value| put(&mut self.out, *value, self.kind.depth));
            self.rows.1 += 1;
            return;
        }
        let channels = self.kind.channels;
        let opaque = if self.kind.depth == Depth::Range { 1.0 } else { f64::from(self.kind.depth.top()) };
        let blocks = row.chunks(channels * self.factor as usize);
        for (sums, block) in self.sums.chunks_exact_mut(channels).zip(blocks) {
            for pixel in block.chunks_exact(channels) {
                match (self.kind.alpha, pixel.last()) {
                    (true, Some(alpha)) => {
                        // What is transparent has no colour to add.
                        let weight = f64::from(*alpha) / opaque;
                        let colors = channels - 1;
                        for (sum, value) in sums.iter_mut().zip(pixel).take(colors) {
                            *sum += f64::from(*value) * weight;
                        }
                        if let Some(sum) = sums.last_mut() {
                            *sum += f64::from(*alpha);
                        }
                    }
                    _ => sums.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += f64::from(*value)),
                }
            }
        }
        self.end_row();
    }

    /// As [`Self::push`], for numbers of [`Depth::Eight`] without alpha.
    pub(super) fn push_bytes(&mut self, row: &[u8]) {
        if self.factor == 1 {
            self.out.extend_from_slice(row);
            self.rows.1 += 1;
            return;
        }
        match self.kind.channels {
            1 => self.add_bytes::<1>(row),
            3 => self.add_bytes::<3>(row),
            _ => {
                let row: Vec<f32> = row.iter().map(|value| f32::from(*value)).collect();
                return self.push(&row);
            }
        }
        self.end_row();
    }

    fn add_bytes<const N: usize>(&mut self, row: &[u8]) {
        let sums = self.sums.as_chunks_mut::<N>().0;
        for (sums, block) in sums.iter_mut().zip(row.chunks(N * self.factor as usize)) {
            let mut block_sums = [0u32; N];
            for pixel in block.as_chunks::<N>().0 {
                block_sums.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += u32::from(*value));
            }
            sums.iter_mut().zip(block_sums).for_each(|(sum, value)| *sum += f64::from(value));
        }
    }

    /// Writes the averages when the sums of a row of them are complete.
    fn end_row(&mut self) {
        self.rows.0 += 1;
        self.rows.1 += 1;
        if self.rows.0 < self.factor && self.rows.1 < self.size.1 {
            return;
        }
        let (channels, depth) = (self.kind.channels, self.kind.depth);
        let opaque = if depth == Depth::Range { 1.0 } else { f64::from(depth.top()) };
        for (i, sums) in self.sums.chunks_exact_mut(channels).enumerate() {
            let columns = self.factor.min(self.size.0.saturating_sub(i as u32 * self.factor));
            let count = f64::from(columns * self.rows.0);
            let weight = match sums.last() {
                Some(alpha) if self.kind.alpha => (alpha / opaque).max(f64::MIN_POSITIVE),
                _ => count,
            };
            let last = channels - 1;
            for (channel, sum) in sums.iter_mut().enumerate() {
                let count = if self.kind.alpha && channel == last { count } else { weight };
                put(&mut self.out, (*sum / count) as f32, depth);
                *sum = 0.0;
            }
        }
        self.rows.0 = 0;
    }

    fn see_range(&mut self, row: &[f32]) {
        let colors = self.kind.channels - usize::from(self.kind.alpha);
        for pixel in row.chunks_exact(self.kind.channels) {
            // The largest numbers stand for nothing, in maps of heights.
            for value in pixel.iter().take(colors).filter(|value| value.abs() < 1e38) {
                self.range.0 = self.range.0.min(*value);
                self.range.1 = self.range.1.max(*value);
            }
        }
    }

    /// The picture, in sRGB. `stated_range` is black and white of [`Depth::Range`], where the file tells;
    /// `whole_numbers` is the largest of their kind, unless they are floating-point.
    pub(super) fn finish(
        mut self,
        profile: Option<&[u8]>,
        stated_range: Option<(f32, f32)>,
        whole_numbers: Option<f32>,
    ) -> Result<RgbImage, PictureError> {
        let (width, height) = (self.size.0.div_ceil(self.factor), self.size.1.div_ceil(self.factor));
        if self.kind.depth == Depth::Range {
            let range = stated_range.unwrap_or_else(|| {
                shown_range(self.range, self.kind.channels - usize::from(self.kind.alpha), whole_numbers)
            });
            self.map_range(range);
        }
        let pixels = if self.kind.cmyk {
            rgb::cmyk_to_srgb(self.out, profile)
        } else {
            let color = match (self.kind.channels, self.kind.depth == Depth::Sixteen) {
                (1, false) => ColorType::L8,
                (2, false) => ColorType::La8,
                (3, false) => ColorType::Rgb8,
                (_, false) => ColorType::Rgba8,
                (1, true) => ColorType::L16,
                (2, true) => ColorType::La16,
                (3, true) => ColorType::Rgb16,
                (_, true) => ColorType::Rgba16,
            };
            rgb::to_srgb(self.out, color, profile, Format::Tiff)?
        };
        rgb::image_of(pixels, (width, height), Format::Tiff)
    }

    /// Turns floating-point numbers to 8 bits, in place. What is missing becomes gray.
    fn map_range(&mut self, (black, white): (f32, f32)) {
        let scale = 255.0 / (white - black).max(f32::MIN_POSITIVE);
        let (channels, alpha) = (self.kind.channels, self.kind.alpha);
        let count = self.out.len() / 4;
        for i in 0..count {
            let Some(bytes) = self.out.get(i * 4..).and_then(|rest| rest.first_chunk()) else { break };
            let value = f32::from_ne_bytes(*bytes);
            let value = if alpha && i % channels == channels - 1 {
                value * 255.0
            } else if value.is_nan() {
                128.0
            } else if self.kind.inverted {
                (white - value) * scale
            } else {
                (value - black) * scale
            };
            if let Some(out) = self.out.get_mut(i) {
                *out = value.round() as u8;
            }
        }
        self.out.truncate(count);
        self.kind.depth = Depth::Eight;
    }
}

/// Which numbers are shown as black and as white, by the least and most of the numbers of a picture of `colors` colours.
/// `full` is the largest of its kind of whole numbers; floating-point numbers have none.
///
/// Floating-point numbers up to 1, and the light of colours beside 1, are shares of white. Numbers up to 255 are of 8
/// bits, as Pillow takes all of them. Others are stretched from the least to the most.
fn shown_range((least, most): (f32, f32), colors: usize, full: Option<f32>) -> (f32, f32) {
    let positive = least >= 0.0;
    match full {
        _ if least > most => (0.0, 1.0),
        None if positive && most <= 1.0 => (0.0, 1.0),
        None if colors == 3 && least >= -1.0 && most <= 16.0 => (0.0, 1.0),
        _ if positive && (32.0..=255.0).contains(&most) => (0.0, 255.0),
        Some(full) if positive && most >= full / 2.0 => (0.0, full),
        _ if least == most => (least.min(0.0), most.max(least.min(0.0) + 1.0)),
        _ => (least, most),
    }
}

/// Appends a number as it is kept.
fn put(out: &mut Vec<u8>, value: f32, depth: Depth) {
    match depth {
        Depth::Eight => out.push((value + 0.5) as u8),
        Depth::Sixteen => out.extend(((value + 0.5) as u16).to_ne_bytes()),
        Depth::Range => out.extend(value.to_ne_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRAY_ALPHA: PixelKind =
        PixelKind { channels: 2, depth: Depth::Eight, alpha: true, cmyk: false, inverted: false };

    #[test]
    fn ranges_are_what_people_mean() {
        assert_eq!(shown_range((0.0, 0.3), 1, None), (0.0, 1.0));
        assert_eq!(shown_range((0.0, 5.0), 3, None), (0.0, 1.0));
        assert_eq!(shown_range((3.0, 250.0), 1, None), (0.0, 255.0));
        assert_eq!(shown_range((3.0, 2500.0), 1, None), (3.0, 2500.0));
        assert_eq!(shown_range((-3.0, 2.0), 1, None), (-3.0, 2.0));
        assert_eq!(shown_range((5.0, 3e9), 1, Some(u32::MAX as f32)), (0.0, u32::MAX as f32));
        assert_eq!(shown_range((7.0, 7.0), 1, Some(32_767.0)), (0.0, 7.0));
    }

    #[test]
    fn transparent_pixels_do_not_colour_the_average() {
        let mut canvas = Canvas::new((2, 2), 2, GRAY_ALPHA);
        canvas.push(&[200.0, 255.0, 0.0, 0.0]);
        canvas.push(&[0.0, 0.0, 100.0, 255.0]);
        assert_eq!(canvas.out, [150, 128]);
    }
}
