//! AVIF, by rav1d: the primary picture or its tiles, with alpha; of an animation the first frame.
//!
//! [`super::heif`] reads the container, `av1` decodes a coded picture to planes, `yuv` makes colours of them.

mod av1;
mod yuv;

use image::ColorType;

use self::av1::Picture;
use self::yuv::Colors;
use super::cicp::{self, Cicp};
use super::decoder_error::truncated;
use super::error::PictureError;
use super::exif;
use super::format::Format;
use super::heif::{Crop, Item, Items};
use super::limits::Limits;
use super::plan::{DecodePlan, Decoded, check_size};
use super::rgb::{image_of, to_srgb};

const FORMAT: Format = Format::Avif;
/// Memory that the decoder takes for a pixel beside its planes, in bytes: what it knows of each block.
const BLOCKS_PER_PIXEL: u64 = 2;
/// Memory that each pixel takes in colours, in bytes: RGB or RGBA, and RGB that is cropped or sent.
const PLAIN_BYTES_PER_PIXEL: u64 = 7;
/// Memory that each pixel takes in the light of HDR, in bytes: 16 bits, and floats.
const HDR_BYTES_PER_PIXEL: u64 = 20;

/// Reads the header of a picture and plans how its pixels are decoded.
pub(super) fn plan<'a>(bytes: &'a [u8], limits: &Limits) -> Result<DecodePlan<'a>, PictureError> {
    let items = Items::parse(bytes).ok_or_else(|| damaged("it has no primary picture"))?;
    let primary = items.primary().ok_or_else(|| damaged("it has no primary picture"))?;
    let coded @ (width, height) = primary.size.ok_or_else(|| damaged("its primary picture has no size"))?;
    check_size(width, height, limits)?;
    if width == 0 || height == 0 {
        return Err(damaged("it has no pixels"));
    }
    let crop = primary.crop(coded);
    let stored = crop.map_or(coded, |crop| (crop.width, crop.height));
    let alpha = items.alpha_of(&primary);
    let taken_at = items.exif_of(&primary).and_then(exif::taken_at);
    let pixels = u64::from(width) * u64::from(height);
    // Tiles are decoded one after the other. A decoder keeps two sets of planes at most: grain is laid on a copy.
    let tile = items.tiles(&primary).and_then(|tiles| Some(tiles.into_iter().next()?.0));
    let planes = |item: &Item| {
        let (width, height) = item.size.unwrap_or(coded);
        u64::from(width)
            .saturating_mul(height.into())
            .saturating_mul(2 * item.plane_bytes() + BLOCKS_PER_PIXEL)
    };
    let planes = planes(tile.as_ref().unwrap_or(&primary)).max(alpha.as_ref().map_or(0, planes));
    let hdr =
        primary.nclx.is_some_and(|nclx| Cicp { primaries: nclx.primaries, transfer: nclx.transfer }.is_hdr());
    let colors = if hdr { HDR_BYTES_PER_PIXEL } else { PLAIN_BYTES_PER_PIXEL };
    let memory =
        pixels.saturating_mul(colors).saturating_add(planes).saturating_add(bytes.len() as u64 + (8 << 20));
    let max_pixels = limits.max_pixels;
    let orientation = primary.orientation;
    let work = move || {
        let mut canvas = Canvas::new(coded, alpha.is_some(), hdr);
        for (tile, at) in items.tiles(&primary).ok_or_else(|| damaged("its tiles don't fit"))? {
            canvas.draw(&decode(&items, &tile, max_pixels)?, at, &primary)?;
        }
        if let Some(alpha) = &alpha {
            let tiles = items.tiles(alpha).ok_or_else(|| damaged("its alpha doesn't fit"))?;
            let size = alpha.size.unwrap_or(coded);
            for (tile, at) in tiles {
                canvas.draw_alpha(&decode(&items, &tile, max_pixels)?, at, size);
            }
            if items.is_premultiplied(&primary, alpha) {
                canvas.unmultiply();
            }
        }
        let pixels = canvas.finish(&primary)?;
        let pixels = image_of(pixels, (width, height), FORMAT)?;
        let pixels = match crop {
            Some(Crop { x, y, width, height }) => {
                image::imageops::crop_imm(&pixels, x, y, width, height).to_image()
            }
            None => pixels,
        };
        Ok(Decoded::whole(pixels, taken_at))
    };
    Ok(DecodePlan { format: FORMAT, stored, orientation, taken_at, memory, factor: 1, work: Box::new(work) })
}

fn damaged(reason: &str) -> PictureError {
    PictureError::Damaged { format: FORMAT, reason: reason.to_owned() }
}

fn decode(items: &Items<'_, [u8]>, item: &Item, max_pixels: u64) -> Result<Picture, PictureError> {
    match &item.kind {
        b"av01" => {}
        kind => {
            let kind = String::from_utf8_lossy(kind).into_owned();
            return Err(PictureError::Unsupported(format!("{FORMAT} (made of \"{}\")", kind.escape_debug())));
        }
    }
    let data = items.data(item, usize::MAX).ok_or_else(|| truncated(FORMAT))?;
    Picture::decode(&data, max_pixels).ok_or_else(|| damaged("its pixels can't be decoded"))
}

/// Where the tiles of a picture are put together.
struct Canvas {
    size: (u32, u32),
    /// RGB or RGBA.
    plain: Vec<u8>,
    /// RGB of 16 bits, in place of `plain`, for light beyond a screen's white.
    deep: Vec<u16>,
    channels: usize,
    /// The colours that the first tile says it has.
    cicp: Option<Cicp>,
}

impl Canvas {
    fn new(size: (u32, u32), has_alpha: bool, hdr: bool) -> Self {
        let pixels = size.0 as usize * size.1 as usize;
        let channels = if has_alpha && !hdr { 4 } else { 3 };
        let (plain, deep) = if hdr { (0, pixels * 3) } else { (pixels * channels, 0) };
        Self { size, plain: vec![255; plain], deep: vec![u16::MAX; deep], channels, cicp: None }
    }

    /// Puts the colours of a tile at a place of the canvas.
    fn draw(&mut self, tile: &Picture, at: (u32, u32), primary: &Item) -> Result<(), PictureError> {
        let colors = Colors::of(tile, primary.nclx)?;
        self.cicp.get_or_insert(colors.cicp);
        let (width, channels) = (self.size.0 as usize, self.channels);
        if self.deep.is_empty() {
            yuv::draw(tile, &colors, &mut self.plain, (width, channels), at, |value| {
                (value * 255.0).round() as u8
            });
        } else {
            yuv::draw(tile, &colors, &mut self.deep, (width, 3), at, |value| {
                (value * 65_535.0).round() as u16
            });
        }
        Ok(())
    }

    /// Puts the alpha of a tile, which is a part of a plane of `size`, over the colours that are there.
    fn draw_alpha(&mut self, tile: &Picture, at: (u32, u32), size: (u32, u32)) {
        if self.channels != 4 {
            return;
        }
        let row_length = self.size.0 as usize * 4;
        let range = yuv::Luma::of(tile);
        // A plane of another size is stretched.
        let (sx, sy) = (
            f64::from(size.0.max(1)) / f64::from(self.size.0),
            f64::from(size.1.max(1)) / f64::from(self.size.1),
        );
        for (y, row) in self.plain.chunks_exact_mut(row_length).enumerate() {
            let from_y = (y as f64 * sy) as u32;
            let Some(tile_y) = from_y.checked_sub(at.1).filter(|y| *y < tile.height()) else { continue };
            let samples = tile.row(0, tile_y as usize);
            for (x, pixel) in row.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                let from_x = (x as f64 * sx) as u32;
                let Some(tile_x) = from_x.checked_sub(at.0).filter(|x| *x < tile.width()) else { continue };
                pixel[3] = (range.value(samples.get(tile_x as usize)) * 255.0).round() as u8;
            }
        }
    }

    /// Divides colours by the alpha that they were multiplied with.
    fn unmultiply(&mut self) {
        if self.channels != 4 {
            return;
        }
        for [r, g, b, alpha] in self.plain.as_chunks_mut::<4>().0 {
            for color in [r, g, b] {
                let straight =
                    (u32::from(*color) * 255 + u32::from(*alpha) / 2).checked_div(u32::from(*alpha));
                *color = straight.map_or(0, |value| value.min(255) as u8);
            }
        }
    }

    /// The pixels as 8-bit sRGB on white.
    fn finish(self, primary: &Item) -> Result<Vec<u8>, PictureError> {
        let cicp = self.cicp.unwrap_or(Cicp::SRGB);
        if !self.deep.is_empty() {
            return Ok(cicp::tone_map(&self.deep, cicp));
        }
        let color = if self.channels == 4 { ColorType::Rgba8 } else { ColorType::Rgb8 };
        let profile = primary.profile.clone().or_else(|| cicp.profile());
        to_srgb(self.plain, color, profile.as_deref(), FORMAT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::decode::decode;

    fn file(name: &str) -> Vec<u8> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pictures/formats");
        std::fs::read(format!("{folder}/{name}")).unwrap()
    }

    #[test]
    fn what_is_not_read_is_said_in_words() {
        let mut other = file("odd.avif");
        let at = memchr::memmem::find(&other, b"av01Color").unwrap();
        other[at..at + 4].copy_from_slice(b"jpeg");
        let error = decode(&other, &Limits::default()).unwrap_err().to_string();
        assert_eq!(error, "AVIF (made of \"jpeg\") pictures are not supported");
        let whole = file("odd.avif");
        let error = decode(&whole[..whole.len() / 2], &Limits::default()).unwrap_err().to_string();
        assert_eq!(error, "truncated AVIF: the file ends too early");
    }
}
