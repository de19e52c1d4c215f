//! Facts in EXIF: in the first directory of a TIFF structure, in that of EXIF's own tags, and in that of GPS. By Exif 2.32
//! (CIPA DC-008) and, for the tags that begin with XP, by what Windows writes.

use super::numbers::{self, place};
use super::{dates, lens, text};
use crate::base::picture_facts::{PictureFacts, Place, TakenAt};
use crate::picture::exif::EXIF_DIRECTORY;
use crate::picture::ifd::{Directory, Entry, Tiff};
use crate::picture::read_at::ReadAt;

const DESCRIPTION: u16 = 0x10e;
const MAKE: u16 = 0x10f;
const MODEL: u16 = 0x110;
const ORIENTATION: u16 = 0x112;
const RATING: u16 = 0x4746;
const EXPOSURE_TIME: u16 = 0x829a;
const F_NUMBER: u16 = 0x829d;
const GPS_DIRECTORY: u16 = 0x8825;
const SENSITIVITY: u16 = 0x8827;
const RECOMMENDED_INDEX: u16 = 0x8832;
const FOCAL_LENGTH: u16 = 0x920a;
const XP_TITLE: u16 = 0x9c9b;
const XP_COMMENT: u16 = 0x9c9c;
const XP_KEYWORDS: u16 = 0x9c9e;
const XP_SUBJECT: u16 = 0x9c9f;
const LENS_MODEL: u16 = 0xa434;

/// Tags of times, of their subseconds and their offsets: of capture, of digitizing, of the last change.
const TIMES: [(u16, u16, u16); 3] =
    [(0x9003, 0x9291, 0x9011), (0x9004, 0x9292, 0x9012), (0x132, 0x9290, 0x9010)];

/// What cameras write as a description when nobody has described anything.
const NO_DESCRIPTIONS: [&str; 6] =
    ["OLYMPUS DIGITAL CAMERA", "SONY DSC", "DCIM", "DIGITAL CAMERA", "MINOLTA DIGITAL CAMERA", "dav"];

/// The value of the sensitivity that says that it is larger, and stands elsewhere.
const BEYOND_16_BITS: u64 = 65_535;
/// The longest text that is read, in bytes.
const LONGEST: usize = 64 << 10;

/// The directories of one TIFF structure.
struct Directories<'a, 'b, I: ?Sized> {
    tiff: &'b Tiff<'a, I>,
    first: Directory,
    exif: Directory,
    gps: Directory,
}

/// The facts in a TIFF structure.
pub(super) fn read<I: ReadAt + ?Sized>(tiff: &Tiff<'_, I>) -> PictureFacts {
    let Some(first) = tiff.directory(tiff.first) else { return PictureFacts::default() };
    let below = |tag| tiff.pointer(&first, tag).and_then(|at| tiff.directory(at)).unwrap_or_default();
    let (exif, gps) = (below(EXIF_DIRECTORY), below(GPS_DIRECTORY));
    Directories { tiff, first, exif, gps }.read()
}

impl<I: ReadAt + ?Sized> Directories<'_, '_, I> {
    fn read(&self) -> PictureFacts {
        let is_description = |text: &String| !NO_DESCRIPTIONS.contains(&text.trim());
        let make = self.string(MAKE).as_deref().and_then(text::name);
        let lens = self.string(LENS_MODEL).as_deref().and_then(text::name);
        PictureFacts {
            taken: self.taken(),
            model: self.string(MODEL).as_deref().and_then(text::name),
            lens: lens.or_else(|| lens::find(self.tiff, &self.exif, make.as_deref())),
            make,
            iso: self.iso(),
            focal_length: self.rational(FOCAL_LENGTH).and_then(numbers::focal_length),
            aperture: self.rational(F_NUMBER).and_then(numbers::aperture),
            exposure: self.rational(EXPOSURE_TIME).and_then(numbers::exposure),
            place: self.place(),
            orientation: self.number(ORIENTATION).and_then(numbers::orientation),
            rating: self.number(RATING).and_then(|stars| numbers::rating(stars as f64)),
            title: self.windows(XP_TITLE).as_deref().and_then(text::text),
            caption: self
                .string(DESCRIPTION)
                .filter(is_description)
                .or_else(|| self.windows(XP_SUBJECT))
                .or_else(|| self.windows(XP_COMMENT))
                .as_deref()
                .and_then(text::text),
            tags: self
                .windows(XP_KEYWORDS)
                .map(|words| words.split(';').filter_map(text::name).collect())
                .unwrap_or_default(),
        }
    }

    /// The entry with a tag, wherever it stands: cameras don't agree.
    fn entry(&self, tag: u16) -> Option<Entry> {
        self.exif.get(tag).or_else(|| self.first.get(tag))
    }

    fn bytes(&self, tag: u16) -> Option<Vec<u8>> {
        self.tiff.bytes(self.entry(tag)?, LONGEST).map(Into::into)
    }

    fn string(&self, tag: u16) -> Option<String> {
        Some(text::decode(&self.bytes(tag)?)).filter(|text| !text.trim().is_empty())
    }

    fn windows(&self, tag: u16) -> Option<String> {
        Some(text::decode_utf16(&self.bytes(tag)?)).filter(|text| !text.trim().is_empty())
    }

    fn number(&self, tag: u16) -> Option<u64> {
        self.tiff.number(self.entry(tag)?)
    }

    fn rational(&self, tag: u16) -> Option<f64> {
        self.rationals(self.entry(tag)?).first().copied().flatten()
    }

    /// At most three rationals of an entry; none for those over zero.
    fn rationals(&self, entry: Entry) -> Vec<Option<f64>> {
        let is_rational = matches!(entry.kind, 5 | 10);
        let bytes = self.tiff.bytes(entry, 24).filter(|_| is_rational).unwrap_or_default();
        let rational = |value: &[u8; 8]| {
            let (above, below) = value.split_at_checked(4)?;
            let [above, below] = [above, below].map(|half| self.tiff.decode(half) as u32);
            let signed = |number: u32| f64::from(number.cast_signed());
            match (entry.kind, below) {
                (_, 0) => None,
                (10, _) => Some(signed(above) / signed(below)),
                _ => Some(f64::from(above) / f64::from(below)),
            }
        };
        bytes.as_chunks::<8>().0.iter().map(rational).collect()
    }

    fn iso(&self) -> Option<u32> {
        let sensitivity = self.number(SENSITIVITY).filter(|iso| *iso != BEYOND_16_BITS);
        sensitivity.or_else(|| self.number(RECOMMENDED_INDEX)).and_then(numbers::iso)
    }

    fn taken(&self) -> Option<TakenAt> {
        TIMES.iter().find_map(|(time, subseconds, offset)| {
            dates::of_exif(
                &self.string(*time)?,
                self.string(*subseconds).as_deref(),
                self.string(*offset).as_deref(),
            )
        })
    }

    fn place(&self) -> Option<Place> {
        let reference = |tag| Some(text::decode(&self.tiff.bytes(self.gps.get(tag)?, 16)?));
        let degrees = |tag, reference_tag: u16, negative: char| {
            let parts: Option<Vec<f64>> = self.rationals(self.gps.get(tag)?).into_iter().collect();
            let degrees = numbers::degrees(&parts?)?;
            let is_negative =
                reference(reference_tag)?.trim_start().to_ascii_uppercase().starts_with(negative);
            Some(if is_negative { -degrees } else { degrees })
        };
        let altitude = || {
            let metres = self.rationals(self.gps.get(6)?).first().copied().flatten()?;
            let is_below = self.gps.get(5).and_then(|entry| self.tiff.number(entry)) == Some(1);
            Some(if is_below { -metres } else { metres })
        };
        place(degrees(2, 1, 'S')?, degrees(4, 3, 'W')?, altitude())
    }
}
