//! What EXIF says of a picture: which side is up, and when the picture was taken.

use std::borrow::Cow;

use exif::DateTime;
use image::metadata::Orientation;

use super::ifd::Tiff;
use super::read_at::ReadAt;
use super::xmp;

/// The tag of the orientation, in the first directory.
const ORIENTATION: u16 = 0x112;
/// The tag that points to the directory of EXIF's own tags.
pub(super) const EXIF_DIRECTORY: u16 = 0x8769;
/// The tag of the time of capture.
const DATE_TIME_ORIGINAL: u16 = 0x9003;

/// What precedes EXIF in a JPEG's segment; some writers put it before EXIF elsewhere too.
const PREFIX: &[u8] = b"Exif\0\0";
/// What precedes an XMP packet in a JPEG's segment.
const XMP_PREFIX: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// The parts of EXIF that decoding uses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Exif {
    /// How to turn the stored pixels upright.
    pub orientation: Orientation,
    /// `DateTimeOriginal` in seconds since 1970, as if its local time were UTC.
    pub taken_at: Option<i64>,
}

impl Exif {
    /// What a picture without EXIF has.
    pub(crate) const NONE: Self = Self { orientation: Orientation::NoTransforms, taken_at: None };

    /// Reads raw EXIF, which is a TIFF file without a picture, perhaps after `Exif` and two zeros. Damage loses only
    /// what it hits: cameras and editors write a lot of it.
    pub(crate) fn parse(raw: impl AsRef<[u8]>) -> Self {
        Self::find(Some(raw.as_ref()), None)
    }

    /// Reads raw EXIF and an XMP packet. XMP tells what EXIF doesn't: its orientation counts when EXIF has no such tag
    /// at all, as in Pillow.
    pub(crate) fn find(raw: Option<&[u8]>, xmp: Option<&[u8]>) -> Self {
        let tiff = raw.and_then(|raw| Tiff::open(without_prefix(raw), 0));
        let found = tiff.map_or(Tags::default(), |tiff| Tags::read(&tiff));
        found.or_xmp(xmp)
    }

    /// Reads the APP1 segments of a JPEG, whose payloads come in the order of the file. EXIF that is too long for one
    /// segment goes on in the next; of two whole ones the first counts; of several XMP packets the last.
    pub(crate) fn of_segments(payloads: &[&[u8]]) -> Self {
        let (exif, xmp) = join_segments(payloads);
        Self::find(exif.as_deref(), xmp)
    }
}

/// The EXIF and the XMP packet in a JPEG's APP1 segments, as [`Exif::of_segments`] takes them.
pub(super) fn join_segments<'a>(payloads: &[&'a [u8]]) -> (Option<Cow<'a, [u8]>>, Option<&'a [u8]>) {
    let xmp = payloads.iter().rev().find_map(|payload| payload.strip_prefix(XMP_PREFIX));
    let parts = payloads.iter().filter_map(|payload| payload.strip_prefix(PREFIX));
    let mut parts = parts.skip_while(|part| Tiff::open(without_prefix(part), 0).is_none());
    let exif = parts.next().map(|first| match parts.next() {
        None => Cow::Borrowed(first),
        Some(second) => {
            let mut whole = [first, second].concat();
            parts.for_each(|part| whole.extend_from_slice(part));
            Cow::Owned(whole)
        }
    });
    (exif, xmp)
}

/// The two tags as they are written.
#[derive(Debug, Default)]
pub(super) struct Tags {
    /// The orientation, valid or not; none when there is no such tag.
    pub orientation: Option<u64>,
    /// The time of capture, when it is one.
    pub taken_at: Option<i64>,
}

impl Tags {
    /// Takes what is missing from others.
    pub(crate) fn or(self, others: Self) -> Self {
        Self {
            orientation: self.orientation.or(others.orientation),
            taken_at: self.taken_at.or(others.taken_at),
        }
    }

    /// Looks for the tags in a TIFF structure: in its first directory and in that of EXIF.
    pub(crate) fn read<I: ReadAt + ?Sized>(tiff: &Tiff<'_, I>) -> Self {
        let Some(first) = tiff.directory(tiff.first) else { return Self::default() };
        let exif = tiff.pointer(&first, EXIF_DIRECTORY).and_then(|at| tiff.directory(at));
        // TIFF/EP, hence raw files, may have the time in the first directory.
        let time = [exif.as_ref(), Some(&first)].into_iter().flatten().find_map(|directory| {
            let text = tiff.bytes(directory.get(DATE_TIME_ORIGINAL)?, 256)?;
            seconds(&DateTime::from_ascii(text.split(|byte| *byte == 0).next()?).ok()?)
        });
        let orientation = first.get(ORIENTATION).map(|entry| tiff.number(entry).unwrap_or(0));
        Self { orientation, taken_at: time }
    }

    /// Takes what is missing from an XMP packet.
    pub(crate) fn or_xmp(self, xmp: Option<&[u8]>) -> Exif {
        let number = self.orientation.or_else(|| xmp::orientation(xmp?));
        let time = || seconds(&DateTime::from_ascii(&xmp::date_time_original(xmp?)?).ok()?);
        Exif {
            orientation: number.and_then(from_number).unwrap_or(Orientation::NoTransforms),
            taken_at: self.taken_at.or_else(time),
        }
    }
}

/// The orientation that a number of EXIF means.
pub(super) fn from_number(number: u64) -> Option<Orientation> {
    Orientation::from_exif(u8::try_from(number).ok()?)
}

/// EXIF without what some writers put before it, even twice.
pub(super) fn without_prefix(raw: &[u8]) -> &[u8] {
    let raw = raw.strip_prefix(PREFIX).unwrap_or(raw);
    raw.strip_prefix(PREFIX).unwrap_or(raw)
}

#[cfg_attr(
    not(any(feature = "avif", feature = "heic", feature = "jpeg2000", feature = "jxl")),
    allow(dead_code, reason = "the other formats ask for more of EXIF")
)]
/// The time of capture in raw EXIF or in a TIFF file, in seconds since 1970 as if its local time were UTC.
pub(super) fn taken_at(raw: impl AsRef<[u8]>) -> Option<i64> {
    Exif::parse(raw).taken_at
}

/// The seconds since 1970 of a time as EXIF writes it, as if it were UTC.
pub(super) fn seconds_of_text(text: &[u8]) -> Option<i64> {
    seconds(&DateTime::from_ascii(text.get(..19)?).ok()?)
}

/// Seconds since 1970, counted in a calendar without time zones. None for times that don't exist,
/// such as the zeros that cameras without a clock write.
fn seconds(time: &DateTime) -> Option<i64> {
    let (year, month, day) = (i64::from(time.year), i64::from(time.month), i64::from(time.day));
    let valid = (1..=12).contains(&month) && (1..=31).contains(&day) && year > 0;
    if !valid || time.hour > 23 || time.minute > 59 || time.second > 60 {
        return None;
    }
    // Howard Hinnant's days_from_civil: years that start in March have their leap day at the end.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days =
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468;
    Some(days * 86_400 + i64::from(time.hour) * 3600 + i64::from(time.minute) * 60 + i64::from(time.second))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<i64> {
        seconds(&DateTime::from_ascii(text.as_bytes()).unwrap())
    }

    #[test]
    fn times_are_seconds_since_1970() {
        // By `date -u -d ... +%s`.
        assert_eq!(at("1970:01:01 00:00:00"), Some(0));
        assert_eq!(at("2000:02:29 12:34:56"), Some(951_827_696));
        assert_eq!(at("2024:12:31 23:59:59"), Some(1_735_689_599));
        assert_eq!(at("1969:12:31 23:59:59"), Some(-1));
        assert_eq!(at("1900:03:01 00:00:00"), Some(-2_203_891_200));
    }

    #[test]
    fn times_that_do_not_exist_are_none() {
        assert_eq!(at("0000:00:00 00:00:00"), None);
        assert_eq!(at("2020:13:01 00:00:00"), None);
        assert_eq!(at("2020:01:01 24:00:00"), None);
    }

    /// EXIF of one tag, in either byte order.
    fn exif(little: bool, kind: u16, count: u32, value: u32) -> Vec<u8> {
        let short = |number: u16| if little { number.to_le_bytes() } else { number.to_be_bytes() };
        let long = |number: u32| if little { number.to_le_bytes() } else { number.to_be_bytes() };
        let mut raw: Vec<u8> = if little { b"II*\0".to_vec() } else { b"MM\0*".to_vec() };
        raw.extend(long(8));
        raw.extend([short(1), short(ORIENTATION), short(kind)].concat());
        raw.extend(long(count));
        // Values begin at the left of their field.
        let field = match kind {
            1 | 6 => vec![value as u8, 0, 0, 0],
            3 | 8 => [short(value as u16), short(1)].concat(),
            _ => long(value).to_vec(),
        };
        raw.extend(field);
        raw.extend(long(0));
        raw
    }

    fn segment(raw: &[u8]) -> Vec<u8> {
        [PREFIX, raw].concat()
    }

    fn packet(orientation: u8) -> Vec<u8> {
        format!("http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation=\"{orientation}\"/>").into_bytes()
    }

    fn of(payloads: &[&[u8]]) -> u8 {
        Exif::of_segments(payloads).orientation.to_exif()
    }

    #[test]
    fn orientation_is_read_of_any_kind_of_number() {
        for little in [true, false] {
            for kind in [1, 3, 4, 6, 8, 9, 13] {
                let raw = exif(little, kind, 1, 6);
                assert_eq!(Exif::parse(&raw).orientation, Orientation::Rotate90, "kind {kind}");
                let prefixed = segment(&segment(&raw));
                assert_eq!(Exif::parse(prefixed).orientation, Orientation::Rotate90, "kind {kind}");
                // Cut after its only entry.
                assert_eq!(Exif::parse(&raw[..22]).orientation, Orientation::Rotate90);
                assert_eq!(Exif::parse(&raw[..21]).orientation, Orientation::NoTransforms);
            }
            // Two numbers of 16 bits: the first.
            assert_eq!(Exif::parse(exif(little, 3, 2, 6)).orientation, Orientation::Rotate90);
            for (kind, value) in [(2, 6), (99, 6), (3, 0), (3, 9), (4, 262)] {
                let raw = exif(little, kind, 1, value);
                assert_eq!(Exif::parse(raw).orientation, Orientation::NoTransforms, "{kind} {value}");
            }
        }
    }

    #[test]
    fn the_first_of_two_segments_counts_and_long_ones_go_on() {
        let [six, one] = [6, 1].map(|value| segment(&exif(true, 3, 1, value)));
        assert_eq!(of(&[&six, &one]), 6);
        assert_eq!(of(&[&one, &six]), 1);
        assert_eq!(of(&[b"Exif\0\0", b"Exif\0\0no EXIF", &six]), 6);
        assert_eq!(of(&[&six[6..]]), 1);
        let (begin, end) = six.split_at(20);
        assert_eq!(of(&[begin, &segment(end)]), 6);
        assert_eq!(of(&[begin, &segment(&end[..2]), &segment(&end[2..])]), 6);
        assert_eq!(of(&[]), 1);
    }

    #[test]
    fn xmp_tells_what_exif_does_not() {
        let [without, zero, one] = [(0x10f, 1), (ORIENTATION, 0), (ORIENTATION, 1)].map(|(tag, value)| {
            let mut raw = exif(true, 3, 1, value);
            raw[10..12].copy_from_slice(&tag.to_le_bytes());
            segment(&raw)
        });
        assert_eq!(of(&[&packet(6)]), 6);
        assert_eq!(of(&[&without, &packet(6)]), 6);
        assert_eq!(of(&[&packet(3), &without, &packet(8)]), 8);
        assert_eq!(of(&[&packet(6), &one]), 1);
        assert_eq!(of(&[&packet(6), &zero]), 1);
        let time = b"http://ns.adobe.com/xap/1.0/\0exif:DateTimeOriginal=\"2000-02-29T12:34:56Z\"";
        assert_eq!(Exif::of_segments(&[time]).taken_at, Some(951_827_696));
    }

    #[test]
    fn every_cut_and_flipped_byte_is_survived() {
        let raw = [exif(true, 3, 1, 6), exif(false, 5, 9, 20)].concat();
        for i in 0..raw.len() {
            Exif::parse(&raw[..i]);
            for flip in [0xff, 0x80, 1] {
                let mut damaged = raw.clone();
                damaged[i] ^= flip;
                Exif::parse(damaged);
            }
        }
    }

    #[test]
    fn garbage_says_nothing() {
        let exif = Exif::parse(b"II*\0\xff\xff\xff\xff");
        assert_eq!((exif.orientation, exif.taken_at), (Orientation::NoTransforms, None));
        assert_eq!(taken_at(b""), None);
    }
}
