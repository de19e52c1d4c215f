//! The small picture that cameras put into EXIF: there long before the photo itself is decoded.

use std::fs::File;
use std::path::Path;

use exif::{In, Tag};
use image::{DynamicImage, ImageFormat, RgbImage};

use super::decode::decode;
use super::decoded::Picture;
use super::header::FileHeader;
use super::limits::Limits;
use crate::base::pixels::turn_upright;

/// Size of a file in bytes from which looking for a thumbnail pays: smaller ones are decoded as quickly.
const WORTHWHILE: u64 = 1_000_000;
/// Largest thumbnail in bytes. Cameras make it 160 x 120 pixels; some editors larger.
const MAX_BYTES: usize = 1 << 20;

/// The EXIF thumbnail of a large JPEG, upright and with the photo's proportions; [`Picture::width`] and
/// [`Picture::height`] are the photo's. None when the file is small, has no thumbnail, or can't be read.
pub fn exif_thumbnail(path: &Path) -> Option<Picture> {
    let file = File::open(path).ok()?;
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() || metadata.len() < WORTHWHILE {
        return None;
    }
    let header = FileHeader::read(&file);
    let stored = header.stored.filter(|_| header.format == Some(ImageFormat::Jpeg))?;
    let (width, height) = header.size()?;
    let exif = header.exif?;
    let number = |tag| exif.get_field(tag, In::THUMBNAIL)?.value.get_uint(0).map(|number| number as usize);
    let start = number(Tag::JPEGInterchangeFormat)?;
    let length = number(Tag::JPEGInterchangeFormatLength).filter(|length| *length <= MAX_BYTES)?;
    let bytes = exif.buf().get(start..start.checked_add(length)?)?;
    let small = decode(bytes, &Limits::default()).ok()?.pixels;
    let pixels = turn_upright(without_bars(small, stored)?, header.orientation);
    Some(Picture { pixels, width, height, taken_at: None, damage: None })
}

/// Cuts off the black bars between which the thumbnails of photos lie that are not 4 to 3: keeps the middle, in the
/// proportions of a photo of `width` x `height`.
fn without_bars(small: RgbImage, (width, height): (u32, u32)) -> Option<RgbImage> {
    let (w, h) = small.dimensions();
    let cut = |whole: u32, along: u32, across: u32| {
        let side = u64::from(whole) * u64::from(along) / u64::from(across.max(1));
        u32::try_from(side).unwrap_or(u32::MAX).max(1)
    };
    let (kept_w, kept_h) = (cut(h, width, height).min(w), cut(w, height, width).min(h));
    if kept_w == 0 || kept_h == 0 {
        return None;
    }
    let (x, y) = ((w - kept_w) / 2, (h - kept_h) / 2);
    Some(DynamicImage::ImageRgb8(small).crop_imm(x, y, kept_w, kept_h).into_rgb8())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use exif::experimental::Writer;
    use exif::{Field, Value};
    use image::Rgb;

    use super::*;

    fn jpeg(pixels: &RgbImage) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        pixels.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
        bytes.into_inner()
    }

    /// A noisy (hence large) photo of 1200 x 800, turned by EXIF, with a red thumbnail between black bars.
    fn photo(orientation: u16) -> Vec<u8> {
        let mut seed = 1_u32;
        let photo = RgbImage::from_fn(1200, 800, |_, _| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            Rgb([(seed >> 24) as u8, (seed >> 16) as u8, (seed >> 8) as u8])
        });
        let red = |_, y| if (7..113).contains(&y) { Rgb([250, 10, 10]) } else { Rgb([0, 0, 0]) };
        let thumbnail = jpeg(&RgbImage::from_fn(160, 120, red));
        let mut writer = Writer::new();
        let turned =
            Field { tag: Tag::Orientation, ifd_num: In::PRIMARY, value: Value::Short(vec![orientation]) };
        writer.push_field(&turned);
        writer.set_jpeg(&thumbnail, In::THUMBNAIL);
        let mut raw = Cursor::new(Vec::new());
        writer.write(&mut raw, false).unwrap();
        let mut segment = b"Exif\0\0".to_vec();
        segment.extend(raw.into_inner());
        let mut bytes = jpeg(&photo);
        let length = u16::try_from(segment.len() + 2).unwrap().to_be_bytes();
        let app1: Vec<u8> = [0xff, 0xe1].into_iter().chain(length).chain(segment).collect();
        bytes.splice(2..2, app1);
        bytes
    }

    #[test]
    fn the_thumbnail_is_upright_and_has_no_bars() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        for (orientation, size) in [(1, (1200, 800)), (6, (800, 1200))] {
            std::fs::write(&path, photo(orientation)).unwrap();
            assert!(std::fs::metadata(&path).unwrap().len() > WORTHWHILE);
            let thumbnail = exif_thumbnail(&path).unwrap();
            assert_eq!((thumbnail.width, thumbnail.height), size);
            let (w, h) = thumbnail.pixels.dimensions();
            assert_eq!(w < h, orientation == 6, "{w} x {h}");
            assert!(thumbnail.pixels.pixels().all(|pixel| pixel.0[0] > 120), "bars are left");
        }
    }

    #[test]
    fn small_damaged_and_missing_files_have_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        assert!(exif_thumbnail(&path).is_none());
        std::fs::write(&path, jpeg(&RgbImage::new(100, 100))).unwrap();
        assert!(exif_thumbnail(&path).is_none());
        let mut bytes = photo(1);
        bytes[30..300].iter_mut().for_each(|byte| *byte ^= 0x55);
        std::fs::write(&path, bytes).unwrap();
        exif_thumbnail(&path);
    }
}
