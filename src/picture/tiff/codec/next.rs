//! NeXT's two bits a sample, as libtiff's `tif_next.c` reads them: rows as they are, spans of a white row, and runs.

use std::borrow::Cow;

use super::row_reader::{DecodeRows, RowReader};

/// Decodes row by row while it is read; 3 is white.
pub(super) struct Next<'a> {
    bytes: Cow<'a, [u8]>,
    at: usize,
    row_bytes: usize,
}

impl<'a> Next<'a> {
    pub(super) fn new(bytes: Cow<'a, [u8]>, row_bytes: usize) -> RowReader<Self> {
        RowReader::new(Self { bytes, at: 0, row_bytes })
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        byte
    }

    fn pair(&mut self) -> Option<usize> {
        Some(usize::from(self.byte()?) << 8 | usize::from(self.byte()?))
    }

    fn copy(&mut self, row: &mut [u8], start: usize, length: usize) -> Option<()> {
        let from = self.bytes.get(self.at..self.at.checked_add(length)?)?;
        row.get_mut(start..start.checked_add(length)?)?.copy_from_slice(from);
        self.at += length;
        Some(())
    }
}

impl DecodeRows for Next<'_> {
    fn next_row(&mut self, row: &mut Vec<u8>) -> Option<()> {
        row.clear();
        row.resize(self.row_bytes, 0xff);
        match self.byte()? {
            0 => self.copy(row, 0, self.row_bytes),
            0x40 => {
                let (start, length) = (self.pair()?, self.pair()?);
                self.copy(row, start, length)
            }
            mut code => {
                let pixels = self.row_bytes * 4;
                let mut x = 0;
                loop {
                    for _ in 0..code & 0x3f {
                        if let Some(byte) = row.get_mut(x / 4) {
                            let shift = 6 - x % 4 * 2;
                            *byte = *byte & !(3 << shift) | code >> 6 << shift;
                        }
                        x += 1;
                    }
                    if x >= pixels {
                        return Some(());
                    }
                    // The last pixels of the last byte are none of the picture's: they may be left out.
                    match self.bytes.get(self.at) {
                        Some(0 | 0x40) | None if x + 3 >= pixels => return Some(()),
                        _ => code = self.byte()?,
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn rows_of_all_three_kinds() {
        // Eight pixels a row: as they are; a span from the second byte on; runs of 5 black and 3 gray.
        let bytes = [0, 0x1b, 0xe4, 0x40, 0, 1, 0, 1, 0x55, 0x05, 0x83];
        let mut out = Vec::new();
        Next::new(Cow::Borrowed(&bytes), 2).read_to_end(&mut out).unwrap();
        assert_eq!(out, [0x1b, 0xe4, 0xff, 0x55, 0x00, 0b00_10_10_10]);
    }
}
