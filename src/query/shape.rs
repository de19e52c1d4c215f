//! The shape of a picture.

use super::value::{Value, one_of};

/// The least ratio of the longer to the shorter side of a panorama.
const PANORAMA: f64 = 2.5;

/// The shape of a picture as it is shown, that is, with its orientation applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Wider than high.
    Landscape,
    /// Higher than wide.
    Portrait,
    /// As wide as high.
    Square,
    /// One side is at least two and a half times the other.
    Panorama,
}

impl Shape {
    const WORDS: [(&'static str, Self); 4] = [
        ("landscape", Self::Landscape),
        ("portrait", Self::Portrait),
        ("square", Self::Square),
        ("panorama", Self::Panorama),
    ];

    pub(super) fn read(text: &str) -> Value<Self> {
        one_of(text, &Self::WORDS)
    }

    /// The word for the shape.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Landscape => "landscape",
            Self::Portrait => "portrait",
            Self::Square => "square",
            Self::Panorama => "panorama",
        }
    }

    /// Whether a picture of this size in pixels has the shape. A panorama is a landscape or a portrait too.
    pub fn fits(self, width: u32, height: u32) -> bool {
        let (short, long) = (f64::from(width.min(height)), f64::from(width.max(height)));
        match self {
            Self::Landscape => width > height,
            Self::Portrait => width < height,
            Self::Square => width == height,
            Self::Panorama => short > 0.0 && long >= PANORAMA * short,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panorama_is_two_and_a_half_times_as_long() {
        assert!(Shape::Panorama.fits(2500, 1000) && Shape::Panorama.fits(1000, 2500));
        assert!(!Shape::Panorama.fits(2499, 1000) && !Shape::Panorama.fits(0, 0));
        assert!(Shape::Landscape.fits(2500, 1000) && !Shape::Portrait.fits(2500, 1000));
        assert!(Shape::Square.fits(7, 7) && !Shape::Landscape.fits(7, 7));
    }
}
