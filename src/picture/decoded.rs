//! What decoding gives.

use image::RgbImage;

use crate::base::pixels::ReducedImage;

/// A decoded picture, upright.
#[derive(Debug, Clone)]
pub struct Picture {
    /// RGB pixels of 8 bits a channel after the EXIF orientation was applied; fewer than the original's when a smaller
    /// picture was asked for.
    pub pixels: RgbImage,
    /// Full width as displayed (after orientation), in pixels.
    pub width: u32,
    /// Full height as displayed, in pixels.
    pub height: u32,
    /// EXIF time of capture in seconds since 1970 as if its local time were UTC, if known.
    pub taken_at: Option<i64>,
    /// What is wrong with the file, in plain words, when only a part of the picture is there.
    pub damage: Option<String>,
}

/// A decoded picture as it is stored, perhaps smaller than the original.
#[derive(Debug, Clone)]
pub struct ReducedPicture {
    /// The pixels, and how they relate to the original's.
    pub image: ReducedImage,
    /// EXIF time of capture in seconds since 1970 as if its local time were UTC, if known.
    pub taken_at: Option<i64>,
    /// What is wrong with the file, in plain words, when only a part of the picture is there.
    pub damage: Option<String>,
}

impl ReducedPicture {
    /// Turns the pixels upright.
    pub fn upright(self) -> Picture {
        let (width, height) = self.image.size();
        Picture {
            pixels: self.image.into_upright(),
            width,
            height,
            taken_at: self.taken_at,
            damage: self.damage,
        }
    }
}
