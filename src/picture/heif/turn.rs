//! Rotation and mirroring boxes as one orientation.

use image::metadata::Orientation;

/// The orientation that a rotation (in quarter turns to the left) and then a mirroring make: top to bottom, or left to
/// right.
pub(super) fn orientation(turns: u8, mirror: Option<u8>) -> Orientation {
    match (turns & 3, mirror) {
        (0, None) => Orientation::NoTransforms,
        (1, None) => Orientation::Rotate270,
        (2, None) => Orientation::Rotate180,
        (_, None) => Orientation::Rotate90,
        (0, Some(0)) | (2, Some(1..)) => Orientation::FlipVertical,
        (0, Some(1..)) | (2, Some(0)) => Orientation::FlipHorizontal,
        (1, Some(0)) | (3, Some(1..)) => Orientation::Rotate90FlipH,
        (_, Some(_)) => Orientation::Rotate270FlipH,
    }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, RgbImage};

    use super::*;

    #[test]
    fn turns_and_mirrors_are_done_one_after_the_other() {
        let picture: DynamicImage = RgbImage::from_fn(3, 2, |x, y| image::Rgb([x as u8, y as u8, 0])).into();
        for turns in 0..4 {
            for mirror in [None, Some(0), Some(1)] {
                let mut expected = picture.clone();
                for _ in 0..turns {
                    expected = expected.rotate270();
                }
                expected = match mirror {
                    None => expected,
                    Some(0) => expected.flipv(),
                    Some(_) => expected.fliph(),
                };
                let mut turned = picture.clone();
                turned.apply_orientation(orientation(turns, mirror));
                assert_eq!(turned, expected, "{turns} {mirror:?}");
            }
        }
    }
}
