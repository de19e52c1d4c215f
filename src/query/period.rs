//! Periods of time: `2024`, `2024-05`, `2024-05-01`, `30d`, `2w`, `today`.

use std::fmt;

use jiff::Span;
use jiff::civil::{Date, DateTime, date};

use super::error::Problem;
use super::value::{Value, ValueError};

/// The greatest number of days that a period may reach back.
const MAX_DAYS: u32 = 100_000;
const DAYS_OF_WEEK: u32 = 7;

/// A period of local time. Periods that count back from today stay what they are until [`Period::bounds`] is asked, so that
/// a saved search moves with the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// A calendar year, 1 to 9999.
    Year(i16),
    /// A month of a year: the year, and the month from 1.
    Month(i16, i8),
    /// A day.
    Day(Date),
    /// Today and so many days before it.
    Days(u32),
    /// Today and so many weeks before it.
    Weeks(u32),
    /// Today.
    Today,
}

impl Period {
    pub(super) fn read(text: &str) -> Value<Self> {
        let lower = text.to_ascii_lowercase();
        if lower == "today" {
            return Ok(Self::Today);
        }
        if "today".starts_with(&lower) {
            return Err(ValueError::Partial);
        }
        if let Some(count) = lower.strip_suffix(['d', 'w']) {
            let count: u32 = super::value::whole(count).map_err(|_| ValueError::Wrong)?;
            let (period, days) = if lower.ends_with('d') {
                (Self::Days(count), Some(count))
            } else {
                (Self::Weeks(count), count.checked_mul(DAYS_OF_WEEK))
            };
            let fits = days.is_some_and(|days| days <= MAX_DAYS);
            return if fits { Ok(period) } else { Err(ValueError::Wrong) };
        }
        Self::of_calendar(text)
    }

    /// A year, a month or a day.
    fn of_calendar(text: &str) -> Value<Self> {
        let parts: Vec<&str> = text.split('-').collect();
        let is_digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
        if parts.len() > 3 || !parts.iter().all(is_digits) {
            return Err(ValueError::Wrong);
        }
        let widths = [4, 2, 2];
        let (last, before) = parts.split_last().ok_or(ValueError::Partial)?;
        if before.iter().zip(widths).any(|(part, width)| part.len() != width) {
            return Err(ValueError::Wrong);
        }
        let width = widths[before.len()];
        if last.len() != width {
            // Fewer digits may get more; or, as in `30`, a letter.
            return Err(if last.len() < width { ValueError::Partial } else { ValueError::Wrong });
        }
        let no_such_day = || ValueError::Because(Problem::NoSuchDay(text.to_owned()));
        let year: i16 = parts[0].parse().map_err(|_| ValueError::Wrong)?;
        let small =
            |part: Option<&&str>| part.map_or(Ok(1), |part| part.parse().map_err(|_| ValueError::Wrong));
        let (month, day): (i8, i8) = (small(parts.get(1))?, small(parts.get(2))?);
        let date = Date::new(year, month, day).map_err(|_| no_such_day())?;
        if year < 1 {
            return Err(no_such_day());
        }
        Ok(match parts.len() {
            1 => Self::Year(year),
            2 => Self::Month(year, month),
            _ => Self::Day(date),
        })
    }

    /// The first instant of the period in local time, and the first one after it. `today` is the date here and now.
    pub fn bounds(self, today: Date) -> (DateTime, DateTime) {
        let (first, last) = match self {
            Self::Year(year) => (checked(year, 1, 1), checked(year, 12, 31)),
            Self::Month(year, month) => {
                let first = checked(year, month, 1);
                (first, first.last_of_month())
            }
            Self::Day(day) => (day, day),
            Self::Days(days) => (back(today, days), today),
            Self::Weeks(weeks) => (back(today, weeks.saturating_mul(DAYS_OF_WEEK)), today),
            Self::Today => (today, today),
        };
        // The calendar ends with the year 9999.
        let end =
            last.tomorrow().map_or(DateTime::MAX, |next| next.to_datetime(jiff::civil::Time::midnight()));
        (first.to_datetime(jiff::civil::Time::midnight()), end)
    }
}

/// A date whose parts were checked when the period was read.
fn checked(year: i16, month: i8, day: i8) -> Date {
    Date::new(year, month, day).unwrap_or(Date::MIN)
}

/// The day so many days before another; the calendar's first day if that lies before it.
fn back(today: Date, days: u32) -> Date {
    today.checked_sub(Span::new().days(i64::from(days))).unwrap_or(date(1, 1, 1))
}

impl fmt::Display for Period {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Year(year) => write!(out, "{year:04}"),
            Self::Month(year, month) => write!(out, "{year:04}-{month:02}"),
            Self::Day(day) => write!(out, "{:04}-{:02}-{:02}", day.year(), day.month(), day.day()),
            Self::Days(days) => write!(out, "{days}d"),
            Self::Weeks(weeks) => write!(out, "{weeks}w"),
            Self::Today => out.write_str("today"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(text: &str) -> (String, String) {
        let (from, until) = Period::read(text).unwrap().bounds(date(2026, 11, 26));
        (from.to_string(), until.to_string())
    }

    #[test]
    fn periods_reach_from_their_first_instant_to_the_first_one_after() {
        for (text, from, until) in [
            ("2024", "2024-01-01", "2025-01-01"),
            ("2024-02", "2024-02-01", "2024-03-01"),
            ("2024-12", "2024-12-01", "2025-01-01"),
            ("2024-02-29", "2024-02-29", "2024-03-01"),
            ("today", "2026-11-26", "2026-11-27"),
            ("TODAY", "2026-11-26", "2026-11-27"),
            ("0d", "2026-11-26", "2026-11-27"),
            ("30d", "2026-10-27", "2026-11-27"),
            ("2w", "2026-11-12", "2026-11-27"),
        ] {
            assert_eq!(bounds(text), (format!("{from}T00:00:00"), format!("{until}T00:00:00")), "{text}");
        }
        assert_eq!(Period::read("9999").unwrap().bounds(date(2026, 1, 1)).1, DateTime::MAX);
        assert_eq!(
            Period::read("100000d").unwrap().bounds(date(100, 1, 1)).0.date(),
            date(1, 1, 1).min(back(date(100, 1, 1), 100_000))
        );
    }

    #[test]
    fn days_that_the_calendar_lacks_are_told() {
        for wrong in ["2024-13", "2023-02-29", "2024-00", "2024-04-31", "0000", "0000-00-00"] {
            let error = Period::read(wrong).unwrap_err();
            assert!(matches!(error, ValueError::Because(Problem::NoSuchDay(_))), "{wrong}: {error:?}");
        }
        for wrong in [
            "banana",
            "20240501",
            "24-05-01",
            "2024-5-1",
            "2024/05",
            "-5d",
            "100001d",
            "99999999999d",
            "d",
            "2024-05-01-1",
            "2024-05-01T10",
        ] {
            assert_eq!(Period::read(wrong), Err(ValueError::Wrong), "{wrong}");
        }
        for partial in ["", "20", "30", "2024-", "2024-0", "2024-05-", "2024-05-1", "tod"] {
            assert_eq!(Period::read(partial), Err(ValueError::Partial), "{partial}");
        }
    }
}
