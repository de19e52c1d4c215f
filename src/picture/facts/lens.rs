//! The lens, where EXIF has no name of it: from the range that it covers, and from the notes of Canon, Nikon and Panasonic.
//! By Exif 2.32 (tag `LensSpecification`) and, for the notes, by what Phil Harvey's exiftool documents.

use super::text;
use crate::picture::ifd::{Directory, Entry, Tiff};
use crate::picture::read_at::ReadAt;

const MAKER_NOTE: u16 = 0x927c;
const LENS_SPECIFICATION: u16 = 0xa432;
/// The names of the lens in the notes of Canon and of Panasonic.
const CANON_LENS: u16 = 0x95;
const PANASONIC_LENS: u16 = 0x51;
/// The range of the lens in the notes of Nikon.
const NIKON_LENS: u16 = 0x84;
/// The longest name, in bytes.
const LONGEST: usize = 256;

/// The lens of a picture whose EXIF is in this directory and which was taken by a camera of `make`.
pub(super) fn find<I: ReadAt + ?Sized>(
    tiff: &Tiff<'_, I>,
    exif: &Directory,
    make: Option<&str>,
) -> Option<String> {
    let in_note = || {
        let note = exif.get(MAKER_NOTE)?;
        let make = make?.trim_start().to_ascii_lowercase();
        match make {
            _ if make.starts_with("canon") => name(tiff, tiff.directory(note.at)?.get(CANON_LENS)?),
            _ if make.starts_with("panasonic") => {
                // A name of twelve bytes, and a directory whose offsets are those of EXIF.
                let directory = tiff.directory(note.at.checked_add(12)?)?;
                name(tiff, directory.get(PANASONIC_LENS)?)
            }
            _ if make.starts_with("nikon") => {
                // A name of ten bytes, and a TIFF structure of its own.
                let note = Tiff::open(tiff.input(), note.at.checked_add(10)?)?;
                range(&note, note.directory(note.first)?.get(NIKON_LENS)?)
            }
            _ => None,
        }
    };
    in_note().or_else(|| range(tiff, exif.get(LENS_SPECIFICATION)?))
}

fn name<I: ReadAt + ?Sized>(tiff: &Tiff<'_, I>, entry: Entry) -> Option<String> {
    let bytes = tiff.bytes(entry, LONGEST).filter(|_| matches!(entry.kind, 2 | 7))?;
    text::name(&text::decode(&bytes))
}

/// A range as lenses bear it, such as `24-70mm f/2.8-4`: from the shortest and the longest focal length, and the smallest
/// f-number at each of them. What is unknown is 0 over 0.
fn range<I: ReadAt + ?Sized>(tiff: &Tiff<'_, I>, entry: Entry) -> Option<String> {
    let bytes = tiff.bytes(entry, 32).filter(|_| entry.kind == 5)?;
    let number = |rational: &[u8; 8]| {
        let (above, below) = rational.split_at_checked(4)?;
        let quotient = tiff.decode(above) as f64 / tiff.decode(below) as f64;
        // A tenth is as exact as lenses are marked.
        (quotient > 0.0 && quotient < 10_000.0).then(|| (quotient * 10.0).round() / 10.0)
    };
    let numbers: Vec<Option<f64>> = bytes.as_chunks::<8>().0.iter().map(number).collect();
    let [shortest, longest, wide, long] = numbers.try_into().ok()?;
    let span = |from: Option<f64>, to: Option<f64>| match (from, to) {
        (Some(from), Some(to)) if from != to => Some(format!("{from}-{to}")),
        (Some(one), _) | (None, Some(one)) => Some(one.to_string()),
        (None, None) => None,
    };
    let focal_length = span(shortest, longest)?;
    Some(match span(wide, long) {
        Some(aperture) => format!("{focal_length}mm f/{aperture}"),
        None => format!("{focal_length}mm"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory of one entry at the end of `before`, with values right after it. Offsets count from `base`.
    fn directory(
        mut before: Vec<u8>,
        base: usize,
        (tag, kind, count): (u16, u16, u32),
        values: &[u8],
    ) -> Vec<u8> {
        let at = before.len() + 18 - base;
        before.extend([1, 0]);
        before.extend(tag.to_le_bytes());
        before.extend(kind.to_le_bytes());
        before.extend(count.to_le_bytes());
        before.extend((at as u32).to_le_bytes());
        before.extend([0; 4]);
        before.extend(values);
        before
    }

    fn rationals(numbers: [(u32, u32); 4]) -> Vec<u8> {
        numbers.iter().flat_map(|(a, b)| [a.to_le_bytes(), b.to_le_bytes()].concat()).collect()
    }

    const HEAD: &[u8] = b"II\x2a\0\x08\0\0\0";

    fn lens(bytes: &[u8], make: &str) -> Option<String> {
        let tiff = Tiff::open(bytes, 0).unwrap();
        find(&tiff, &tiff.directory(tiff.first).unwrap(), Some(make))
    }

    #[test]
    fn ranges_are_named_as_lenses_are() {
        let named = |numbers| {
            lens(&directory(HEAD.to_vec(), 0, (LENS_SPECIFICATION, 5, 4), &rationals(numbers)), "x")
        };
        let some = |name: &str| Some(name.to_owned());
        assert_eq!(named([(24, 1), (70, 1), (28, 10), (4, 1)]), some("24-70mm f/2.8-4"));
        assert_eq!(named([(50, 1), (50, 1), (18, 10), (18, 10)]), some("50mm f/1.8"));
        assert_eq!(named([(35, 1), (35, 1), (0, 0), (0, 0)]), some("35mm"));
        assert_eq!(named([(0, 0); 4]), None);
        assert_eq!(named([(u32::MAX, 1), (0, 1), (1, 0), (0, 0)]), None);
    }

    #[test]
    fn notes_of_makers_name_the_lens() {
        // EXIF's directory has the note as its only value.
        let with_note = |note: &[u8]| directory(HEAD.to_vec(), 0, (MAKER_NOTE, 7, note.len() as u32), note);
        let at = HEAD.len() + 18;
        let name = b"EF24-70mm f/2.8L II USM\0";
        let note = directory(vec![0; at], 0, (CANON_LENS, 2, name.len() as u32), name).split_off(at);
        assert_eq!(lens(&with_note(&note), "Canon").as_deref(), Some("EF24-70mm f/2.8L II USM"));
        assert_eq!(lens(&with_note(&note), "Other"), None);
        let name = b"LEICA DG 12-60/F2.8-4.0\0";
        let head = [&vec![0; at][..], b"Panasonic\0\0\0"].concat();
        let note = directory(head, 0, (PANASONIC_LENS, 2, name.len() as u32), name).split_off(at);
        assert_eq!(lens(&with_note(&note), "Panasonic").as_deref(), Some("LEICA DG 12-60/F2.8-4.0"));
        let values = rationals([(24, 1), (120, 1), (4, 1), (4, 1)]);
        let head = [b"Nikon\0\x02\x10\0\0", HEAD].concat();
        let note = directory(head, 10, (NIKON_LENS, 5, 4), &values);
        assert_eq!(lens(&with_note(&note), "NIKON CORPORATION").as_deref(), Some("24-120mm f/4"));
        for length in 0..note.len() {
            lens(&with_note(&note[..length]), "NIKON");
        }
    }
}
