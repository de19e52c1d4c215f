//! LZMA as libtiff writes it: an xz stream of one or more blocks, whose bytes may be differences (the delta filter).

use std::io::{self, Write};

use super::context::invalid;

/// Length of the header of an xz stream, in bytes.
const STREAM_HEADER: usize = 12;
/// Filters of xz, by their numbers.
const DELTA: u64 = 3;
const LZMA2: u64 = 0x21;

/// Decodes an xz stream to at most `limit` bytes. What comes before damage is kept.
pub(super) fn decode(bytes: &[u8], limit: usize) -> io::Result<Vec<u8>> {
    if !bytes.starts_with(b"\xfd7zXZ\0") {
        return Err(invalid("it is no xz stream"));
    }
    let check = match bytes.get(7).map(|flags| flags & 15) {
        Some(0) => 0,
        Some(1) => 4,
        Some(4) => 8,
        Some(10) => 32,
        _ => return Err(invalid("an xz stream of an unknown kind")),
    };
    let mut out = Limited { bytes: Vec::new(), limit };
    let mut at = STREAM_HEADER;
    while let Some(block) = bytes.get(at..).filter(|rest| rest.first().is_some_and(|size| *size != 0)) {
        let header = usize::from(block.first().copied().unwrap_or(0)) * 4 + 4;
        let distance = read_filters(block.get(..header).ok_or_else(|| invalid("an xz block is cut"))?)?;
        let packed = block.get(header..).unwrap_or_default();
        let (packed_length, length) = lengths(packed);
        let start = out.bytes.len();
        // The decoder keeps all of a block until its end: it must not be longer than what it is for.
        if length > (limit - start.min(limit)).saturating_add(1 << 16) {
            return Err(invalid("an xz block is longer than the strip"));
        }
        let decoded = lzma_rs::lzma2_decompress(&mut io::Cursor::new(packed), &mut out);
        if let Some(distance) = distance {
            add_differences(out.bytes.get_mut(start..).unwrap_or_default(), distance);
        }
        if decoded.is_err() || out.bytes.len() >= limit {
            break;
        }
        at =
            at.saturating_add(header).saturating_add(packed_length.next_multiple_of(4)).saturating_add(check);
    }
    Ok(out.bytes)
}

/// Reads a block's header: the distance of the delta filter, if there is one before LZMA2.
fn read_filters(header: &[u8]) -> io::Result<Option<usize>> {
    let cut = || invalid("the header of an xz block is cut");
    let flags = *header.get(1).ok_or_else(cut)?;
    let mut rest = header.get(2..).ok_or_else(cut)?;
    for bit in [0x40, 0x80] {
        if flags & bit != 0 {
            number(&mut rest).ok_or_else(cut)?;
        }
    }
    let mut distance = None;
    for _ in 0..=flags & 3 {
        let id = number(&mut rest).ok_or_else(cut)?;
        let size = number(&mut rest).ok_or_else(cut)?;
        let (properties, after) =
            usize::try_from(size).ok().and_then(|size| rest.split_at_checked(size)).ok_or_else(cut)?;
        rest = after;
        match (id, properties) {
            (DELTA, [value]) if distance.is_none() => distance = Some(usize::from(*value) + 1),
            (LZMA2, _) => return Ok(distance),
            _ => break,
        }
    }
    Err(invalid("an xz stream with unknown filters"))
}

/// A number of xz: seven bits a byte, the lowest first.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// How long an LZMA2 stream is, packed and unpacked, by the headers of its parts.
fn lengths(bytes: &[u8]) -> (usize, usize) {
    let (mut at, mut unpacked) = (0usize, 0usize);
    loop {
        let pair = |i: usize| {
            let byte = |i: usize| bytes.get(i).map(|byte| usize::from(*byte));
            Some((byte(i)? << 8 | byte(i + 1)?) + 1)
        };
        let Some(&control) = bytes.get(at) else { return (at, unpacked) };
        let step = match control {
            0 => return (at + 1, unpacked),
            1 | 2 => pair(at + 1).map(|length| (3 + length, length)),
            0x80.. => pair(at + 1).zip(pair(at + 3)).map(|(length, packed)| {
                let header = if control >= 0xc0 { 6 } else { 5 };
                (header + packed, length + (usize::from(control & 0x1f) << 16))
            }),
            _ => None,
        };
        let Some((step, length)) = step else { return (at, unpacked) };
        at += step;
        unpacked += length;
    }
}

fn add_differences(bytes: &mut [u8], distance: usize) {
    for i in distance..bytes.len() {
        let before = bytes.get(i - distance).copied().unwrap_or(0);
        if let Some(byte) = bytes.get_mut(i) {
            *byte = byte.wrapping_add(before);
        }
    }
}

/// Takes bytes up to a limit, and drops those after it.
struct Limited {
    bytes: Vec<u8>,
    limit: usize,
}

impl Write for Limited {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        let room = self.limit.saturating_sub(self.bytes.len()).min(from.len());
        self.bytes.extend_from_slice(from.get(..room).unwrap_or_default());
        Ok(from.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn xz(data: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        lzma_rs::xz_compress(&mut io::Cursor::new(data), &mut out).unwrap();
        out
    }

    #[test]
    fn streams_are_decoded_up_to_the_limit() {
        let data: Vec<u8> = (0..100_000u32).map(|i| (i.wrapping_mul(i) / 300) as u8).collect();
        let packed = xz(&data);
        assert_eq!(decode(&packed, data.len()).unwrap(), data);
        assert_eq!(decode(&packed, data.len() - 9).unwrap(), data[..data.len() - 9]);
        assert!(decode(&packed, 1000).is_err(), "a block that is far too long");
        assert!(decode(b"no stream", 9).is_err());
    }

    #[test]
    fn differences_are_added_up() {
        let mut bytes = [1, 2, 1, 1, 255, 1];
        add_differences(&mut bytes, 2);
        assert_eq!(bytes, [1, 2, 2, 3, 1, 4]);
    }
}
