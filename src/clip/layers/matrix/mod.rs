//! Matrix products with weights, on the CPU: what nearly all of the time of an embedding goes into.
//!
//! A weight matrix is laid out once, in panels of some columns (outputs) over all of its inputs: [`Floats`],
//! or [`Int8`] with a scale for each output. A product cuts itself into [`tasks`], each some rows by some
//! panels, and a task into tiles: a few rows by one panel, whose sums stay in registers from the first input
//! to the last (as in Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008, but
//! for the packing of the left side: ours has few rows, which fit the cache as they lie). The tile starts
//! from the bias and from what is in the output if that is to be added to, so that a layer's product, bias
//! and residual connection are one pass over memory.

mod cells;
mod floats;
mod int8;
mod quantize;
#[cfg(target_arch = "x86_64")]
mod vnni;

use std::ops::Range;

use rayon::prelude::*;

pub(super) use cells::Cells;
pub(super) use floats::{Floats, pack_columns, pack_rows, tiles};
pub(super) use int8::Int8;
pub(super) use quantize::QuantizedRows;

/// Rows of numbers, `width` of them every `stride`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a> {
    pub values: &'a [f32],
    pub width: usize,
    pub stride: usize,
}

impl<'a> Rows<'a> {
    pub fn count(&self) -> usize {
        (self.values.len() + self.stride - self.width) / self.stride.max(1)
    }

    pub fn row(&self, row: usize) -> &'a [f32] {
        &self.values[row * self.stride..][..self.width]
    }
}

/// The distance between rows that a product reads: where whole pages would lie between the rows of a tile,
/// they would all compete for the same few places of the first cache.
pub(super) fn stride_for(width: usize) -> usize {
    if width.is_multiple_of(512) { width + 16 } else { width }
}

/// Rows of a task that goes over each number of them a few times: enough to pay for handing it to another thread.
pub(super) fn rows_per_task(width: usize) -> usize {
    (1_usize << 14).div_ceil(width.max(1))
}

/// What a product does with what is in the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Onto {
    /// Overwrite it.
    Nothing,
    /// Add to it.
    Output,
}

/// A part of a product: rows by panels.
type Task = (Range<usize>, Range<usize>);

/// Bytes of panels that a task works through for each few rows: they should stay in a core's second cache.
const TASK_BYTES: usize = 400 << 10;
/// Multiplications below which other threads would only cost time.
const SMALL: usize = 1 << 18;

/// Cuts a product into parts, and works through them on all threads of the current pool.
fn tasks(
    rows: usize,
    panels: usize,
    panel_width: usize,
    panel_bytes: usize,
    inputs: usize,
    work: impl Fn(Task) + Sync,
) {
    let threads = rayon::current_num_threads();
    if threads == 1 || rows * panels * panel_width * inputs < SMALL {
        return work((0..rows, 0..panels));
    }
    // With few rows the memory of the panels is the limit, and each task costs more than it evens out.
    let share = panels.div_ceil(if rows < 32 { 2 * threads } else { 4 * threads });
    let group = (TASK_BYTES / panel_bytes.max(1)).clamp(1, share.max(1));
    let groups = panels.div_ceil(group);
    // Few outputs and many threads: the rows are shared out too.
    let blocks = (2 * threads).div_ceil(groups).min(rows.div_ceil(32)).max(1);
    (0..groups * blocks).into_par_iter().with_max_len(1).for_each(|task| {
        let (group_index, block) = (task % groups, task / groups);
        let panels = group_index * group..((group_index + 1) * group).min(panels);
        work((rows * block / blocks..rows * (block + 1) / blocks, panels));
    });
}

/// Cuts rows into tiles of equal height, at most `most`.
fn tile_rows(rows: Range<usize>, most: usize) -> impl Iterator<Item = Range<usize>> {
    let (first, count) = (rows.start, rows.len());
    let tiles = count.div_ceil(most);
    (0..tiles).map(move |i| first + count * i / tiles..first + count * (i + 1) / tiles)
}
