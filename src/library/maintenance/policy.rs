//! The one place that decides when a collection gets graphs, and whether they answer its searches.

use crate::catalog::IndexPolicy;
use crate::index::{MIN_INDEXED_ROWS, SearchMode};

/// The number of pictures from which a collection gets graphs.
pub(crate) fn min_rows(policy: IndexPolicy) -> usize {
    match policy {
        IndexPolicy::Always => 0,
        IndexPolicy::Auto => MIN_INDEXED_ROWS,
        IndexPolicy::Never => usize::MAX,
    }
}

/// How the searches of a collection are answered.
pub(crate) fn search_mode(policy: IndexPolicy) -> SearchMode {
    match policy {
        IndexPolicy::Always => SearchMode::Approximate,
        IndexPolicy::Auto => SearchMode::Auto,
        IndexPolicy::Never => SearchMode::Exact,
    }
}

/// Whether graphs that lead to `indexed` of a collection's `pictures` are of use: they hold nearly all of them.
pub(crate) fn are_segments_used(policy: IndexPolicy, pictures: usize, indexed: usize) -> bool {
    pictures >= min_rows(policy) && indexed > 0 && indexed * 10 >= pictures * 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graphs_are_used_where_they_hold_nearly_everything() {
        assert!(are_segments_used(IndexPolicy::Auto, MIN_INDEXED_ROWS, MIN_INDEXED_ROWS * 9 / 10));
        assert!(!are_segments_used(IndexPolicy::Auto, MIN_INDEXED_ROWS, MIN_INDEXED_ROWS / 2));
        assert!(!are_segments_used(IndexPolicy::Auto, MIN_INDEXED_ROWS - 1, MIN_INDEXED_ROWS - 1));
        assert!(are_segments_used(IndexPolicy::Always, 10, 8));
        assert!(!are_segments_used(IndexPolicy::Always, 0, 0));
        assert!(!are_segments_used(IndexPolicy::Never, usize::MAX / 10, usize::MAX / 10));
    }
}
