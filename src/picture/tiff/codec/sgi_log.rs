//! SGI's logarithmic luminance, with or without colour, to 8 bits as libtiff's `tif_luv.c` shows them.

use std::borrow::Cow;

use super::row_reader::{DecodeRows, RowReader};

/// Decodes row by row while it is read: gray of one sample, or red, green and blue.
pub(super) struct SgiLog<'a> {
    bytes: Cow<'a, [u8]>,
    at: usize,
    /// Pixels of a row.
    width: usize,
    samples: usize,
    codes: Vec<u32>,
}

/// Cells of the grid of u' and v' for 1.
const UV_SCALE: f64 = 410.0;

impl<'a> SgiLog<'a> {
    /// A decoder of rows of `width` pixels: of 16 bits for one sample, else of 32.
    pub(super) fn new(bytes: Cow<'a, [u8]>, width: u32, samples: usize) -> RowReader<Self> {
        let width = width as usize;
        RowReader::new(Self { bytes, at: 0, width, samples, codes: Vec::new() })
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        byte
    }
}

impl DecodeRows for SgiLog<'_> {
    /// Reads the codes of a row: all their highest bytes first, and so on, each in runs.
    fn next_row(&mut self, row: &mut Vec<u8>) -> Option<()> {
        let gray = self.samples == 1;
        self.codes.clear();
        self.codes.resize(self.width, 0);
        for shift in if gray { [8, 0].as_slice() } else { &[24, 16, 8, 0] } {
            let mut x = 0;
            while x < self.width {
                let code = self.byte()?;
                let repeated = if code >= 128 { Some(self.byte()?) } else { None };
                let length = if code >= 128 { usize::from(code) - 126 } else { usize::from(code) };
                for _ in 0..length.min(self.width - x) {
                    let byte = match repeated {
                        Some(byte) => byte,
                        None => self.byte()?,
                    };
                    if let Some(code) = self.codes.get_mut(x) {
                        *code |= u32::from(byte) << shift;
                    }
                    x += 1;
                }
            }
        }
        row.clear();
        for code in &self.codes {
            if gray {
                row.push(gamma(luminance(*code as u16)));
            } else {
                row.extend(rgb(*code));
            }
        }
        Some(())
    }
}

/// Luminance of a code of 16 bits; 1 is white.
fn luminance(code: u16) -> f64 {
    match code & 0x7fff {
        _ if code & 0x8000 != 0 => 0.0,
        0 => 0.0,
        exponent => ((f64::from(exponent) + 0.5) / 256.0 - 64.0).exp2(),
    }
}

/// Red, green and blue of a code of 32 bits.
fn rgb(code: u32) -> [u8; 3] {
    let luminance = luminance((code >> 16) as u16);
    if luminance <= 0.0 {
        return [0; 3];
    }
    let (u, v) = ((f64::from(code >> 8 & 255) + 0.5) / UV_SCALE, (f64::from(code & 255) + 0.5) / UV_SCALE);
    let scale = 1.0 / (6.0 * u - 16.0 * v + 12.0);
    let (x, y) = (9.0 * u * scale, 4.0 * v * scale);
    let (x, y, z) = (x / y * luminance, luminance, (1.0 - x - y) / y * luminance);
    [2.690 * x - 1.276 * y - 0.414 * z, -1.022 * x + 1.978 * y + 0.044 * z, 0.061 * x - 0.224 * y + 1.163 * z]
        .map(gamma)
}

/// Linear light, 1 for white, to 8 bits; libtiff's gamma is 2.
fn gamma(light: f64) -> u8 {
    (256.0 * light.max(0.0).sqrt()) as u8
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn white_is_white_and_half_the_light_is_less() {
        // Equal energy, which is libtiff's white, at a luminance of 1 and of 1/2.
        let white = (64 * 256) << 16 | 0x56 << 8 | 0xc2;
        assert!(rgb(white).iter().all(|value| *value > 250), "{:?}", rgb(white));
        let gray = (63 * 256) << 16 | 0x56 << 8 | 0xc2;
        assert!(rgb(gray).iter().all(|value| (175..186).contains(value)), "{:?}", rgb(gray));
    }

    #[test]
    fn codes_come_in_runs_of_their_bytes() {
        let bytes = [130, 64, 2, 0, 128, 128, 0];
        let mut out = Vec::new();
        SgiLog::new(Cow::Borrowed(&bytes[..6]), 4, 1).read_to_end(&mut out).unwrap();
        assert!(out.is_empty(), "the last row is not whole");
        SgiLog::new(Cow::Borrowed(&bytes), 4, 1).read_to_end(&mut out).unwrap();
        assert_eq!(out.len(), 4);
    }
}
