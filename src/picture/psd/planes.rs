//! The planes of a merged picture: rows of one channel after the other, as they are or with run lengths (PackBits).

use crate::picture::decoder_error::truncated;
use crate::picture::error::PictureError;
use crate::picture::format::Format;

/// Least part of a picture, in percent, that is worth showing.
const ENOUGH: usize = 25;

/// Reads big-endian numbers and parts of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Begins with the first of `bytes`.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next `length` bytes, if they are there.
    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    /// The next number of 16 bits.
    pub(super) fn u16(&mut self) -> Option<u16> {
        let (number, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(u16::from_be_bytes(*number))
    }

    /// The next number of 32 bits.
    pub(super) fn u32(&mut self) -> Option<u32> {
        let (number, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(u32::from_be_bytes(*number))
    }

    /// A part that begins with its length in bytes, of 64 bits if `long`.
    pub(super) fn section(&mut self, long: bool) -> Option<&'a [u8]> {
        let high = if long { self.u32()? } else { 0 };
        let length = u64::from(high) << 32 | u64::from(self.u32()?);
        self.take(usize::try_from(length).ok()?)
    }
}

/// How the planes of a picture are stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Planes {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Number of planes that are stored.
    pub channels: usize,
    /// Number of planes that are read, from the first.
    pub wanted: usize,
    /// Bits of a sample: 1, 8, 16 or 32 (a float of linear light).
    pub depth: u16,
    /// Whether rows have run lengths.
    pub packed: bool,
    /// Whether the lengths of such rows are numbers of 32 bits.
    pub long_counts: bool,
}

impl Planes {
    /// Reads the wanted planes as interleaved bytes; with words about what is missing when the file ends early.
    ///
    /// Where the end of a plane is missing, the plane before takes its place: a picture that lacks blue is still seen.
    pub(super) fn read(self, reader: &mut Reader<'_>) -> Result<(Vec<u8>, Option<String>), PictureError> {
        let too_large = || PictureError::TooMuchMemory(Format::Psd);
        let pixels = self.width.checked_mul(self.height).ok_or_else(too_large)?;
        let row_length = if self.depth == 1 {
            self.width.div_ceil(8)
        } else {
            self.width.checked_mul(usize::from(self.depth) / 8).ok_or_else(too_large)?
        };
        let counts = if self.packed { self.take_counts(reader)? } else { Vec::new() };
        let mut out = vec![128; pixels.checked_mul(self.wanted).ok_or_else(too_large)?];
        let mut row = Vec::new();
        let mut there = 0;
        'planes: for plane in 0..self.wanted {
            for y in 0..self.height {
                row.clear();
                if self.packed {
                    let count = counts.get(plane * self.height + y).copied().unwrap_or(0);
                    let Some(packed) = reader.take(count) else { break 'planes };
                    unpack(packed, row_length, &mut row);
                } else {
                    let Some(plain) = reader.take(row_length) else { break 'planes };
                    row.extend_from_slice(plain);
                }
                self.store_row(&row, plane, y, &mut out);
                there += 1;
            }
        }
        let all = self.wanted * self.height;
        if there == all {
            return Ok((out, None));
        }
        let percent = there * 100 / all;
        if percent < ENOUGH {
            return Err(truncated(Format::Psd));
        }
        self.fill_in(there, &mut out);
        Ok((out, Some(format!("the file ends after {percent} % of the picture"))))
    }

    /// Lengths in bytes of all packed rows.
    fn take_counts(self, reader: &mut Reader<'_>) -> Result<Vec<usize>, PictureError> {
        let size = if self.long_counts { 4 } else { 2 };
        let all = self.channels.checked_mul(self.height).and_then(|rows| rows.checked_mul(size));
        let table = all.and_then(|length| reader.take(length)).ok_or_else(|| truncated(Format::Psd))?;
        let number = |bytes: &[u8]| bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte));
        Ok(table.chunks_exact(size).take(self.wanted * self.height).map(number).collect())
    }

    /// Stores a row of one plane, as bytes, between those of the other planes.
    fn store_row(self, row: &[u8], plane: usize, y: usize, out: &mut [u8]) {
        let start = y * self.width * self.wanted + plane;
        let places =
            out.get_mut(start..).unwrap_or_default().iter_mut().step_by(self.wanted).take(self.width);
        match self.depth {
            1 => {
                // A bit that is set is black.
                let bits = row.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
                places.zip(bits).for_each(|(place, bit)| *place = 255 - 255 * bit);
            }
            16 => {
                let samples = row.as_chunks().0.iter().map(|pair| u32::from(u16::from_be_bytes(*pair)));
                places.zip(samples).for_each(|(place, sample)| *place = ((sample + 128) / 257) as u8);
            }
            32 => {
                let samples = row.as_chunks().0.iter().map(|four| f32::from_be_bytes(*four));
                places.zip(samples).for_each(|(place, sample)| *place = encode(sample));
            }
            _ => places.zip(row).for_each(|(place, sample)| *place = *sample),
        }
    }

    /// Puts the plane before in the place of rows that are missing, but for the first plane.
    fn fill_in(self, there: usize, out: &mut [u8]) {
        for missing in there.max(self.height)..self.wanted * self.height {
            let (plane, y) = (missing / self.height, missing % self.height);
            let start = y * self.width * self.wanted;
            let row = out.get_mut(start..start + self.width * self.wanted).unwrap_or_default();
            for pixel in row.chunks_exact_mut(self.wanted) {
                if let Some(before) = pixel.get(plane - 1).copied()
                    && let Some(sample) = pixel.get_mut(plane)
                {
                    *sample = before;
                }
            }
        }
    }
}

/// Unpacks run lengths (PackBits) to `row`, at most `length` bytes.
fn unpack(packed: &[u8], length: usize, row: &mut Vec<u8>) {
    let mut rest = packed;
    while let [count, after @ ..] = rest
        && row.len() < length
    {
        let room = length - row.len();
        rest = match *count {
            count @ 0..=127 => {
                let literal = after.get(..usize::from(count) + 1).unwrap_or(after);
                row.extend_from_slice(literal.get(..room).unwrap_or(literal));
                after.get(literal.len()..).unwrap_or_default()
            }
            128 => after,
            count => {
                let [value, after @ ..] = after else { break };
                row.resize(row.len() + (257 - usize::from(count)).min(room), *value);
                after
            }
        };
    }
    row.resize(length, 128);
}

/// Linear light to a byte, by the transfer function of sRGB: pictures of 32 bits are linear.
fn encode(light: f32) -> u8 {
    let light = light.clamp(0.0, 1.0);
    let value = if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    (value * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_literals_are_unpacked_and_never_too_many() {
        let mut row = Vec::new();
        // From Apple's Technical Note TN1023.
        let packed =
            [0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa, 0x03, 0x80, 0x00, 0x2a, 0x22, 0xf7, 0xaa];
        unpack(&packed, 24, &mut row);
        let expected = [
            0xaa, 0xaa, 0xaa, 0x80, 0x00, 0x2a, 0xaa, 0xaa, 0xaa, 0xaa, 0x80, 0x00, 0x2a, 0x22, 0xaa, 0xaa,
            0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa,
        ];
        assert_eq!(row, expected);
        for packed in [&[0x81, 7][..], &[127, 1], &[128, 128], &[]] {
            row.clear();
            unpack(packed, 5, &mut row);
            assert_eq!(row.len(), 5);
        }
    }
}
