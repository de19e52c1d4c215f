//! The coefficients of a picture's components.

use super::frame::Frame;

/// The coefficients of one component: `N` of each block, the first of them its average (DC). 64 are in their natural
/// order (row by row), 4 are the two by two of the lowest frequencies.
pub(super) struct Plane<const N: usize> {
    pub blocks: Vec<[i16; N]>,
    /// Blocks of a row.
    pub stride: usize,
}

impl<const N: usize> Plane<N> {
    /// Makes all coefficients zero.
    pub(crate) fn clear(&mut self) {
        self.blocks.fill([0; N]);
    }

    /// A block, by its place. None outside of the plane.
    #[inline(always)]
    pub(crate) fn block(&mut self, row: usize, column: usize) -> Option<&mut [i16; N]> {
        self.blocks.get_mut(row * self.stride + column)
    }
}

/// Planes for `mcu_rows` rows of MCUs of all components, of zeros.
pub(super) fn planes<const N: usize>(frame: &Frame, mcu_rows: u32) -> Vec<Plane<N>> {
    let plane = |component| {
        let stride = frame.padded_blocks(component).0;
        let rows = (mcu_rows * component.v) as usize;
        Plane { blocks: vec![[0; N]; stride * rows], stride }
    };
    frame.components.iter().map(plane).collect()
}
