//! What a picture's file says of how, when and where it was taken, and what people wrote to it: a plain type, which readers
//! fill and the catalogue keeps.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What a picture's file and its sidecars say. What is missing, damaged or absurd there is none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PictureFacts {
    /// When the picture was taken.
    pub taken: Option<TakenAt>,
    /// The camera's maker.
    pub make: Option<String>,
    /// The camera's model.
    pub model: Option<String>,
    /// The lens's model.
    pub lens: Option<String>,
    /// Sensitivity, as ISO 12232 has it.
    pub iso: Option<u32>,
    /// Focal length in mm, as it is and not for 35 mm film.
    pub focal_length: Option<f64>,
    /// The f-number.
    pub aperture: Option<f64>,
    /// Exposure time in seconds.
    pub exposure: Option<f64>,
    /// Where the picture was taken.
    pub place: Option<Place>,
    /// 1 to 8, as EXIF has it.
    pub orientation: Option<u8>,
    /// 0 to 5 stars; -1 is rejected.
    pub rating: Option<i8>,
    /// A short name.
    pub title: Option<String>,
    /// A description.
    pub caption: Option<String>,
    /// Keywords, each once, in the order of the file.
    pub tags: Vec<String>,
}

/// A moment as it is written: local time, and how far that is ahead of UTC if it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenAt {
    /// Local time in seconds since 1970, as if it were UTC.
    pub seconds: i64,
    /// Nanoseconds of that second, below 1,000,000,000.
    pub nanoseconds: u32,
    /// Seconds that local time is ahead of UTC.
    pub offset: Option<i32>,
    /// Where it is written.
    pub source: TakenFrom,
}

impl TakenAt {
    /// A modification time, in nanoseconds since 1970, as a clock in a time zone shows it.
    pub fn modified(mtime_ns: i64, zone: &TimeZone) -> Self {
        let (utc, nanoseconds) = (mtime_ns.div_euclid(1_000_000_000), mtime_ns.rem_euclid(1_000_000_000));
        // Every time in nanoseconds that 64 bits hold is one that the calendar has.
        let offset = Timestamp::from_second(utc).map_or(0, |time| zone.to_offset(time).seconds());
        Self {
            seconds: utc + i64::from(offset),
            nanoseconds: u32::try_from(nanoseconds).unwrap_or(0),
            offset: Some(offset),
            source: TakenFrom::Modified,
        }
    }
}

/// Where the time of a picture is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenFrom {
    /// EXIF.
    Exif,
    /// XMP, in the file or beside it.
    Xmp,
    /// IPTC.
    Iptc,
    /// The file's modification time.
    Modified,
}

impl TakenFrom {
    /// The name that the catalogue has for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exif => "exif",
            Self::Xmp => "xmp",
            Self::Iptc => "iptc",
            Self::Modified => "modified",
        }
    }

    /// The source that the catalogue has this name for.
    #[cfg(feature = "milvus")]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Exif, Self::Xmp, Self::Iptc, Self::Modified].into_iter().find(|source| source.as_str() == name)
    }
}

/// A place on Earth (WGS 84).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Degrees, -90 to 90; north is positive.
    pub latitude: f64,
    /// Degrees, -180 to 180; east is positive.
    pub longitude: f64,
    /// Metres above the sea.
    pub altitude: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_modification_time_is_local() {
        let zone = TimeZone::fixed(jiff::tz::Offset::from_hours(-7).unwrap());
        let taken = TakenAt::modified(1_562_956_245_250_000_000, &zone);
        assert_eq!((taken.seconds, taken.nanoseconds), (1_562_956_245 - 7 * 3600, 250_000_000));
        assert_eq!((taken.offset, taken.source), (Some(-25_200), TakenFrom::Modified));
        assert_eq!(TakenAt::modified(-1, &TimeZone::UTC).nanoseconds, 999_999_999);
        for extreme in [i64::MIN, i64::MAX] {
            TakenAt::modified(extreme, &TimeZone::UTC);
        }
    }
}
