//! Coefficients to pixels, one row of MCUs after the other.

use pulp::{Arch, Simd, WithSimd};

use super::colors::{Colors, to_pixels};
use super::frame::Frame;
use super::idct;
use super::planes::Plane;
use super::upsample::{Widening, between_rows, double, double_between, repeat};
use super::zigzag::natural;

/// Makes pixels of the coefficients of a picture, top down.
pub(super) struct Renderer {
    components: Vec<Rows>,
    colors: Colors,
    /// Width and height of the result, in pixels.
    size: (usize, usize),
    /// Rows of pixels that a row of MCUs makes.
    mcu_height: usize,
    /// Rows of MCUs that were given.
    mcus_given: usize,
    /// Rows of pixels that are made.
    rows_made: usize,
    pixels: Vec<u8>,
}

/// The samples of a component in the last row of MCUs, below the last row of samples of the one before.
struct Rows {
    /// Quantization factors in natural order.
    factors: [i16; 64],
    widening: Widening,
    /// Samples of a row, and rows, that belong to the picture.
    own: (usize, usize),
    /// Samples of a row, padded to whole blocks.
    stride: usize,
    /// Rows of samples in a row of MCUs.
    height: usize,
    /// `height` + 1 rows.
    samples: Vec<u8>,
    /// The widened row, and numbers on the way to it.
    row: Vec<u8>,
    wide: Vec<u16>,
}

impl Renderer {
    /// For a picture of `side` x `side` pixels a block: 8 is the full size, 2 a quarter, 1 an eighth. `factors` has the
    /// quantization table of each component, in zigzag order.
    pub(crate) fn new(frame: &Frame, factors: &[[u16; 64]], colors: Colors, side: usize) -> Self {
        let most = frame.most();
        let scaled = |length: u32| (length as usize * side).div_ceil(8);
        let size = (scaled(frame.width), scaled(frame.height));
        let rows = |(component, factors): (&super::frame::Component, &[u16; 64])| {
            let part = |length: u32, own: u32, most: u32| {
                (length as usize * own as usize * side).div_ceil(most as usize * 8)
            };
            let own = (part(frame.width, component.h, most.0), part(frame.height, component.v, most.1));
            let stride = frame.padded_blocks(component).0 * side;
            let height = component.v as usize * side;
            let mut natural_factors = [0; 64];
            for (k, factor) in (0..).zip(factors) {
                if let Some(natural_factor) = natural_factors.get_mut(natural(k)) {
                    *natural_factor = *factor as i16;
                }
            }
            Rows {
                factors: natural_factors,
                widening: Widening::new((component.h, component.v), most, own.0),
                own,
                stride,
                height,
                samples: vec![0; stride * (height + 1)],
                row: vec![0; (own.0 * 2).max(size.0)],
                wide: vec![0; own.0],
            }
        };
        Self {
            components: frame.components.iter().zip(factors).map(rows).collect(),
            colors,
            size,
            mcu_height: most.1 as usize * side,
            mcus_given: 0,
            rows_made: 0,
            pixels: vec![0; size.0 * size.1 * colors.channels()],
        }
    }

    /// Takes the coefficients of the next row of MCUs: the block rows of each plane from the first of that row on.
    pub(crate) fn push<const N: usize>(&mut self, planes: &[Plane<N>], first_mcu_row: usize, side: usize) {
        Arch::new().dispatch(Push { renderer: self, planes, first_mcu_row, side });
    }

    /// The finished pixels, as [`to_pixels`] makes them.
    pub(crate) fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// Makes the rows of pixels whose samples are all there.
    #[inline(always)]
    fn make_rows(&mut self) {
        let given = self.mcus_given * self.mcu_height;
        let first_given = given - self.mcu_height;
        let waits = self.components.iter().any(|component| component.widening.mixes_rows());
        let end = if given >= self.size.1 { self.size.1 } else { given - usize::from(waits) };
        let row_bytes = self.size.0 * self.colors.channels();
        for y in self.rows_made..end {
            let mut rows: [&[u8]; 4] = [&[]; 4];
            for (row, component) in rows.iter_mut().zip(&mut self.components) {
                let first = first_given / self.mcu_height * component.height;
                *row = component.widened(y, first, self.size.0);
            }
            let start = y * row_bytes;
            if let Some(out) = self.pixels.get_mut(start..start + row_bytes) {
                to_pixels(self.colors, rows, out);
            }
        }
        self.rows_made = end.max(self.rows_made);
    }
}

impl Rows {
    /// The row of samples with this number; `first` is the number of the first one of the last row of MCUs.
    #[inline(always)]
    fn samples(&self, number: usize, first: usize) -> &[u8] {
        let start = (number + 1).saturating_sub(first) * self.stride;
        self.samples.get(start..start + self.own.0).unwrap_or_default()
    }

    /// The samples for the row `y` of pixels, as many as the picture is wide.
    #[inline(always)]
    fn widened(&mut self, y: usize, first: usize, width: usize) -> &[u8] {
        let near = y / 2;
        let is_above = y.is_multiple_of(2);
        let other = if is_above { near.saturating_sub(1) } else { (near + 1).min(self.own.1 - 1) };
        let mut row = std::mem::take(&mut self.row);
        let mut wide = std::mem::take(&mut self.wide);
        match self.widening {
            Widening::None => {
                (self.row, self.wide) = (row, wide);
                return self.samples(y, first);
            }
            Widening::Across => {
                double(self.samples(y, first), &mut wide, &mut row);
            }
            Widening::Down => {
                between_rows(self.samples(near, first), self.samples(other, first), is_above, &mut row);
            }
            Widening::Both => {
                let (near, other) = (self.samples(near, first), self.samples(other, first));
                double_between(near, other, &mut wide, &mut row);
            }
            Widening::Repeat { across, down } => {
                let out = row.get_mut(..width).unwrap_or_default();
                repeat(self.samples(y * down.0 / down.1.max(1), first), across, out);
            }
        }
        (self.row, self.wide) = (row, wide);
        &self.row
    }

    /// Transforms the blocks of a row of MCUs, `side` x `side` samples of each.
    #[inline(always)]
    fn transform<const N: usize>(&mut self, plane: &Plane<N>, first_block_row: usize, side: usize) {
        // The last row is still needed.
        let end = self.samples.len();
        self.samples.copy_within(end - self.stride.min(end).., 0);
        let block_rows = self.height / side;
        let (_, samples) = self.samples.split_at_mut(self.stride.min(end));
        let start = first_block_row * plane.stride;
        let blocks = plane.blocks.get(start..start + block_rows * plane.stride).unwrap_or_default();
        let rows_of_blocks = blocks.chunks_exact(plane.stride.max(1));
        for (out, blocks) in samples.chunks_exact_mut((self.stride * side).max(1)).zip(rows_of_blocks) {
            for (x, block) in blocks.iter().enumerate() {
                match (side, block.as_slice()) {
                    (8, block) => {
                        if let Some(block) = block.first_chunk() {
                            put(&idct::samples(block, &self.factors), out, self.stride, x * 8);
                        }
                    }
                    (2, &[average, horizontal, vertical, both]) => {
                        let factors = lowest(&self.factors);
                        let coefficients = [average, horizontal, vertical, both];
                        let quarters = idct::quarters(coefficients, factors);
                        put(&quarters, out, self.stride, x * 2);
                    }
                    (2, block) => {
                        if let Some(block) = block.first_chunk() {
                            let quarters = idct::quarters(lowest(block), lowest(&self.factors));
                            put(&quarters, out, self.stride, x * 2);
                        }
                    }
                    (_, &[average, ..]) => {
                        put(&[[idct::average(average, self.factors[0])]], out, self.stride, x);
                    }
                    _ => {}
                }
            }
        }
    }
}

/// The two by two coefficients of the lowest frequencies.
#[inline(always)]
fn lowest(block: &[i16; 64]) -> [i16; 4] {
    [block[0], block[1], block[8], block[9]]
}

/// Writes the samples of a block where its column begins.
#[inline(always)]
fn put<const S: usize>(samples: &[[u8; S]; S], out: &mut [u8], stride: usize, column: usize) {
    for (y, row) in samples.iter().enumerate() {
        let start = y * stride + column;
        if let Some(out) = out.get_mut(start..start + S) {
            out.copy_from_slice(row);
        }
    }
}

/// [`Renderer::push`], compiled for the instructions of this CPU.
struct Push<'a, const N: usize> {
    renderer: &'a mut Renderer,
    planes: &'a [Plane<N>],
    first_mcu_row: usize,
    side: usize,
}

impl<const N: usize> WithSimd for Push<'_, N> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (rows, plane) in self.renderer.components.iter_mut().zip(self.planes) {
            let first = self.first_mcu_row * (rows.height / self.side);
            rows.transform(plane, first, self.side);
        }
        self.renderer.mcus_given += 1;
        self.renderer.make_rows();
    }
}
