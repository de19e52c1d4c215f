//! Rows of pixels to a picture of the same or a smaller size.

use image::RgbImage;

/// A plain average blurs more than the filter after it would: each side keeps at least this many times the minimum.
const MARGIN: u32 = 2;
/// What is not there is white, as transparent pixels are.
const MISSING: u8 = 255;

/// By how much each side can be reduced so that [`MARGIN`] times the minimum is left, at least 1. Sizes are width and
/// height in pixels.
pub(super) fn factor(full: (u32, u32), minimum: (u32, u32)) -> u32 {
    let times = (full.0 / minimum.0.max(1)).min(full.1 / minimum.1.max(1));
    (times / MARGIN).max(1)
}

/// Averages every `factor` x `factor` pixels of a picture whose rows come one by one from the top.
pub(super) struct RowAverager {
    out: RgbImage,
    factor: u32,
    full: (u32, u32),
    /// Sums of the row of blocks that is being filled.
    sums: Vec<[u32; 3]>,
    /// Rows that were taken.
    rows: u32,
}

impl RowAverager {
    /// Bytes that it takes for a picture of this full size.
    pub(crate) fn memory((width, height): (u32, u32), factor: u32) -> u64 {
        let (width, height) = (u64::from(width.div_ceil(factor)), u64::from(height.div_ceil(factor)));
        width * 12 + width * height * 3
    }

    /// For a picture of this full width and height in pixels. `factor` is from 1 (no reduction) to 4096.
    pub(crate) fn new(full: (u32, u32), factor: u32) -> Self {
        let factor = factor.clamp(1, 4096);
        let mut out = RgbImage::new(full.0.div_ceil(factor), full.1.div_ceil(factor));
        out.fill(MISSING);
        let sums = if factor > 1 { vec![[0; 3]; out.width() as usize] } else { Vec::new() };
        Self { out, factor, full, sums, rows: 0 }
    }

    /// Number of rows that were taken.
    pub(crate) fn rows(&self) -> u32 {
        self.rows
    }

    /// Takes the next row: RGB, as many pixels as the picture is wide. Rows beyond the last are ignored.
    pub(crate) fn push(&mut self, row: &[u8]) {
        if self.rows >= self.full.1 {
            return;
        }
        self.rows += 1;
        if self.factor == 1 {
            if let Some(line) = self.line(self.rows - 1) {
                let length = line.len().min(row.len());
                line[..length].copy_from_slice(&row[..length]);
            }
            return;
        }
        for (sum, block) in self.sums.iter_mut().zip(row.chunks(self.factor as usize * 3)) {
            for pixel in block.as_chunks::<3>().0 {
                for (sum, value) in sum.iter_mut().zip(pixel) {
                    *sum += u32::from(*value);
                }
            }
        }
        if self.rows.is_multiple_of(self.factor) || self.rows == self.full.1 {
            self.average();
        }
    }

    /// Writes the row of blocks whose sums are there.
    fn average(&mut self) {
        let (factor, width) = (self.factor, self.full.0);
        let number = (self.rows - 1) / factor;
        let rows = self.rows - number * factor;
        let mut sums = std::mem::take(&mut self.sums);
        if let Some(line) = self.line(number) {
            for (i, (pixel, sum)) in line.as_chunks_mut::<3>().0.iter_mut().zip(&mut sums).enumerate() {
                let count = rows * factor.min(width - i as u32 * factor);
                *pixel = sum.map(|sum| ((sum + count / 2) / count) as u8);
                *sum = [0; 3];
            }
        }
        self.sums = sums;
    }

    fn line(&mut self, number: u32) -> Option<&mut [u8]> {
        let length = self.out.width() as usize * 3;
        let start = number as usize * length;
        self.out.get_mut(start..start + length)
    }

    /// The picture. Rows that never came are white.
    pub(crate) fn finish(mut self) -> RgbImage {
        if self.factor > 1
            && self.rows > 0
            && self.rows < self.full.1
            && !self.rows.is_multiple_of(self.factor)
        {
            self.average();
        }
        self.out
    }
}

#[cfg(test)]
mod tests {
    use image::GenericImageView;

    use super::*;

    #[test]
    fn factors_leave_a_margin_over_the_minimum() {
        for (full, minimum, expected) in [
            ((4000, 3000), (448, 336), 4),
            ((4000, 3000), (500, 375), 4),
            ((4000, 3000), (501, 375), 3),
            ((4000, 3000), (4000, 3000), 1),
            ((4000, 3000), (9000, 1), 1),
            ((1, 1), (0, 0), 1),
            ((65_535, 224), (65_535, 224), 1),
        ] {
            assert_eq!(factor(full, minimum), expected, "{full:?} {minimum:?}");
        }
    }

    #[test]
    fn every_pixel_is_the_average_of_a_block_of_those_that_came() {
        let full = RgbImage::from_fn(23, 11, |x, y| image::Rgb([x * 11, y * 23, x * y].map(|v| v as u8)));
        for factor in [1, 2, 3, 8, 30] {
            for came in [11, 7] {
                let mut averager = RowAverager::new((23, 11), factor);
                full.rows()
                    .take(came)
                    .for_each(|row| averager.push(&row.flat_map(|p| p.0).collect::<Vec<_>>()));
                assert_eq!(averager.rows(), came as u32);
                let reduced = averager.finish();
                assert_eq!(reduced.dimensions(), (23u32.div_ceil(factor), 11u32.div_ceil(factor)));
                for (x, y, pixel) in reduced.enumerate_pixels() {
                    let (left, top) = (x * factor, y * factor);
                    let height = factor.min((came as u32).saturating_sub(top));
                    let block = full.view(left, top, factor.min(23 - left), height);
                    let count = block.width() * block.height();
                    for channel in 0..3 {
                        let sum: u32 = block.pixels().map(|(_, _, p)| u32::from(p[channel])).sum();
                        let expected = (sum + count / 2).checked_div(count).unwrap_or(255);
                        assert_eq!(u32::from(pixel[channel]), expected, "1/{factor} of {came} at {x},{y}");
                    }
                }
            }
        }
    }
}
