//! Filters: what has to be true of a picture.

use jiff::civil::{Date, DateTime};

use super::comparison::{Comparison, Operator, bytes};
use super::extensions::Extensions;
use super::folder::Folder;
use super::glob::Glob;
use super::near::Near;
use super::period::Period;
use super::shape::Shape;
use super::value::{Value, ValueError, decimal, whole};

/// The best rating.
const MAX_RATING: u8 = 5;
/// The most megapixels that can be asked for.
const MAX_MEGAPIXELS: f64 = 1e6;

/// A test of pictures, or its opposite.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// Whether the pictures that pass the test are left out, rather than the others.
    pub negated: bool,
    /// The test.
    pub test: Test,
}

/// Something that is true or not of a picture. Of a picture whose fact is unknown, no test is true.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// The file lies in a folder or below.
    In(Folder),
    /// The path fits a pattern.
    Path(Glob),
    /// The file name has these words.
    Name(String),
    /// The file has one of these extensions.
    Extension(Extensions),
    /// The picture was taken at the first instant of the period, or later.
    After(Period),
    /// The picture was taken before the first instant of the period.
    Before(Period),
    /// The picture was taken within the period.
    On(Period),
    /// The size of the file in bytes.
    Size(Comparison<u64>),
    /// The width in pixels, as the picture is shown.
    Width(Comparison<u32>),
    /// The height in pixels, as the picture is shown.
    Height(Comparison<u32>),
    /// Millions of pixels.
    Megapixels(Comparison<f64>),
    /// The shape, as the picture is shown.
    Shape(Shape),
    /// The camera's make and model have these words.
    Camera(String),
    /// The lens has these words.
    Lens(String),
    /// The sensitivity of the film or sensor.
    Iso(Comparison<u32>),
    /// One of the keywords has these words.
    Tag(String),
    /// The stars, 0 to 5.
    Rating(Comparison<u8>),
    /// The caption or title has these words.
    Caption(String),
    /// The text that was read from the picture has these words.
    Text(String),
    /// The picture was taken at a place.
    Near(Near),
}

/// Instants in local time, of which either end may be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateRange {
    /// The first instant.
    pub from: Option<DateTime>,
    /// The first instant that is not in the range any more.
    pub until: Option<DateTime>,
}

impl DateRange {
    /// Whether an instant is in the range.
    pub fn contains(&self, at: DateTime) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}

impl Test {
    /// Reads the value of the filter `name`.
    pub(super) fn read(name: &str, operator: Operator, value: &str) -> Value<Self> {
        Ok(match name {
            "in" => Self::In(Folder::read(value)?),
            "path" => Self::Path(Glob::read(value)?),
            "name" => Self::Name(words(value)?),
            "ext" => Self::Extension(Extensions::read(value)?),
            "after" => Self::After(Period::read(value)?),
            "before" => Self::Before(Period::read(value)?),
            "on" => Self::On(Period::read(value)?),
            "size" => Self::Size(Comparison { operator, number: bytes(value)? }),
            "width" => Self::Width(Comparison { operator, number: whole(value)? }),
            "height" => Self::Height(Comparison { operator, number: whole(value)? }),
            "mp" => {
                Self::Megapixels(Comparison { operator, number: up_to(decimal(value)?, MAX_MEGAPIXELS)? })
            }
            "shape" => Self::Shape(Shape::read(value)?),
            "camera" => Self::Camera(words(value)?),
            "lens" => Self::Lens(words(value)?),
            "iso" => Self::Iso(Comparison { operator, number: whole(value)? }),
            "tag" => Self::Tag(words(value)?),
            "rating" => Self::Rating(Comparison { operator, number: up_to(whole(value)?, MAX_RATING)? }),
            "caption" => Self::Caption(words(value)?),
            "text" => Self::Text(words(value)?),
            "near" => Self::Near(Near::read(value)?),
            _ => return Err(ValueError::Wrong),
        })
    }

    /// The filter's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::In(_) => "in",
            Self::Path(_) => "path",
            Self::Name(_) => "name",
            Self::Extension(_) => "ext",
            Self::After(_) => "after",
            Self::Before(_) => "before",
            Self::On(_) => "on",
            Self::Size(_) => "size",
            Self::Width(_) => "width",
            Self::Height(_) => "height",
            Self::Megapixels(_) => "mp",
            Self::Shape(_) => "shape",
            Self::Camera(_) => "camera",
            Self::Lens(_) => "lens",
            Self::Iso(_) => "iso",
            Self::Tag(_) => "tag",
            Self::Rating(_) => "rating",
            Self::Caption(_) => "caption",
            Self::Text(_) => "text",
            Self::Near(_) => "near",
        }
    }

    /// The local time that a filter by date asks for; `None` for other filters. `today` is the date here and now.
    pub fn date_range(&self, today: Date) -> Option<DateRange> {
        let (from, until) = match self {
            Self::After(period) => (Some(period.bounds(today).0), None),
            Self::Before(period) => (None, Some(period.bounds(today).0)),
            Self::On(period) => {
                let (from, until) = period.bounds(today);
                (Some(from), Some(until))
            }
            _ => return None,
        };
        Some(DateRange { from, until })
    }
}

/// A text with something in it besides blanks.
fn words(text: &str) -> Value<String> {
    if text.trim().is_empty() { Err(ValueError::Partial) } else { Ok(text.to_owned()) }
}

fn up_to<T: PartialOrd>(number: T, most: T) -> Value<T> {
    if number <= most { Ok(number) } else { Err(ValueError::Wrong) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_local_and_half_open() {
        let range = |name: &str, value: &str| {
            let test = Test::read(name, Operator::Equal, value).unwrap();
            test.date_range(jiff::civil::date(2026, 11, 26)).unwrap()
        };
        let at = |text: &str| text.parse::<DateTime>().unwrap();
        assert!(range("after", "2024").contains(at("2024-01-01T00:00:00")));
        assert!(!range("after", "2024").contains(at("2023-12-31T23:59:59.999")));
        assert!(!range("before", "2024").contains(at("2024-01-01T00:00:00")));
        assert!(range("before", "2024-05-02").contains(at("2024-05-01T23:59:59.5")));
        assert!(range("on", "2024-05").contains(at("2024-05-31T23:59:59")));
        assert!(!range("on", "2024-05").contains(at("2024-06-01T00:00:00")));
        assert!(range("on", "today").contains(at("2026-11-26T08:00:00")));
        assert!(range("after", "today").contains(at("2030-01-01T00:00:00")));
        assert_eq!(Test::Name("x".into()).date_range(jiff::civil::date(2026, 1, 1)), None);
    }
}
