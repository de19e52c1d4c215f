//! The steps from a decoded picture to pixels.

use fast_image_resize::ResizeAlg;

use super::axis::{Axis, Centring};
use super::resize::{Turn, resize};
use super::target_size::TargetSize;
use crate::base::pixels::ReducedImage;
use crate::clip::embedding::Pixels;

/// Resizes, crops and normalizes pictures, as `preprocessor_config.json` or `open_clip_config.json` says.
#[derive(Debug)]
pub struct Preprocessor {
    /// The size that pictures are resized to; none is no resizing.
    pub(super) size: Option<TargetSize>,
    /// The filter of resizing.
    pub(super) algorithm: ResizeAlg,
    /// Width and height of the centre crop in pixels; none is no crop.
    pub(super) crop: Option<(u32, u32)>,
    /// Where the centre is.
    pub(super) centring: Centring,
    /// The value of all channels where the crop is larger than the picture.
    pub(super) fill: u8,
    /// What each of the 256 values of each channel (RGB) becomes by rescaling and normalizing.
    pub(super) tables: [[f32; 256]; 3],
}

/// A reduced picture keeps at least this many times the size that it is resized to. What averages blur then hardly
/// shows; `tests/it/scaled_decode.rs` measures it.
const MARGIN: f64 = 1.5;

impl Preprocessor {
    /// The smallest width and height that will do of an upright picture of `width` x `height`, all in pixels.
    pub fn minimum_size(&self, width: u32, height: u32) -> (u32, u32) {
        match (self.size, self.algorithm) {
            // These take the pixels as they are.
            (None, _) | (_, ResizeAlg::Nearest) => (width, height),
            (Some(size), _) => {
                let (new_width, new_height) = size.of(width.max(1), height.max(1));
                let side = |new: u32, full: u32| ((f64::from(new) * MARGIN).ceil() as u32).min(full);
                (side(new_width, width), side(new_height, height))
            }
        }
    }

    /// Preprocesses one picture: what [`Pixels`] says of size, layout and range, with the framing of the full picture
    /// turned upright.
    ///
    /// Only what the crop keeps is computed, at the coordinates and with the neighbours that resizing
    /// the whole picture would use: a 50 x 10,000 picture costs no more than a square one.
    pub fn apply(&self, image: &ReducedImage) -> Pixels {
        let turn = Turn::of(image.orientation);
        let (width, height) = turn.swap((image.stored.0.max(1), image.stored.1.max(1)));
        let (new_width, new_height) = match self.size {
            Some(size) => size.of(width, height),
            None => (width, height),
        };
        let (crop_width, crop_height) = self.crop.unwrap_or((new_width, new_height));
        let x = Axis::new(width, new_width, crop_width, self.centring);
        let y = Axis::new(height, new_height, crop_height, self.centring);
        let kept = resize(image, &turn, &x, &y, self.algorithm);
        self.normalize(&kept, &x, &y)
    }

    /// Places the kept part (rows of RGB, 8 bits a channel) in the crop, with the fill around it, and makes planes
    /// of normalized values.
    fn normalize(&self, kept: &[u8], x: &Axis, y: &Axis) -> Pixels {
        let (width, height) = (x.crop as usize, y.crop as usize);
        let mut pixels = Vec::with_capacity(3 * width * height);
        for table in &self.tables {
            pixels.resize(pixels.len() + width * height, table[usize::from(self.fill)]);
        }
        let (kept_width, plane) = (x.kept as usize, width * height);
        for (row, line) in kept.chunks_exact(3 * kept_width).enumerate() {
            let start = (y.pad as usize + row) * width + x.pad as usize;
            for (column, rgb) in line.chunks_exact(3).enumerate() {
                for (channel, (&value, table)) in rgb.iter().zip(&self.tables).enumerate() {
                    pixels[channel * plane + start + column] = table[usize::from(value)];
                }
            }
        }
        Pixels(pixels)
    }
}
