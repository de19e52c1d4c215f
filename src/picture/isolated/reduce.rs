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
    // Sums of columns first, which the compiler makes fast.
    let mut sums = vec![0_u32; row_length];
    let mut written = 0;
    for out_row in 0..out_height as usize {
        let begin = out_row * factor as usize * row_length;
        let end = raw.len().min(begin + factor as usize * row_length);
        let rows = raw.get(begin..end)?;
        sums.fill(0);
        for row in rows.chunks_exact(row_length) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += u32::from(*value);
            }
        }
        let count_of_rows = (rows.len() / row_length) as u64;
        // What is written here was read already: a row of the result is no longer than the rows that it is made of.
        for columns in sums.chunks(factor as usize * 3) {
            let mut total = [0_u64; 3];
            for column in columns.as_chunks::<3>().0 {
                for (total, sum) in total.iter_mut().zip(column) {
                    *total += u64::from(*sum);
                }
            }
            let count = count_of_rows * (columns.len() / 3) as u64;
            let pixel = total.map(|total| ((total + count / 2) / count) as u8);
            raw.get_mut(written..written + 3)?.copy_from_slice(&pixel);
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
