//! The small picture within a picture's file: there long before the picture itself is decoded. `own` finds those that
//! formats keep in ways of their own, and `small` decodes them and makes them fit.

mod own;
mod small;

use std::fs::File;
use std::path::Path;

use image::RgbImage;
use image::metadata::Orientation;

use self::small::{PREFERRED_SIDE, decode_small, finish};
use crate::base::panics;
use crate::base::pixels::displayed_size;
use crate::picture::decoded::Picture;
use crate::picture::embedded::Embedded;
use crate::picture::exif;
use crate::picture::format::{Format, sniff};
use crate::picture::header::{self, FileHeader};
use crate::picture::ifd::Tiff;
use crate::picture::raw::{self, Coding, Preview, RawFile};
use crate::picture::read_at::{FileBytes, ReadAt};
use crate::picture::source::Source;

/// Size of a file in bytes from which looking for a thumbnail pays: smaller ones are decoded as quickly.
const WORTHWHILE: u64 = 1_000_000;
/// The same for formats that take long to decode.
const WORTHWHILE_SLOW: u64 = 100_000;
/// Largest thumbnail in bytes. Cameras make it 160 x 120 pixels; some editors larger.
const MAX_BYTES: u64 = 1 << 20;
/// The tags by which the second directory of EXIF names its JPEG.
const JPEG_START: u16 = 0x201;
const JPEG_LENGTH: u16 = 0x202;

/// The thumbnail in a large file, upright and with the picture's proportions; [`Picture::width`] and
/// [`Picture::height`] are the picture's. JPEG, HEIC, AVIF and others have it in their EXIF, HEIC and AVIF also as an item,
/// Photoshop's files as a resource, TIFF in a directory of its own, and raw files have a choice of previews. None when the
/// file is small, has no thumbnail, or can't be read.
pub fn embedded_thumbnail(path: &Path) -> Option<Picture> {
    let metadata = path.metadata().ok()?;
    if !metadata.is_file() || metadata.len() < WORTHWHILE_SLOW {
        return None;
    }
    let file = File::open(path).ok()?;
    panics::catch(|| read(&file, path)).ok().flatten()
}

fn read(file: &File, path: &Path) -> Option<Picture> {
    let input = FileBytes::new(file).ok()?;
    let format = sniff(Source::new(input.head(), path))?;
    let slow = matches!(format, Format::Heic | Format::Avif | Format::Jxl);
    if input.length() < WORTHWHILE && !slow {
        return None;
    }
    if matches!(format, Format::Raw | Format::Tiff) {
        return in_directories(&input, format, path, file);
    }
    let embedded = header::embedded(&input, format);
    let exif = embedded.parse();
    let in_exif = || in_exif(exif::without_prefix(embedded.exif.as_deref()?));
    let Some(small) = in_exif().and_then(decode_small) else {
        return own::find(&input, format, exif.taken_at);
    };
    let size = FileHeader::read(file, path).size?;
    let is_tall = |(width, height): (u32, u32)| width < height;
    let turned = displayed_size(small.dimensions(), exif.orientation);
    // In formats with a turning of their own, editors leave that of EXIF as it was, or its thumbnail upright.
    let orientation = match exif.orientation {
        _ if slow && is_tall(turned) != is_tall(size) => Orientation::NoTransforms,
        orientation => orientation,
    };
    finish(small, size, orientation, exif.taken_at)
}

/// The thumbnail that a raw file or a TIFF lists in its directories.
fn in_directories(input: &FileBytes<'_>, format: Format, path: &Path, file: &File) -> Option<Picture> {
    let found = raw::read(input);
    let size = FileHeader::read(file, path).size?;
    let largest = found.previews.first()?;
    let (small, own) = match choose(&found, format) {
        Some(preview) => (decode_preview(input, preview)?, Embedded::in_jpeg(input, preview.at)),
        // A raw file with a single preview may have a smaller one in the EXIF of that.
        None if format == Format::Raw => {
            let own = Embedded::in_jpeg(input, largest.at);
            (decode_small(in_exif(exif::without_prefix(own.exif.as_deref()?))?)?, own)
        }
        None => return None,
    };
    finish(small, size, found.turn(own.parse()), found.taken_at)
}

/// The smallest preview that fills a screen's preview pane, else the largest that is quickly decoded.
fn choose(found: &RawFile, format: Format) -> Option<&Preview> {
    let largest = found.previews.first()?;
    let quick = |preview: &&Preview| match format {
        Format::Raw => preview.area() * 4 <= largest.area(),
        // Other directories are pages, not small versions.
        _ => preview.reduced,
    };
    let candidates = || found.previews.iter().filter(quick).filter(|preview| preview.length <= MAX_BYTES);
    let long_side = |preview: &&Preview| preview.size.0.max(preview.size.1);
    let large_enough = candidates().filter(|preview| long_side(preview) >= PREFERRED_SIDE);
    large_enough.min_by_key(long_side).or_else(|| candidates().max_by_key(long_side))
}

/// The pixels of a preview, as stored.
fn decode_preview(input: &FileBytes<'_>, preview: &Preview) -> Option<RgbImage> {
    let bytes = input.read_at(preview.at, usize::try_from(preview.length).ok()?)?;
    match preview.coding {
        Coding::Jpeg => decode_small(&bytes),
        Coding::Rgb => RgbImage::from_raw(preview.size.0, preview.size.1, bytes.into_owned()),
    }
}

/// The JPEG in the second directory of EXIF.
fn in_exif(raw: &[u8]) -> Option<&[u8]> {
    let tiff = Tiff::open(raw, 0)?;
    let second = tiff.directory(tiff.directory(tiff.first)?.next?)?;
    let start = usize::try_from(tiff.pointer(&second, JPEG_START)?).ok()?;
    let length = tiff.number_of(&second, JPEG_LENGTH).filter(|length| *length <= MAX_BYTES)?;
    raw.get(start..start.checked_add(usize::try_from(length).ok()?)?)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use ::exif::experimental::Writer;
    use ::exif::{Field, In, Tag, Value};
    use image::{ImageFormat, Rgb};

    use super::*;
    use crate::picture::limits::Limits;

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
            let thumbnail = embedded_thumbnail(&path).unwrap();
            assert_eq!((thumbnail.width, thumbnail.height), size);
            let (w, h) = thumbnail.pixels.dimensions();
            assert_eq!(w < h, orientation == 6, "{w} x {h}");
            assert!(thumbnail.pixels.pixels().all(|pixel| pixel.0[0] > 120), "bars are left");
        }
    }

    #[test]
    fn a_small_version_is_made_of_a_thumbnail_that_is_large_enough() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        std::fs::write(&path, photo(1)).unwrap();
        let is_red = |pixels: &RgbImage| pixels.pixels().all(|pixel| pixel.0[0] > 120 && pixel.0[1] < 90);
        let small = |side| crate::picture::open_small(&path, side, &Limits::default()).unwrap();
        let of_thumbnail = small(100);
        assert_eq!((of_thumbnail.width, of_thumbnail.height), (1200, 800));
        assert_eq!(of_thumbnail.pixels.width(), 100);
        assert!(is_red(&of_thumbnail.pixels), "the photo is noise");
        let decoded = small(300);
        assert_eq!(decoded.pixels.dimensions(), (300, 200));
        assert!(!is_red(&decoded.pixels));
    }

    /// The colour in the middle of the thumbnail of a file, and the picture's size.
    fn thumbnail_of(name: &str, bytes: &[u8]) -> Option<([u8; 3], (u32, u32))> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        // Sensors' data, which is not looked at.
        let padding = (WORTHWHILE as usize).saturating_sub(bytes.len());
        std::fs::write(&path, [bytes, &vec![0; padding]].concat()).unwrap();
        let thumbnail = embedded_thumbnail(&path)?;
        let (width, height) = thumbnail.pixels.dimensions();
        let taller = (width < height, thumbnail.width < thumbnail.height);
        assert_eq!(taller.0, taller.1, "{name} is turned as its picture is");
        let middle = thumbnail.pixels.get_pixel(width / 2, height / 2).0;
        Some((middle, (thumbnail.width, thumbnail.height)))
    }

    #[test]
    fn items_and_resources_are_shown_first() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pictures/thumbnails");
        let mut files = vec![];
        if cfg!(feature = "heic") {
            files.extend([("plain.heic", (640, 480)), ("turned.heic", (480, 640))]);
        }
        if cfg!(feature = "psd") {
            files.push(("photoshop.psd", (640, 480)));
        }
        for (name, size) in files {
            let bytes = std::fs::read(folder.join(name)).unwrap();
            let (middle, found) = thumbnail_of(name, &bytes).unwrap_or_else(|| panic!("{name} has none"));
            assert_eq!(found, size, "{name}");
            assert!(is_green(middle), "{name}: {middle:?}");
        }
    }

    fn is_green([r, g, b]: [u8; 3]) -> bool {
        r < 60 && g > 160 && b < 60
    }

    #[test]
    fn raw_files_show_a_small_preview_first() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pictures/raw");
        for name in ["canon.cr2", "canon-preview.cr3", "nikon.nef", "sony.arw", "pentax.pef"] {
            let bytes = std::fs::read(folder.join(name)).unwrap();
            let (middle, size) = thumbnail_of(name, &bytes).unwrap_or_else(|| panic!("{name} has none"));
            assert_eq!(size, (32, 48), "{name}");
            assert!(is_green(middle), "{name}: {middle:?}");
        }
        for name in ["panasonic.rw2", "fujifilm.raf", "without-preview.dng"] {
            let bytes = std::fs::read(folder.join(name)).unwrap();
            assert_eq!(thumbnail_of(name, &bytes), None, "{name}");
        }
    }

    #[test]
    fn a_raw_file_with_a_single_preview_shows_the_thumbnail_in_it() {
        let photo = photo(6);
        let mut header = b"FUJIFILMCCD-RAW 0201".to_vec();
        header.resize(84, 0);
        header.extend(100_u32.to_be_bytes());
        header.extend((photo.len() as u32).to_be_bytes());
        header.resize(100, 0);
        let (middle, size) = thumbnail_of("a.raf", &[header, photo].concat()).unwrap();
        assert_eq!(size, (800, 1200));
        assert!(middle[0] > 200 && middle[1] < 60, "{middle:?}");
    }

    #[test]
    fn the_thumbnail_of_a_heic_is_that_of_its_exif() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pictures/metadata");
        let bytes = std::fs::read(folder.join("header-turned-thumbnail.heic")).unwrap();
        let path = tempfile::tempdir().unwrap().keep().join("a.heic");
        std::fs::write(&path, [&bytes[..], &vec![0; WORTHWHILE_SLOW as usize]].concat()).unwrap();
        let thumbnail = embedded_thumbnail(&path).unwrap();
        assert_eq!((thumbnail.width, thumbnail.height), (48, 64));
        assert_eq!(thumbnail.taken_at, Some(1_562_956_245));
        let (width, height) = thumbnail.pixels.dimensions();
        assert!(width < height);
        let [top, bottom] = [1, height - 2].map(|y| thumbnail.pixels.get_pixel(width / 2, y).0);
        assert!(top[0] > 180 && bottom[2] > 180, "{top:?} above {bottom:?}");
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[test]
    fn a_tiff_has_its_small_version_not_its_next_page() {
        let small = jpeg(&RgbImage::from_pixel(24, 16, Rgb([30, 200, 30])));
        let tiff = |kind: u32| {
            let entry = |tag: u16, value: u32| {
                let [low, high] = tag.to_le_bytes();
                [&[low, high, 4, 0, 1, 0, 0, 0][..], &value.to_le_bytes()].concat()
            };
            let mut bytes = b"II*\0\x08\0\0\0\x02\0".to_vec();
            bytes.extend([entry(0x100, 96), entry(0x101, 64), vec![38, 0, 0, 0, 3, 0]].concat());
            let start = 10 + 24 + 6 + 36 + 4;
            bytes.extend([entry(0xfe, kind), entry(0x201, start), entry(0x202, small.len() as u32)].concat());
            [&bytes[..], &[0; 4], &small].concat()
        };
        let (middle, size) = thumbnail_of("a.tif", &tiff(1)).unwrap();
        assert_eq!(size, (96, 64));
        assert!(is_green(middle), "{middle:?}");
        assert_eq!(thumbnail_of("a.tif", &tiff(0)), None);
    }

    #[test]
    fn small_damaged_and_missing_files_have_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        assert!(embedded_thumbnail(&path).is_none());
        std::fs::write(&path, jpeg(&RgbImage::new(100, 100))).unwrap();
        assert!(embedded_thumbnail(&path).is_none());
        let mut bytes = photo(1);
        bytes[30..300].iter_mut().for_each(|byte| *byte ^= 0x55);
        std::fs::write(&path, bytes).unwrap();
        embedded_thumbnail(&path);
    }
}
