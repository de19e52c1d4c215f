//! What samples mean: from the numbers of a row to gray, RGB or inks.

use super::super::error::PictureError;
use super::directory::Directory;
use super::error::damaged;
use super::layout::Layout;
use super::pixel::{Alpha, Photometric, SampleKind};
use super::tags;

/// Sizes of the numbers that a page's colours become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// 0 to 255.
    Eight,
    /// 0 to 65,535.
    Sixteen,
    /// Any numbers: what is black and what is white is known when all have been seen.
    Range,
}

/// Turns the samples of a page to gray, RGB or inks, with alpha if there is any.
pub(super) struct Colors {
    photometric: Photometric,
    alpha: Option<Alpha>,
    /// Samples of a pixel.
    samples: usize,
    /// By what each sample is multiplied first.
    scales: Vec<f32>,
    /// Colours of a palette.
    palette: Vec<[f32; 3]>,
    ycbcr: YCbCr,
    /// Bits of a sample of L*a*b*.
    bits: u8,
    /// The sample that stands for nothing, of [`Depth::Range`].
    nothing: Option<f32>,
    /// Sizes of the numbers of a pixel.
    pub depth: Depth,
}

impl Colors {
    /// Reads what the tags say of colours.
    pub(super) fn read(page: &Directory<'_>, layout: &Layout<'_>) -> Result<Self, PictureError> {
        let most_bits = layout.bits.iter().copied().max().unwrap_or(8);
        let photometric = layout.photometric;
        // As Pillow: signed gray of 8 bits is read as if it were not.
        let plain = layout.kind == SampleKind::Unsigned
            || layout.kind == SampleKind::Signed && most_bits == 8 && layout.samples() == 1;
        let depth = match photometric {
            Photometric::WhiteIsZero | Photometric::BlackIsZero | Photometric::Rgb => match most_bits {
                _ if !plain => Depth::Range,
                0..=8 => Depth::Eight,
                9..=16 => Depth::Sixteen,
                _ => Depth::Range,
            },
            _ if !plain || most_bits > 16 => {
                return Err(PictureError::Unsupported("TIFF (colours of more than 16 bits)".into()));
            }
            _ if photometric.is_lab() && !matches!(most_bits, 8 | 16) => {
                return Err(PictureError::Unsupported("TIFF (L*a*b* of neither 8 nor 16 bits)".into()));
            }
            _ => Depth::Eight,
        };
        let top = depth.top();
        let scales = layout.bits.iter().enumerate().map(|(i, bits)| {
            let raw = depth == Depth::Range
                || photometric.is_lab() && i < 3
                || photometric == Photometric::Palette && i == 0;
            if raw { 1.0 } else { (f64::from(top) / ((1u64 << bits.clamp(&1, &32)) - 1) as f64) as f32 }
        });
        let palette =
            if photometric == Photometric::Palette { read_palette(page, most_bits)? } else { Vec::new() };
        Ok(Self {
            photometric,
            alpha: layout.alpha,
            samples: layout.samples(),
            scales: scales.collect(),
            palette,
            ycbcr: YCbCr::read(page, most_bits),
            bits: most_bits,
            nothing: if depth == Depth::Range { nothing(page) } else { None },
            depth,
        })
    }

    /// Numbers of a pixel: gray or red, green, blue, each perhaps with alpha; or cyan, magenta, yellow, black.
    pub(super) fn channels(&self) -> usize {
        self.color_channels() + usize::from(self.has_alpha())
    }

    /// Whether the last of them is alpha.
    pub(super) fn has_alpha(&self) -> bool {
        self.alpha.is_some() && !self.is_cmyk()
    }

    /// Whether they are inks.
    pub(super) fn is_cmyk(&self) -> bool {
        self.photometric == Photometric::Separated
    }

    /// Whether gray is the other way round; ranges are turned when they are known.
    pub(super) fn is_inverted(&self) -> bool {
        self.photometric == Photometric::WhiteIsZero
    }

    /// Whether the bytes of a row are its channels already.
    pub(super) fn are_bytes(&self, layout: &Layout<'_>) -> bool {
        self.depth == Depth::Eight
            && matches!(self.photometric, Photometric::BlackIsZero | Photometric::Rgb)
            && self.samples == self.channels()
            && !self.alpha.is_some_and(|alpha| alpha.associated)
            && layout.bits.iter().all(|bits| *bits == 8)
            && !layout.planar
            && layout.predictor != 3
    }

    fn color_channels(&self) -> usize {
        match self.photometric {
            Photometric::WhiteIsZero | Photometric::BlackIsZero => 1,
            Photometric::Separated => 4,
            _ => 3,
        }
    }

    /// Turns the samples of pixels to their channels.
    pub(super) fn convert(&self, samples: &mut [f32], out: &mut [f32]) {
        if self.scales.iter().any(|scale| *scale != 1.0) {
            for pixel in samples.chunks_exact_mut(self.samples) {
                pixel.iter_mut().zip(&self.scales).for_each(|(sample, scale)| *sample *= scale);
            }
        }
        if let Some(nothing) = self.nothing {
            samples.iter_mut().filter(|sample| **sample == nothing).for_each(|sample| *sample = f32::NAN);
        }
        match self.photometric {
            Photometric::WhiteIsZero if self.depth != Depth::Range => {
                let top = self.depth.top();
                self.each(samples, out, |pixel: [f32; 1]| [top - pixel[0]]);
            }
            Photometric::WhiteIsZero | Photometric::BlackIsZero => {
                self.each(samples, out, |pixel: [f32; 1]| pixel);
            }
            Photometric::Rgb => self.each(samples, out, |pixel: [f32; 3]| pixel),
            Photometric::Palette => self.each(samples, out, |[index]: [f32; 1]| {
                self.palette.get(index as usize).copied().unwrap_or([0.0; 3])
            }),
            Photometric::Separated => self.each(samples, out, |pixel: [f32; 4]| pixel),
            Photometric::YCbCr => self.each(samples, out, |pixel: [f32; 3]| self.ycbcr.rgb(pixel)),
            Photometric::CieLab | Photometric::IccLab | Photometric::ItuLab => {
                self.each(samples, out, |pixel: [f32; 3]| lab_to_srgb(self.lab(pixel)));
            }
        }
    }

    /// Applies a function to the colours of each pixel, and copies alpha.
    fn each<const N: usize, const M: usize>(
        &self,
        samples: &[f32],
        out: &mut [f32],
        convert: impl Fn([f32; N]) -> [f32; M],
    ) {
        let alpha = self.alpha.filter(|_| self.has_alpha());
        for (pixel, out) in
            samples.chunks_exact(self.samples).zip(out.chunks_exact_mut(M + usize::from(alpha.is_some())))
        {
            // Inks may lack black.
            let mut colors = [0.0; N];
            colors.iter_mut().zip(pixel).for_each(|(color, sample)| *color = *sample);
            let mut colors = convert(colors);
            if let Some(alpha) = alpha {
                let opacity = pixel.get(alpha.sample).copied().unwrap_or(0.0);
                if alpha.associated {
                    let top = if self.depth == Depth::Range { 1.0 } else { self.depth.top() };
                    let scale = if opacity > 0.0 { top / opacity } else { 0.0 };
                    for color in &mut colors {
                        *color = if self.depth == Depth::Range {
                            *color * scale
                        } else {
                            (*color * scale).min(top)
                        };
                    }
                }
                if let Some(last) = out.last_mut() {
                    *last = opacity;
                }
            }
            out.iter_mut().zip(colors).for_each(|(out, color)| *out = color);
        }
    }

    /// L* from 0 to 100, and a* and b*, of an encoded colour.
    fn lab(&self, [l, a, b]: [f32; 3]) -> [f32; 3] {
        let wide = self.bits == 16;
        let top = if wide { 65_535.0 } else { 255.0 };
        match self.photometric {
            Photometric::CieLab => {
                let signed = |value: f32| {
                    if wide { f32::from(value as u16 as i16) / 256.0 } else { f32::from(value as u8 as i8) }
                };
                [l * 100.0 / top, signed(a), signed(b)]
            }
            Photometric::IccLab => {
                let (white, unit) = if wide { (65_280.0, 256.0) } else { (255.0, 1.0) };
                [l * 100.0 / white, a / unit - 128.0, b / unit - 128.0]
            }
            // The ranges of T.42 where no tag tells others.
            _ => [l * 100.0 / top, a * 170.0 / top - 85.0, b * 200.0 / top - 75.0],
        }
    }
}

impl Depth {
    /// The number for white.
    pub(super) fn top(self) -> f32 {
        match self {
            Self::Eight => 255.0,
            Self::Sixteen | Self::Range => 65_535.0,
        }
    }

    /// Bytes of a number as it is kept.
    pub(super) fn bytes(self) -> usize {
        match self {
            Self::Eight => 1,
            Self::Sixteen => 2,
            Self::Range => 4,
        }
    }
}

/// The sample that stands for nothing.
fn nothing(page: &Directory<'_>) -> Option<f32> {
    let text = std::str::from_utf8(page.bytes(tags::GDAL_NODATA)?).ok()?;
    text.trim_matches(|c: char| c == '\0' || c.is_ascii_whitespace())
        .parse::<f64>()
        .ok()
        .map(|value| value as f32)
}

/// The colours of a palette, from all reds, all greens, all blues of 16 bits.
fn read_palette(page: &Directory<'_>, bits: u8) -> Result<Vec<[f32; 3]>, PictureError> {
    let map = page.get(tags::COLOR_MAP).ok_or_else(|| damaged("it has no colour map"))?;
    let count = (1usize << bits.min(16)).min(map.len() / 3);
    let values = map.numbers(count * 3);
    // As libtiff: writers that took it for a map of 8 bits have no larger values.
    let shift = if values.iter().all(|value| *value < 256) { 0 } else { 8 };
    let value = |i: usize| values.get(i).map_or(0.0, |value| (value >> shift).min(255) as f32);
    Ok((0..count).map(|i| [value(i), value(count + i), value(2 * count + i)]).collect())
}

/// How luma and differences of colour become RGB.
struct YCbCr {
    /// Shares of red, green, blue in luma.
    shares: [f32; 3],
    /// Black and white of luma, zero and most of the differences.
    reference: [f32; 6],
}

impl YCbCr {
    fn read(page: &Directory<'_>, bits: u8) -> Self {
        let mut shares = [0.299, 0.587, 0.114];
        if let Some(values) = page.get(tags::YCBCR_COEFFICIENTS) {
            let stated = [0, 1, 2].map(|i| values.float(i).unwrap_or(0.0) as f32);
            if stated.iter().all(|share| *share > 0.0 && *share < 1.0) {
                shares = stated;
            }
        }
        let mut reference = [0.0, 255.0, 128.0, 255.0, 128.0, 255.0];
        if let Some(values) = page.get(tags::REFERENCE_BLACK_WHITE) {
            // In numbers of the file's own depth.
            let scale = 255.0 / ((1u32 << bits.min(16)) - 1) as f32;
            let stated = [0, 1, 2, 3, 4, 5].map(|i| values.float(i).unwrap_or(0.0) as f32 * scale);
            if stated.as_chunks().0.iter().all(|[low, high]: &[f32; 2]| low.is_finite() && high > low) {
                reference = stated;
            }
        }
        Self { shares, reference }
    }

    fn rgb(&self, [y, blue, red]: [f32; 3]) -> [f32; 3] {
        let [black, white, zero_blue, most_blue, zero_red, most_red] = self.reference;
        let [share_red, share_green, share_blue] = self.shares;
        let y = (y - black) * 255.0 / (white - black);
        let blue = (blue - zero_blue) * 127.0 / (most_blue - zero_blue);
        let red = (red - zero_red) * 127.0 / (most_red - zero_red);
        let r = y + red * (2.0 - 2.0 * share_red);
        let b = y + blue * (2.0 - 2.0 * share_blue);
        let g = (y - share_red * r - share_blue * b) / share_green;
        [r, g, b].map(|value| value.clamp(0.0, 255.0))
    }
}

/// CIE L*a*b* of the white D50, as profiles and Photoshop mean it, to sRGB from 0 to 255.
fn lab_to_srgb([l, a, b]: [f32; 3]) -> [f32; 3] {
    let y = (l + 16.0) / 116.0;
    let linear = |t: f32| if t > 6.0 / 29.0 { t * t * t } else { (t - 4.0 / 29.0) * 108.0 / 841.0 };
    let (x, y, z) = (0.9642 * linear(y + a / 500.0), linear(y), 0.8249 * linear(y - b / 200.0));
    // XYZ of D50 to linear sRGB, adapted to D65 by Bradford's method (Lindbloom).
    let rgb = [
        3.133_856 * x - 1.616_866_7 * y - 0.490_614_6 * z,
        -0.978_768_4 * x + 1.916_141_5 * y + 0.033_454 * z,
        0.071_945_3 * x - 0.228_991_4 * y + 1.405_242_7 * z,
    ];
    rgb.map(|light| {
        let light = light.clamp(0.0, 1.0);
        let value = if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
        value * 255.0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neutral_lab_is_neutral_and_red_is_red() {
        assert!(lab_to_srgb([100.0, 0.0, 0.0]).iter().all(|value| *value > 254.5));
        assert!(lab_to_srgb([0.0, 0.0, 0.0]).iter().all(|value| *value < 0.5));
        // 119 is the gray of L* 50.
        assert!(lab_to_srgb([50.0, 0.0, 0.0]).iter().all(|value| (value - 118.9).abs() < 0.5));
        // sRGB's red, adapted to D50.
        let [r, g, b] = lab_to_srgb([54.29, 80.81, 69.89]);
        assert!(r > 254.0 && g < 4.0 && b < 4.0, "{r} {g} {b}");
    }

    #[test]
    fn ycbcr_of_full_range_is_that_of_jpeg() {
        let ycbcr =
            YCbCr { shares: [0.299, 0.587, 0.114], reference: [0.0, 255.0, 128.0, 255.0, 128.0, 255.0] };
        let [r, g, b] = ycbcr.rgb([76.0, 85.0, 255.0]).map(f32::round);
        assert!(r >= 253.0 && g <= 1.0 && b <= 1.0, "{r} {g} {b}");
        assert_eq!(ycbcr.rgb([100.0, 128.0, 128.0]).map(f32::round), [100.0; 3]);
    }
}
