//! What a file says of its picture, in words for the details.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use crate::base::picture_facts::{PictureFacts, Place, TakenAt};
use crate::tui::app::preview::Metadata;

/// The rows of a picture's facts, in the order in which they are shown. `changed` is when its file was changed.
pub(super) fn rows(facts: &PictureFacts, changed: Option<String>) -> Metadata {
    let mut rows = Metadata::new();
    match (facts.taken.and_then(taken), changed) {
        (Some(taken), Some(changed)) => rows.push(("taken", format!("{taken}, changed {changed}"))),
        (Some(taken), None) => rows.push(("taken", taken)),
        (None, Some(changed)) => rows.push(("changed", changed)),
        (None, None) => {}
    }
    rows.extend(facts.title.clone().map(|title| ("title", title)));
    rows.extend(facts.caption.clone().map(|caption| ("caption", caption)));
    if !facts.tags.is_empty() {
        rows.push(("tags", facts.tags.join(", ")));
    }
    rows.extend(facts.rating.and_then(rating).map(|rating| ("rating", rating)));
    let camera = match (&facts.make, &facts.model) {
        // Many cameras repeat the maker's name.
        (Some(make), Some(model)) if !model.to_lowercase().starts_with(&make.to_lowercase()) => {
            Some(format!("{make} {model}"))
        }
        (make, model) => model.clone().or_else(|| make.clone()),
    };
    let camera: Vec<String> = camera.into_iter().chain(facts.lens.clone()).collect();
    if !camera.is_empty() {
        rows.push(("camera", camera.join(", ")));
    }
    let exposure: Vec<String> = [
        facts.exposure.map(exposure),
        facts.aperture.map(|number| format!("f/{}", plain(number))),
        facts.iso.map(|iso| format!("ISO {iso}")),
        facts.focal_length.map(|length| format!("{} mm", plain(length))),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !exposure.is_empty() {
        rows.push(("exposure", exposure.join(", ")));
    }
    rows.extend(facts.place.map(|place| ("place", in_degrees(place))));
    rows
}

/// Stars, of five; none where nobody has rated.
fn rating(stars: i8) -> Option<String> {
    match usize::try_from(stars) {
        Ok(0) => None,
        Ok(stars) => Some("★".repeat(stars.min(5)) + &"☆".repeat(5_usize.saturating_sub(stars))),
        Err(_) => Some("rejected".to_owned()),
    }
}

/// A time as it is written, with its distance from UTC if that is known: `2019-07-12 18:30:45 +02:00`.
fn taken(at: TakenAt) -> Option<String> {
    // The time is kept as if it were UTC.
    let time = TimeZone::UTC.to_datetime(Timestamp::from_second(at.seconds).ok()?);
    let time = time.strftime("%Y-%m-%d %H:%M:%S");
    let offset = at.offset.and_then(|seconds| Offset::from_seconds(seconds).ok());
    Some(match offset {
        Some(offset) => {
            let minutes = offset.seconds() / 60;
            let sign = if minutes < 0 { '-' } else { '+' };
            format!("{time} {sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
        }
        None => time.to_string(),
    })
}

/// An exposure time as cameras show it: `1/250 s`, `0.8 s`, `30 s`.
fn exposure(seconds: f64) -> String {
    // Times in between, such as 0.3 and 0.6 s, have no fraction that people know.
    if seconds > 0.0 && seconds < 0.26 {
        format!("1/{:.0} s", 1.0 / seconds)
    } else {
        format!("{} s", plain(seconds))
    }
}

/// A number with at most one digit after the point.
fn plain(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A place as maps take it: `48.85837° N, 2.29448° E, 35 m`. Five digits tell metres.
fn in_degrees(place: Place) -> String {
    let side = |degrees: f64, positive, negative| {
        format!("{:.5}° {}", degrees.abs(), if degrees < 0.0 { negative } else { positive })
    };
    let mut text = format!("{}, {}", side(place.latitude, 'N', 'S'), side(place.longitude, 'E', 'W'));
    if let Some(metres) = place.altitude {
        // What is next to nothing has no sign.
        let metres = metres.round() + 0.0;
        text.push_str(&format!(", {metres:.0} m"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::picture_facts::TakenFrom;

    #[test]
    fn facts_read_as_people_write_them() {
        let facts = PictureFacts {
            taken: Some(TakenAt {
                seconds: 1_562_956_245,
                nanoseconds: 0,
                offset: Some(-12_600),
                source: TakenFrom::Exif,
            }),
            make: Some("NIKON".into()),
            model: Some("Nikon D90".into()),
            lens: Some("35mm f/1.8".into()),
            iso: Some(400),
            focal_length: Some(35.0),
            aperture: Some(2.8),
            exposure: Some(0.004),
            place: Some(Place { latitude: -33.856_78, longitude: 151.215_3, altitude: Some(-0.2) }),
            rating: Some(3),
            title: Some("Opera".into()),
            caption: Some("By night".into()),
            tags: vec!["harbour".into(), "city".into()],
            ..PictureFacts::default()
        };
        let rows = rows(&facts, Some("2024-01-02 03:04".into()));
        let expected = [
            ("taken", "2019-07-12 18:30:45 -03:30, changed 2024-01-02 03:04"),
            ("title", "Opera"),
            ("caption", "By night"),
            ("tags", "harbour, city"),
            ("rating", "★★★☆☆"),
            ("camera", "Nikon D90, 35mm f/1.8"),
            ("exposure", "1/250 s, f/2.8, ISO 400, 35 mm"),
            ("place", "33.85678° S, 151.21530° E, 0 m"),
        ];
        assert_eq!(rows, expected.map(|(name, value)| (name, value.to_owned())));
    }

    #[test]
    fn a_picture_of_which_nothing_is_known_has_one_row() {
        let rows = |rating| rows(&PictureFacts { rating, ..PictureFacts::default() }, Some("x".into()));
        assert_eq!(rows(Some(0)), [("changed", "x".to_owned())]);
        assert_eq!(rows(Some(-1))[1], ("rating", "rejected".to_owned()));
    }

    #[test]
    fn long_and_short_exposures() {
        let texts = [30.0, 1.3, 0.5, 1.0 / 3.0, 0.25, 0.000_125].map(exposure);
        assert_eq!(texts, ["30 s", "1.3 s", "0.5 s", "0.3 s", "1/4 s", "1/8000 s"]);
    }
}
