//! Which pictures plain Pillow sees as pixseek does: `Image.open(path).convert("RGB")` neither turns a picture upright nor
//! lays it on white, and follows no colour profile.

use image::metadata::Orientation;

use super::applies::Applies;
use super::{Head, has_other_colours, has_transparency};
use crate::picture::embedded::Embedded;
use crate::picture::format::{Format, sniff};
use crate::picture::source::Source;

/// How Pillow's picture differs from pixseek's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PillowDifference {
    /// Not, but for rounding.
    None,
    /// Its colours are a little different, or may be.
    Colours,
    /// It is another picture: turned, with something else where it is transparent, or of a format that the two read in
    /// different ways.
    Picture,
}

/// How the picture in a file differs when plain Pillow reads it.
pub fn pillow_difference(source: Source<'_>) -> PillowDifference {
    let Some(format) = sniff(source) else { return PillowDifference::Picture };
    let head = Head { bytes: source.bytes, format };
    let is_other = match format {
        Format::Jpeg => is_turned(&Embedded::in_jpeg(source.bytes, 0)),
        // Pillow clips gray of 16 bits.
        Format::Png => {
            source.bytes.get(24..26) == Some(&[16, 0]) || is_turned(&Embedded::in_png(source.bytes))
        }
        Format::Webp => is_turned(&Embedded::in_webp(source.bytes)),
        Format::Gif | Format::Bmp => false,
        // The plug-in for Pillow turns it and the profile is left alone.
        Format::Heic | Format::Jpeg2000 => return PillowDifference::Colours,
        _ => true,
    };
    if is_other || has_transparency(&head) == Applies::Yes {
        PillowDifference::Picture
    } else if has_other_colours(&head) == Applies::No {
        PillowDifference::None
    } else {
        PillowDifference::Colours
    }
}

fn is_turned(embedded: &Embedded) -> bool {
    embedded.parse().orientation != Orientation::NoTransforms
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn of(path: &str) -> PillowDifference {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(path);
        pillow_difference(Source::new(&std::fs::read(&path).unwrap(), &path))
    }

    #[test]
    fn what_is_turned_or_transparent_is_another_picture() {
        for same in
            ["baseline.jpg", "orientation-1.jpg", "palette.png", "lossy.webp", "plain.bmp", "gray.jpg"]
        {
            assert_eq!(of(&format!("parity/pictures/{same}")), PillowDifference::None, "{same}");
        }
        let others = [
            "parity/pictures/orientation-2.jpg",
            "parity/pictures/orientation-6.jpg",
            "parity/pictures/oriented.png",
            "parity/pictures/alpha.png",
            "parity/pictures/alpha.webp",
            "parity/pictures/palette-transparent.png",
            "parity/pictures/transparent.gif",
            "parity/pictures/gray-16-bit.png",
            "pictures/tiff/gray-2.tif",
            "pictures/metadata/turned-xmp-attribute.jpg",
        ];
        for other in others {
            assert_eq!(of(other), PillowDifference::Picture, "{other}");
        }
        assert_eq!(pillow_difference(b"text".as_slice().into()), PillowDifference::Picture);
    }
}
