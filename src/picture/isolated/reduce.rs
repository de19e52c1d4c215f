//! Smaller pictures: less to send to the parent, and less to hold for it.

use image::RgbImage;

/// Replaces every `factor` x `factor` pixels by their average, in the same memory; those of the last column and row
/// average what is left.
pub(super) fn reduce(pixels: RgbImage, factor: u32) -> Option<RgbImage> {
    let (width, height) = pixels.dimensions();
    if factor <= 1 || width == 0 || height == 0 {
        return Some(pixels);
    }
    let (out_width, out_height) = (width.div_ceil(factor), height.div_ceil(factor));
    let row_length = width as usize * 3;
    let mut raw = pixels.into_raw();
    let mut sums = vec![[0_u64; 3]; out_width as usize];
    let mut written = 0;
    for out_row in 0..out_height as usize {
        sums.fill([0; 3]);
        let begin = out_row * factor as usize * row_length;
        let end = raw.len().min(begin + factor as usize * row_length);
        let block = raw.get(begin..end)?;
        for row in block.chunks_exact(row_length) {
            for (sum, pixels) in sums.iter_mut().zip(row.chunks(factor as usize * 3)) {
                let mut part = [0_u32; 3];
                for pixel in pixels.as_chunks::<3>().0 {
                    for (sum, value) in part.iter_mut().zip(pixel) {
                        *sum += u32::from(*value);
                    }
                }
                for (sum, part) in sum.iter_mut().zip(part) {
                    *sum += u64::from(part);
                }
            }
        }
        let rows = (block.len() / row_length) as u64;
        // What is written here was read already: a row of the result is no longer than the rows that it is made of.
        for (column, sum) in (0_u32..).zip(&sums) {
            let columns = factor.min(width - column * factor);
            let count = rows * u64::from(columns);
            for (value, sum) in raw.get_mut(written..written + 3)?.iter_mut().zip(sum) {
                *value = ((sum + count / 2) / count) as u8;
            }
            written += 3;
        }
    }
    raw.truncate(written);
    RgbImage::from_raw(out_width, out_height, raw)
}

#[cfg(test)]
mod tests {
    use image::GenericImageView;

    use super::*;

    #[test]
    fn every_pixel_is_the_average_of_a_block() {
        for (width, height) in [(23, 11), (1, 40), (40, 1), (24, 12), (5, 5)] {
            let full = RgbImage::from_fn(width, height, |x, y| {
                image::Rgb([x * 11 + y, y * 23, x * y * 7].map(|value| value as u8))
            });
            for factor in [1, 2, 3, 8, 30] {
                let reduced = reduce(full.clone(), factor).unwrap();
                assert_eq!(reduced.dimensions(), (width.div_ceil(factor), height.div_ceil(factor)));
                for (x, y, pixel) in reduced.enumerate_pixels() {
                    let (left, top) = (x * factor, y * factor);
                    let block = full.view(left, top, factor.min(width - left), factor.min(height - top));
                    for channel in 0..3 {
                        let sum: u32 = block.pixels().map(|(_, _, p)| u32::from(p[channel])).sum();
                        let count = block.width() * block.height();
                        assert_eq!(u32::from(pixel[channel]), (sum + count / 2) / count);
                    }
                }
            }
        }
    }
}
