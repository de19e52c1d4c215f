//! Whether a file that is named as a TGA file is one: the format has no signature.

use crate::picture::error::PictureError;
use crate::picture::format::Format;

/// Checks that every field of the header has one of the values that TGA files have, and that they fit one another.
///
/// # Errors
/// When the file can't be a TGA file.
pub(super) fn check_header(bytes: &[u8]) -> Result<(), PictureError> {
    if is_header(bytes) {
        return Ok(());
    }
    Err(PictureError::Damaged {
        format: Format::Tga,
        reason: "its header is not that of a TGA picture".into(),
    })
}

fn is_header(bytes: &[u8]) -> bool {
    let Some(&[_, map_kind, kind, _, _, map_low, map_high, map_depth, .., depth, descriptor]) =
        bytes.first_chunk::<18>()
    else {
        return false;
    };
    let map_length = u16::from_le_bytes([map_low, map_high]);
    let map = match map_kind {
        0 => map_length == 0,
        1 => map_length > 0 && matches!(map_depth, 15 | 16 | 24 | 32),
        _ => false,
    };
    let depths: &[u8] = match kind & !8 {
        // By palette, in colour, in gray; plus 8 with run lengths.
        1 if map_kind == 1 => &[8, 16],
        2 => &[15, 16, 24, 32],
        3 => &[8, 16],
        _ => return false,
    };
    let empty = |at: usize| bytes.get(at..at + 2) == Some(&[0, 0]);
    // The two highest bits, of interleaved rows, are always 0; the lowest four count the bits of alpha.
    map && depths.contains(&depth)
        && descriptor & 0xc0 == 0
        && descriptor & 15 <= 8
        && !empty(12)
        && !empty(14)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(kind: u8, depth: u8, descriptor: u8) -> Vec<u8> {
        vec![0, 0, kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 7, 0, depth, descriptor]
    }

    #[test]
    fn headers_are_told_from_other_bytes() {
        for (kind, depth, descriptor) in [(2, 24, 0x20), (10, 32, 8), (3, 8, 0), (11, 8, 0), (2, 16, 1)] {
            assert!(check_header(&header(kind, depth, descriptor)).is_ok(), "{kind} {depth}");
        }
        for (kind, depth, descriptor) in
            [(0, 24, 0), (1, 8, 0), (2, 23, 0), (4, 8, 0), (2, 24, 0xc0), (2, 24, 15)]
        {
            assert!(check_header(&header(kind, depth, descriptor)).is_err(), "{kind} {depth}");
        }
        let text = b"This is a text whose name ends in .tga by mistake.";
        assert!(check_header(text).is_err());
        assert!(check_header(&header(2, 24, 0)[..17]).is_err());
    }
}
