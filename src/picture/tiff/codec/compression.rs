//! Which compressions there are, and what each costs.

use super::super::super::error::PictureError;
use super::super::directory::Directory;
use super::super::tags;
use super::fax::FaxKind;

/// Largest strip or tile, in bytes of its pixels, that may be progressive JPEG: its coefficients take twice as much.
const PROGRESSIVE_UP_TO: u64 = 64 << 20;

/// How the bytes of strips and tiles are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Compression {
    /// No compression.
    None,
    /// One of fax machines, of one bit a sample.
    Fax(FaxKind),
    /// LZW.
    Lzw,
    /// JPEG as TIFF 6.0 had it, in parts.
    OldJpeg,
    /// JPEG, each strip a file.
    Jpeg,
    /// zlib.
    Deflate,
    /// Runs of bytes.
    PackBits,
    /// NeXT's, of two bits a sample.
    Next,
    /// ThunderScan's, of four bits a sample.
    ThunderScan,
    /// SGI's, of logarithms of luminance.
    SgiLog,
    /// An xz stream.
    Lzma,
    /// Zstandard.
    Zstd,
    /// WebP, each strip a file.
    WebP,
    /// JPEG 2000 whose components are what the photometric interpretation says.
    Jpeg2000,
    /// JPEG 2000 that says by itself which colours it has.
    Jpeg2000Rgb,
}

impl Compression {
    /// Reads the tag; a compression that is not decoded is an error.
    pub(in super::super) fn read(page: &Directory<'_>) -> Result<Self, PictureError> {
        let unsupported = |name: &str| Err(PictureError::Unsupported(format!("TIFF ({name} compression)")));
        Ok(match page.small(tags::COMPRESSION, 1) {
            0 | 1 => Self::None,
            2 => Self::Fax(FaxKind::Rle { word_aligned: false }),
            32771 => Self::Fax(FaxKind::Rle { word_aligned: true }),
            3 => Self::Fax(FaxKind::Group3 { two_dimensional: page.small(tags::T4_OPTIONS, 0) & 1 == 1 }),
            4 => Self::Fax(FaxKind::Group4),
            5 => Self::Lzw,
            6 => Self::OldJpeg,
            7 => Self::Jpeg,
            8 | 32946 => Self::Deflate,
            32773 => Self::PackBits,
            32766 => Self::Next,
            32809 => Self::ThunderScan,
            34676 => Self::SgiLog,
            34677 => return unsupported("SGI LogLuv of 24 bits"),
            34925 => Self::Lzma,
            50000 => Self::Zstd,
            50001 => Self::WebP,
            33003 if cfg!(feature = "jpeg2000") => Self::Jpeg2000,
            33004 | 33005 | 34712 if cfg!(feature = "jpeg2000") => Self::Jpeg2000Rgb,
            33003..=33005 | 34712 => return unsupported("JPEG 2000"),
            32908 | 32909 => return unsupported("Pixar"),
            34661 => return unsupported("JBIG"),
            34887 => return unsupported("LERC"),
            50002 | 52546 => return unsupported("JPEG XL"),
            22610 | 34933 | 34934 => return unsupported("JPEG XR"),
            other => return unsupported(&format!("unknown {other}")),
        })
    }

    /// Whether the decoder gives samples of 8 bits, whatever the tags say, in colours that need no more conversion.
    pub(in super::super) fn makes_bytes(self) -> bool {
        matches!(
            self,
            Self::OldJpeg | Self::Jpeg | Self::WebP | Self::Jpeg2000 | Self::Jpeg2000Rgb | Self::SgiLog
        )
    }

    /// Bits that a sample must have, if only one number of them will do, for pixels of one sample a plane.
    pub(in super::super) fn fixed_bits(self) -> Option<u8> {
        match self {
            Self::Fax(_) => Some(1),
            Self::Next => Some(2),
            Self::ThunderScan => Some(4),
            _ => None,
        }
    }

    /// Whether it is JPEG of either kind.
    pub(in super::super) fn is_jpeg(self) -> bool {
        matches!(self, Self::OldJpeg | Self::Jpeg)
    }

    /// Whether libtiff applies a predictor beside it.
    pub(in super::super) fn predicts(self) -> bool {
        matches!(self, Self::Lzw | Self::Deflate | Self::Zstd | Self::Lzma)
    }

    /// Upper bound of the memory that an open decoder takes, in bytes, for `length` bytes of a strip or tile.
    pub(in super::super) fn memory(self, length: u64) -> u64 {
        match self {
            Self::None | Self::PackBits | Self::Fax(_) | Self::ThunderScan => 16 << 10,
            Self::Next | Self::SgiLog => 64 << 10,
            Self::Lzw | Self::Deflate => 128 << 10,
            // The window is never larger than what was decoded.
            Self::Zstd => length.saturating_add(1 << 20),
            Self::Lzma => length.saturating_mul(3).saturating_add(1 << 20),
            // Coefficients of progressive files, and three bytes a pixel even of gray.
            Self::Jpeg | Self::OldJpeg if length <= PROGRESSIVE_UP_TO => {
                length.saturating_mul(7).saturating_add(2 << 20)
            }
            Self::Jpeg | Self::OldJpeg => length.saturating_mul(4).saturating_add(2 << 20),
            Self::WebP => length.saturating_mul(8).saturating_add(1 << 20),
            // Coefficients are floating-point numbers.
            Self::Jpeg2000 | Self::Jpeg2000Rgb => length.saturating_mul(16).saturating_add(4 << 20),
        }
    }
}
