//! The bits of a scan's compressed data.

use super::huffman::{HuffmanTable, SHORT};
use super::scan::Data;
use super::segments::{Restart, find_marker, find_restart};

/// Reads the compressed data of a scan bit by bit, up to its next marker; behind that it gives zeros, as libjpeg does.
///
/// What is not inlined takes and gives it by value: so the loops that read hold it in registers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// Offset of the next byte that is not in `buffer`.
    position: usize,
    /// Bits to come, the next one at the top. Below the first `count` it may hold bits of the bytes at `position`.
    buffer: u64,
    /// How many bits of `buffer` count.
    count: u32,
    /// How many zeros were appended since the last restart because the data had ended.
    padding: u32,
    /// How many codes were met that the Huffman table does not have.
    bad_codes: u32,
}

impl<'a> Bits<'a> {
    /// Makes sure that at least 32 bits are in the buffer.
    #[inline(always)]
    pub(crate) fn refill(&mut self) {
        if self.count < 32 {
            self.fill();
        }
    }

    /// Fills the buffer with at least 56 bits.
    #[inline(always)]
    pub(crate) fn fill(&mut self) {
        if let Some(word) = self.bytes.get(self.position..).and_then(<[u8]>::first_chunk) {
            let word = u64::from_be_bytes(*word);
            // The highest bit of each byte that is ff, and perhaps of others beside such a byte.
            if (!word).wrapping_sub(0x0101_0101_0101_0101) & word & 0x8080_8080_8080_8080 == 0 {
                self.buffer |= word >> self.count;
                self.position += (63 - self.count as usize) >> 3;
                self.count |= 56;
                return;
            }
        }
        *self = self.filled_by_bytes();
    }

    #[cold]
    #[inline(never)]
    fn filled_by_bytes(mut self) -> Self {
        while self.count <= 56 {
            let byte = match self.bytes.get(self.position..) {
                Some([0xff, 0, ..]) => {
                    self.position += 2;
                    0xff
                }
                // Fill bytes.
                Some([0xff, 0xff, ..]) => {
                    self.position += 1;
                    continue;
                }
                Some([0xff, ..] | []) | None => {
                    self.padding = self.padding.saturating_add(8);
                    0
                }
                Some([byte, ..]) => {
                    self.position += 1;
                    *byte
                }
            };
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
        self
    }

    /// The next `N` bits, which stay.
    #[inline(always)]
    pub(crate) fn peek<const N: u32>(&self) -> usize {
        (self.buffer >> (64 - N)) as usize
    }

    /// Goes over `count` bits, fewer than 64, which must be in the buffer.
    #[inline(always)]
    pub(crate) fn consume(&mut self, count: u32) {
        self.buffer <<= count & 63;
        self.count = self.count.wrapping_sub(count);
    }

    /// The next `count` bits as a number, at most 16 of them; they must be in the buffer.
    #[inline(always)]
    pub(crate) fn take(&mut self, count: u32) -> i32 {
        // Two shifts, since none at all is a shift by 64.
        let value = (self.buffer >> 1 >> (63 - (count & 63))) as i32;
        self.consume(count);
        value
    }

    /// The next bit.
    #[inline(always)]
    pub(crate) fn bit(&mut self) -> bool {
        if self.count == 0 {
            self.fill();
        }
        let bit = self.buffer >> 63 != 0;
        self.consume(1);
        bit
    }

    /// A number of `size` bits (at most 15) with its sign: those whose first bit is 0 are negative. The bits must be in
    /// the buffer.
    #[inline(always)]
    pub(crate) fn signed(&mut self, size: u32) -> i32 {
        let value = self.take(size);
        let is_negative = value < (1 << size >> 1);
        if is_negative { value - (1 << size) + 1 } else { value }
    }

    /// The next symbol. Its code, at most 17 bits, must be in the buffer.
    #[inline(always)]
    pub(crate) fn symbol(&mut self, table: &HuffmanTable) -> u8 {
        let (length, symbol) = match table.short_code(self.peek::<SHORT>()) {
            (0, _) => table.find_code(self.peek::<17>() as i32),
            short => short,
        };
        self.consume(length);
        // A code that no table has counts as 0, as in libjpeg.
        if length > 16 {
            self.bad_codes += 1;
        }
        symbol
    }
}

impl<'a> Data<'a> for Bits<'a> {
    fn new(bytes: &'a [u8], position: usize) -> Self {
        Self { bytes, position, buffer: 0, count: 0, padding: 0, bad_codes: 0 }
    }

    fn position(&self) -> usize {
        self.position
    }

    fn bad_codes(&self) -> u32 {
        self.bad_codes
    }

    #[inline(always)]
    fn is_exhausted(&self) -> bool {
        self.count < self.padding
    }

    #[inline(never)]
    fn restarted(mut self, expected: u8) -> (Self, Restart) {
        let has_data = self.padding == 0 && self.count > 16;
        let next = find_marker(self.bytes, self.position).map(|(_, marker)| marker);
        if has_data && !matches!(next, Some(0xd0..=0xd7)) {
            return (self, Restart::None);
        }
        (self.buffer, self.count, self.padding) = (0, 0, 0);
        let found;
        (self.position, found) = find_restart(self.bytes, self.position, expected);
        (self, found)
    }
}
