//! The segments before a JPEG's pixels, read one by one: how large it is, whether it can be decoded, its metadata. The
//! rest of the file is not touched.

use super::read_at::ReadAt;

/// The most segments that are followed.
const MAX_SEGMENTS: usize = 512;
/// The most bytes of metadata that are kept.
const MAX_METADATA: usize = 16 << 20;

/// What stands before a JPEG's pixels.
#[derive(Debug, Default, PartialEq)]
pub(super) struct JpegHeader {
    /// Width and height as stored, in pixels.
    pub size: (u32, u32),
    /// The payloads of the APP1 segments (EXIF, XMP), in their order.
    pub app1: Vec<Vec<u8>>,
    /// The payloads of the APP13 segments (Photoshop's image resources, with IPTC), in their order.
    pub app13: Vec<Vec<u8>>,
}

impl JpegHeader {
    /// Reads the JPEG that begins at a position, up to its frame header. None when there is no JPEG, or one of a kind
    /// that is no preview: lossless and arithmetic coding, and 12 bits, hold sensors' data.
    pub(crate) fn read<I: ReadAt + ?Sized>(input: &I, at: u64) -> Option<Self> {
        if *input.read_at(at, 3)? != *b"\xff\xd8\xff" {
            return None;
        }
        let mut header = Self::default();
        let mut position = at.checked_add(2)?;
        let mut kept = 0;
        for _ in 0..MAX_SEGMENTS {
            let bytes = input.read_at(position, 4)?;
            let (marker, length) = match *bytes {
                // Any number of ff may fill up.
                [0xff, 0xff, ..] => {
                    position += 1;
                    continue;
                }
                [0xff, marker, high, low] => (marker, usize::from(u16::from_be_bytes([high, low]))),
                _ => return None,
            };
            let payload = position + 4;
            let count = length.checked_sub(2)?;
            match marker {
                0xc0..=0xc2 => {
                    let frame = input.read_at(payload, 6)?;
                    let [8, h1, h2, w1, w2, _] = *frame else { return None };
                    header.size = (u16::from_be_bytes([w1, w2]).into(), u16::from_be_bytes([h1, h2]).into());
                    return (header.size.0 > 0).then_some(header);
                }
                0xe1 | 0xed if kept + count <= MAX_METADATA => {
                    let payloads = if marker == 0xe1 { &mut header.app1 } else { &mut header.app13 };
                    payloads.push(input.read_at(payload, count)?.into_owned());
                    kept += count;
                }
                // Other frames; the end, or pixels without a frame.
                0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf | 0xd8..=0xda => return None,
                _ => {}
            }
            position = payload.checked_add(count as u64)?;
        }
        None
    }

    /// The payloads of the APP1 segments, borrowed.
    pub(crate) fn app1(&self) -> Vec<&[u8]> {
        self.app1.iter().map(Vec::as_slice).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
        let length = u16::try_from(payload.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], &length[..], payload].concat()
    }

    #[test]
    fn only_what_can_be_shown_has_a_header() {
        let frame = [8, 0, 20, 0, 30, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0];
        let before = [&b"ab\xff\xd8\xff\xff"[..], &segment(0xe1, b"Exif")[1..], &segment(0xdb, &[0; 65])];
        let before = before.concat();
        let read = |marker, frame: &[u8]| {
            let bytes = [&before[..], &segment(marker, frame)].concat();
            JpegHeader::read(&bytes[..], 2)
        };
        for marker in [0xc0, 0xc1, 0xc2] {
            let expected = JpegHeader { size: (30, 20), app1: vec![b"Exif".to_vec()], app13: Vec::new() };
            assert_eq!(read(marker, &frame), Some(expected));
        }
        for marker in [0xc3, 0xc9, 0xd9, 0xda] {
            assert_eq!(read(marker, &frame), None, "{marker:x}");
        }
        let mut deep = frame;
        deep[0] = 12;
        assert_eq!(read(0xc1, &deep), None);
        assert_eq!(read(0xc0, &frame[..5]), None);
        assert_eq!(JpegHeader::read(&before[..], 0), None);
        assert_eq!(JpegHeader::read(&before[..], u64::MAX), None);
    }
}
