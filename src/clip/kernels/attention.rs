//! softmax(Q K^T) V on the CPU, one head of one sequence after the other.

use std::ops::Range;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::activation::exp;
use super::f32_tiles::{multiply_small, pack_columns, pack_rows};
use super::output_tiles::OutputTiles;
use super::rows::Rows;
use crate::base::cpu::Arch;
use crate::base::simd;

/// Multi-head attention within each of some sequences.
pub(in crate::clip) struct HeadsAttention<'a> {
    /// (sequences, tokens, 3 x width): the query, key and value of every token side by side. Queries are scaled
    /// already.
    pub qkv: &'a [f32],
    /// Number of tokens of a sequence.
    pub tokens: usize,
    /// The tokens of each sequence whose states are wanted; not empty.
    pub queries: Range<usize>,
    /// Width of a query, of a key and of a value, all heads together.
    pub width: usize,
    /// Number of heads, which divides `width`.
    pub heads: usize,
    /// Whether a token sees only itself and those before it.
    pub causal: bool,
}

/// Memory for one head of one sequence, used again for the next.
#[derive(Default)]
struct HeadScratch {
    /// Keys in panels, head width x tokens.
    keys: Vec<f32>,
    /// Values in panels, tokens x head width.
    values: Vec<f32>,
    /// (queries, tokens)
    scores: Vec<f32>,
}

impl HeadsAttention<'_> {
    /// Multiplications below which other threads would only cost time.
    const SMALL: usize = 1 << 17;

    /// Writes the attended states, (sequences x queries, width), to the rows of `out`.
    pub(crate) fn write(&self, out: &OutputTiles<'_>) {
        let triple = 3 * self.width;
        let heads = self.qkv.len() / (self.tokens * triple).max(1) * self.heads;
        let arch = Arch::in_use();
        let work = |scratch: &mut HeadScratch, i: usize| {
            let (sequence, head) = (i / self.heads, i % self.heads);
            let qkv = &self.qkv[sequence * self.tokens * triple..][..self.tokens * triple];
            let first_row = sequence * self.queries.len();
            arch.dispatch(HeadAttention { attention: self, qkv, head, out, first_row, scratch });
        };
        if heads * self.queries.len() * self.tokens * (self.width / self.heads) < Self::SMALL {
            let mut scratch = HeadScratch::default();
            return (0..heads).for_each(|i| work(&mut scratch, i));
        }
        (0..heads).into_par_iter().for_each_init(HeadScratch::default, work);
    }
}

/// The attention of one head in one sequence.
struct HeadAttention<'a> {
    attention: &'a HeadsAttention<'a>,
    /// (tokens, 3 x width) of the sequence.
    qkv: &'a [f32],
    /// Which head, from 0.
    head: usize,
    out: &'a OutputTiles<'a>,
    /// The row of `out` for the first query.
    first_row: usize,
    scratch: &'a mut HeadScratch,
}

impl WithSimd for HeadAttention<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { attention, qkv, head, out, first_row, scratch } = self;
        let &HeadsAttention { tokens, width, heads, causal, .. } = attention;
        let (triple, size) = (3 * width, width / heads);
        let column = head * size;
        let part = |which: usize| {
            (0..tokens).map(move |token| &qkv[token * triple + which * width + column..][..size])
        };
        pack_columns(&mut scratch.keys, size, part(1));
        pack_rows(simd, &mut scratch.values, size, part(2));
        let (start, count) = (attention.queries.start, attention.queries.len());
        scratch.scores.resize(count * tokens, 0.0);
        let queries = &qkv[start * triple + column..][..(count - 1) * triple + size];
        let queries = Rows { values: queries, width: size, stride: triple };
        multiply_small(
            simd,
            queries,
            &scratch.keys,
            &OutputTiles::new(&mut scratch.scores, tokens),
            0,
            0..tokens,
        );
        for (i, scores) in scratch.scores.chunks_exact_mut(tokens).enumerate() {
            let (scores, later) = scores.split_at_mut(if causal { start + i + 1 } else { tokens });
            softmax(simd, scores);
            later.fill(0.0);
        }
        let scores = Rows { values: &scratch.scores, width: tokens, stride: tokens };
        multiply_small(simd, scores, &scratch.values, out, first_row, column..column + size);
    }
}

/// Replaces scores by their shares: e to their power, scaled so that the sum is 1.
#[inline(always)]
pub(super) fn softmax<S: Simd>(simd: S, scores: &mut [f32]) {
    // Without the largest score taken away, e to the power of a score could overflow.
    let largest = simd::max(simd, scores);
    scores.iter_mut().for_each(|score| *score = exp::<S>(*score - largest));
    let share = 1.0 / simd::sum(simd, scores);
    scores.iter_mut().for_each(|score| *score *= share);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn great_scores_do_not_overflow() {
        let qkv = [1e3_f32, 1e3, 5.0, 1e3, 1e3, 5.0];
        let mut out = [0.0; 2];
        let attention =
            HeadsAttention { qkv: &qkv, tokens: 2, queries: 0..2, width: 1, heads: 1, causal: false };
        attention.write(&OutputTiles::new(&mut out, 1));
        assert_eq!(out, [5.0, 5.0]);
    }
}
