//! The bits of a scan's compressed data.

use super::huffman::{HuffmanTable, SHORT};
use super::segments::find_marker;

/// Reads the compressed data of a scan bit by bit, up to its next marker; behind that it gives zeros, as libjpeg does.
///
/// A value type: the loops that read hold it in registers.
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
    pub bad_codes: u32,
}

/// What [`Bits::restart`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Restart {
    /// The marker; the data go on behind it.
    Here,
    /// A marker that is to come later, or the end: there are no data until then.
    Ahead,
    /// No marker, but data: the file has no restarts, though it says so.
    None,
}

impl<'a> Bits<'a> {
    /// Reads from `position` on.
    pub(crate) fn new(bytes: &'a [u8], position: usize) -> Self {
        Self { bytes, position, buffer: 0, count: 0, padding: 0, bad_codes: 0 }
    }

    /// Offset of the next byte; the marker's when all data before it was read.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// Whether more bits were read than there are.
    #[inline(always)]
    pub(crate) fn is_exhausted(&self) -> bool {
        self.count < self.padding
    }

    /// Makes sure that at least 32 bits are in the buffer.
    #[inline(always)]
    pub(crate) fn refilled(self) -> Self {
        if self.count < 32 { self.filled() } else { self }
    }

    /// Fills the buffer with at least 56 bits.
    #[inline(always)]
    pub(crate) fn filled(mut self) -> Self {
        if let Some(word) = self.bytes.get(self.position..).and_then(<[u8]>::first_chunk) {
            let word = u64::from_be_bytes(*word);
            // The highest bit of each byte that is ff, and perhaps of others beside such a byte.
            if (!word).wrapping_sub(0x0101_0101_0101_0101) & word & 0x8080_8080_8080_8080 == 0 {
                self.buffer |= word >> self.count;
                self.position += (63 - self.count as usize) >> 3;
                self.count |= 56;
                return self;
            }
        }
        self.filled_by_bytes()
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
    pub(crate) fn bit(mut self) -> (Self, bool) {
        if self.count == 0 {
            self = self.filled();
        }
        let bit = self.buffer >> 63 != 0;
        self.consume(1);
        (self, bit)
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

    /// Goes over what is left before the restart marker `expected` (0 to 7) and over the marker. Goes on where libjpeg's
    /// `jpeg_resync_to_restart` does, but for files that have data without any marker.
    pub(crate) fn restart(&mut self, expected: u8) -> Restart {
        let has_data = self.padding == 0 && self.count > 16;
        let next = find_marker(self.bytes, self.position).map(|(_, marker)| marker);
        if has_data && !matches!(next, Some(0xd0..=0xd7)) {
            return Restart::None;
        }
        (self.buffer, self.count, self.padding) = (0, 0, 0);
        loop {
            let Some((position, marker)) = find_marker(self.bytes, self.position) else {
                self.position = self.bytes.len();
                return Restart::Ahead;
            };
            self.position = position;
            match marker {
                // No marker that files have.
                1..=0xbf => self.position += 2,
                0xd0..=0xd7 => match (marker & 7).wrapping_sub(expected) & 7 {
                    // One of the next two: the data of this interval are lost.
                    1 | 2 => return Restart::Ahead,
                    // One of the last two: there is data that came already.
                    6 | 7 => self.position += 2,
                    _ => {
                        self.position += 2;
                        return Restart::Here;
                    }
                },
                _ => return Restart::Ahead,
            }
        }
    }
}
