//! A query quantized to 16-bit integers, and bounds of the scores that it gives with quantized rows.
//!
//! With a row v = centroid + scale c + e and a query q = step d + f, where c and d are integers,
//!
//! v q = centroid q + scale step (c d) + scale (c f) + e q.
//!
//! The last two terms are not computed. Their sizes are at most |scale c| |f| and |e| |q|, and |scale c| is at most
//! |v| + |centroid| + |e|.

use super::vectors::{Quantization, VectorStore};
use crate::base::cpu::Arch;
use crate::base::simd::DotExactly;

/// Lengths of queries that can be quantized. Beyond these, products of scales could become zero or infinite.
const LENGTHS: std::ops::Range<f64> = 1e-10..1e10;

/// Upper bound of what computing bounds in f32 and rounding the true score to f32 loses, for a query of unit length:
/// less than sixteen roundings, each off by 2^-24 of a number that is at most four.
const ARITHMETIC_ERROR: f64 = 1.0 / (1 << 18) as f64;

/// A quantized query.
#[derive(Debug)]
pub struct QuantizedQuery {
    /// One integer for each component; the query is nearly `step` times these.
    pub values: Vec<i16>,
    step: f32,
    /// Inner product of the query with the centroid.
    offset: f32,
    /// Upper bound of the query's Euclidean length.
    length: f32,
    /// The part of the error that is the same for all rows: scores are within `error_margin` of their [`Bounds`].
    pub error_margin: f32,
}

/// The interval that the score of a row is in, if [`QuantizedQuery::error_margin`] is added on both sides.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Lower bound.
    pub lower: f32,
    /// Upper bound.
    pub upper: f32,
}

impl QuantizedQuery {
    /// Quantizes `query` for the rows of `vectors`, which have as many components. Returns none when the query is zero,
    /// not finite, or of an absurd length.
    pub fn new(query: &[f32], vectors: &VectorStore) -> Option<Self> {
        let exact = |a, b| Arch::in_use().dispatch(DotExactly(a, b));
        let length = exact(query, query).sqrt();
        if !LENGTHS.contains(&length) {
            return None;
        }
        // So small that the sum of all products with codes fits into 32 bits.
        let limit = (i32::MAX / 128).checked_div(query.len().try_into().ok()?)?.min(i16::MAX.into());
        let largest = query.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
        let step = largest / limit as f32;
        let values: Vec<i16> = query.iter().map(|x| (x / step).round() as i16).collect();
        let errors = query.iter().zip(&values).map(|(x, d)| f64::from(*x) - f64::from(step) * f64::from(*d));
        let query_error = errors.map(|error| error * error).sum::<f64>().sqrt();
        let centroid = exact(vectors.centroid(), vectors.centroid()).sqrt();
        // A unit vector is at most 1 + 1e-7 long; the error of a row may be as long as the row.
        let longest = 2.0 * (1.0 + centroid) + 1e-3;
        Some(Self {
            values,
            step,
            offset: exact(vectors.centroid(), query) as f32,
            length: (length * (1.0 + 1e-6)) as f32,
            error_margin: ((query_error * longest + length * ARITHMETIC_ERROR) * (1.0 + 1e-6)) as f32,
        })
    }

    /// Bounds the score of a row, given the inner product of its codes with [`Self::values`].
    #[inline(always)]
    pub fn bounds(&self, product: i32, quantization: Quantization) -> Bounds {
        let score = self.offset + product as f32 * (quantization.scale * self.step);
        let error = quantization.error * self.length;
        Bounds { lower: score - error, upper: score + error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use half::f16;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_score_is_within_the_bounds(
            rows in prop::collection::vec(prop::collection::vec(-1.0_f32..1.0, 24), 1..20),
            query in prop::collection::vec(-1.0_f32..1.0, 24),
            sizes in (-7_i32..4, -9_i32..9),
        ) {
            let mut vectors = VectorStore::new(24);
            for row in &rows {
                let scaled = row.iter().map(|x| f16::from_f32(x * 10.0_f32.powi(sizes.0)));
                vectors.stage(&scaled.collect::<Vec<_>>());
            }
            vectors.commit();
            let query: Vec<f32> = query.iter().map(|x| x * 10.0_f32.powi(sizes.1)).collect();
            let Some(quantized) = QuantizedQuery::new(&query, &vectors) else { return Ok(()) };
            let mut score = vectors.scorer(&query);
            for row in 0..vectors.len() {
                let pairs = vectors.codes()[row * 24..][..24].iter().zip(&quantized.values);
                let product = pairs.map(|(c, d)| i32::from(*c) * i32::from(*d)).sum();
                let Bounds { lower, upper } = quantized.bounds(product, vectors.quantizations()[row]);
                let (score, margin) = (score(row), quantized.error_margin);
                prop_assert!(lower - margin <= score && score <= upper + margin);
                prop_assert!(upper - lower <= 0.05 * quantized.length, "bounds are of no use: {lower}..{upper}");
            }
        }
    }

    #[test]
    fn the_largest_products_fit() {
        for dimension in [1, 512, 4096, 70_000] {
            let mut vectors = VectorStore::new(dimension);
            vectors.stage(&vec![f16::ONE; dimension]);
            vectors.stage(&vec![f16::NEG_ONE; dimension]);
            vectors.commit();
            let query = QuantizedQuery::new(&vec![-1.0; dimension], &vectors).unwrap();
            let largest = query.values.iter().map(|c| i64::from(*c).abs() * 128).sum::<i64>();
            assert!(largest <= i64::from(i32::MAX), "{dimension}");
        }
    }

    #[test]
    fn what_cannot_be_quantized_is_refused() {
        let vectors = VectorStore::new(2);
        for odd in [0.0, f32::NAN, f32::INFINITY, 1e-20, 1e30] {
            assert!(QuantizedQuery::new(&[odd, 0.0], &vectors).is_none(), "{odd}");
        }
        assert!(QuantizedQuery::new(&[], &vectors).is_none());
    }
}
