//! Which picture format a file has: by its first bytes, and by its name where they don't tell.

use std::fmt;
use std::path::Path;

use super::ifd::Tiff;
use serde::{Deserialize, Serialize};

use super::external::settings;
use super::source::Source;

/// A picture format that is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// QOI.
    Qoi,
    /// OpenEXR.
    Exr,
    /// Radiance HDR.
    Hdr,
    /// farbfeld.
    Farbfeld,
    /// DirectDraw surface; its largest level.
    Dds,
    /// Truevision TGA.
    Tga,
    /// Netpbm: PBM, PGM, PPM, PAM.
    Pnm,
    /// Windows icon or cursor; of several the largest.
    Ico,
    /// PC Paintbrush.
    Pcx,
    /// SGI (IRIS).
    Sgi,
    /// X pixmap.
    Xpm,
    /// X bitmap.
    Xbm,
    /// Wireless bitmap.
    Wbmp,
    /// Apple icon; of several the largest.
    Icns,
    /// OpenRaster: its merged picture.
    Ora,
    /// HEIC and HEIF.
    Heic,
    /// AVIF.
    Avif,
    /// JPEG XL.
    Jxl,
    /// A camera's raw file: the JPEG preview in it.
    Raw,
    /// SVG, compressed or not.
    Svg,
    /// Photoshop: the flattened picture in it.
    Psd,
    /// JPEG 2000.
    Jpeg2000,
    /// A format of the user's own, by a command in config.toml.
    External,
}

impl Format {
    /// The name that people know the format by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Webp => "WebP",
            Self::Gif => "GIF",
            Self::Bmp => "BMP",
            Self::Tiff => "TIFF",
            Self::Qoi => "QOI",
            Self::Exr => "OpenEXR",
            Self::Hdr => "Radiance HDR",
            Self::Farbfeld => "farbfeld",
            Self::Dds => "DDS",
            Self::Tga => "TGA",
            Self::Pnm => "Netpbm",
            Self::Ico => "ICO",
            Self::Pcx => "PCX",
            Self::Sgi => "SGI",
            Self::Xpm => "XPM",
            Self::Xbm => "XBM",
            Self::Wbmp => "WBMP",
            Self::Icns => "ICNS",
            Self::Ora => "OpenRaster",
            Self::Heic => "HEIC",
            Self::Avif => "AVIF",
            Self::Jxl => "JPEG XL",
            Self::Raw => "camera raw",
            Self::Svg => "SVG",
            Self::Psd => "PSD",
            Self::Jpeg2000 => "JPEG 2000",
            Self::External => "external",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Extensions of raw files that are TIFF files by their first bytes.
const RAW_TIFF: &[&str] = &[
    "3fr", "arw", "cr2", "dcr", "dng", "erf", "fff", "gpr", "iiq", "k25", "kdc", "mef", "mos", "nef", "nrw",
    "orf", "pef", "ptx", "rwl", "sr2", "srf", "srw",
];

/// The extensions that pictures have, in lower case, beside those of [`RAW_TIFF`].
const EXTENSIONS: &[&str] = &[
    "jpg", "jpeg", "jpe", "jfif", "jif", "jps", "mpo", "insp", "png", "apng", "webp", "gif", "bmp", "dib",
    "tif", "tiff", "btf", "tf8", "qoi", "exr", "hdr", "rgbe", "ff", "dds", "tga", "icb", "vda", "vst", "pbm",
    "pgm", "ppm", "pnm", "pam", "ico", "cur", "pcx", "sgi", "rgb", "rgba", "bw", "xpm", "xbm", "wbmp",
    "icns", "ora", "heic", "heif", "hif", "heics", "heifs", "avif", "avifs", "jxl", "cr3", "rw2", "raf",
    "crw", "mrw", "x3f", "svg", "svgz", "psd", "psb", "jp2", "j2k", "j2c", "jpc", "jpf", "jpx", "jph",
];

/// How many of a file's first bytes tell its format.
pub const SIGNATURE_LENGTH: usize = 64;

/// Tells the format of a file, if it is one that is known.
pub(crate) fn sniff(source: Source<'_>) -> Option<Format> {
    if settings::decoder_for(source).is_some() {
        return Some(Format::External);
    }
    let bytes = source.bytes;
    let readable = match bytes {
        [0xff, 0xd8, 0xff, ..] => Format::Jpeg,
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Format::Png,
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Format::Gif,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Format::Webp,
        // "BM" alone starts many texts: the low bytes of the second header's length make sure.
        [b'B', b'M', _, _, _, _, _, _, _, _, _, _, _, _, 12 | 16 | 40 | 52 | 56 | 64 | 108 | 124, 0, ..] => {
            Format::Bmp
        }
        // Panasonic, Olympus and Fujifilm.
        [b'I', b'I', b'U', 0, ..] | [b'I', b'I', b'R', b'O' | b'S', ..] | [b'M', b'M', b'O', b'R', ..] => {
            Format::Raw
        }
        [b'F', b'U', b'J', b'I', b'F', b'I', b'L', b'M', b'C', b'C', b'D', b'-', b'R', b'A', b'W', ..] => {
            Format::Raw
        }
        [b'I', b'I', 42, 0, _, _, _, _, b'C', b'R', ..] => Format::Raw,
        // Canon's of before 2004, Minolta, Sigma.
        [b'I', b'I', _, _, _, _, b'H', b'E', b'A', b'P', b'C', b'C', b'D', b'R', ..] => Format::Raw,
        [0, b'M', b'R', b'M', ..] | [b'F', b'O', b'V', b'b', ..] => Format::Raw,
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] if source.is_named(RAW_TIFF) => {
            Format::Raw
        }
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] if source.extension.is_none() && is_dng(bytes) => {
            Format::Raw
        }
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Format::Tiff,
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => return sniff_brands(bytes),
        [0xff, 0x0a, ..] | [0, 0, 0, 12, b'J', b'X', b'L', b' ', ..] => Format::Jxl,
        [0, 0, 0, 12, b'j', b'P', b' ', b' ', ..] | [0xff, 0x4f, 0xff, 0x51, ..] => Format::Jpeg2000,
        [b'q', b'o', b'i', b'f', ..] => Format::Qoi,
        [0x76, 0x2f, 0x31, 0x01, ..] => Format::Exr,
        [b'#', b'?', b'R', b'A', b'D', b'I', b'A', b'N', b'C', b'E', ..]
        | [b'#', b'?', b'R', b'G', b'B', b'E', ..] => Format::Hdr,
        [b'f', b'a', b'r', b'b', b'f', b'e', b'l', b'd', ..] => Format::Farbfeld,
        [b'D', b'D', b'S', b' ', ..] => Format::Dds,
        [b'8', b'B', b'P', b'S', ..] => Format::Psd,
        [b'i', b'c', b'n', b's', ..] => Format::Icns,
        [
            b'P',
            b'1'..=b'7',
            b' ' | b'\t' | b'\r' | b'\n' | b'#',
            b'0'..=b'9' | b'#' | b' ' | b'\n' | b'W' | b'H',
            ..,
        ] => Format::Pnm,
        [b'/', b'*', b' ', b'X', b'P', b'M', b' ', b'*', b'/', ..] => Format::Xpm,
        [0x01, 0xda, 0 | 1, 1 | 2, 0, 1..=3, ..] => Format::Sgi,
        [0x0a, 0 | 2..=5, 0 | 1, 1 | 2 | 4 | 8, ..] if is_pcx(bytes) => Format::Pcx,
        // Icons and cursors: kind, a number of pictures, and a directory entry whose sixth byte is 0.
        [0, 0, 1 | 2, 0, 1..=64, 0, _, _, _, 0, ..] => Format::Ico,
        [b'P', b'K', 3, 4, ..] if bytes.get(30..54) == Some(b"mimetypeimage/openraster") => Format::Ora,
        [0x1f, 0x8b, ..] if source.is_named(&["svgz"]) => Format::Svg,
        _ if is_svg(bytes) => Format::Svg,
        _ => return sniff_name(source),
    };
    Some(readable)
}

/// Tells the formats that have no signature by the file's name; their decoders check the header.
fn sniff_name(source: Source<'_>) -> Option<Format> {
    match source.bytes {
        [] => None,
        _ if source.is_named(&["tga", "icb", "vda", "vst"]) => Some(Format::Tga),
        [b'#', b'd', b'e', b'f', b'i', b'n', b'e', ..] if source.is_named(&["xbm"]) => Some(Format::Xbm),
        [0, 0, ..] if source.is_named(&["wbmp"]) => Some(Format::Wbmp),
        _ => None,
    }
}

/// Tells the format of an ISO base media file by its brands; films are such files too.
fn sniff_brands(bytes: &[u8]) -> Option<Format> {
    let length = bytes.first_chunk().map_or(0, |length| u32::from_be_bytes(*length) as usize);
    let brands = bytes.get(8..length.clamp(12, SIGNATURE_LENGTH).min(bytes.len())).unwrap_or_default();
    let has = |wanted: &[&[u8; 4]]| brands.as_chunks().0.iter().any(|brand| wanted.contains(&brand));
    match brands.first_chunk() {
        Some(b"crx ") => Some(Format::Raw),
        Some(b"avif" | b"avis") => Some(Format::Avif),
        Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx") => Some(Format::Heic),
        // The brands of pictures of any coding: those that follow tell.
        Some(b"mif1" | b"msf1" | b"mif2") if has(&[b"avif", b"avis"]) => Some(Format::Avif),
        Some(b"mif1" | b"msf1" | b"mif2") => Some(Format::Heic),
        _ => None,
    }
}

/// Whether a TIFF file says in its first directory that it is a DNG, by the version of that.
fn is_dng(bytes: &[u8]) -> bool {
    let first = Tiff::open(bytes, 0).and_then(|tiff| tiff.directory(tiff.first));
    first.is_some_and(|first| first.get(0xc612).is_some())
}

/// Whether the header's corners are those of a picture: the first bytes alone start other files too.
fn is_pcx(bytes: &[u8]) -> bool {
    let number = |at: usize| bytes.get(at..at + 2).map_or(0, |pair| u16::from_le_bytes([pair[0], pair[1]]));
    bytes.len() >= 16 && number(4) <= number(8) && number(6) <= number(10)
}

/// Whether a text begins as SVG does: perhaps with a declaration, comments and a document type before its first element.
fn is_svg(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(..4096).unwrap_or(bytes);
    rest = rest.strip_prefix(b"\xef\xbb\xbf").unwrap_or(rest).trim_ascii_start();
    loop {
        let end: &[u8] = match rest {
            [b'<', b's', b'v', b'g', ..] => return true,
            [b'<', b'?', ..] => b"?>",
            [b'<', b'!', b'-', b'-', ..] => b"-->",
            [b'<', b'!', b'D', b'O', b'C', b'T', b'Y', b'P', b'E', name @ ..] => {
                return name.trim_ascii_start().starts_with(b"svg");
            }
            _ => return false,
        };
        let Some(at) = memchr::memmem::find(rest, end) else { return false };
        rest = rest.get(at + end.len()..).unwrap_or_default().trim_ascii_start();
    }
}

/// Whether the name's extension is one that pictures have (any case), or one that a command of the user's decodes.
pub fn has_picture_extension(path: &Path) -> bool {
    let source = Source::new(&[], path);
    source.is_named(EXTENSIONS) || source.is_named(RAW_TIFF) || settings::is_listed(source)
}

/// Whether the name's extension is one that cameras' raw files have (any case).
pub fn has_raw_extension(path: &Path) -> bool {
    let source = Source::new(&[], path);
    source.is_named(RAW_TIFF) || source.is_named(&["cr3", "rw2", "raf", "crw", "mrw", "x3f"])
}

/// The name of a file's format, if it is one that is known.
pub fn format_name(source: Source<'_>) -> Option<&'static str> {
    sniff(source).map(Format::name)
}

/// Whether the first bytes of a file ([`SIGNATURE_LENGTH`] are enough) are those of a picture format that is decoded.
pub fn is_picture_signature(head: &[u8]) -> bool {
    sniff(head.into()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_their_first_bytes() {
        let bmp = *b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0";
        for (head, expected) in [
            (&b"\xff\xd8\xff\xe0"[..], Some(Format::Jpeg)),
            (b"\x89PNG\r\n\x1a\n\0\0", Some(Format::Png)),
            (b"GIF89a", Some(Format::Gif)),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some(Format::Webp)),
            (b"RIFF\0\0\0\0WAVEfmt ", None),
            (&bmp, Some(Format::Bmp)),
            (b"BMW is a maker of cars and bikes", None),
            (b"BM", None),
            (b"II*\0\x08\0\0\0", Some(Format::Tiff)),
            (b"MM\0*\0\0\0\x08", Some(Format::Tiff)),
            (b"II*\0\x10\0\0\0CR\x02\0", Some(Format::Raw)),
            (b"\0\0\0\x18ftypheic\0\0\0\0", Some(Format::Heic)),
            (b"\0\0\0\x18ftypavif\0\0\0\0", Some(Format::Avif)),
            (b"\0\0\0\x18ftypisom\0\0\0\0", None),
            (b"hello, world", None),
            (b"", None),
        ] {
            assert_eq!(sniff(head.into()), expected, "{head:?}");
            assert_eq!(is_picture_signature(head), expected.is_some());
        }
        let mut long = bmp.to_vec();
        long.extend([0; 100]);
        assert_eq!(sniff((&long).into()), Some(Format::Bmp));
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
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        assert!(has_picture_extension(Path::new(OsStr::from_bytes(b"\xff\xfe.jpg"))));
        assert!(!has_picture_extension(Path::new(OsStr::from_bytes(b"a.\xff"))));
    }
}
