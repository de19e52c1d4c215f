//! What EXIF says of a picture: which side is up, and when the picture was taken.

use std::io::{BufRead, Seek};

use exif::{DateTime, In, Reader, Tag, Value};
use image::metadata::Orientation;

/// The parts of EXIF that decoding uses.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exif {
    /// How to turn the stored pixels upright.
    pub orientation: Orientation,
    /// `DateTimeOriginal` in seconds since 1970, as if its local time were UTC.
    pub taken_at: Option<i64>,
}

impl Exif {
    /// What a picture without EXIF has.
    pub(crate) const NONE: Self = Self { orientation: Orientation::NoTransforms, taken_at: None };

    /// Reads raw EXIF, which is a TIFF file without a picture. Damage loses only what it hits: cameras
    /// and editors write a lot of it.
    pub(crate) fn parse(raw: Vec<u8>) -> Self {
        let orientation = Orientation::from_exif_chunk(&raw).unwrap_or(Orientation::NoTransforms);
        Self { orientation, taken_at: taken_at(raw) }
    }
}

/// Every EXIF field of a picture's file, if it has any.
pub(super) fn of_file(file: &mut (impl BufRead + Seek)) -> Option<exif::Exif> {
    undamaged(lenient().read_from_container(file))
}

/// How to turn the stored pixels upright, if EXIF tells.
pub(super) fn orientation(exif: &exif::Exif) -> Option<Orientation> {
    let number = exif.get_field(Tag::Orientation, In::PRIMARY)?.value.get_uint(0)?;
    Orientation::from_exif(u8::try_from(number).ok()?)
}

fn lenient() -> Reader {
    let mut reader = Reader::new();
    reader.continue_on_error(true);
    reader
}

/// The fields that could be read, with or without errors on the way.
fn undamaged(read: Result<exif::Exif, exif::Error>) -> Option<exif::Exif> {
    read.or_else(|error| error.distill_partial_result(|_| {})).ok()
}

/// The time of capture in raw EXIF or in a TIFF file, in seconds since 1970 as if its local time were UTC.
pub(super) fn taken_at(raw: Vec<u8>) -> Option<i64> {
    let exif = undamaged(lenient().read_raw(raw))?;
    match &exif.get_field(Tag::DateTimeOriginal, In::PRIMARY)?.value {
        Value::Ascii(lines) => seconds(&DateTime::from_ascii(lines.first()?).ok()?),
        _ => None,
    }
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

    #[test]
    fn garbage_says_nothing() {
        let exif = Exif::parse(b"II*\0\xff\xff\xff\xff".to_vec());
        assert_eq!((exif.orientation, exif.taken_at), (Orientation::NoTransforms, None));
        assert_eq!(taken_at(Vec::new()), None);
    }
}
