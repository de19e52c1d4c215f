//! ThunderScan's four bits a sample, as libtiff's `tif_thunder.c` reads them: runs, and differences to the pixel before.

use std::borrow::Cow;

use super::row_reader::{DecodeRows, RowReader};

/// Decodes row by row while it is read.
pub(super) struct ThunderScan<'a> {
    bytes: Cow<'a, [u8]>,
    at: usize,
    /// Pixels of a row.
    width: usize,
}

/// Differences by code; the one that stands for none is left out.
const TWO_BITS: [Option<i8>; 4] = [Some(0), Some(1), None, Some(-1)];
const THREE_BITS: [Option<i8>; 8] = [Some(0), Some(1), Some(2), Some(3), None, Some(-3), Some(-2), Some(-1)];

impl<'a> ThunderScan<'a> {
    pub(super) fn new(bytes: Cow<'a, [u8]>, width: u32) -> RowReader<Self> {
        RowReader::new(Self { bytes, at: 0, width: width as usize })
    }

    fn add(&self, row: &mut [u8], x: &mut usize, last: &mut u8, difference: Option<i8>) {
        if let Some(difference) = difference {
            *last = last.wrapping_add_signed(difference) & 15;
            self.set(row, x, *last);
        }
    }

    fn set(&self, row: &mut [u8], x: &mut usize, value: u8) {
        if *x < self.width
            && let Some(byte) = row.get_mut(*x / 2)
        {
            *byte |= if x.is_multiple_of(2) { value << 4 } else { value };
        }
        *x += 1;
    }
}

impl DecodeRows for ThunderScan<'_> {
    fn next_row(&mut self, row: &mut Vec<u8>) -> Option<()> {
        row.clear();
        row.resize(self.width.div_ceil(2), 0);
        let (mut x, mut last) = (0, 0u8);
        while x < self.width {
            let code = *self.bytes.get(self.at)?;
            self.at += 1;
            let value = code & 0x3f;
            match code >> 6 {
                0 => (0..value).for_each(|_| self.set(row, &mut x, last)),
                1 => {
                    for shift in [4, 2, 0] {
                        self.add(row, &mut x, &mut last, TWO_BITS[usize::from(value >> shift & 3)]);
                    }
                }
                2 => {
                    for shift in [3, 0] {
                        self.add(row, &mut x, &mut last, THREE_BITS[usize::from(value >> shift & 7)]);
                    }
                }
                _ => {
                    last = value & 15;
                    self.set(row, &mut x, last);
                }
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn every_code_is_decoded() {
        // 5; 6, 5, (none); 8, 5; three more of 5; and one more than the row has.
        let bytes = [0xc5, 0b01_01_11_10, 0b10_011_101, 0x03, 0xc1];
        let mut out = Vec::new();
        ThunderScan::new(Cow::Borrowed(&bytes), 9).read_to_end(&mut out).unwrap();
        assert_eq!(out, [0x56, 0x58, 0x55, 0x55, 0x10]);
    }
}
