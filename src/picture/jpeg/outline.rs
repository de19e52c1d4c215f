//! The marker segments of a JPEG: whether all of it is there, and what the scaled decoder needs to know.

use std::ops::Range;

use memchr::memchr_iter;

const END: u8 = 0xd9;
const SCAN: u8 = 0xda;
const ADOBE: u8 = 0xee;

/// Where the parts of a JPEG are, up to the end of the picture.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// Segments (marker to end of data) in their order; a scan includes what it compresses.
    segments: Vec<(u8, Range<usize>)>,
    pub frame: Option<Frame>,
    /// What Adobe's segment says of the colours.
    pub adobe: Option<u8>,
}

/// What the frame header says.
#[derive(Debug)]
pub(super) struct Frame {
    pub progressive: bool,
    /// Id and sampling factors of each component.
    pub components: Vec<(u8, u8, u8)>,
}

impl Frame {
    /// Samples of all components of a picture of this size, with the padding to whole blocks.
    pub fn samples(&self, width: u32, height: u32) -> u64 {
        let most = |side: fn(&(u8, u8, u8)) -> u8| self.components.iter().map(side).max().unwrap_or(1).max(1);
        let (h, v) = (u32::from(most(|c| c.1)), u32::from(most(|c| c.2)));
        let blocks = u64::from(width.div_ceil(8 * h)) * u64::from(height.div_ceil(8 * v));
        self.components.iter().map(|c| 64 * blocks * u64::from(c.1) * u64::from(c.2)).sum()
    }
}

/// What is not there.
#[derive(Debug, PartialEq)]
pub(super) enum Missing {
    Picture,
    End,
}

impl Outline {
    /// Follows the markers from the start to the end of the picture.
    ///
    /// Looking for the last two bytes of the file is not enough: phones append films and maps to their
    /// pictures, and the thumbnail inside EXIF has an end of its own.
    pub fn read(bytes: &[u8]) -> Result<Self, Missing> {
        let mut outline = Self::default();
        let mut at = 2;
        let mut seen_scan = false;
        loop {
            // Outside of segments everything up to the next marker is data of a scan, or stray. In data
            // ff is followed by 00, or by d0-d7 for a restart.
            let rest = bytes.get(at..).unwrap_or_default();
            let is_marker = |&i: &usize| !matches!(rest.get(i + 1), None | Some(0 | 1 | 0xd0..=0xd8 | 0xff));
            let Some(found) = memchr_iter(0xff, rest).find(is_marker) else {
                return Err(if seen_scan { Missing::End } else { Missing::Picture });
            };
            let start = at + found;
            if let Some((SCAN, last)) = outline.segments.last_mut() {
                last.end = start;
            }
            let marker = bytes[start + 1];
            match marker {
                END if seen_scan => return Ok(outline),
                END => return Err(Missing::Picture),
                _ => seen_scan |= marker == SCAN,
            }
            let length = match &bytes[start + 2..] {
                [high, low, ..] => usize::from(u16::from_be_bytes([*high, *low])),
                _ => bytes.len(),
            };
            at = start.saturating_add(2 + length).min(bytes.len());
            outline.note(marker, bytes.get(start + 4..at).unwrap_or_default());
            outline.segments.push((marker, start..at));
        }
    }

    fn note(&mut self, marker: u8, data: &[u8]) {
        match (marker, data) {
            (0xc0..=0xc2, [8, _, _, _, _, count, components @ ..])
                if components.len() == 3 * usize::from(*count) =>
            {
                let components = components.chunks_exact(3).map(|c| (c[0], c[1] >> 4, c[1] & 15)).collect();
                self.frame = Some(Frame { progressive: marker == 0xc2, components });
            }
            (ADOBE, [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, transform, ..]) => {
                self.adobe = Some(*transform);
            }
            _ => {}
        }
    }

    /// The same picture without what its averages don't need: a progressive one keeps its fine detail
    /// in scans of their own, which take most of the time.
    pub fn without_detail(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = vec![0xff, 0xd8];
        for (marker, range) in &self.segments {
            let segment = &bytes[range.clone()];
            let keep = match *marker {
                SCAN => first_coefficient(segment) == Some(0),
                // Applications' data and comments.
                0xe0..=0xef | 0xfe => false,
                _ => true,
            };
            if keep {
                out.extend_from_slice(segment);
            }
        }
        out.extend_from_slice(&[0xff, END]);
        out
    }
}

/// Where the spectral selection of a scan starts.
fn first_coefficient(scan: &[u8]) -> Option<u8> {
    let components = usize::from(*scan.get(4)?);
    scan.get(5 + 2 * components).copied()
}
