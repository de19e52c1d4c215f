//! The best few of many, in bounded memory.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A row and its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ScoredRow {
    /// Number of the row.
    pub row: usize,
    /// Inner product of the row's unit vector with the query.
    pub score: f32,
}

/// Orders rows by descending score, and rows of equal score by `tie`.
pub(super) fn by_score(tie: &impl Fn(usize, usize) -> Ordering, a: &ScoredRow, b: &ScoredRow) -> Ordering {
    b.score.total_cmp(&a.score).then_with(|| tie(a.row, b.row))
}

/// A bounded heap that keeps the first `k` of the items offered to it, by an order.
pub(super) struct TopK<'a, T, F> {
    k: usize,
    order: &'a F,
    /// Its top is the last of the items kept.
    heap: BinaryHeap<Kept<'a, T, F>>,
}

impl<'a, T, F: Fn(&T, &T) -> Ordering> TopK<'a, T, F> {
    /// Makes an empty heap for `k` items; with 0, it stays empty.
    pub(super) fn new(k: usize, order: &'a F) -> Self {
        Self { k, order, heap: BinaryHeap::new() }
    }

    /// Returns the last of the items kept, once there are `k`: what comes after it can't be one of the first.
    pub(super) fn last(&self) -> Option<&T> {
        self.heap.peek().filter(|_| self.heap.len() >= self.k).map(|kept| &kept.item)
    }

    /// Keeps `item` if it is one of the first `k` so far.
    pub(super) fn offer(&mut self, item: T) {
        let item = Kept { item, order: self.order };
        if self.heap.len() < self.k {
            self.heap.push(item);
        } else if let Some(mut last) = self.heap.peek_mut().filter(|last| item < **last) {
            *last = item;
        }
    }

    /// Returns the items kept, first to last.
    pub(super) fn into_sorted(self) -> Vec<T> {
        self.heap.into_sorted_vec().into_iter().map(|kept| kept.item).collect()
    }
}

/// An item of the heap, which compares by the order of the [`TopK`].
struct Kept<'a, T, F> {
    item: T,
    order: &'a F,
}

impl<T, F: Fn(&T, &T) -> Ordering> Ord for Kept<'_, T, F> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.order)(&self.item, &other.item)
    }
}

impl<T, F: Fn(&T, &T) -> Ordering> PartialOrd for Kept<'_, T, F> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T, F: Fn(&T, &T) -> Ordering> PartialEq for Kept<'_, T, F> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T, F: Fn(&T, &T) -> Ordering> Eq for Kept<'_, T, F> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_first_k_in_order() {
        let order = i32::cmp;
        for k in 0..6 {
            let mut top = TopK::new(k, &order);
            for item in [3, 1, 4, 1, 5] {
                top.offer(item);
            }
            let last = [1, 1, 3, 4, 5].get(k.wrapping_sub(1)).copied();
            assert_eq!(top.last().copied(), last, "{k}");
            assert_eq!(top.into_sorted(), [1, 1, 3, 4, 5][..k.min(5)]);
        }
    }

    #[test]
    fn rows_of_equal_score_go_by_the_tie() {
        let (a, b) = (ScoredRow { row: 1, score: 0.5 }, ScoredRow { row: 2, score: 0.5 });
        assert_eq!(by_score(&|a, b| b.cmp(&a), &a, &b), Ordering::Greater);
        assert_eq!(by_score(&|_, _| Ordering::Equal, &a, &ScoredRow { row: 3, score: 0.4 }), Ordering::Less);
    }
}
