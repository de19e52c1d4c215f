//! Means of the rows of some groups, each weighted by a softmax of scores.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::attention::softmax;
use super::f32_tiles::{multiply_small, pack_rows};
use super::output_tiles::OutputTiles;
use super::rows::Rows;
use crate::base::cpu::Arch;

/// For each group of rows, and for each head: the mean of the rows, weighted by the softmax of that head's scores.
pub(in crate::clip) struct WeightedMeans<'a> {
    /// (groups x `group`, width)
    pub x: Rows<'a>,
    /// A score of each head for each row: (groups x `group`, heads).
    pub scores: &'a [f32],
    /// Number of rows of a group, not 0.
    pub group: usize,
    /// Number of heads, not 0.
    pub heads: usize,
}

/// Memory for one group, used again for the next.
#[derive(Default)]
struct GroupScratch {
    /// (heads, rows)
    shares: Vec<f32>,
    /// The rows in panels, rows x width.
    panels: Vec<f32>,
}

impl WeightedMeans<'_> {
    /// Writes the means, (groups x heads, width), to the rows of `out`. On all threads.
    pub(crate) fn write(&self, out: &OutputTiles<'_>) {
        let (arch, groups) = (Arch::in_use(), self.x.count() / self.group);
        (0..groups).into_par_iter().for_each_init(GroupScratch::default, |scratch, group| {
            arch.dispatch(GroupMeans { means: self, group, out, scratch });
        });
    }
}

/// The means of one group.
struct GroupMeans<'a> {
    means: &'a WeightedMeans<'a>,
    group: usize,
    out: &'a OutputTiles<'a>,
    scratch: &'a mut GroupScratch,
}

impl WithSimd for GroupMeans<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { means: &WeightedMeans { x, scores, group: rows, heads }, group, out, scratch } = self;
        let scores = &scores[group * rows * heads..][..rows * heads];
        scratch.shares.clear();
        scratch.shares.extend((0..rows * heads).map(|i| scores[i % rows * heads + i / rows]));
        for shares in scratch.shares.chunks_exact_mut(rows) {
            softmax(simd, shares);
        }
        pack_rows(simd, &mut scratch.panels, x.width, (0..rows).map(|row| x.row(group * rows + row)));
        let shares = Rows { values: &scratch.shares, width: rows, stride: rows };
        multiply_small(simd, shares, &scratch.panels, out, group * heads, 0..x.width);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_those_of_the_definition() {
        for (groups, group, heads, width, stride) in
            [(1, 1, 1, 1, 1), (3, 7, 2, 33, 40), (2, 64, 12, 96, 112)]
        {
            let number = |i: usize| ((i * 7919 % 1000) as f32 - 500.0) / 200.0;
            let x: Vec<f32> = (0..groups * group * stride).map(number).collect();
            let scores: Vec<f32> = (0..groups * group * heads).map(|i| number(i + 3)).collect();
            let mut found = vec![0.0; groups * heads * width];
            let rows = Rows { values: &x, width, stride };
            WeightedMeans { x: rows, scores: &scores, group, heads }
                .write(&OutputTiles::new(&mut found, width));
            for (i, found) in found.iter().enumerate() {
                let (column, head, first) = (i % width, i / width % heads, i / width / heads * group);
                let weight = |row: usize| f64::from(scores[row * heads + head]).exp();
                let total: f64 = (first..first + group).map(weight).sum();
                let sum: f64 =
                    (first..first + group).map(|row| weight(row) * f64::from(x[row * stride + column])).sum();
                assert!((f64::from(*found) - sum / total).abs() < 1e-5, "{groups} x {group} x {heads}: {i}");
            }
        }
    }
}
