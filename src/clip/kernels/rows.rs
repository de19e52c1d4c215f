//! Rows of numbers as products read them.

/// A matrix of f32 in memory, row-major: `width` numbers every `stride`.
#[derive(Debug, Clone, Copy)]
pub(in crate::clip) struct Rows<'a> {
    /// The numbers; the last row may end at its width.
    pub values: &'a [f32],
    /// Numbers of a row that count.
    pub width: usize,
    /// Distance between the starts of two rows, in numbers; at least `width`.
    pub stride: usize,
}

impl<'a> Rows<'a> {
    /// The number of rows.
    pub(crate) fn count(&self) -> usize {
        (self.values.len() + self.stride - self.width) / self.stride.max(1)
    }

    /// The `width` numbers of one row.
    pub(crate) fn row(&self, row: usize) -> &'a [f32] {
        &self.values[row * self.stride..][..self.width]
    }
}

/// The distance, in numbers, at which rows of `width` are best stored for a product: where whole pages would lie
/// between the rows of a tile, they would all compete for the same few places of the first cache.
pub(in crate::clip) fn stride_for(width: usize) -> usize {
    if width.is_multiple_of(512) { width + 16 } else { width }
}

/// The number of rows that make a task of a pass over each of their `width` numbers: enough to pay for handing it to
/// another thread.
pub(in crate::clip) fn rows_per_task(width: usize) -> usize {
    (1_usize << 14).div_ceil(width.max(1))
}
