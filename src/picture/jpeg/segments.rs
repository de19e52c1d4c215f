//! Markers, and the segments that follow them.

use memchr::memchr_iter;

/// A marker with the data of its segment.
#[derive(Debug, Clone, Copy)]
pub(in crate::picture) struct Segment<'a> {
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
pub(in crate::picture) fn next_segment(bytes: &[u8], from: usize) -> Option<Segment<'_>> {
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

/// What is where a restart marker should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Restart {
    /// The marker; the data go on behind it.
    Here,
    /// A marker that is to come later, or the end: there are no data until then.
    Ahead,
    /// No marker, but data: the file has no restarts, though it says so.
    None,
}

/// Looks for the restart marker `expected` (0 to 7) and goes over it. When it is not there, but another marker, it stays there
/// or goes on as libjpeg's `jpeg_resync_to_restart` does. Gives the offset where reading goes on.
pub(super) fn find_restart(bytes: &[u8], from: usize, expected: u8) -> (usize, Restart) {
    let mut position = from;
    loop {
        let Some((start, marker)) = find_marker(bytes, position) else {
            return (bytes.len(), Restart::Ahead);
        };
        position = start + 2;
        match marker {
            // No marker that files have.
            1..=0xbf => {}
            0xd0..=0xd7 => match (marker & 7).wrapping_sub(expected) & 7 {
                // One of the next two: the data of this interval are lost.
                1 | 2 => return (start, Restart::Ahead),
                // One of the last two: these data came already.
                6 | 7 => {}
                _ => return (position, Restart::Here),
            },
            _ => return (start, Restart::Ahead),
        }
    }
}
