//! What tells in a JPEG's header that newer rules see another picture.

use super::applies::Applies;
use super::icc;
use crate::picture::jpeg::next_segment;

const START_OF_SCAN: u8 = 0xda;
const END_OF_IMAGE: u8 = 0xd9;

/// The segments before the first scan, and whether that was reached.
struct Segments<'a> {
    segments: Vec<(u8, &'a [u8])>,
    is_whole: bool,
}

impl<'a> Segments<'a> {
    fn read(bytes: &'a [u8]) -> Self {
        let mut found = Self { segments: Vec::new(), is_whole: false };
        let mut at = 2;
        while let Some(segment) = next_segment(bytes, at) {
            found.segments.push((segment.marker, segment.data));
            if matches!(segment.marker, START_OF_SCAN | END_OF_IMAGE) {
                found.is_whole = true;
                break;
            }
            at = segment.end;
        }
        found
    }

    /// The data of the segments with this marker that begin so, without that beginning.
    fn starting(&self, marker: u8, beginning: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        self.segments
            .iter()
            .filter(move |(found, _)| *found == marker)
            .filter_map(|(_, data)| data.strip_prefix(beginning))
    }

    fn answer(&self, applies: bool) -> Applies {
        if applies || self.is_whole { applies.into() } else { Applies::FurtherOn }
    }
}

/// Whether it has an ICC profile that is not sRGB.
pub(super) fn has_other_colours(bytes: &[u8]) -> Applies {
    let segments = Segments::read(bytes);
    let is_other = segments
        .starting(0xe2, b"ICC_PROFILE\0")
        // Number of this part, and of all parts.
        .find(|data| data.first() == Some(&1))
        .is_some_and(|data| !icc::is_srgb(data.get(2..).unwrap_or_default()));
    segments.answer(is_other)
}

/// Whether it is one of the kinds that were decoded in false colours: baseline whose components come in scans of their
/// own, or JFIF that Adobe's segment or the components' names say something else about.
pub(super) fn was_misread(bytes: &[u8]) -> Applies {
    let segments = Segments::read(bytes);
    let is_jfif = segments.starting(0xe0, b"JFIF\0").next().is_some();
    let is_untransformed = segments.starting(0xee, b"Adobe").any(|data| data.get(6) == Some(&0));
    let frame = segments.segments.iter().find(|(marker, _)| matches!(marker, 0xc0..=0xc2));
    let components: Vec<u8> = frame
        .and_then(|(_, data)| data.get(6..))
        .map(|components| components.as_chunks::<3>().0.iter().map(|[id, ..]| *id).collect())
        .unwrap_or_default();
    let is_baseline = frame.is_some_and(|(marker, _)| *marker != 0xc2);
    let scan = segments.segments.iter().find(|(marker, _)| *marker == START_OF_SCAN);
    let in_scan =
        scan.and_then(|(_, data)| data.first()).map_or(components.len(), |count| usize::from(*count));
    let is_split = is_baseline && components.len() > 1 && in_scan < components.len();
    let is_odd_jfif = is_jfif && components.len() == 3 && (is_untransformed || components == *b"RGB");
    segments.answer(is_split || is_odd_jfif)
}

/// Whether its orientation is somewhere where it was not looked for: in a second EXIF segment, as a long number, or only in
/// XMP.
pub(super) fn has_odd_orientation(bytes: &[u8]) -> Applies {
    let segments = Segments::read(bytes);
    let exif: Vec<&[u8]> = segments.starting(0xe1, b"Exif\0\0").collect();
    let kinds: Vec<Option<u16>> = exif.iter().map(|tiff| orientation_kind(tiff)).collect();
    let is_plain = kinds.first().is_some_and(|kind| *kind == Some(3));
    let in_xmp = segments
        .starting(0xe1, b"http://ns.adobe.com/xap/1.0/\0")
        .any(|packet| memchr::memmem::find(packet, b"tiff:Orientation").is_some());
    segments.answer(exif.len() > 1 || kinds.iter().flatten().any(|kind| *kind != 3) || (in_xmp && !is_plain))
}

/// The type of the field of orientation in the first directory of EXIF: 3 is the usual one, a short number.
fn orientation_kind(tiff: &[u8]) -> Option<u16> {
    let is_big = match tiff.first_chunk()? {
        b"MM\0\x2a" => true,
        b"II\x2a\0" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let two = *tiff.get(at..)?.first_chunk()?;
        Some(if is_big { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) })
    };
    let four = *tiff.get(4..)?.first_chunk()?;
    let directory = if is_big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) } as usize;
    let entry = |at: usize| directory.checked_add(2 + 12 * at);
    (0..usize::from(short(directory)?))
        .map_while(entry)
        .find(|entry| short(*entry) == Some(0x0112))
        .and_then(|entry| short(entry.checked_add(2)?))
}
