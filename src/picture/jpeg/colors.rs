//! What the components of a JPEG mean, and rows of them made pixels, as libjpeg's `jdcolor.c` does it.

use super::frame::Frame;

/// What the components mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colors {
    Gray,
    YCbCr,
    Rgb,
    /// Inks, stored as 255 less their amount, as Adobe writes them and Pillow takes all.
    Cmyk,
    /// The same, of which three inks are coded as YCbCr.
    Ycck,
}

impl Colors {
    /// What libjpeg's `default_decompress_parms` takes them for: JFIF means YCbCr, whatever else is said; then Adobe's
    /// segment counts, and then the components' names.
    pub(crate) fn guess(frame: &Frame, is_jfif: bool, adobe: Option<u8>) -> Self {
        let ids: Vec<u8> = frame.components.iter().map(|component| component.id).collect();
        match (ids.as_slice(), adobe) {
            ([_], _) => Self::Gray,
            ([_, _, _], _) if is_jfif => Self::YCbCr,
            ([_, _, _], Some(0)) | (b"RGB", None) => Self::Rgb,
            // Without a word, what is lossless is not transformed.
            ([1, 2, 3], None) if frame.coding.is_lossless => Self::Rgb,
            ([_, _, _], _) => Self::YCbCr,
            (_, None | Some(0)) => Self::Cmyk,
            _ => Self::Ycck,
        }
    }

    /// Bytes that a pixel is made of by [`to_pixels`].
    pub(crate) fn channels(self) -> usize {
        match self {
            Self::Gray | Self::YCbCr | Self::Rgb => 3,
            Self::Cmyk | Self::Ycck => 4,
        }
    }
}

/// Makes pixels of a row of each component: RGB, or CMYK with 0 for no ink.
#[inline(always)]
pub(super) fn to_pixels(colors: Colors, rows: [&[u8]; 4], out: &mut [u8]) {
    let [a, b, c, d] = rows;
    match colors {
        Colors::Gray => {
            for (pixel, a) in out.as_chunks_mut::<3>().0.iter_mut().zip(a) {
                *pixel = [*a; 3];
            }
        }
        Colors::Rgb => {
            for (((pixel, a), b), c) in out.as_chunks_mut::<3>().0.iter_mut().zip(a).zip(b).zip(c) {
                *pixel = [*a, *b, *c];
            }
        }
        Colors::YCbCr => {
            for (((pixel, a), b), c) in out.as_chunks_mut::<3>().0.iter_mut().zip(a).zip(b).zip(c) {
                *pixel = rgb(*a, *b, *c);
            }
        }
        Colors::Cmyk => {
            let pixels = out.as_chunks_mut::<4>().0.iter_mut();
            for ((((pixel, a), b), c), d) in pixels.zip(a).zip(b).zip(c).zip(d) {
                *pixel = [255 - a, 255 - b, 255 - c, 255 - d];
            }
        }
        Colors::Ycck => {
            let pixels = out.as_chunks_mut::<4>().0.iter_mut();
            for ((((pixel, a), b), c), d) in pixels.zip(a).zip(b).zip(c).zip(d) {
                let [r, g, b] = rgb(*a, *b, *c);
                // The transform gives the inks as 255 less r, g, b; and what is stored is 255 less the ink.
                *pixel = [r, g, b, 255 - d];
            }
        }
    }
}

/// RGB of YCbCr in fixed point, rounded as libjpeg does.
#[inline(always)]
fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    const HALF: i32 = 1 << 15;
    let (y, cb, cr) = (i32::from(y), i32::from(cb) - 128, i32::from(cr) - 128);
    let r = y + ((91_881 * cr + HALF) >> 16);
    let g = y + ((HALF - 22_554 * cb - 46_802 * cr) >> 16);
    let b = y + ((116_130 * cb + HALF) >> 16);
    [r, g, b].map(|value| value.clamp(0, 255) as u8)
}
