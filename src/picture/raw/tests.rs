//! The containers that tools/pictures/raw.py makes: their largest preview is red on the left and blue on the right, and
//! stored on its side; all smaller pictures are green.

use std::fs::File;
use std::path::{Path, PathBuf};

use exif::Tag;

use crate::base::panics;
use crate::picture::{FileHeader, Format, Limits, PictureError, Source, decode, decode_reduced, describe};

/// 2019-07-12 18:30:45, by `date -u +%s`.
const TAKEN_AT: i64 = 1_562_956_245;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pictures/raw")
}

fn files() -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), std::fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn the_largest_preview_is_shown_upright() {
    let mut shown = 0;
    for (path, bytes) in files() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let source = Source::new(&bytes, &path);
        if name == "without-preview.dng" {
            let error = decode(source, &Limits::default()).unwrap_err();
            assert_eq!(error.to_string(), "this raw file has no preview");
            continue;
        }
        let picture = decode(source, &Limits::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let size = if name == "only-rgb.3fr" { (8, 12) } else { (32, 48) };
        assert_eq!((picture.width, picture.height), size, "{name}");
        assert_eq!(picture.pixels.dimensions(), size, "{name}");
        assert_eq!(picture.taken_at, Some(TAKEN_AT), "{name}");
        assert_eq!(describe(source, &Limits::default()).unwrap(), (size, Some(TAKEN_AT)), "{name}");
        // Turned to the right, the left is at the top.
        for (y, expected) in [(1, [220_u8, 30, 30]), (size.1 - 2, [30, 30, 220])] {
            let pixel = picture.pixels.get_pixel(size.0 / 2, y).0;
            let near = pixel.iter().zip(expected).all(|(a, b)| a.abs_diff(b) < 12);
            assert!(near, "{name}: {pixel:?} at {y}");
        }
        shown += 1;
    }
    assert_eq!(shown, 23);
}

#[test]
fn headers_tell_the_size_and_the_time() {
    for (path, _) in files() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let header = FileHeader::read(&File::open(&path).unwrap(), &path);
        let size = match name {
            "without-preview.dng" => None,
            "only-rgb.3fr" => Some((8, 12)),
            _ => Some((32, 48)),
        };
        assert_eq!(header.size, size, "{name}");
        assert_eq!(header.format, Some(Format::Raw), "{name}");
        // What is found only by searching is not searched for the sake of this.
        if !["canon.crw", "minolta.mrw", "sigma.x3f", "without-preview.dng"].contains(&name) {
            let time = header.exif.get(Tag::DateTimeOriginal).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(time.display_value().to_string(), "2019-07-12 18:30:45", "{name}");
            assert!(header.exif.get(Tag::Make).is_some(), "{name}");
        }
    }
}

#[test]
fn sizes_are_asked_for_as_displayed() {
    for name in ["sony.arw", "canon.cr2", "fujifilm.raf", "only-rgb.3fr"] {
        let bytes = std::fs::read(folder().join(name)).unwrap();
        let mut asked = None;
        let minimum = |width, height| {
            assert!(width < height, "{name}: {width} x {height}");
            (4, 6)
        };
        let source = Source { bytes: &bytes, extension: Some("NEF"), path: None };
        let reduced = decode_reduced(source, &Limits::default(), minimum, |memory| {
            asked = Some(memory);
            true
        });
        let reduced = reduced.unwrap().unwrap();
        assert!(asked.is_some());
        assert_eq!(reduced.image.stored.0, reduced.image.size().1, "{name}");
        assert_eq!(
            reduced.image.pixels.width(),
            reduced.image.stored.0.div_ceil(reduced.image.factor),
            "{name}"
        );
    }
}

#[test]
fn a_file_that_is_cut_shows_a_smaller_preview_and_says_so() {
    let path = folder().join("canon.cr3");
    let whole = std::fs::read(&path).unwrap();
    let picture = decode(Source::new(&whole, &path), &Limits::default()).unwrap();
    assert_eq!((picture.width, picture.damage), (32, None));
    // The preview of full size is the first picture in the last box.
    let start = memchr::memmem::find(&whole, b"mdat").unwrap() + 12;
    for cut in [start + 200, start + 1] {
        let picture = decode(Source::new(&whole[..cut], &path), &Limits::default()).unwrap();
        assert_eq!((picture.width, picture.height), (16, 24));
        let damage = picture.damage.unwrap();
        assert_eq!(damage, "the file ends early: its largest whole preview is shown");
    }
}

#[test]
fn a_dng_without_a_name_is_no_tiff() {
    let bytes = std::fs::read(folder().join("adobe.dng")).unwrap();
    let picture = decode(&bytes, &Limits::default()).unwrap();
    assert_eq!((picture.width, picture.height), (32, 48));
}

#[test]
fn damaged_and_cut_files_never_panic() {
    let limits = Limits { max_pixels: 1_000_000, ..Limits::default() };
    for (path, whole) in files() {
        for i in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[i] ^= 0xff;
            for bytes in [&bytes[..], &whole[..i]] {
                let answer = decode(Source::new(bytes, &path), &limits);
                let crashed = matches!(answer, Err(PictureError::Crashed(_)));
                assert!(!crashed, "{} at {i}", path.display());
                let _ = describe(Source::new(bytes, &path), &limits);
            }
            assert!(!panics::is_catching());
        }
    }
}

#[test]
fn a_file_that_points_everywhere_is_read_quickly() {
    // Directories of 4,095 entries, each of which points to 64 others that overlap with it.
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    for i in 0..40_000_u32 {
        let entry = [&[0x4a, 1, 4, 0][..], &64_u32.to_le_bytes(), &(8 + 2 * i).to_le_bytes()].concat();
        bytes.extend(entry);
    }
    let start = std::time::Instant::now();
    let source = Source { bytes: &bytes, extension: Some("nef"), path: None };
    assert!(matches!(decode(source, &Limits::default()), Err(PictureError::NoPreview)));
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}
