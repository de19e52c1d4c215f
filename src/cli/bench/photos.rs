//! Photos of 12 megapixels for `bench tui`, and the page cache that they are read through.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions};
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use rayon::prelude::*;

use crate::base::resample::resize_rgb;
use crate::base::rng::Rng;
use crate::demo::held_out;

/// Width and height of a photo.
const SIZE: (u32, u32) = (4000, 3000);
/// Quality of the JPEGs.
const QUALITY: u8 = 90;
/// The largest amplitude of the grain, in steps of a byte.
const GRAIN: u64 = 25;
/// Seed of what the photos show, and of their grain.
const SEED: u64 = 20_261_126;

/// Makes `count` photos in a folder: drawn scenes, enlarged, with the grain of a sensor, as baseline JPEGs without a thumbnail.
/// They are on the disk when this returns.
pub(super) fn make(folder: &Path, count: usize) -> anyhow::Result<Vec<PathBuf>> {
    fs::create_dir_all(folder)?;
    let scenes = held_out::pictures(count, SEED, false);
    let make = |(number, (scene, _)): (usize, (RgbImage, String))| {
        let path = folder.join(format!("{number:03}.jpg"));
        write(&path, &photo(&scene, number as u64)?)?;
        Ok(path)
    };
    scenes.into_par_iter().enumerate().map(make).collect()
}

/// A scene, enlarged, with grain.
fn photo(scene: &RgbImage, number: u64) -> anyhow::Result<RgbImage> {
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    let pixels =
        resize_rgb(scene.as_raw(), scene.dimensions(), SIZE, &options).map_err(anyhow::Error::msg)?;
    let mut photo = RgbImage::from_raw(SIZE.0, SIZE.1, pixels)
        .ok_or_else(|| anyhow::anyhow!("a photo has another size"))?;
    let mut rng = Rng::new(SEED ^ number);
    for pixel in photo.pixels_mut() {
        // Most of a sensor's grain is of brightness.
        let grain = (rng.bits() % GRAIN) as i16 - (GRAIN / 2) as i16;
        pixel.0 = pixel.0.map(|value| (i16::from(value) + grain).clamp(0, 255) as u8);
    }
    Ok(photo)
}

fn write(path: &Path, photo: &RgbImage) -> anyhow::Result<()> {
    let file = File::create(path)?;
    let mut writer = BufWriter::new(&file);
    JpegEncoder::new_with_quality(&mut writer, QUALITY).encode_image(photo)?;
    writer.flush()?;
    drop(writer);
    // What is not on the disk stays in the page cache.
    file.sync_all()?;
    Ok(())
}

/// Asks the system to drop files from its page cache. Says whether the system knows such a request.
pub(super) fn drop_from_cache(photos: &[PathBuf]) -> io::Result<bool> {
    #[cfg(target_os = "linux")]
    {
        for path in photos {
            rustix::fs::fadvise(File::open(path)?, 0, None, rustix::fs::Advice::DontNeed)?;
        }
        Ok(true)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = photos;
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grain_makes_a_photo_as_large_as_those_of_cameras() {
        let scene = RgbImage::from_pixel(8, 6, image::Rgb([90, 120, 200]));
        let photo = photo(&scene, 1).unwrap();
        assert_eq!(photo.dimensions(), SIZE);
        let (mean, distinct) = photo.as_raw().iter().skip(2).step_by(3).take(10_000).fold(
            (0_u64, std::collections::BTreeSet::new()),
            |(sum, mut distinct), value| {
                distinct.insert(*value);
                (sum + u64::from(*value), distinct)
            },
        );
        assert!((199..=201).contains(&(mean / 10_000)) && distinct.len() == GRAIN as usize, "{mean}");
    }
}
