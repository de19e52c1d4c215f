//! PNG: row by row, so that a large one never lies in memory as a whole, and a cut one is shown as far as it goes.

mod plan;
mod rows;
#[cfg(test)]
mod tests;

pub(super) use plan::plan;
