//! Runs of pixels, of 4, 8 or (OS/2) 24 bits.

use super::header::Header;
use super::pixels::color;

/// Unpacks runs into RGB rows in the order of the file. Pixels that are gone over have the first colour of the palette.
/// Returns how many rows are there: fewer than all when the data ends early.
pub(super) fn unpack(header: &Header, data: &[u8], out: &mut [u8]) -> u32 {
    let (width, height) = (header.size.0 as usize, header.size.1 as usize);
    let background = if header.bits == 24 { [0; 3] } else { color(header, 0) };
    out.as_chunks_mut::<3>().0.iter_mut().for_each(|pixel| *pixel = background);
    let mut canvas = Canvas { out, width, x: 0, y: 0 };
    let mut rest = data;
    while canvas.y < height {
        let [count, value, tail @ ..] = rest else { return canvas.y as u32 };
        rest = tail;
        match (*count, *value) {
            (0, 0) => canvas.end_line(),
            (0, 1) => return header.size.1,
            (0, 2) => {
                let [right, up, tail @ ..] = rest else { return canvas.y as u32 };
                rest = tail;
                canvas.x += usize::from(*right);
                canvas.y += usize::from(*up);
            }
            (0, pixels) => {
                let pixels = usize::from(pixels);
                let length = (pixels * usize::from(header.bits)).div_ceil(8);
                let Some((literal, tail)) = rest.split_at_checked(length) else { return canvas.y as u32 };
                // Padded to whole words.
                rest = tail.get(length % 2..).unwrap_or_default();
                match header.bits {
                    4 => (0..pixels).for_each(|at| {
                        let byte = literal.get(at / 2).copied().unwrap_or(0);
                        canvas.put(color(header, if at % 2 == 0 { byte >> 4 } else { byte & 15 }));
                    }),
                    8 => literal.iter().for_each(|index| canvas.put(color(header, *index))),
                    _ => literal.as_chunks::<3>().0.iter().for_each(|[b, g, r]| canvas.put([*r, *g, *b])),
                }
            }
            (count, value) => {
                let (even, odd) = match header.bits {
                    4 => (color(header, value >> 4), color(header, value & 15)),
                    8 => (color(header, value), color(header, value)),
                    _ => {
                        let [green, red, tail @ ..] = rest else { return canvas.y as u32 };
                        rest = tail;
                        ([*red, *green, value], [*red, *green, value])
                    }
                };
                (0..count).for_each(|at| canvas.put(if at % 2 == 0 { even } else { odd }));
            }
        }
    }
    header.size.1
}

struct Canvas<'a> {
    out: &'a mut [u8],
    width: usize,
    x: usize,
    y: usize,
}

impl Canvas<'_> {
    /// Draws the next pixel of the line; those beyond its end are dropped.
    fn put(&mut self, color: [u8; 3]) {
        if self.x < self.width {
            let at = (self.y * self.width + self.x) * 3;
            if let Some(pixel) = self.out.get_mut(at..at + 3) {
                pixel.copy_from_slice(&color);
            }
            self.x += 1;
        }
    }

    fn end_line(&mut self) {
        self.x = 0;
        self.y += 1;
    }
}
