use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, ImageEncoder, ImageFormat, RgbImage, RgbaImage};

use super::*;

const NAMED: [&str; 4] = ["a.png", "a.jpg", "a.webp", "a.gif"];

fn encode(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn opaque() -> DynamicImage {
    RgbImage::from_pixel(8, 8, image::Rgb([9, 200, 80])).into()
}

fn since(bytes: &[u8]) -> Option<&'static str> {
    assert_eq!(change_since(bytes.into(), DECODER_VERSION), None, "nothing is newer than the present rules");
    change_since(bytes.into(), 1)
}

/// A profile with nothing but a description, as `desc` or as `mluc`.
fn profile(name: &str, is_mluc: bool) -> Vec<u8> {
    let text: Vec<u8> = if is_mluc {
        let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let header = [
            &b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0cenUS"[..],
            &(units.len() as u32).to_be_bytes(),
            &[0, 0, 0, 28],
        ];
        [header.concat(), units].concat()
    } else {
        [&b"desc\0\0\0\0"[..], &(name.len() as u32 + 1).to_be_bytes(), name.as_bytes(), b"\0"].concat()
    };
    let mut bytes = vec![0; 128];
    bytes[16..20].copy_from_slice(b"RGB ");
    bytes.extend([&[0, 0, 0, 1][..], b"desc", &[0, 0, 0, 144], &(text.len() as u32).to_be_bytes()].concat());
    bytes.extend(text);
    bytes
}

/// A PNG with more chunks behind its header.
fn png_with(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut bytes = encode(&opaque(), ImageFormat::Png);
    let more = chunks
        .iter()
        .flat_map(|(kind, data)| [&(data.len() as u32).to_be_bytes()[..], &kind[..], data, &[0; 4]].concat());
    bytes.splice(33..33, more);
    bytes
}

/// A JPEG with more segments behind its first marker.
fn jpeg_with(segments: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = encode(&opaque(), ImageFormat::Jpeg);
    let more: Vec<u8> = segments
        .iter()
        .flat_map(|(marker, data)| {
            [&[0xff, *marker][..], &(data.len() as u16 + 2).to_be_bytes(), data].concat()
        })
        .collect();
    bytes.splice(2..2, more);
    bytes
}

#[test]
fn plain_pictures_are_seen_as_before() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Bmp] {
        assert_eq!(since(&encode(&opaque(), format)), None, "{format:?}");
    }
    assert_eq!(since(b"a text"), None);
    assert_eq!(since(b""), None);
}

#[test]
fn transparency_is_found_in_every_format_that_has_it() {
    let clear: DynamicImage = RgbaImage::from_pixel(8, 8, image::Rgba([0, 0, 0, 0])).into();
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Bmp] {
        assert_eq!(since(&encode(&clear, format)), Some(TRANSPARENCY), "{format:?}");
    }
    assert_eq!(since(&png_with(&[(b"tRNS", &[0, 0, 0, 0, 0, 0])])), Some(TRANSPARENCY));
    let gif = |width: u8, flags: u8| {
        let screen = [&b"GIF89a"[..], &[8, 0, 8, 0, 0x80, 0, 0], &[0; 6]].concat();
        [
            &screen[..],
            &[0x21, 0xfe, 2, 1, 1, 0],
            &[0x21, 0xf9, 4, flags, 0, 0, 0, 0],
            &[0x2c, 0, 0, 0, 0, width, 0, 8, 0, 0],
        ]
        .concat()
    };
    assert_eq!(since(&gif(8, 0)), None);
    assert_eq!(since(&gif(8, 1)), Some(TRANSPARENCY));
    assert_eq!(since(&gif(7, 0)), Some(TRANSPARENCY), "what the frame leaves free is transparent");
}

#[test]
fn colours_other_than_those_of_srgb_are_told_by_the_profile() {
    for (name, expected) in [
        ("sRGB IEC61966-2.1", None),
        ("c2", None),
        ("Display P3", Some(COLOURS)),
        ("Adobe RGB (1998)", Some(COLOURS)),
        ("Linear sRGB", Some(COLOURS)),
    ] {
        for is_mluc in [false, true] {
            let profile = profile(name, is_mluc);
            let segment = [&b"ICC_PROFILE\0\x01\x01"[..], &profile].concat();
            assert_eq!(since(&jpeg_with(&[(0xe2, segment)])), expected, "JPEG, {name}, {is_mluc}");
            let chunk = [
                &b"VP8X\x0a\0\0\0\x20\0\0\0\x07\0\0\x07\0\0ICCP"[..],
                &(profile.len() as u32).to_le_bytes(),
                &profile,
            ];
            let webp = [&b"RIFF\0\0\0\0WEBP"[..], &chunk.concat()].concat();
            assert_eq!(since(&webp), expected, "WebP, {name}, {is_mluc}");
        }
        let chunk = [name.as_bytes(), b"\0\0compressed"].concat();
        assert_eq!(since(&png_with(&[(b"iCCP", &chunk)])), expected, "PNG, {name}");
    }
    // The encoder of a real program.
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new(&mut bytes);
    encoder.set_icc_profile(profile("Display P3", true)).unwrap();
    encoder.write_image(opaque().as_bytes(), 8, 8, image::ExtendedColorType::Rgb8).unwrap();
    assert_eq!(since(&bytes), Some(COLOURS));
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(profile("Display P3", true)).unwrap();
    encoder.write_image(opaque().as_bytes(), 8, 8, image::ExtendedColorType::Rgb8).unwrap();
    assert_eq!(since(&bytes), Some(COLOURS));
}

#[test]
fn gamma_and_primaries_in_numbers_are_not_followed() {
    let numbers = |numbers: &[u32]| -> Vec<u8> { numbers.iter().flat_map(|n| n.to_be_bytes()).collect() };
    assert_eq!(since(&png_with(&[(b"gAMA", &numbers(&[100_000]))])), None);
}

#[test]
fn jpegs_that_were_read_in_false_colours_are_known() {
    // The encoder writes JFIF.
    let plain = encode(&opaque(), ImageFormat::Jpeg);
    let adobe = |transform| (0xee, [b"Adobe\0\x64\0\0\0\0", &[transform][..]].concat());
    assert_eq!(since(&jpeg_with(&[adobe(1)])), None);
    assert_eq!(since(&jpeg_with(&[adobe(0)])), Some(RIGHTLY));
    let find = |marker| plain.windows(2).position(|pair| pair == [0xff, marker]).unwrap();
    let (frame, scan) = (find(0xc0), find(0xda));
    let mut named = plain.clone();
    (0..3).for_each(|at| named[frame + 10 + 3 * at] = b"RGB"[at]);
    assert_eq!(since(&named), Some(RIGHTLY));
    // The header of a scan of one component alone; what follows is not looked at.
    let mut split = plain.clone();
    split[scan + 4] = 1;
    assert_eq!(since(&split), Some(RIGHTLY));
    // Progressive files always have such scans.
    split[frame + 1] = 0xc2;
    assert_eq!(since(&split), None);
}

#[test]
fn orientation_in_odd_places_is_found() {
    let tiff =
        |kind: u8| [&b"II\x2a\0\x08\0\0\0\x01\0\x12\x01"[..], &[kind, 0, 1, 0, 0, 0, 6, 0, 0, 0]].concat();
    let exif = |kind: u8| (0xe1, [&b"Exif\0\0"[..], &tiff(kind)].concat());
    let xmp = (0xe1, b"http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation='6'/>".to_vec());
    assert_eq!(since(&jpeg_with(&[exif(3)])), None);
    assert_eq!(since(&jpeg_with(&[exif(3), xmp.clone()])), None);
    assert_eq!(since(&jpeg_with(&[exif(4)])), Some(ORIENTATION));
    assert_eq!(since(&jpeg_with(&[exif(3), exif(3)])), Some(ORIENTATION));
    assert_eq!(since(&jpeg_with(&[xmp])), Some(ORIENTATION));
    assert_eq!(since(&png_with(&[(b"eXIf", &tiff(3))])), None);
    assert_eq!(since(&png_with(&[(b"eXIf", &[b"Exif\0\0", &tiff(3)[..]].concat())])), Some(ORIENTATION));
    assert_eq!(since(&png_with(&[(b"zTXt", b"Raw profile type exif\0\0...")])), Some(ORIENTATION));
    assert_eq!(since(&png_with(&[(b"tEXt", b"Comment\0hello")])), None);
}

#[test]
fn what_lies_behind_the_first_bytes_is_found_in_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    let filling = (0xef, vec![7; 60_000]);
    let p3 = (0xe2, [&b"ICC_PROFILE\0\x01\x01"[..], &profile("Display P3", true)].concat());
    for (segments, expected) in [
        (vec![filling.clone(), filling.clone()], None),
        (vec![filling.clone(), filling.clone(), p3.clone()], Some(COLOURS)),
        (vec![p3], Some(COLOURS)),
    ] {
        std::fs::write(&path, jpeg_with(&segments)).unwrap();
        assert_eq!(change_of_file_since(&path, 1).unwrap(), expected);
        assert_eq!(change_of_file_since(&path, DECODER_VERSION).unwrap(), None);
    }
    std::fs::write(&path, "").unwrap();
    assert_eq!(change_of_file_since(&path, 1).unwrap(), None);
    assert!(change_of_file_since(&folder.path().join("gone.jpg"), 1).is_err());
}

#[test]
fn bytes_of_any_kind_are_looked_at_without_a_panic() {
    let clear: DynamicImage = RgbaImage::from_pixel(8, 8, image::Rgba([0, 0, 0, 0])).into();
    let mut files: Vec<Vec<u8>> = [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Bmp]
        .map(|format| encode(&clear, format))
        .into();
    files.push(jpeg_with(&[(0xe2, [&b"ICC_PROFILE\0\x01\x01"[..], &profile("sRGB", true)].concat())]));
    for whole in files {
        for at in 0..whole.len() {
            change_since(whole[..at].into(), 1);
            for value in [0, 0x7f, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                for name in NAMED {
                    change_since(Source::new(&bytes, Path::new(name)), 1);
                }
            }
        }
    }
}

#[test]
fn other_commands_make_another_fingerprint() {
    let of =
        |names: &[&str]| formats_fingerprint(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
    assert_ne!(of(&[]), of(&["xcf"]));
    assert_eq!(of(&["xcf", "cdr"]), of(&["cdr", "xcf", "cdr"]));
}
