//! Numbers that make sense for a photograph; others come from damage, and are none.

use crate::base::picture_facts::Place;

/// Sensitivity, as ISO 12232 has it.
pub(super) fn iso(number: u64) -> Option<u32> {
    u32::try_from(number).ok().filter(|iso| (1..=100_000_000).contains(iso))
}

/// Focal length in mm. Lenses without contacts write 0.
pub(super) fn focal_length(mm: f64) -> Option<f64> {
    (mm > 0.0 && mm <= 100_000.0).then_some(mm)
}

/// The f-number.
pub(super) fn aperture(number: f64) -> Option<f64> {
    (number > 0.0 && number <= 10_000.0).then_some(number)
}

/// Exposure time in seconds, at most a year.
pub(super) fn exposure(seconds: f64) -> Option<f64> {
    (seconds > 0.0 && seconds <= 366.0 * 86_400.0).then_some(seconds)
}

/// 1 to 8, as EXIF has it.
pub(super) fn orientation(number: u64) -> Option<u8> {
    u8::try_from(number).ok().filter(|number| (1..=8).contains(number))
}

/// Stars, 0 to 5, or -1 for rejected. Halves, as some programs write them, are rounded down.
pub(super) fn rating(stars: f64) -> Option<i8> {
    (-1.0..=5.0).contains(&stars).then(|| stars.floor() as i8)
}

/// Degrees from degrees, minutes and seconds, of which those at the end may be missing.
pub(super) fn degrees(parts: &[f64]) -> Option<f64> {
    let (degrees, minutes, seconds) = match parts {
        [degrees] => (*degrees, 0.0, 0.0),
        [degrees, minutes] => (*degrees, *minutes, 0.0),
        [degrees, minutes, seconds] => (*degrees, *minutes, *seconds),
        _ => return None,
    };
    let is_angle = degrees >= 0.0 && (0.0..=60.0).contains(&minutes) && (0.0..=60.0).contains(&seconds);
    is_angle.then_some(degrees + minutes / 60.0 + seconds / 3600.0)
}

/// A place on Earth. Where both numbers are 0, off the coast of Africa, nobody took a picture: receivers without a fix write
/// that.
pub(super) fn place(latitude: f64, longitude: f64, altitude: Option<f64>) -> Option<Place> {
    let is_place = latitude.abs() <= 90.0 && longitude.abs() <= 180.0 && (latitude, longitude) != (0.0, 0.0);
    let altitude = altitude.filter(|metres| metres.abs() <= 100_000.0);
    is_place.then_some(Place { latitude, longitude, altitude })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absurd_numbers_are_none() {
        assert_eq!((iso(0), iso(100), iso(u64::MAX)), (None, Some(100), None));
        assert_eq!((focal_length(0.0), focal_length(f64::NAN), focal_length(23.0)), (None, None, Some(23.0)));
        assert_eq!((aperture(-1.0), aperture(1.4), exposure(f64::INFINITY)), (None, Some(1.4), None));
        assert_eq!((orientation(0), orientation(8), orientation(9)), (None, Some(8), None));
        assert_eq!(
            [-2.0, -1.0, 0.0, 3.5, 5.0, 6.0].map(rating),
            [None, Some(-1), Some(0), Some(3), Some(5), None]
        );
        assert_eq!(degrees(&[48.0, 51.0, 30.0]), Some(48.0 + 51.0 / 60.0 + 30.0 / 3600.0));
        assert_eq!((degrees(&[1.0, 61.0]), degrees(&[]), degrees(&[-1.0])), (None, None, None));
        assert_eq!(
            (place(0.0, 0.0, None), place(91.0, 0.0, None), place(0.0, -181.0, None)),
            (None, None, None)
        );
        assert_eq!(place(0.0, 6.0, Some(1e9)), Some(Place { latitude: 0.0, longitude: 6.0, altitude: None }));
    }
}
