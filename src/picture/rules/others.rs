//! What tells in the headers of WebP, GIF and BMP that newer rules see another picture.

use super::applies::Applies;
use super::icc;

/// Bits of the header of an extended WebP (<https://developers.google.com/speed/webp/docs/riff_container>).
const WEBP_ICC: u8 = 0x20;
const WEBP_ALPHA: u8 = 0x10;
const WEBP_EXIF: u8 = 0x08;

fn webp_flags(bytes: &[u8]) -> u8 {
    if bytes.get(12..16) == Some(b"VP8X") { bytes.get(20).copied().unwrap_or(0) } else { 0 }
}

/// Whether a WebP has an alpha channel.
pub(super) fn webp_has_alpha(bytes: &[u8]) -> bool {
    let lossless = bytes.get(12..16) == Some(b"VP8L") && bytes.get(24).is_some_and(|byte| byte & 0x10 != 0);
    lossless || webp_flags(bytes) & WEBP_ALPHA != 0
}

/// Whether a WebP has a profile that is not sRGB.
pub(super) fn webp_has_other_colours(bytes: &[u8]) -> Applies {
    let has_profile = webp_flags(bytes) & WEBP_ICC != 0;
    // The profile comes first.
    let profile = if bytes.get(30..34) == Some(b"ICCP") { bytes.get(38..) } else { None };
    (has_profile && profile.is_none_or(|profile| !icc::is_srgb(profile))).into()
}

/// Whether a WebP has EXIF, which lies behind the pixels: its beginning may be the one that it has in JPEG.
pub(super) fn webp_has_exif(bytes: &[u8]) -> bool {
    webp_flags(bytes) & WEBP_EXIF != 0
}

/// Whether the first frame of a GIF has a transparent colour, or does not cover the picture.
pub(super) fn gif_has_transparency(bytes: &[u8]) -> Applies {
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let mut position = 13 + bytes.get(10).map_or(0, |flags| table(*flags));
    let mut is_transparent = false;
    loop {
        match bytes.get(position) {
            Some(0x21) => {
                if bytes.get(position + 1) == Some(&0xf9) {
                    is_transparent = bytes.get(position + 3).is_some_and(|flags| flags & 1 != 0);
                }
                position += 2;
                // Blocks with their lengths, up to an empty one.
                loop {
                    match bytes.get(position) {
                        Some(0) => break,
                        Some(length) => position += 1 + usize::from(*length),
                        None => return Applies::FurtherOn,
                    }
                }
                position += 1;
            }
            Some(0x2c) => {
                let covers = bytes.get(position + 1..position + 5) == Some(&[0; 4])
                    && bytes.get(position + 5..position + 9) == bytes.get(6..10);
                return (is_transparent || !covers).into();
            }
            Some(_) => return Applies::No,
            None => return Applies::FurtherOn,
        }
    }
}

/// Whether a BMP may have an alpha channel.
pub(super) fn bmp_has_alpha(bytes: &[u8]) -> bool {
    bytes.get(28..30) == Some(&[32, 0])
}

/// Whether a BMP is compressed, or of one of the kinds of OS/2.
pub(super) fn bmp_is_compressed(bytes: &[u8]) -> bool {
    let header = bytes.get(14).copied();
    matches!(header, Some(12 | 16 | 64)) || matches!(bytes.get(30), Some(1 | 2))
}
