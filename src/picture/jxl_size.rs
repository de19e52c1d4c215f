//! How large a JPEG XL picture is, by the first bits of its codestream (ISO/IEC 18181-1, "Image headers").

use image::metadata::Orientation;

use super::boxes::boxes;
use super::read_at::ReadAt;
use crate::base::pixels::displayed_size;

/// How many bytes of the codestream the size and the orientation may take.
const HEADER: usize = 32;

/// Width and height as displayed, in pixels.
pub(super) fn read<I: ReadAt + ?Sized>(input: &I) -> Option<(u32, u32)> {
    let mut start = 0;
    if *input.read_at(0, 2)? != *b"\xff\x0a" {
        let found = boxes(input, 0, u64::MAX);
        // Codestreams in parts have a number of 32 bits before each.
        start = found.iter().find_map(|found| match &found.kind {
            b"jxlc" => Some(found.start),
            b"jxlp" => found.start.checked_add(4),
            _ => None,
        })?;
    }
    let bytes = input.read_up_to(start, HEADER)?;
    let mut bits = Bits { bytes: bytes.strip_prefix(b"\xff\x0a")?, at: 0 };
    let small = bits.next(1)? == 1;
    let height = side(&mut bits, small)?;
    let width = match bits.next(3)? {
        0 => side(&mut bits, small)?,
        ratio => {
            let ratios: [(u64, u64); 7] = [(1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1)];
            let (above, below) = *ratios.get(ratio as usize - 1)?;
            u32::try_from(u64::from(height) * above / below).ok()?
        }
    };
    let all_default = bits.next(1)? == 1;
    let orientation = if !all_default && bits.next(1)? == 1 { bits.next(3)? as u8 + 1 } else { 1 };
    Some(displayed_size((width, height), Orientation::from_exif(orientation)?))
}

/// One side of the picture: a multiple of 8 in a small one.
fn side(bits: &mut Bits<'_>, small: bool) -> Option<u32> {
    if small {
        return Some((bits.next(5)? + 1) * 8);
    }
    let width = [9, 13, 18, 30];
    let count = *width.get(bits.next(2)? as usize)?;
    Some(bits.next(count)? + 1)
}

/// Reads bits, the lowest of each byte first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    /// The number of the next `count` bits, at most 30.
    fn next(&mut self, count: usize) -> Option<u32> {
        let mut number = 0;
        for i in 0..count {
            let byte = *self.bytes.get((self.at + i) / 8)?;
            number |= u32::from(byte >> ((self.at + i) % 8) & 1) << i;
        }
        self.at += count;
        Some(number)
    }
}
