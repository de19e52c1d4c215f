//! The marker segments of a JPEG: whether all of it is there, and what the scaled decoder needs to know.

use std::ops::Range;

use memchr::memchr_iter;

const START_OF_IMAGE: u8 = 0xd8;
const END_OF_IMAGE: u8 = 0xd9;
const START_OF_SCAN: u8 = 0xda;
const APP14_ADOBE: u8 = 0xee;

/// Where the segments of a JPEG are, up to the end of the picture.
#[derive(Debug, Default)]
pub(super) struct Markers {
    /// Marker and byte range (marker to end of data) of each segment, in their order; a scan includes its compressed
    /// data.
    segments: Vec<(u8, Range<usize>)>,
    /// The frame header, if it is baseline, extended or progressive.
    pub frame: Option<Frame>,
    /// Colour transform that Adobe's segment tells: 0 none, 1 YCbCr, 2 YCCK.
    pub adobe: Option<u8>,
}

/// What the frame header says.
#[derive(Debug)]
pub(super) struct Frame {
    pub progressive: bool,
    pub components: Vec<Component>,
}

/// One colour component of a frame.
#[derive(Debug)]
pub(super) struct Component {
    pub id: u8,
    /// Horizontal sampling factor, 1 to 4 in sound files.
    pub horizontal: u8,
    /// Vertical sampling factor, 1 to 4 in sound files.
    pub vertical: u8,
}

impl Frame {
    /// Number of samples of all components of a picture of `width` x `height` pixels, padded to whole blocks.
    pub(crate) fn samples(&self, width: u32, height: u32) -> u64 {
        let largest =
            |factor: fn(&Component) -> u8| self.components.iter().map(factor).max().unwrap_or(1).max(1);
        let (h, v) = (u32::from(largest(|c| c.horizontal)), u32::from(largest(|c| c.vertical)));
        let blocks = u64::from(width.div_ceil(8 * h)) * u64::from(height.div_ceil(8 * v));
        self.components.iter().map(|c| 64 * blocks * u64::from(c.horizontal) * u64::from(c.vertical)).sum()
    }
}

/// The part of a JPEG that is not there.
#[derive(Debug, PartialEq)]
pub(super) enum Missing {
    /// The file has no compressed data.
    Picture,
    /// The compressed data has no end.
    End,
}

impl Markers {
    /// Follows the markers from the start to the end of the picture.
    ///
    /// Looking for the last two bytes of the file is not enough: phones append films and maps to their
    /// pictures, and the thumbnail inside EXIF has an end of its own.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Missing> {
        let mut markers = Self::default();
        let mut position = 2;
        let mut seen_scan = false;
        loop {
            // Outside of segments everything up to the next marker is compressed data of a scan, or stray.
            let rest = bytes.get(position..).unwrap_or_default();
            let Some((offset, marker)) = next_marker(rest) else {
                return Err(if seen_scan { Missing::End } else { Missing::Picture });
            };
            let start = position + offset;
            if let Some((START_OF_SCAN, scan)) = markers.segments.last_mut() {
                scan.end = start;
            }
            match marker {
                END_OF_IMAGE if seen_scan => return Ok(markers),
                END_OF_IMAGE => return Err(Missing::Picture),
                _ => seen_scan |= marker == START_OF_SCAN,
            }
            let length = match bytes.get(start + 2..) {
                Some([high, low, ..]) => usize::from(u16::from_be_bytes([*high, *low])),
                _ => bytes.len(),
            };
            position = start.saturating_add(2 + length).min(bytes.len());
            markers.record(marker, bytes.get(start + 4..position).unwrap_or_default());
            markers.segments.push((marker, start..position));
        }
    }

    /// Keeps what the scaled decoder needs to know of a segment's data.
    fn record(&mut self, marker: u8, data: &[u8]) {
        match (marker, data) {
            (0xc0..=0xc2, [8, _, _, _, _, count, components @ ..])
                if components.len() == 3 * usize::from(*count) =>
            {
                let component = |&[id, sampling, _]: &[u8; 3]| Component {
                    id,
                    horizontal: sampling >> 4,
                    vertical: sampling & 15,
                };
                let components = components.as_chunks().0.iter().map(component).collect();
                self.frame = Some(Frame { progressive: marker == 0xc2, components });
            }
            (APP14_ADOBE, [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, transform, ..]) => {
                self.adobe = Some(*transform);
            }
            _ => {}
        }
    }

    /// The same picture without what its averages don't need: a progressive one keeps its fine detail
    /// in scans of their own, which take most of the time.
    pub(crate) fn without_detail(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = vec![0xff, START_OF_IMAGE];
        for (marker, range) in &self.segments {
            let segment = bytes.get(range.clone()).unwrap_or_default();
            let keep = match *marker {
                START_OF_SCAN => first_coefficient(segment) == Some(0),
                // Applications' data and comments.
                0xe0..=0xef | 0xfe => false,
                _ => true,
            };
            if keep {
                out.extend_from_slice(segment);
            }
        }
        out.extend_from_slice(&[0xff, END_OF_IMAGE]);
        out
    }
}

/// Offset and code of the next marker. In compressed data ff is followed by 00, or by d0-d7 for a restart.
fn next_marker(bytes: &[u8]) -> Option<(usize, u8)> {
    memchr_iter(0xff, bytes).find_map(|offset| match bytes.get(offset + 1) {
        None | Some(0 | 1 | 0xd0..=0xd8 | 0xff) => None,
        Some(&marker) => Some((offset, marker)),
    })
}

/// The first coefficient of a scan's spectral selection; 0 is the average of a block.
fn first_coefficient(scan: &[u8]) -> Option<u8> {
    let components = usize::from(*scan.get(4)?);
    scan.get(5 + 2 * components).copied()
}
