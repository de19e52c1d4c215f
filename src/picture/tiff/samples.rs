//! From the bytes of a row to its samples as numbers: bits of any number, both byte orders, predictors.

use half::f16;

use super::pixel::SampleKind;

/// How the samples of a row lie in its bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowFormat<'a> {
    /// Bits of each sample of a pixel.
    pub bits: &'a [u8],
    /// What each sample is.
    pub kind: SampleKind,
    /// Whether numbers of several bytes have the highest first.
    pub big_endian: bool,
    /// As [`super::layout::Layout::predictor`].
    pub predictor: u16,
}

impl RowFormat<'_> {
    /// Bits of every sample, if they are all the same.
    fn uniform_bits(&self) -> Option<u8> {
        let first = *self.bits.first()?;
        self.bits.iter().all(|bits| *bits == first).then_some(first)
    }

    /// Reads the samples of a row into `out`, as many as it has room for: whole numbers as they are, up to 2^24 without
    /// loss. `row` is overwritten.
    pub(super) fn read(&self, row: &mut [u8], out: &mut [f32]) {
        let uniform = self.uniform_bits();
        self.undo_predictor(row);
        match (self.kind, uniform) {
            (SampleKind::Unsigned, Some(8)) => {
                out.iter_mut().zip(&*row).for_each(|(out, byte)| *out = f32::from(*byte));
            }
            (SampleKind::Unsigned, Some(16)) => {
                self.map(row, out, |bytes| f32::from(u16::from_le_bytes(bytes)))
            }
            (SampleKind::Unsigned, Some(24)) => self.map(row, out, |bytes| whole_24(bytes) as f32),
            (SampleKind::Unsigned, Some(32)) => self.map(row, out, |bytes| u32::from_le_bytes(bytes) as f32),
            (SampleKind::Unsigned, Some(64)) => self.map(row, out, |bytes| u64::from_le_bytes(bytes) as f32),
            (SampleKind::Signed, Some(8)) => self.map(row, out, |[byte]| f32::from(byte as i8)),
            (SampleKind::Signed, Some(16)) => {
                self.map(row, out, |bytes| f32::from(i16::from_le_bytes(bytes)))
            }
            (SampleKind::Signed, Some(24)) => {
                self.map(row, out, |bytes| ((whole_24(bytes) << 8) as i32 >> 8) as f32);
            }
            (SampleKind::Signed, Some(32)) => self.map(row, out, |bytes| i32::from_le_bytes(bytes) as f32),
            (SampleKind::Signed, Some(64)) => self.map(row, out, |bytes| i64::from_le_bytes(bytes) as f32),
            (SampleKind::Float, Some(16)) => self.map(row, out, |bytes| f16::from_le_bytes(bytes).to_f32()),
            (SampleKind::Float, Some(24)) => self.map(row, out, |bytes| float_24(whole_24(bytes))),
            (SampleKind::Float, Some(32)) => self.map(row, out, f32::from_le_bytes),
            (SampleKind::Float, Some(64)) => self.map(row, out, |bytes| f64::from_le_bytes(bytes) as f32),
            _ => self.unpack(row, out),
        }
    }

    /// Undoes the predictor of samples of whole bytes.
    pub(super) fn undo_predictor(&self, row: &mut [u8]) {
        match (self.predictor, self.uniform_bits()) {
            (2, Some(bits @ (8 | 16 | 24 | 32 | 64))) => self.add_differences(row, usize::from(bits / 8)),
            (3, Some(bits @ (16 | 24 | 32 | 64))) => self.join_bytes(row, usize::from(bits / 8)),
            _ => {}
        }
    }

    /// Reads samples of `N` bytes each by a function that takes their lowest byte first.
    fn map<const N: usize>(&self, row: &[u8], out: &mut [f32], read: impl Fn([u8; N]) -> f32) {
        let samples = out.iter_mut().zip(row.as_chunks().0);
        if self.big_endian {
            samples.for_each(|(out, bytes): (_, &[u8; N])| {
                let mut bytes = *bytes;
                bytes.reverse();
                *out = read(bytes);
            });
        } else {
            samples.for_each(|(out, bytes)| *out = read(*bytes));
        }
    }

    /// Reads samples of any number of bits, the highest first, and undoes the predictor of differences.
    fn unpack(&self, row: &[u8], out: &mut [f32]) {
        let (mut window, mut held) = (0u128, 0u32);
        let mut bytes = row.iter();
        let mut before = vec![0u64; self.bits.len()];
        for pixel in out.chunks_mut(self.bits.len().max(1)) {
            for ((out, bits), before) in pixel.iter_mut().zip(self.bits).zip(&mut before) {
                let bits = u32::from(*bits);
                while held < bits {
                    window = window << 8 | u128::from(bytes.next().copied().unwrap_or(0));
                    held += 8;
                }
                held -= bits;
                let mask = u64::MAX >> (64 - bits.clamp(1, 64));
                let mut value = (window >> held) as u64 & mask;
                if self.predictor == 2 {
                    value = value.wrapping_add(*before) & mask;
                    *before = value;
                }
                let unused = 64 - bits;
                *out = match self.kind {
                    SampleKind::Signed => ((value << unused) as i64 >> unused) as f32,
                    _ => value as f32,
                };
            }
        }
    }

    /// Undoes the predictor of differences between samples of `size` bytes.
    fn add_differences(&self, row: &mut [u8], size: usize) {
        let step = self.bits.len() * size;
        if size == 1 {
            return match step {
                // The usual ones, with a distance that the compiler knows.
                1 => add_pixels::<1>(row),
                3 => add_pixels::<3>(row),
                4 => add_pixels::<4>(row),
                _ => add_bytes(row, step),
            };
        }
        let big_endian = self.big_endian;
        let read = |bytes: &[u8]| {
            let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
            if big_endian { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) }
        };
        let mut before = vec![0u64; self.bits.len()];
        for pixel in row.chunks_exact_mut(step.max(1)) {
            for (sample, before) in pixel.chunks_exact_mut(size).zip(&mut before) {
                *before = before.wrapping_add(read(sample));
                let sum = before.to_le_bytes();
                let sum = sum.get(..size).unwrap_or_default();
                if big_endian {
                    sample.iter_mut().rev().zip(sum).for_each(|(byte, sum)| *byte = *sum);
                } else {
                    sample.copy_from_slice(sum);
                }
            }
        }
    }

    /// Undoes the predictor of floating-point numbers (Adobe's Technical Note 3): differences of bytes, all the highest
    /// bytes of a row first.
    fn join_bytes(&self, row: &mut [u8], size: usize) {
        add_bytes(row, self.bits.len());
        let count = row.len() / size;
        let split = row.to_vec();
        for (i, sample) in row.chunks_exact_mut(size).enumerate() {
            for (byte, plane) in sample.iter_mut().zip(split.chunks_exact(count.max(1))) {
                *byte = plane.get(i).copied().unwrap_or(0);
            }
            if !self.big_endian {
                sample.reverse();
            }
        }
    }
}

/// Adds to each byte the one `step` before it.
fn add_bytes(row: &mut [u8], step: usize) {
    for i in step.max(1)..row.len() {
        let before = row.get(i - step.max(1)).copied().unwrap_or(0);
        if let Some(byte) = row.get_mut(i) {
            *byte = byte.wrapping_add(before);
        }
    }
}

/// As [`add_bytes`], for a step that the compiler knows.
fn add_pixels<const N: usize>(row: &mut [u8]) {
    let mut sum = [0u8; N];
    for pixel in row.as_chunks_mut::<N>().0 {
        for (byte, sum) in pixel.iter_mut().zip(&mut sum) {
            *sum = sum.wrapping_add(*byte);
            *byte = *sum;
        }
    }
}

fn whole_24([a, b, c]: [u8; 3]) -> u32 {
    u32::from_le_bytes([a, b, c, 0])
}

/// A number of a sign, 7 bits of exponent and 16 of fraction.
fn float_24(bits: u32) -> f32 {
    let (exponent, fraction) = ((bits >> 16 & 0x7f) as i32, bits & 0xffff);
    let sign = if bits & 0x80_0000 == 0 { 1.0 } else { -1.0 };
    sign * match exponent {
        0 => fraction as f32 * 2f32.powi(-62 - 16),
        0x7f if fraction == 0 => f32::INFINITY,
        0x7f => f32::NAN,
        _ => (1.0 + fraction as f32 / 65536.0) * 2f32.powi(exponent - 63),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: RowFormat<'_>, row: &[u8], count: usize) -> Vec<f32> {
        let mut out = vec![0.0; count];
        format.read(&mut row.to_vec(), &mut out);
        out
    }

    #[test]
    fn samples_of_any_number_of_bits() {
        for bits in 1..=32u32 {
            let values: Vec<u64> =
                (0..9u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - bits)).collect();
            let all: String =
                values.iter().map(|value| format!("{value:0width$b}", width = bits as usize)).collect();
            let padded = format!("{all:0<width$}", width = all.len().next_multiple_of(8));
            let row: Vec<u8> = (0..padded.len() / 8)
                .map(|i| u8::from_str_radix(&padded[i * 8..i * 8 + 8], 2).unwrap())
                .collect();
            let format =
                RowFormat { bits: &[bits as u8], kind: SampleKind::Unsigned, big_endian: true, predictor: 1 };
            let expected: Vec<f32> = values.iter().map(|value| *value as f32).collect();
            assert_eq!(read(format, &row, 9), expected, "{bits}");
            let signed = RowFormat { kind: SampleKind::Signed, ..format };
            let expected: Vec<f32> =
                values.iter().map(|value| ((value << (64 - bits)) as i64 >> (64 - bits)) as f32).collect();
            assert_eq!(read(signed, &row, 9), expected, "{bits}");
        }
    }

    #[test]
    fn differences_are_undone_in_every_size_and_order() {
        for (samples, size) in [(1, 1), (2, 1), (3, 1), (4, 1), (3, 2), (1, 3), (2, 4), (1, 8)] {
            let mask = u64::MAX >> (64 - size * 8);
            let values: Vec<u64> =
                (0..samples as u64 * 7).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15) & mask).collect();
            for big_endian in [false, true] {
                let mut row = Vec::new();
                for (i, value) in values.iter().enumerate() {
                    let before = i.checked_sub(samples).map_or(0, |i| values[i]);
                    let bytes = value.wrapping_sub(before).to_le_bytes();
                    let mut bytes = bytes[..size].to_vec();
                    if big_endian {
                        bytes.reverse();
                    }
                    row.extend(bytes);
                }
                let bits = vec![size as u8 * 8; samples];
                let format = RowFormat { bits: &bits, kind: SampleKind::Unsigned, big_endian, predictor: 2 };
                let expected: Vec<f32> = values.iter().map(|value| *value as f32).collect();
                assert_eq!(read(format, &row, values.len()), expected, "{samples} {size} {big_endian}");
            }
        }
    }

    #[test]
    fn floats_of_24_bits() {
        for (bits, expected) in [
            (0x3f_0000, 1.0),
            (0xbf_0000, -1.0),
            (0x3f_8000, 1.5),
            (0x40_0000, 2.0),
            (0, 0.0),
            (0x7f_0000, f32::INFINITY),
        ] {
            assert_eq!(float_24(bits), expected);
        }
        assert!(float_24(0x7f_0001).is_nan());
    }

    #[test]
    fn floats_with_their_predictor_are_put_together() {
        let values = [1.5f32, -3.25, 1e9, 0.0];
        let mut row: Vec<u8> =
            (0..4).flat_map(|byte| values.map(|value| value.to_be_bytes()[byte])).collect();
        for i in (1..row.len()).rev() {
            row[i] = row[i].wrapping_sub(row[i - 1]);
        }
        for big_endian in [false, true] {
            let format = RowFormat { bits: &[32], kind: SampleKind::Float, big_endian, predictor: 3 };
            assert_eq!(read(format, &row, 4), values);
        }
    }
}
