//! Everything before the first scan of a JPEG, without its pixels.

use crate::picture::error::PictureError;

use super::decoder_error::{damaged, truncated};
use super::frame::Frame;
use super::segments::{find_marker, next_segment};
use super::tables::Tables;

/// Most segments before the first scan.
const MOST_SEGMENTS: usize = 10_000;

/// What a JPEG says before its first scan.
pub(super) struct Header<'a> {
    pub frame: Frame,
    pub tables: Tables,
    /// The data of all APP1 segments, in their order: EXIF and XMP.
    pub app1: Vec<&'a [u8]>,
    /// The embedded colour profile (ICC), put together.
    pub profile: Option<Vec<u8>>,
    /// Whether there is a JFIF segment.
    pub is_jfif: bool,
    /// Colour transform that Adobe's segment tells: 0 none, 1 YCbCr, 2 YCCK.
    pub adobe: Option<u8>,
    /// The data of the header of the first scan.
    pub scan: &'a [u8],
    /// Offset of that scan's compressed data.
    pub scan_start: usize,
}

impl<'a> Header<'a> {
    /// Reads all segments up to the first scan.
    ///
    /// # Errors
    /// When there is no picture, or one of a kind that is not decoded.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, PictureError> {
        let no_picture = || truncated("the picture is missing");
        let mut tables = Tables::standard();
        let (mut app1, mut profile_parts) = (Vec::new(), Vec::new());
        let (mut is_jfif, mut adobe) = (false, None);
        let mut frame: Option<Frame> = None;
        let mut position = 2;
        for _ in 0..MOST_SEGMENTS {
            let segment = next_segment(bytes, position).ok_or_else(no_picture)?;
            position = segment.end;
            match (segment.marker, segment.data) {
                (0xd9, _) => return Err(no_picture()),
                _ if segment.is_cut => return Err(no_picture()),
                (0xda, scan) => {
                    let mut frame = frame.ok_or_else(|| damaged("a scan without a frame header"))?;
                    if frame.height == 0 {
                        frame.height = height_behind_scan(bytes, position)?;
                    }
                    let profile = join_profile(profile_parts);
                    let scan_start = position;
                    return Ok(Self { frame, tables, app1, profile, is_jfif, adobe, scan, scan_start });
                }
                (0xc4 | 0xcc | 0xdb | 0xdd, data) => tables.read(segment.marker, data).map_err(damaged)?,
                (0xc0..=0xcf | 0xde, _) if frame.is_some() => {
                    return Err(damaged("it has two frame headers"));
                }
                (0xc0..=0xcf | 0xde, data) => frame = Some(Frame::read(segment.marker, data)?),
                (0xe0, data) => is_jfif |= data.len() >= 14 && data.starts_with(b"JFIF\0"),
                (0xe1, data) => app1.push(data),
                (0xe2, data) => profile_parts.extend(data.strip_prefix(b"ICC_PROFILE\0")),
                (0xee, [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, transform, ..]) => {
                    adobe = Some(*transform);
                }
                _ => {}
            }
        }
        Err(no_picture())
    }
}

/// The profile whose numbered parts these are: number, count, data. None when some are missing.
fn join_profile(mut parts: Vec<&[u8]>) -> Option<Vec<u8>> {
    parts.sort_by_key(|part| part.first().copied());
    let count = usize::from(*parts.first()?.get(1)?);
    if count != parts.len() {
        return None;
    }
    let data: Vec<&[u8]> = parts.iter().map(|part| part.get(2..).unwrap_or_default()).collect();
    Some(data.concat())
}

/// The height that a DNL segment tells, which stands behind the first scan.
fn height_behind_scan(bytes: &[u8], scan_start: usize) -> Result<u32, PictureError> {
    let mut position = scan_start;
    while let Some((at, marker)) = find_marker(bytes, position) {
        match (marker, bytes.get(at + 4..)) {
            (0xdc, Some([high, low, ..])) if (*high, *low) != (0, 0) => {
                return Ok(u16::from_be_bytes([*high, *low]).into());
            }
            (0xd0..=0xd7, _) => position = at + 2,
            _ => break,
        }
    }
    Err(damaged("it has no height"))
}
