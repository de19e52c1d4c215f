//! Attention of one query that is known when the model is loaded.

use super::layer_weights::LayerWeights;
use crate::clip::kernels::{Accumulate, OutputTiles, PackedF32, Rows, WeightedMeans};

/// Multi-head attention of one query, in f32, that needs no keys and values of tokens.
///
/// With the keys K x + k of tokens x and a query q, the scores are (Kᵀ q) · x + q · k: a product with one row of numbers,
/// which is the same for all tokens, and a constant, which softmax takes away. With the values V x + v and shares p,
/// which sum to 1, what is attended is V (Σ p x) + v: one product for each head, instead of one for each token.
pub(super) struct ProbeAttention {
    /// From (tokens, width) to (tokens, heads): the scores.
    scores: PackedF32,
    /// For each head, from (sequences, width) to (sequences, width / heads): what is attended.
    values: Vec<PackedF32>,
    /// Width of the states.
    width: usize,
}

/// Memory between the steps, used again.
#[derive(Debug, Default)]
pub(super) struct ProbeScratch {
    /// (tokens, heads)
    scores: Vec<f32>,
    /// (sequences x heads, width)
    means: Vec<f32>,
}

impl ProbeAttention {
    /// Folds `query` (scaled already) into the weights of `kv`, which make keys and values side by side, `width` each.
    pub(super) fn new(query: &[f32], kv: &LayerWeights<'_>, heads: usize) -> Self {
        let (width, size) = (query.len(), query.len() / heads);
        let scores = PackedF32::pack(width, vec![0.0; heads], |head, out| {
            let mut sums = vec![0.0_f64; width];
            for (i, query) in query[head * size..(head + 1) * size].iter().enumerate() {
                kv.read_output(head * size + i, out);
                sums.iter_mut().zip(&*out).for_each(|(sum, w)| *sum += f64::from(*w) * f64::from(*query));
            }
            out.iter_mut().zip(sums).for_each(|(out, sum)| *out = sum as f32);
        });
        let bias = kv.bias();
        let values = (0..heads).map(|head| {
            let first = width + head * size;
            PackedF32::pack(width, bias[first..first + size].to_vec(), |i, out| {
                kv.read_output(first + i, out)
            })
        });
        Self { scores, values: values.collect(), width }
    }

    /// Attends within each sequence of `tokens` rows of `x`: (sequences, width) is left in `out`.
    pub(super) fn attend(&self, x: Rows<'_>, tokens: usize, out: &mut Vec<f32>, scratch: &mut ProbeScratch) {
        let (rows, heads, width) = (x.count(), self.values.len(), self.width);
        let ProbeScratch { scores, means } = scratch;
        scores.resize(rows * heads, 0.0);
        self.scores.multiply(x, &OutputTiles::new(scores, heads), Accumulate::No, None);
        means.resize(rows / tokens * heads * width, 0.0);
        WeightedMeans { x, scores, group: tokens, heads }.write(&OutputTiles::new(means, width));
        out.resize(rows / tokens * width, 0.0);
        for (head, values) in self.values.iter().enumerate() {
            let means = Rows { values: &means[head * width..], width, stride: heads * width };
            let out = OutputTiles::new(&mut out[head * (width / heads)..], width);
            values.multiply(means, &out, Accumulate::No, None);
        }
    }
}
