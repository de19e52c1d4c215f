//! When a collection gets graphs.

use crate::catalog::IndexPolicy;
use crate::index::MIN_INDEXED_ROWS;

/// The number of pictures from which a collection gets graphs.
pub fn min_rows(policy: IndexPolicy) -> usize {
    match policy {
        IndexPolicy::Always => 0,
        IndexPolicy::Auto => MIN_INDEXED_ROWS,
        IndexPolicy::Never => usize::MAX,
    }
}
