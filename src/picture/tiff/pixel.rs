//! What the samples of a pixel are, by the tags.

use super::super::error::PictureError;
use super::codec::Compression;
use super::directory::Directory;
use super::error::damaged;
use super::tags;

/// What a sample is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SampleKind {
    /// A whole number from 0.
    Unsigned,
    /// A whole number in two's complement.
    Signed,
    /// A floating-point number of IEEE 754.
    Float,
}

/// What the samples of a pixel mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Photometric {
    /// Gray; 0 is white.
    WhiteIsZero,
    /// Gray; 0 is black.
    BlackIsZero,
    /// Red, green, blue.
    Rgb,
    /// An index of the colour map.
    Palette,
    /// Inks: cyan, magenta, yellow and perhaps black.
    Separated,
    /// Luma and two differences of colour.
    YCbCr,
    /// CIE L*a*b* with signed a* and b*.
    CieLab,
    /// CIE L*a*b* as ICC profiles encode it.
    IccLab,
    /// CIE L*a*b* as in ITU-T T.42.
    ItuLab,
}

/// A channel of transparency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Alpha {
    /// Which of a pixel's samples it is, from 0.
    pub sample: usize,
    /// Whether the colours are multiplied by it already.
    pub associated: bool,
}

impl Photometric {
    /// How many samples of a pixel are colours.
    pub(super) fn colors(self) -> usize {
        match self {
            Self::WhiteIsZero | Self::BlackIsZero | Self::Palette => 1,
            Self::Separated => 4,
            _ => 3,
        }
    }

    /// Whether it is L*a*b* of any encoding.
    pub(super) fn is_lab(self) -> bool {
        matches!(self, Self::CieLab | Self::IccLab | Self::ItuLab)
    }
}

/// Reads how many samples a pixel has.
pub(super) fn samples(page: &Directory<'_>, compression: Compression) -> u64 {
    page.number(tags::SAMPLES_PER_PIXEL).unwrap_or_else(|| {
        let stated = page.get(tags::BITS_PER_SAMPLE).map_or(1, |bits| bits.len() as u64);
        match page.small(tags::PHOTOMETRIC, 0) {
            2 | 6 if compression.makes_bytes() => 3,
            _ => stated,
        }
    })
}

/// Reads what the samples mean.
pub(super) fn photometric(
    page: &Directory<'_>,
    samples: usize,
    compression: Compression,
) -> Result<Photometric, PictureError> {
    Ok(match page.number(tags::PHOTOMETRIC) {
        None if samples >= 3 => Photometric::Rgb,
        // As Pillow; fax machines mean it so too.
        None | Some(0) => Photometric::WhiteIsZero,
        // A mask is gray of one bit: 1 is inside.
        Some(1 | 4) => Photometric::BlackIsZero,
        // Aperio's first kind, whatever the tag says.
        Some(2) if compression == Compression::Jpeg2000 => Photometric::YCbCr,
        Some(2 | 34892) => Photometric::Rgb,
        Some(3) => Photometric::Palette,
        Some(5) => Photometric::Separated,
        Some(6) if matches!(compression, Compression::Jpeg2000Rgb | Compression::WebP) => Photometric::Rgb,
        Some(6) => Photometric::YCbCr,
        Some(8) => Photometric::CieLab,
        Some(9) => Photometric::IccLab,
        Some(10) => Photometric::ItuLab,
        // Their decoder gives what can be shown.
        Some(32844) if compression == Compression::SgiLog => Photometric::BlackIsZero,
        Some(32845) if compression == Compression::SgiLog => Photometric::Rgb,
        Some(32803) => return Err(PictureError::Unsupported("TIFF (raw sensor data)".into())),
        Some(other) => {
            return Err(PictureError::Unsupported(format!("TIFF (colours of unknown kind {other})")));
        }
    })
}

/// Reads how many bits each sample has.
pub(super) fn bits(
    page: &Directory<'_>,
    samples: usize,
    compression: Compression,
) -> Result<Vec<u8>, PictureError> {
    if compression.is_jpeg() && page.number(tags::BITS_PER_SAMPLE) == Some(12) {
        return Err(PictureError::Unsupported("TIFF (JPEG of 12 bits a sample)".into()));
    }
    if compression.makes_bytes() {
        return Ok(vec![8; samples]);
    }
    let mut bits = Vec::with_capacity(samples);
    let stated = page.get(tags::BITS_PER_SAMPLE);
    for i in 0..samples {
        // One value may stand for all samples.
        let value = stated.map_or(Some(1), |stated| stated.number(i).or_else(|| stated.number(0)));
        match value.map(u8::try_from) {
            Some(Ok(value @ 1..=64)) => bits.push(value),
            _ => return Err(damaged("its number of bits a sample can't be true")),
        }
    }
    Ok(bits)
}

/// Finds the channel of transparency among the samples that are no colours.
pub(super) fn alpha(page: &Directory<'_>, samples: usize, colors: usize) -> Option<Alpha> {
    let extra = samples.checked_sub(colors).filter(|extra| *extra > 0)?;
    match page.get(tags::EXTRA_SAMPLES) {
        // Writers that forget the tag mean transparency.
        None => (extra == 1).then_some(Alpha { sample: colors, associated: false }),
        Some(kinds) => {
            let kinds = kinds.numbers(extra);
            // Corel Draw writes 999.
            let i = kinds.iter().position(|kind| matches!(kind, 1 | 2 | 999))?;
            Some(Alpha { sample: colors + i, associated: kinds.get(i) == Some(&1) })
        }
    }
}
