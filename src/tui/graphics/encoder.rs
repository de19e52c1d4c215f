//! Encodes pictures for the terminal.

use std::hash::BuildHasher;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use fast_image_resize::{FilterType as ResizeFilter, ResizeAlg, ResizeOptions};
use image::{DynamicImage, RgbImage};
use ratatui::layout::Size;
use ratatui_image::protocol::Protocol;
use ratatui_image::protocol::iterm2::Iterm2;
use ratatui_image::protocol::kitty::Kitty;
use ratatui_image::protocol::sixel::Sixel;
use ratatui_image::{FilterType, FontSize, Resize};

use super::glyphs::{COLUMNS, GlyphSet, ROWS};
use super::kitty_direct::PlacedPicture;
use super::palette::{ColourSupport, Palette};
use super::picture::{BlockPicture, EncodedPicture};
use super::protocol::DrawingMethod;
use super::{blocks, dither};
use crate::base::resample::resize_rgb;

/// The size of a cell in pixels where nobody knows it: about that of most fonts.
pub(crate) const USUAL_CELL: (u16, u16) = (10, 20);

/// Encodes pictures for a terminal.
#[derive(Debug, Clone)]
pub(crate) struct GraphicsEncoder {
    /// How pictures are drawn.
    pub method: DrawingMethod,
    /// Width and height of a cell in pixels, each at least 1.
    pub cell: (u16, u16),
    /// Whether sequences are wrapped for tmux, which passes them on.
    pub in_tmux: bool,
    /// The colours of the terminal, which pictures of text are limited to.
    pub palette: Palette,
}

impl GraphicsEncoder {
    /// An encoder for a terminal without graphics that has all colours.
    pub(crate) fn text() -> Self {
        Self {
            method: DrawingMethod::HALFBLOCKS,
            cell: USUAL_CELL,
            in_tmux: false,
            palette: Palette::new(ColourSupport::True),
        }
    }

    /// The pixels that a picture in an area of this many cells can show.
    pub(crate) fn pixels(&self, room: Size) -> (u32, u32) {
        let side = |cells: u16, pixels: u16| u32::from(cells) * u32::from(pixels.max(1));
        (side(room.width, self.cell.0), side(room.height, self.cell.1))
    }

    /// Encodes a picture as large as `room` lets it be, in its proportions. Small pictures are enlarged, so that their
    /// content can be seen.
    ///
    /// # Errors
    /// In words, when the picture is empty or can't be encoded.
    pub(crate) fn encode(&self, picture: RgbImage, room: Size) -> Result<EncodedPicture, String> {
        if picture.is_empty() || room.width == 0 || room.height == 0 {
            return Err("there is nothing to show".to_owned());
        }
        if let DrawingMethod::Blocks(set) = self.method {
            return Ok(EncodedPicture::Blocks(self.blocks(&picture, room, set)?));
        }
        let resize = Resize::Scale(Some(FilterType::Triangle));
        let font = FontSize::new(self.cell.0.max(1), self.cell.1.max(1));
        let pixels = DynamicImage::ImageRgb8(picture);
        let size = resize.size_for(&pixels, font, room);
        let pixels = resize.resize(&pixels, font, size, None);
        let protocol = match self.method {
            DrawingMethod::KittyDirect => {
                return Ok(EncodedPicture::Placed(PlacedPicture::new(&pixels.into_rgb8(), size, new_id())));
            }
            DrawingMethod::Iterm2 => Iterm2::new(pixels, size, self.in_tmux).map(Protocol::ITerm2),
            DrawingMethod::Sixel => Sixel::new(pixels, size, self.in_tmux).map(Protocol::Sixel),
            DrawingMethod::Kitty | DrawingMethod::Blocks(_) => {
                Kitty::new(pixels, size, new_id(), self.in_tmux, false).map(Protocol::Kitty)
            }
        };
        protocol.map(EncodedPicture::Protocol).map_err(|error| error.to_string())
    }

    fn blocks(&self, picture: &RgbImage, room: Size, set: GlyphSet) -> Result<BlockPicture, String> {
        let size = self.cells_of(picture.dimensions(), room);
        let has_all = self.palette.support() == ColourSupport::True;
        let (across, down) = if has_all { (COLUMNS, ROWS) } else { set.parts() };
        let to = (u32::from(size.width) * across as u32, u32::from(size.height) * down as u32);
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(ResizeFilter::CatmullRom));
        let resized = resize_rgb(picture.as_raw(), picture.dimensions(), to, &options)?;
        let resized = RgbImage::from_raw(to.0, to.1, resized).ok_or("this picture can't be shown")?;
        let cells =
            if has_all { blocks::draw(&resized, set) } else { dither::draw(&resized, set, &self.palette) };
        Ok(BlockPicture { size, cells })
    }

    /// The cells that a picture covers, rounded to whole ones.
    fn cells_of(&self, (width, height): (u32, u32), room: Size) -> Size {
        let (most_wide, most_high) = self.pixels(room);
        let scale = (f64::from(most_wide) / f64::from(width)).min(f64::from(most_high) / f64::from(height));
        let cells = |pixels: u32, cell: u16, most: u16| {
            let cells = f64::from(pixels) * scale / f64::from(cell.max(1));
            (cells.round() as u16).clamp(1, most)
        };
        Size { width: cells(width, self.cell.0, room.width), height: cells(height, self.cell.1, room.height) }
    }
}

/// A number for a picture that no other program on the same terminal uses, as far as chance can tell.
fn new_id() -> u32 {
    static HASHER: LazyLock<std::hash::RandomState> = LazyLock::new(std::hash::RandomState::new);
    static COUNT: AtomicU32 = AtomicU32::new(0);
    // 0 is no number.
    (HASHER.hash_one(COUNT.fetch_add(1, Ordering::Relaxed)) as u32).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_keep_their_proportions_in_cells() {
        let encoder = GraphicsEncoder::text();
        let room = Size { width: 40, height: 10 };
        // Cells are twice as high as wide: 40 x 10 of them are a square and a half wide... 400 x 200 pixels.
        assert_eq!(encoder.cells_of((400, 200), room), Size { width: 40, height: 10 });
        assert_eq!(encoder.cells_of((100, 100), room), Size { width: 20, height: 10 });
        assert_eq!(encoder.cells_of((10_000, 1), room), Size { width: 40, height: 1 });
        assert_eq!(encoder.cells_of((1, 10_000), room), Size { width: 1, height: 10 });
    }

    #[test]
    fn every_way_gives_a_picture_of_the_size_that_was_asked_for() {
        let methods = [
            DrawingMethod::Kitty,
            DrawingMethod::KittyDirect,
            DrawingMethod::Iterm2,
            DrawingMethod::Sixel,
            DrawingMethod::SEXTANTS,
            DrawingMethod::QUADRANTS,
            DrawingMethod::HALFBLOCKS,
        ];
        for method in methods {
            for support in [ColourSupport::Sixteen, ColourSupport::TwoHundredFiftySix, ColourSupport::True] {
                let palette = Palette::new(support);
                let encoder = GraphicsEncoder { method, palette, cell: (8, 16), in_tmux: false };
                let picture = RgbImage::from_pixel(64, 32, image::Rgb([250, 10, 10]));
                let encoded = encoder.encode(picture, Size { width: 20, height: 10 }).unwrap();
                assert_eq!(encoded.size(), Size { width: 20, height: 5 }, "{method:?}");
                assert!(encoder.encode(RgbImage::new(0, 0), Size { width: 2, height: 1 }).is_err());
            }
        }
    }
}
