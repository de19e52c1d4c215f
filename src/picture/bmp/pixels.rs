//! Rows of packed pixels to RGB or RGBA.

use super::header::Header;

/// Which bits of a pixel one channel has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mask {
    mask: u32,
    shift: u32,
    /// The largest value that the channel can have.
    most: u32,
}

impl Mask {
    pub(super) fn new(mask: u32) -> Self {
        let shift = if mask == 0 { 0 } else { mask.trailing_zeros() };
        Self { mask, shift, most: mask >> shift }
    }

    pub(super) fn is_empty(self) -> bool {
        self.mask == 0
    }

    /// The channel of a pixel, from 0 to 255.
    fn value(self, pixel: u32) -> u8 {
        let value = u64::from((pixel & self.mask) >> self.shift);
        (value * 255).checked_div(u64::from(self.most)).unwrap_or(0).min(255) as u8
    }
}

/// The colour of an index. Those beyond the palette are black.
pub(super) fn color(header: &Header, index: u8) -> [u8; 3] {
    header.palette.get(usize::from(index)).copied().unwrap_or_default()
}

/// Unpacks a row, which may be too short, to RGBA. What is missing is left as it is.
pub(super) fn unpack(header: &Header, row: &[u8], out: &mut [u8]) {
    let pixels = out.as_chunks_mut::<4>().0.iter_mut();
    let opaque = |[r, g, b]: [u8; 3]| [r, g, b, 255];
    match header.bits {
        bits @ (1 | 2 | 4 | 8) => {
            let (bits, mask) = (u32::from(bits), u8::MAX >> (8 - bits));
            let indices = row
                .iter()
                .flat_map(|byte| (0..8 / bits).map(move |number| byte >> (8 - bits - number * bits) & mask));
            pixels.zip(indices).for_each(|(pixel, index)| *pixel = opaque(color(header, index)));
        }
        24 => {
            let triples = row.as_chunks::<3>().0;
            pixels.zip(triples).for_each(|(pixel, [b, g, r])| *pixel = [*r, *g, *b, 255]);
        }
        16 => {
            let words = row.as_chunks::<2>().0.iter().map(|pair| u32::from(u16::from_le_bytes(*pair)));
            pixels.zip(words).for_each(|(pixel, word)| *pixel = masked(header, word));
        }
        _ => {
            let words = row.as_chunks::<4>().0.iter().map(|quad| u32::from_le_bytes(*quad));
            pixels.zip(words).for_each(|(pixel, word)| *pixel = masked(header, word));
        }
    }
}

fn masked(header: &Header, pixel: u32) -> [u8; 4] {
    let [red, green, blue, alpha] = header.masks;
    let alpha = if alpha.is_empty() { 255 } else { alpha.value(pixel) };
    [red.value(pixel), green.value(pixel), blue.value(pixel), alpha]
}
