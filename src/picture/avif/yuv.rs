//! Planes of luma and chroma to RGB, by the formulas of ITU-T H.273 and with chroma interpolated as libavif does.

use rayon::prelude::*;

use super::av1::{Coding, Picture, Row};
use crate::picture::cicp::Cicp;
use crate::picture::error::PictureError;
use crate::picture::format::Format;
use crate::picture::heif::Nclx;

/// What luma stands for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Luma {
    offset: f32,
    scale: f32,
}

impl Luma {
    /// The range that the coded stream of a picture tells.
    pub(super) fn of(picture: &Picture) -> Self {
        Self::new(picture.bits(), picture.coding().is_none_or(|coding| coding.full_range))
    }

    fn new(bits: u32, full_range: bool) -> Self {
        let unit = f32::from(1_u16 << (bits - 8));
        let top = f32::from(((1_u32 << bits) - 1) as u16);
        if full_range {
            Self { offset: 0.0, scale: 1.0 / top }
        } else {
            Self { offset: 16.0 * unit, scale: 1.0 / (219.0 * unit) }
        }
    }

    /// The brightness, from 0 to 1, of a sample.
    pub(super) fn value(self, sample: u16) -> f32 {
        ((f32::from(sample) - self.offset) * self.scale).clamp(0.0, 1.0)
    }
}

/// How the planes of a picture become colours.
#[derive(Debug, Clone, Copy)]
pub(super) struct Colors {
    /// The colours that come out.
    pub cicp: Cicp,
    matrix: ColorMatrix,
    luma: Luma,
    chroma_center: f32,
    chroma_scale: f32,
}

#[derive(Debug, Clone, Copy)]
enum ColorMatrix {
    Gray,
    /// Green, blue and red as they are.
    Identity,
    YCgCo,
    /// The parts of red and of blue in luma.
    Parts {
        red: f32,
        blue: f32,
    },
}

impl Colors {
    /// As the file's container says, or else the coded stream.
    ///
    /// # Errors
    /// When the matrix is one that is not known.
    pub(super) fn of(picture: &Picture, nclx: Option<Nclx>) -> Result<Self, PictureError> {
        let stream = picture.coding();
        let unknown = Coding { primaries: 2, transfer: 2, matrix: 2, full_range: false };
        let coding = nclx.map_or(stream.unwrap_or(unknown), |nclx| Coding {
            primaries: nclx.primaries,
            transfer: nclx.transfer,
            matrix: nclx.matrix,
            full_range: nclx.full_range,
        });
        let parts = |red, blue| ColorMatrix::Parts { red, blue };
        let matrix = match (coding.matrix, coding.primaries) {
            _ if picture.is_gray() => ColorMatrix::Gray,
            (0, _) => ColorMatrix::Identity,
            (1, _) | (12, 1) => parts(0.2126, 0.0722),
            (4, _) => parts(0.30, 0.11),
            (7, _) => parts(0.212, 0.087),
            (8, _) => ColorMatrix::YCgCo,
            (9, _) | (12, 9) => parts(0.2627, 0.0593),
            (12, 12) => parts(0.2290, 0.0793),
            // BT.601, which unnamed ones are taken for.
            (2 | 3 | 5 | 6, _) | (12, _) => parts(0.299, 0.114),
            (other, _) => {
                return Err(PictureError::Unsupported(format!(
                    "{} (matrix coefficients {other})",
                    Format::Avif
                )));
            }
        };
        let bits = picture.bits();
        let luma = Luma::new(bits, coding.full_range);
        let unit = f32::from(1_u16 << (bits - 8));
        let chroma_scale = if coding.full_range { luma.scale } else { 1.0 / (224.0 * unit) };
        let cicp = Cicp { primaries: coding.primaries, transfer: coding.transfer };
        Ok(Self { cicp, matrix, luma, chroma_center: 128.0 * unit, chroma_scale })
    }

    /// Red, green and blue of 0 to 1, of luma and chroma as stored.
    fn rgb(&self, y: u16, u: f32, v: f32) -> [f32; 3] {
        let light = (f32::from(y) - self.luma.offset) * self.luma.scale;
        let (cb, cr) =
            ((u - self.chroma_center) * self.chroma_scale, (v - self.chroma_center) * self.chroma_scale);
        let rgb = match self.matrix {
            ColorMatrix::Gray => [light; 3],
            ColorMatrix::Identity => {
                let plain = |sample: f32| (sample - self.luma.offset) * self.luma.scale;
                [plain(v), light, plain(u)]
            }
            ColorMatrix::YCgCo => [light - cb + cr, light + cb, light - cb - cr],
            ColorMatrix::Parts { red, blue } => {
                let r = light + 2.0 * (1.0 - red) * cr;
                let b = light + 2.0 * (1.0 - blue) * cb;
                [r, (light - red * r - blue * b) / (1.0 - red - blue), b]
            }
        };
        rgb.map(|channel| channel.clamp(0.0, 1.0))
    }
}

/// Draws the colours of a tile on a canvas of `canvas.0` pixels a row and `canvas.1` channels, with its left upper corner
/// at `at`; what passes the edges is left out.
pub(super) fn draw<T: Copy + Send>(
    tile: &Picture,
    colors: &Colors,
    pixels: &mut [T],
    canvas: (usize, usize),
    at: (u32, u32),
    store: impl Fn(f32) -> T + Sync,
) {
    let (width, channels) = canvas;
    let (left, top) = (at.0 as usize, at.1 as usize);
    let rows = pixels.par_chunks_exact_mut((width * channels).max(1)).skip(top).take(tile.height() as usize);
    rows.enumerate().for_each(|(y, row)| {
        let luma = tile.row(0, y);
        let chroma = [Chroma::new(tile, 1, y), Chroma::new(tile, 2, y)];
        let places = row.chunks_exact_mut(channels).skip(left).take(tile.width() as usize);
        for (x, place) in places.enumerate() {
            let [u, v] = chroma.map(|plane| plane.at(x));
            for (place, value) in place.iter_mut().zip(colors.rgb(luma.get(x), u, v)) {
                *place = store(value);
            }
        }
    });
}

/// A plane of chroma at one row of pixels: between two of its rows where it has fewer.
#[derive(Clone, Copy)]
struct Chroma<'a> {
    near: Row<'a>,
    far: Row<'a>,
    /// Whether the plane has half as many columns and rows.
    halved: (bool, bool),
}

impl<'a> Chroma<'a> {
    fn new(picture: &'a Picture, plane: usize, y: usize) -> Self {
        let (shift_x, shift_y) = picture.subsampling();
        let row = |y| picture.row(plane, y);
        let (near, far) = if shift_y == 1 { (row(y / 2), row(beside(y))) } else { (row(y), row(y)) };
        Self { near, far, halved: (shift_x == 1, shift_y == 1) }
    }

    /// The sample at the pixel `x`. Samples lie in the middle of their pixels: the nearest counts for three quarters.
    fn at(self, x: usize) -> f32 {
        let across = |row: Row<'_>| {
            if self.halved.0 {
                0.75 * f32::from(row.get(x / 2)) + 0.25 * f32::from(row.get(beside(x)))
            } else {
                f32::from(row.get(x))
            }
        };
        if self.halved.1 { 0.75 * across(self.near) + 0.25 * across(self.far) } else { across(self.near) }
    }
}

/// The second nearest of half as many samples at `at`.
fn beside(at: usize) -> usize {
    if at.is_multiple_of(2) { (at / 2).saturating_sub(1) } else { at / 2 + 1 }
}
