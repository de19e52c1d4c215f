//! What tells in a PNG's chunks that newer rules see another picture.

use super::applies::Applies;
use super::icc;

/// The chunks before the pixels, and whether those were reached.
struct Chunks<'a> {
    chunks: Vec<([u8; 4], &'a [u8])>,
    is_whole: bool,
}

impl<'a> Chunks<'a> {
    fn read(bytes: &'a [u8]) -> Self {
        let mut found = Self { chunks: Vec::new(), is_whole: false };
        let mut rest = bytes.get(8..).unwrap_or_default();
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let length = u32::from_be_bytes(*length) as usize;
            let Some((kind, data)) = after.split_first_chunk::<4>() else { break };
            if kind == b"IDAT" || kind == b"IEND" {
                found.is_whole = true;
                break;
            }
            found.chunks.push((*kind, data.get(..length).unwrap_or(data)));
            // The checksum follows.
            let Some(next) = length.checked_add(4).and_then(|end| data.get(end..)) else { break };
            rest = next;
        }
        found
    }

    fn get(&self, kind: &[u8; 4]) -> Option<&'a [u8]> {
        self.chunks.iter().find(|(found, _)| found == kind).map(|(_, data)| *data)
    }

    fn answer(&self, applies: bool) -> Applies {
        if applies || self.is_whole { applies.into() } else { Applies::FurtherOn }
    }
}

/// Whether it has an alpha channel, or a colour that is transparent.
pub(super) fn has_transparency(bytes: &[u8]) -> Applies {
    let chunks = Chunks::read(bytes);
    let kind = chunks.get(b"IHDR").and_then(|header| header.get(9));
    chunks.answer(matches!(kind, Some(4 | 6)) || chunks.get(b"tRNS").is_some())
}

/// Whether it has a profile of other colours than those of sRGB. Gamma and primaries in numbers (`gAMA`, `cHRM`) are not
/// followed, as Pillow and most viewers don't.
pub(super) fn has_other_colours(bytes: &[u8]) -> Applies {
    let chunks = Chunks::read(bytes);
    let is_other = chunks.get(b"iCCP").is_some_and(|data| {
        let name = data.split(|&byte| byte == 0).next().unwrap_or_default();
        // The profile is compressed; programs give it its own name.
        !icc::is_srgb_name(&String::from_utf8_lossy(name))
    });
    chunks.answer(is_other)
}

/// Whether its orientation is somewhere where it was not looked for: in a text, or after the beginning that EXIF has in
/// JPEG.
pub(super) fn has_odd_orientation(bytes: &[u8]) -> Applies {
    let chunks = Chunks::read(bytes);
    let has_prefix = chunks.get(b"eXIf").is_some_and(|data| data.starts_with(b"Exif\0\0"));
    let in_text = chunks.chunks.iter().any(|(kind, data)| {
        matches!(kind, b"tEXt" | b"zTXt" | b"iTXt")
            && (data.starts_with(b"Raw profile type exif\0")
                || data.starts_with(b"Raw profile type APP1\0")
                || data.starts_with(b"XML:com.adobe.xmp\0")
                    && memchr::memmem::find(data, b"tiff:Orientation").is_some())
    });
    chunks.answer(has_prefix || in_text)
}
