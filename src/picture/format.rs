//! Which picture format a file has: by its first bytes, or a guess by its name.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;

/// A picture format that is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JPEG (JFIF, EXIF).
    Jpeg,
    /// PNG; of an animated one the default picture.
    Png,
    /// WebP; of an animated one the first frame.
    Webp,
    /// GIF; of an animated one the first frame.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// TIFF; of several pages the first.
    Tiff,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Webp => "WebP",
            Self::Gif => "GIF",
            Self::Bmp => "BMP",
            Self::Tiff => "TIFF",
        })
    }
}

/// What the first bytes of a file say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sniffed {
    /// A format that is decoded.
    Readable(Format),
    /// A known picture format that is not decoded: its name.
    Unsupported(&'static str),
    /// No picture format that is known.
    Unknown,
}

/// Tells the format by the first bytes of a file; 16 are enough.
pub(super) fn sniff(bytes: &[u8]) -> Sniffed {
    let head = bytes.get(..16).unwrap_or(bytes);
    let readable = match head {
        [0xff, 0xd8, 0xff, ..] => Format::Jpeg,
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Format::Png,
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Format::Gif,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Format::Webp,
        // "BM" alone starts many texts: the low bytes of the second header's length make sure.
        [b'B', b'M', .., 12 | 40 | 52 | 56 | 64 | 108 | 124, 0] if head.len() == 16 => Format::Bmp,
        [b'I', b'I', 42, 0, _, _, _, _, b'C', b'R', ..] => return Sniffed::Unsupported("Canon raw"),
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Format::Tiff,
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => return sniff_brand(brand),
        [0xff, 0x0a, ..] | [0, 0, 0, 12, b'J', b'X', b'L', b' ', ..] => {
            return Sniffed::Unsupported("JPEG XL");
        }
        [0, 0, 0, 12, b'j', b'P', b' ', b' ', ..] => return Sniffed::Unsupported("JPEG 2000"),
        _ => return Sniffed::Unknown,
    };
    Sniffed::Readable(readable)
}

/// Tells the format of an ISO base media file by its brand; films are such files too.
fn sniff_brand(brand: &[u8]) -> Sniffed {
    match brand.get(..4) {
        Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1") => {
            Sniffed::Unsupported("HEIC")
        }
        Some(b"avif" | b"avis") => Sniffed::Unsupported("AVIF"),
        Some(b"crx ") => Sniffed::Unsupported("Canon raw"),
        _ => Sniffed::Unknown,
    }
}

/// Whether the name's extension is one that pictures have (any case). Those of HEIC and AVIF count
/// though they can't be read: the user then learns why such a picture is not found.
pub fn has_picture_extension(path: &Path) -> bool {
    const EXTENSIONS: [&str; 14] = [
        "jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "bmp", "dib", "tif", "tiff", "heic", "heif",
        "avif",
    ];
    let extension = path.extension().and_then(OsStr::to_str);
    extension.is_some_and(|found| EXTENSIONS.iter().any(|known| found.eq_ignore_ascii_case(known)))
}

/// Whether the first bytes of a file (16 are enough) are those of a picture format that is decoded.
pub fn is_picture_signature(head: &[u8]) -> bool {
    matches!(sniff(head), Sniffed::Readable(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_their_first_bytes() {
        let bmp = *b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0";
        for (head, expected) in [
            (&b"\xff\xd8\xff\xe0"[..], Sniffed::Readable(Format::Jpeg)),
            (b"\x89PNG\r\n\x1a\n\0\0", Sniffed::Readable(Format::Png)),
            (b"GIF89a", Sniffed::Readable(Format::Gif)),
            (b"RIFF\0\0\0\0WEBPVP8 ", Sniffed::Readable(Format::Webp)),
            (b"RIFF\0\0\0\0WAVEfmt ", Sniffed::Unknown),
            (&bmp, Sniffed::Readable(Format::Bmp)),
            (b"BMW is a maker of cars and bikes", Sniffed::Unknown),
            (b"BM", Sniffed::Unknown),
            (b"II*\0\x08\0\0\0", Sniffed::Readable(Format::Tiff)),
            (b"MM\0*\0\0\0\x08", Sniffed::Readable(Format::Tiff)),
            (b"II*\0\x10\0\0\0CR\x02\0", Sniffed::Unsupported("Canon raw")),
            (b"\0\0\0\x18ftypheic\0\0\0\0", Sniffed::Unsupported("HEIC")),
            (b"\0\0\0\x18ftypavif\0\0\0\0", Sniffed::Unsupported("AVIF")),
            (b"\0\0\0\x18ftypisom\0\0\0\0", Sniffed::Unknown),
            (b"hello, world", Sniffed::Unknown),
            (b"", Sniffed::Unknown),
        ] {
            assert_eq!(sniff(head), expected, "{head:?}");
            assert_eq!(is_picture_signature(head), matches!(expected, Sniffed::Readable(_)));
        }
        let mut long = bmp.to_vec();
        long.extend([0; 100]);
        assert_eq!(sniff(&long), Sniffed::Readable(Format::Bmp));
    }

    #[test]
    fn extensions_in_any_case() {
        for name in ["a.jpg", "b.JPEG", "c.Png", "x.y.webp", "d.heic", ".x.tif"] {
            assert!(has_picture_extension(Path::new(name)), "{name}");
        }
        for name in ["a.txt", "jpg", ".jpg", "a.jpg.bak", "a.", "a.mp4"] {
            assert!(!has_picture_extension(Path::new(name)), "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn names_may_be_no_utf8() {
        use std::os::unix::ffi::OsStrExt;
        assert!(has_picture_extension(Path::new(OsStr::from_bytes(b"\xff\xfe.jpg"))));
        assert!(!has_picture_extension(Path::new(OsStr::from_bytes(b"a.\xff"))));
    }
}
