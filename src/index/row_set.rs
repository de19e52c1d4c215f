//! A set of rows, one bit for each.

use rayon::prelude::*;

/// Rows of one word.
const BITS: usize = u64::BITS as usize;
/// Words that one task makes, at least.
const WORDS_PER_TASK: usize = 32;

/// Some of the rows of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowSet {
    words: Vec<u64>,
    /// Number of rows of the index.
    len: usize,
}

impl RowSet {
    /// Makes the set of those of `len` rows that `holds` accepts. Runs on the threads of the current rayon pool.
    pub(crate) fn of(len: usize, holds: impl Fn(usize) -> bool + Sync) -> Self {
        let word = |at: usize| {
            let rows = at * BITS..len.min((at + 1) * BITS);
            rows.fold(0, |word, row| word | (u64::from(holds(row)) << (row % BITS)))
        };
        let words = (0..len.div_ceil(BITS)).into_par_iter().with_min_len(WORDS_PER_TASK).map(word).collect();
        Self { words, len }
    }

    /// Makes the set of these rows of an index of `len`.
    ///
    /// # Panics
    /// When there is no such row.
    pub(crate) fn from_rows(len: usize, rows: impl Iterator<Item = usize>) -> Self {
        let mut words = vec![0; len.div_ceil(BITS)];
        rows.for_each(|row| words[row / BITS] |= 1 << (row % BITS));
        Self { words, len }
    }

    /// Makes the set of all of `len` rows.
    pub(crate) fn all(len: usize) -> Self {
        Self::of(len, |_| true)
    }

    /// Tells whether a row is in the set.
    pub(crate) fn contains(&self, row: usize) -> bool {
        self.words.get(row / BITS).is_some_and(|word| word >> (row % BITS) & 1 == 1)
    }

    /// Returns the number of rows in the set.
    pub(crate) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Returns the rows of the set in their order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(at, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros() as usize;
                left &= left.checked_sub(1)?;
                Some(at * BITS + bit)
            })
        })
    }

    /// Takes out the rows that are not in `other`; with `negated`, those that are. Both are sets of the same index.
    pub(crate) fn narrow(&mut self, other: &Self, negated: bool) {
        debug_assert_eq!(self.len, other.len, "sets of the same index");
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= if negated { !other } else { *other };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_narrowed_and_listed() {
        for len in [0, 1, 63, 64, 65, 5000] {
            let mut even = RowSet::of(len, |row| row % 2 == 0);
            let threes = RowSet::from_rows(len, (0..len).step_by(3));
            assert_eq!(RowSet::all(len).count(), len);
            even.narrow(&threes, false);
            let sixes: Vec<usize> = (0..len).step_by(6).collect();
            assert_eq!(even.rows().collect::<Vec<_>>(), sixes);
            let mut others = RowSet::all(len);
            others.narrow(&threes, true);
            assert!((0..len + 9).all(|row| others.contains(row) == (row < len && row % 3 != 0)));
            assert_eq!(others.count() + threes.count(), len);
        }
    }
}
