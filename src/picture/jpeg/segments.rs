//! Markers, and the segments that follow them.

use memchr::memchr_iter;

/// A marker with the data of its segment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment<'a> {
    pub marker: u8,
    /// Without the length; of a file that ends within, what is there.
    pub data: &'a [u8],
    /// Offset of the byte behind the segment; of a scan's header, where its compressed data begins.
    pub end: usize,
    /// Whether the file ends within the segment.
    pub is_cut: bool,
}

/// Offset and code of the first marker at `from` or behind; restart markers count, stuffed and fill bytes do not.
pub(super) fn find_marker(bytes: &[u8], from: usize) -> Option<(usize, u8)> {
    let rest = bytes.get(from..)?;
    memchr_iter(0xff, rest).find_map(|offset| match rest.get(offset + 1) {
        None | Some(0 | 0xff) => None,
        Some(&marker) => Some((from + offset, marker)),
    })
}

/// The first segment at `from` or behind. Stray bytes and markers without data are passed over, but for the end of the
/// picture.
pub(super) fn next_segment(bytes: &[u8], from: usize) -> Option<Segment<'_>> {
    let mut position = from;
    loop {
        let (start, marker) = find_marker(bytes, position)?;
        position = start + 2;
        match marker {
            0xd9 => return Some(Segment { marker, data: &[], end: position, is_cut: false }),
            // Restarts, a second start of the picture, and markers that are none.
            0x01..=0xbf | 0xd0..=0xd8 => {}
            _ => {
                let length = match bytes.get(position..) {
                    Some([high, low, ..]) => usize::from(u16::from_be_bytes([*high, *low])).max(2),
                    _ => 2,
                };
                let end = position.saturating_add(length);
                let data = bytes.get(position + 2..end.min(bytes.len())).unwrap_or_default();
                return Some(Segment { marker, data, end, is_cut: end > bytes.len() });
            }
        }
    }
}
