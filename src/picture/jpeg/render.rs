//! Coefficients to pixels, one row of MCUs after the other.

use pulp::{Simd, WithSimd};

use super::colors::{Colors, to_pixels};
use super::frame::{Component, Frame};
use super::idct;
use super::planes::Plane;
use super::upsample::{Widening, between_rows, double, double_between, repeat};
use super::zigzag::natural;
use crate::base::cpu::Arch;

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
    factors: [i32; 64],
    widening: Widening,
    /// How many samples a block makes side by side and above each other.
    block: (usize, usize),
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
    /// quantization table of each component, in zigzag order. `kept` is how many coefficients of a block there will be.
    ///
    /// At an eighth, components with half as many samples as there are pixels make two of a block, if its coefficients are
    /// there: that is what libjpeg does, too.
    pub(crate) fn new(
        frame: &Frame,
        factors: &[[u16; 64]],
        colors: Colors,
        side: usize,
        kept: usize,
    ) -> Self {
        let most = frame.most();
        let scaled = |length: u32| (length as usize * side).div_ceil(8);
        let size = (scaled(frame.width), scaled(frame.height));
        let rows = |(component, factors): (&Component, &[u16; 64])| {
            let made = |own: u32, most: u32| if side == 1 && kept > 1 && own * 2 == most { 2 } else { side };
            let block = (made(component.h, most.0), made(component.v, most.1));
            let part = |length: u32, own: u32, most: u32, made: usize| {
                (length as usize * own as usize * made).div_ceil(most as usize * 8)
            };
            let own = (
                part(frame.width, component.h, most.0, block.0),
                part(frame.height, component.v, most.1, block.1),
            );
            let stride = frame.padded_blocks(component).0 * block.0;
            let height = component.v as usize * block.1;
            let samples = (component.h * block.0 as u32, component.v * block.1 as u32);
            let pixels = (most.0 * side as u32, most.1 * side as u32);
            let mut natural_factors = [0; 64];
            for (k, factor) in (0..).zip(factors) {
                if let Some(natural_factor) = natural_factors.get_mut(natural(k)) {
                    *natural_factor = (*factor).into();
                }
            }
            Rows {
                factors: natural_factors,
                widening: Widening::new(samples, pixels, own.0),
                block,
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
    pub(crate) fn push<const N: usize>(&mut self, planes: &[Plane<N>], first_mcu_row: usize) {
        Arch::in_use().dispatch(Push { renderer: self, planes, first_mcu_row });
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

    /// Transforms the blocks of a row of MCUs.
    #[inline(always)]
    fn transform<const N: usize>(&mut self, plane: &Plane<N>, first_block_row: usize) {
        // The last row is still needed.
        let end = self.samples.len();
        self.samples.copy_within(end - self.stride.min(end).., 0);
        let (_, samples) = self.samples.split_at_mut(self.stride.min(end));
        let start = first_block_row * plane.stride;
        let count = self.height / self.block.1 * plane.stride;
        let blocks = plane.blocks.get(start..start + count).unwrap_or_default();
        let rows_of_blocks = blocks.chunks_exact(plane.stride.max(1));
        let lowest_factors = lowest(&self.factors);
        for (out, blocks) in samples.chunks_exact_mut((self.stride * self.block.1).max(1)).zip(rows_of_blocks)
        {
            let mut put = Put { out, stride: self.stride, column: 0 };
            for block in blocks {
                match (self.block, block.first_chunk()) {
                    ((8, 8), Some(block)) => put.block(&idct::samples(block, &self.factors)),
                    (size, _) => put.lowest(size, lowest_of(block), lowest_factors),
                }
            }
        }
    }
}

/// The two by two coefficients of the lowest frequencies, of which there may be just the first.
#[inline(always)]
fn lowest_of<const N: usize>(block: &[i16; N]) -> [i16; 4] {
    match block.as_slice() {
        &[average, horizontal, vertical, both] => [average, horizontal, vertical, both],
        &[average] => [average, 0, 0, 0],
        block => block.first_chunk().map_or([0; 4], lowest),
    }
}

/// The two by two coefficients of the lowest frequencies.
#[inline(always)]
fn lowest<T: Copy>(block: &[T; 64]) -> [T; 4] {
    [block[0], block[1], block[8], block[9]]
}

/// Where the samples of the next block go.
struct Put<'a> {
    out: &'a mut [u8],
    stride: usize,
    /// Where the block begins in each row.
    column: usize,
}

impl Put<'_> {
    #[inline(always)]
    fn block<const X: usize, const Y: usize>(&mut self, samples: &[[u8; X]; Y]) {
        for (y, row) in samples.iter().enumerate() {
            let start = y * self.stride + self.column;
            if let Some(out) = self.out.get_mut(start..start + X) {
                out.copy_from_slice(row);
            }
        }
        self.column += X;
    }

    /// Puts one, two or four averages of parts of a block.
    #[inline(always)]
    fn lowest(&mut self, size: (usize, usize), [average, x, y, both]: [i16; 4], factors: [i32; 4]) {
        match size {
            (2, 2) => self.block(&idct::quarters([average, x, y, both], factors)),
            (2, 1) => {
                let [row, _] = idct::quarters([average, x, 0, 0], factors);
                self.block(&[row]);
            }
            (1, 2) => {
                let [[upper, _], [lower, _]] = idct::quarters([average, 0, y, 0], factors);
                self.block(&[[upper], [lower]]);
            }
            _ => self.block(&[[idct::average(average, factors[0])]]),
        }
    }
}

/// [`Renderer::push`], compiled for the instructions of this CPU.
struct Push<'a, const N: usize> {
    renderer: &'a mut Renderer,
    planes: &'a [Plane<N>],
    first_mcu_row: usize,
}

impl<const N: usize> WithSimd for Push<'_, N> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (rows, plane) in self.renderer.components.iter_mut().zip(self.planes) {
            let first = self.first_mcu_row * (rows.height / rows.block.1);
            rows.transform(plane, first);
        }
        self.renderer.mcus_given += 1;
        self.renderer.make_rows();
    }
}
