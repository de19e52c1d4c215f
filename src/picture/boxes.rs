//! The boxes of ISO base media files, which HEIC, AVIF, JPEG XL and Canon's CR3 are made of.
//!
//! By ISO/IEC 14496-12: a length of four bytes, a kind of four letters, and the payload.

use super::read_at::ReadAt;

/// The most boxes side by side that are looked at.
const MAX_BOXES: usize = 4096;

/// One box: positions in the input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct BoxRange {
    pub kind: [u8; 4],
    /// Where the payload begins.
    pub start: u64,
    /// Where the payload ends.
    pub end: u64,
}

impl BoxRange {
    /// The length of the payload in bytes.
    pub(crate) fn length(&self) -> u64 {
        self.end - self.start
    }
}

/// The boxes that lie between two positions, in their order, up to the first that is damaged.
pub(super) fn boxes<I: ReadAt + ?Sized>(input: &I, start: u64, end: u64) -> Vec<BoxRange> {
    let end = end.min(input.length());
    let mut found = Vec::new();
    let mut at = start;
    while found.len() < MAX_BOXES
        && let Some(next) = box_at(input, at, end)
    {
        at = next.end;
        found.push(next);
    }
    found
}

/// The box at a position. Of one that ends after `end` the part before.
fn box_at(input: &(impl ReadAt + ?Sized), at: u64, end: u64) -> Option<BoxRange> {
    if at.checked_add(8)? > end {
        return None;
    }
    let head = input.read_at(at, 8)?;
    let (length, kind) = head.split_first_chunk()?;
    let (header, length) = match u32::from_be_bytes(*length) {
        0 => (8, end.checked_sub(at)?),
        1 => (16, u64::from_be_bytes(*input.read_at(at + 8, 8)?.first_chunk()?)),
        length => (8, u64::from(length)),
    };
    if length < header {
        return None;
    }
    let start = at + header;
    Some(BoxRange { kind: *kind.first_chunk()?, start, end: at.checked_add(length)?.min(end).max(start) })
}

/// The first box of a kind between two positions.
pub(super) fn find_box<I: ReadAt + ?Sized>(
    input: &I,
    start: u64,
    end: u64,
    kind: &[u8; 4],
) -> Option<BoxRange> {
    boxes(input, start, end).into_iter().find(|found| found.kind == *kind)
}

/// The first box along a path of kinds, each within the one before.
pub(super) fn find_path<I: ReadAt + ?Sized>(
    input: &I,
    within: BoxRange,
    path: &[&[u8; 4]],
) -> Option<BoxRange> {
    path.iter().try_fold(within, |within, kind| find_box(input, within.start, within.end, kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_have_short_long_and_open_lengths() {
        let bytes = b"\0\0\0\x0aftypab\0\0\0\x01long\0\0\0\0\0\0\0\x11c\0\0\0\0lastdef";
        let found = boxes(&bytes[..], 0, u64::MAX);
        let range = |kind: &[u8; 4], start, end| BoxRange { kind: *kind, start, end };
        assert_eq!(found, [range(b"ftyp", 8, 10), range(b"long", 26, 27), range(b"last", 35, 38)]);
        assert_eq!(find_box(&bytes[..], 10, 30, b"last"), None);
        // A box that claims more than there is has what there is; one that claims too little ends the list.
        assert_eq!(boxes(&b"\0\0\x0a\0ftypab"[..], 0, 99), [range(b"ftyp", 8, 10)]);
        assert_eq!(boxes(&b"\0\0\0\x07ftypab"[..], 0, 99), []);
        assert_eq!(boxes(&bytes[..], u64::MAX, u64::MAX), []);
    }

    #[test]
    fn a_path_leads_into_boxes() {
        let bytes = b"\0\0\0\x1aouter\0\0\x11innr\0\0\0\x09leafx";
        let bytes = [&b"\0\0\0\x19outr\0\0\0\x11innr\0\0\0\x09leafx"[..], bytes].concat();
        let outer = boxes(&bytes[..], 0, 25)[0];
        let leaf = find_path(&bytes[..], outer, &[b"innr", b"leaf"]).unwrap();
        assert_eq!((leaf.start, leaf.length()), (24, 1));
        assert_eq!(find_path(&bytes[..], outer, &[b"leaf"]), None);
    }
}
