//! Arithmetic coding of ITU-T T.81, annex D: one yes or no after the other, each with a guess of how likely it is.

use super::scan::Data;
use super::segments::{Restart, find_restart};

/// Table D.3: how likely the rarer answer is, and the guess that follows the rarer and the more frequent answer. The
/// highest bit of the former tells that the two change places. The last is for answers that are as likely as not, and stays.
#[rustfmt::skip]
const STATES: [(u16, u8, u8); 114] = [
    (0x5a1d, 0x81, 1), (0x2586, 14, 2), (0x1114, 16, 3), (0x080b, 18, 4), (0x03d8, 20, 5), (0x01da, 23, 6),
    (0x00e5, 25, 7), (0x006f, 28, 8), (0x0036, 30, 9), (0x001a, 33, 10), (0x000d, 35, 11), (0x0006, 9, 12),
    (0x0003, 10, 13), (0x0001, 12, 13), (0x5a7f, 0x8f, 15), (0x3f25, 36, 16), (0x2cf2, 38, 17), (0x207c, 39, 18),
    (0x17b9, 40, 19), (0x1182, 42, 20), (0x0cef, 43, 21), (0x09a1, 45, 22), (0x072f, 46, 23), (0x055c, 48, 24),
    (0x0406, 49, 25), (0x0303, 51, 26), (0x0240, 52, 27), (0x01b1, 54, 28), (0x0144, 56, 29), (0x00f5, 57, 30),
    (0x00b7, 59, 31), (0x008a, 60, 32), (0x0068, 62, 33), (0x004e, 63, 34), (0x003b, 32, 35), (0x002c, 33, 9),
    (0x5ae1, 0xa5, 37), (0x484c, 64, 38), (0x3a0d, 65, 39), (0x2ef1, 67, 40), (0x261f, 68, 41), (0x1f33, 69, 42),
    (0x19a8, 70, 43), (0x1518, 72, 44), (0x1177, 73, 45), (0x0e74, 74, 46), (0x0bfb, 75, 47), (0x09f8, 77, 48),
    (0x0861, 78, 49), (0x0706, 79, 50), (0x05cd, 48, 51), (0x04de, 50, 52), (0x040f, 50, 53), (0x0363, 51, 54),
    (0x02d4, 52, 55), (0x025c, 53, 56), (0x01f8, 54, 57), (0x01a4, 55, 58), (0x0160, 56, 59), (0x0125, 57, 60),
    (0x00f6, 58, 61), (0x00cb, 59, 62), (0x00ab, 61, 63), (0x008f, 61, 32), (0x5b12, 0xc1, 65), (0x4d04, 80, 66),
    (0x412c, 81, 67), (0x37d8, 82, 68), (0x2fe8, 83, 69), (0x293c, 84, 70), (0x2379, 86, 71), (0x1edf, 87, 72),
    (0x1aa9, 87, 73), (0x174e, 72, 74), (0x1424, 72, 75), (0x119c, 74, 76), (0x0f6b, 74, 77), (0x0d51, 75, 78),
    (0x0bb6, 77, 79), (0x0a40, 77, 48), (0x5832, 0xd0, 81), (0x4d1c, 88, 82), (0x438e, 89, 83), (0x3bdd, 90, 84),
    (0x34ee, 91, 85), (0x2eae, 92, 86), (0x299a, 93, 87), (0x2516, 86, 71), (0x5570, 0xd8, 89), (0x4ca9, 95, 90),
    (0x44d9, 96, 91), (0x3e22, 97, 92), (0x3824, 99, 93), (0x32b4, 99, 94), (0x2e17, 93, 86), (0x56a8, 0xdf, 96),
    (0x4f46, 101, 97), (0x47e5, 102, 98), (0x41cf, 103, 99), (0x3c3d, 104, 100), (0x375e, 99, 93), (0x5231, 105, 102),
    (0x4c0f, 106, 103), (0x4639, 107, 104), (0x415e, 103, 99), (0x5627, 0xe9, 106), (0x50e7, 108, 107),
    (0x4b85, 109, 103), (0x5597, 110, 109), (0x504f, 111, 107), (0x5a10, 0xee, 111), (0x5522, 112, 109),
    (0x59eb, 0xf0, 111), (0x5a1d, 113, 113),
];

/// A guess: which answer is the more frequent one (the highest bit), and an index of [`STATES`].
pub(super) type Guess = u8;

/// The guess that never changes: as likely as not.
const EVEN: Guess = 113;

/// Zeros that a coder may leave out at the end of its data; when the file ends, more are missing data.
const TRAILING_ZEROS: u32 = 4;

/// Reads arithmetically coded answers up to the next marker; behind that zeros.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answers<'a> {
    bytes: &'a [u8],
    position: usize,
    /// Annex D's registers: the code, the interval, and the bits to the next byte.
    code: u32,
    interval: u32,
    bits: u32,
    /// Zeros that were given since the file had ended.
    zeros: u32,
    /// Whether the data mean nothing up to the next restart.
    is_lost: bool,
    bad_codes: u32,
}

impl<'a> Answers<'a> {
    /// Begins an interval of data: Initdec.
    fn begin(mut self) -> Self {
        (self.code, self.interval, self.bits) = (0, 0x1_0000, 0);
        (self.zeros, self.is_lost) = (0, false);
        self.read_byte();
        self.code <<= 8;
        self.read_byte();
        self.code <<= 8;
        self
    }

    /// Byte_in.
    fn read_byte(&mut self) {
        let byte = loop {
            match self.bytes.get(self.position..) {
                Some([0xff, 0, ..]) => {
                    self.position += 2;
                    break 0xff;
                }
                Some([0xff, 0xff, ..]) => self.position += 1,
                // The zeros behind a marker are meant.
                Some([0xff, _, ..]) => break 0,
                Some([0xff] | []) | None => {
                    self.zeros = self.zeros.saturating_add(1);
                    break 0;
                }
                Some([byte, ..]) => {
                    self.position += 1;
                    break *byte;
                }
            }
        };
        self.code |= u32::from(byte) << 8;
    }

    /// The next answer, by a guess that learns of it: Decode.
    pub(crate) fn next(&mut self, guess: &mut Guess) -> bool {
        let (rarity, after_rare, after_frequent) =
            STATES.get(usize::from(*guess & 0x7f)).copied().unwrap_or((0x5a1d, EVEN, EVEN));
        let rarity = u32::from(rarity);
        let frequent = *guess & 0x80;
        self.interval -= rarity;
        let is_low = self.code >> 16 < self.interval;
        if is_low && self.interval >= 0x8000 {
            return frequent != 0;
        }
        // The longer part of the interval belongs to the frequent answer.
        let is_frequent = is_low == (self.interval >= rarity);
        if !is_low {
            self.code -= self.interval << 16;
            self.interval = rarity;
        }
        *guess = if is_frequent { frequent | after_frequent } else { frequent ^ after_rare };
        while self.interval < 0x8000 {
            if self.bits == 0 {
                self.read_byte();
                self.bits = 8;
            }
            self.interval <<= 1;
            self.code <<= 1;
            self.bits -= 1;
        }
        (frequent != 0) == is_frequent
    }

    /// The next answer, of which nothing is guessed.
    pub(crate) fn even(&mut self) -> bool {
        self.next(&mut { EVEN })
    }

    /// Gives the data up to the next restart up.
    pub(crate) fn lose(&mut self) {
        self.is_lost = true;
        self.bad_codes += 1;
    }
}

impl<'a> Data<'a> for Answers<'a> {
    fn new(bytes: &'a [u8], position: usize) -> Self {
        let (code, interval, bits, zeros, is_lost, bad_codes) = (0, 0, 0, 0, false, 0);
        Self { bytes, position, code, interval, bits, zeros, is_lost, bad_codes }.begin()
    }

    fn position(&self) -> usize {
        self.position
    }

    fn bad_codes(&self) -> u32 {
        self.bad_codes
    }

    fn is_exhausted(&self) -> bool {
        self.is_lost || self.zeros > TRAILING_ZEROS
    }

    fn restarted(mut self, expected: u8) -> (Self, Restart) {
        let found;
        (self.position, found) = find_restart(self.bytes, self.position, expected);
        (self.begin(), found)
    }
}
