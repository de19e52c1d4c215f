//! How a product is shared out to threads, and its rows to tiles.

use std::ops::Range;

use rayon::prelude::*;

/// A part of a product: rows by panels.
pub(super) type Task = (Range<usize>, Range<usize>);

/// Bytes of panels that a task works through for each few rows: they should stay in a core's second cache.
const TASK_BYTES: usize = 400 << 10;
/// Multiplications below which other threads would only cost time.
const SMALL: usize = 1 << 18;

/// Cuts a product of `rows` x `inputs` by `panels`, each `panel_width` outputs wide and `panel_bytes` large, into parts,
/// and works through them on all threads of the current pool.
pub(super) fn for_each_task(
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

/// Cuts rows into tiles of equal height, at most `max_height`.
pub(super) fn tile_rows(rows: Range<usize>, max_height: usize) -> impl Iterator<Item = Range<usize>> {
    let (first, count) = (rows.start, rows.len());
    let tiles = count.div_ceil(max_height);
    (0..tiles).map(move |i| first + count * i / tiles..first + count * (i + 1) / tiles)
}
