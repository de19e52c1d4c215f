//! Times as EXIF, XMP and IPTC write them: local time, and its offset from UTC where that is known.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use crate::base::picture_facts::{TakenAt, TakenFrom};

/// The years that a picture may be of; others come from damage, or from cameras without a clock.
const YEARS: std::ops::RangeInclusive<i16> = 1800..=2199;

/// A time of EXIF, `2019:07:12 18:30:45`, with its subseconds (digits) and its offset (`+02:00`), which have tags of their
/// own.
pub(super) fn of_exif(time: &str, subseconds: Option<&str>, offset: Option<&str>) -> Option<TakenAt> {
    let taken = parse(time, TakenFrom::Exif)?;
    let nanoseconds = subseconds.map_or(taken.nanoseconds, |digits| fraction(digits.trim()));
    let offset = offset.and_then(|offset| self::offset(offset.trim())).or(taken.offset);
    Some(TakenAt { nanoseconds, offset, ..taken })
}

/// A time of XMP, as ISO 8601 has it: `2019-07-12T18:30:45.25+02:00`, or less from the right. Some programs write it as
/// EXIF does.
pub(super) fn of_xmp(time: &str) -> Option<TakenAt> {
    parse(time, TakenFrom::Xmp)
}

/// A date of IPTC, `20190712`, and its time, `183045+0200`.
pub(super) fn of_iptc(date: &str, time: Option<&str>) -> Option<TakenAt> {
    let part = |text: &str, from: usize, to: usize| text.get(from..to).map(str::to_owned);
    let date = format!("{}-{}-{}", part(date, 0, 4)?, part(date, 4, 6)?, part(date, 6, 8)?);
    let time = time.and_then(|time| {
        let rest = time.get(6..).unwrap_or_default();
        Some(format!("T{}:{}:{}{rest}", part(time, 0, 2)?, part(time, 2, 4)?, part(time, 4, 6)?))
    });
    let whole = time.and_then(|time| parse(&(date.clone() + &time), TakenFrom::Iptc));
    whole.or_else(|| parse(&date, TakenFrom::Iptc))
}

fn parse(text: &str, source: TakenFrom) -> Option<TakenAt> {
    let text = text.trim();
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?.trim_start()),
        None => (text, ""),
    };
    let mut fields = date.split(['-', ':', '/', '.']);
    let year: i16 = fields.next().filter(|year| year.len() == 4).and_then(number)?;
    let month = fields.next().map_or(Some(1), number)?;
    let day = fields.next().map_or(Some(1), number)?;
    if fields.next().is_some() || !YEARS.contains(&year) {
        return None;
    }
    let date = Date::new(year, month, day).ok()?;
    let end = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at_checked(end)?;
    let (clock, subseconds) = clock.trim().split_once(['.', ',']).unwrap_or((clock.trim(), ""));
    let [hour, minute, second]: [i8; 3] = if clock.is_empty() {
        [0; 3]
    } else {
        let mut fields = clock.split(':');
        let time = [
            fields.next().and_then(number)?,
            fields.next().and_then(number)?,
            fields.next().map_or(Some(0), number)?,
        ];
        if fields.next().is_some() {
            return None;
        }
        time
    };
    // A leap second is taken for the one before.
    let time = Time::new(hour, minute, if second == 60 { 59 } else { second }, 0).ok()?;
    let seconds = TimeZone::UTC.to_timestamp(date.to_datetime(time)).ok()?.as_second();
    Some(TakenAt { seconds, nanoseconds: fraction(subseconds), offset: offset(zone.trim()), source })
}

/// A number of one or two digits, or of four.
fn number<T: std::str::FromStr>(digits: &str) -> Option<T> {
    let digits = digits.trim();
    let is_number = (1..=4).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok())?
}

/// The nanoseconds that digits after a point stand for; 0 if they are none.
fn fraction(digits: &str) -> u32 {
    let digits: Vec<u32> = digits.chars().map_while(|c| c.to_digit(10)).take(9).collect();
    digits.iter().chain(std::iter::repeat(&0)).take(9).fold(0, |number, digit| number * 10 + digit)
}

/// The seconds of an offset from UTC: `Z`, `+02:00`, `-0730` or `+02`. At most 15 hours.
fn offset(text: &str) -> Option<i32> {
    if matches!(text, "Z" | "z") {
        return Some(0);
    }
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let digits = rest.replace(':', "");
    let (hours, minutes) = digits.split_at_checked(2)?;
    let hours: i32 = number(hours)?;
    let minutes: i32 = if minutes.is_empty() { 0 } else { number(minutes)? };
    (hours <= 15 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2019-07-12 18:30:45, by `date -u +%s`.
    const SECONDS: i64 = 1_562_956_245;

    fn short(taken: Option<TakenAt>) -> Option<(i64, u32, Option<i32>)> {
        taken.map(|taken| (taken.seconds, taken.nanoseconds, taken.offset))
    }

    #[test]
    fn times_of_exif_have_subseconds_and_offset_beside_them() {
        let of = |time, subseconds, offset| short(of_exif(time, subseconds, offset));
        assert_eq!(of("2019:07:12 18:30:45", None, None), Some((SECONDS, 0, None)));
        assert_eq!(
            of("2019:07:12 18:30:45\0", Some("25 "), Some("+02:00")),
            None,
            "a NUL is for the reader to cut"
        );
        assert_eq!(
            of("2019:07:12 18:30:45", Some("25 "), Some("-07:30")),
            Some((SECONDS, 250_000_000, Some(-27_000)))
        );
        assert_eq!(of("2019:07:12 18:30:45", Some("  "), Some("   :  ")), Some((SECONDS, 0, None)));
        assert_eq!(of("2019:07:12 18:30:45", Some("1234567899"), None).unwrap().1, 123_456_789);
        for absurd in [
            "0000:00:00 00:00:00",
            "    :  :     :  :  ",
            "2019:13:01 00:00:00",
            "2019:02:29 00:00:00",
            "2019:07:12 24:00:00",
            "2019:07:12 18:60:00",
            "2019:07:12 18:30:61",
            "9999:01:01 00:00:00",
            "-019:07:12 18:30:45",
            "2019:07:12 18:30:45:01",
            "today",
            "",
        ] {
            assert_eq!(of(absurd, None, None), None, "{absurd}");
        }
        assert_eq!(of("2020:02:29 23:59:60", None, None).unwrap().0, 1_583_020_799);
        assert_eq!(of("1850:01:01 00:00:00", None, None).unwrap().0, -3_786_825_600);
    }

    #[test]
    fn times_of_xmp_are_those_of_iso_8601_or_less() {
        let of = |time: &str| short(of_xmp(time));
        for (time, offset) in [("Z", Some(0)), ("+02:00", Some(7200)), ("-0330", Some(-12_600)), ("", None)] {
            assert_eq!(
                of(&format!("2019-07-12T18:30:45.25{time}")),
                Some((SECONDS, 250_000_000, offset)),
                "{time}"
            );
        }
        assert_eq!(of("2019:07:12 18:30:45.000"), Some((SECONDS, 0, None)));
        assert_eq!(of("2019-07-12T18:30"), Some((SECONDS - 45, 0, None)));
        assert_eq!(of("2019-07-12"), Some((SECONDS - 66_645, 0, None)));
        assert_eq!(of("2019-07").unwrap().0, 1_561_939_200);
        assert_eq!(of("2019").unwrap().0, 1_546_300_800);
        for absurd in ["0000-00-00T00:00:00", "2019-07-12T", "19-07-12", "+2019", "2019-07-12T18"] {
            let allowed = absurd == "2019-07-12T";
            assert_eq!(of(absurd).is_some(), allowed, "{absurd}");
        }
        assert_eq!(of("2019-07-12T18:30:45+99:00"), Some((SECONDS, 0, None)));
    }

    #[test]
    fn times_of_iptc_are_digits() {
        let of = |date, time| short(of_iptc(date, time));
        assert_eq!(of("20190712", Some("183045+0200")), Some((SECONDS, 0, Some(7200))));
        assert_eq!(of("20190712", Some("183045")), Some((SECONDS, 0, None)));
        assert_eq!(of("20190712", None), Some((SECONDS - 66_645, 0, None)));
        assert_eq!(of("20190712", Some("odd")), Some((SECONDS - 66_645, 0, None)));
        assert_eq!(of("00000000", None), None);
        assert_eq!(of("2019", None), None);
    }
}
