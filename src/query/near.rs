//! A place and the distance to it: `near:48.86,2.35,5`.

use std::fmt;

use super::value::{Value, ValueError, decimal};

/// The mean radius of the Earth in kilometres (IUGG).
const EARTH_KM: f64 = 6371.0088;
/// The greatest distance in kilometres. No two places are farther apart.
const MAX_KM: f64 = 20_100.0;

/// A circle on the Earth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// Degrees north, -90 to 90.
    pub latitude: f64,
    /// Degrees east, -180 to 180.
    pub longitude: f64,
    /// The radius in kilometres, above 0.
    pub kilometres: f64,
}

impl Near {
    pub(super) fn read(text: &str) -> Value<Self> {
        let parts: Vec<&str> = text.split(',').collect();
        if parts.len() > 3 {
            return Err(ValueError::Wrong);
        }
        let degrees = |at: usize, limit: f64| -> Value<f64> {
            let text = parts.get(at).copied().unwrap_or_default();
            let number = match text.strip_prefix('-') {
                Some(rest) => -decimal(rest)?,
                None => decimal(text)?,
            };
            if number.abs() <= limit { Ok(number) } else { Err(ValueError::Wrong) }
        };
        let latitude = degrees(0, 90.0)?;
        let longitude = degrees(1, 180.0)?;
        let kilometres = decimal(parts.get(2).copied().unwrap_or_default())?;
        if kilometres == 0.0 {
            // 0 may be the beginning of 0.5.
            return Err(ValueError::Partial);
        }
        if kilometres > MAX_KM {
            return Err(ValueError::Wrong);
        }
        Ok(Self { latitude, longitude, kilometres })
    }

    /// The distance in kilometres from the circle's centre to a place in degrees, by the haversine formula on a sphere:
    /// within half a percent of the ellipsoid's.
    pub fn distance(&self, latitude: f64, longitude: f64) -> f64 {
        let (from, to) = (self.latitude.to_radians(), latitude.to_radians());
        let half_sine = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
        let haversine = half_sine(latitude - self.latitude)
            + from.cos() * to.cos() * half_sine(longitude - self.longitude);
        2.0 * EARTH_KM * haversine.clamp(0.0, 1.0).sqrt().asin()
    }

    /// Whether a place in degrees lies in the circle.
    pub fn contains(&self, latitude: f64, longitude: f64) -> bool {
        self.distance(latitude, longitude) <= self.kilometres
    }
}

impl fmt::Display for Near {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{},{},{}", self.latitude, self.longitude, self.kilometres)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_has_its_range() {
        let near = Near::read("48.8584,-2.2945,5").unwrap();
        assert_eq!(near, Near { latitude: 48.8584, longitude: -2.2945, kilometres: 5.0 });
        for wrong in [
            "91,200,-1",
            "91,0,1",
            "0,181,1",
            "0,0,-1",
            "0,0,30000",
            "a,b,c",
            "1,2,3,4",
            "1e1,0,1",
            "1,nan,1",
        ] {
            assert_eq!(Near::read(wrong), Err(ValueError::Wrong), "{wrong}");
        }
        for partial in ["", "-", "48", "48.", "48,", "48,2", "48,2,", "48,-", "48,2,0"] {
            assert_eq!(Near::read(partial), Err(ValueError::Partial), "{partial}");
        }
    }

    #[test]
    fn distances_are_those_on_the_earth() {
        // Paris to London, and across the date line.
        let paris = Near::read("48.8566,2.3522,344").unwrap();
        assert!((paris.distance(51.5074, -0.1278) - 343.6).abs() < 0.5);
        assert!(paris.contains(51.5074, -0.1278) && !paris.contains(52.0, -0.1278));
        let fiji = Near::read("-17,179.9,50").unwrap();
        assert!(fiji.contains(-17.0, -179.9));
        assert!((fiji.distance(17.0, -0.1) - std::f64::consts::PI * EARTH_KM).abs() < 1e-3);
    }
}
