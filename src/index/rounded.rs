//! A query as 16-bit integers, and how far a product with the bytes of a row may be from the truth.
//!
//! With a row v = centre + scale b + e and a query q = step c + f, where b and c are integers,
//!
//! v q = centre q + scale step (b c) + scale (b f) + e q,
//!
//! of which the last two are not computed. They are at most |scale b| |f| + |e| |q|, and |scale b| is at most
//! |v| + |centre| + |e|.

use pulp::Arch;

use super::matrix::{Matrix, Rounding};
use crate::base::simd::DotExactly;

/// Lengths of queries that are rounded; beyond, products of scales could become zero or infinite.
const SIZES: std::ops::Range<f64> = 1e-10..1e10;

/// What is lost for a query of unit length by doing the arithmetic with bounds in f32, and by rounding the true
/// score to f32: less than sixteen roundings, each off by 2^-24 of a number that is at most four.
const ARITHMETIC: f64 = 1.0 / (1 << 18) as f64;

/// A query to find candidates with.
pub struct RoundedQuery {
    pub values: Vec<i16>,
    step: f32,
    /// Inner product with the centre.
    offset: f32,
    length: f32,
    /// The part of the error that is the same for all rows.
    pub slack: f32,
}

/// Between which the score of a row is, but for [`RoundedQuery::slack`].
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub least: f32,
    pub most: f32,
}

impl RoundedQuery {
    /// None when the query can't be rounded: it is zero, not finite, or of an absurd length.
    pub fn new(query: &[f32], matrix: &Matrix) -> Option<Self> {
        let exact = |a, b| Arch::new().dispatch(DotExactly(a, b));
        let length = exact(query, query).sqrt();
        if !SIZES.contains(&length) {
            return None;
        }
        // So small that the sum of all products fits into 32 bits.
        let limit = (i32::MAX / 128).checked_div(query.len().try_into().ok()?)?.min(i16::MAX.into());
        let most = query.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        let step = most / limit as f32;
        let values: Vec<i16> = query.iter().map(|x| (x / step).round() as i16).collect();
        let squares = query.iter().zip(&values).map(|(x, c)| f64::from(*x) - f64::from(step) * f64::from(*c));
        let left_out = squares.map(|error| error * error).sum::<f64>().sqrt();
        let centre = exact(matrix.centre(), matrix.centre()).sqrt();
        // A unit vector is 1 + 1e-7 long at most; the length of a row's error may grow to that of the row.
        let longest = 2.0 * (1.0 + centre) + 1e-3;
        Some(Self {
            values,
            step,
            offset: exact(matrix.centre(), query) as f32,
            length: (length * (1.0 + 1e-6)) as f32,
            slack: ((left_out * longest + length * ARITHMETIC) * (1.0 + 1e-6)) as f32,
        })
    }

    /// Bounds of the score of a row, from the inner product of its bytes with [`Self::values`].
    #[inline(always)]
    pub fn between(&self, product: i32, rounding: Rounding) -> Bounds {
        let score = self.offset + product as f32 * (rounding.scale * self.step);
        let error = rounding.error * self.length;
        Bounds { least: score - error, most: score + error }
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
            let mut matrix = Matrix::new(24);
            for row in &rows {
                let scaled = row.iter().map(|x| f16::from_f32(x * 10.0_f32.powi(sizes.0)));
                matrix.stage(&scaled.collect::<Vec<_>>());
            }
            matrix.commit();
            let query: Vec<f32> = query.iter().map(|x| x * 10.0_f32.powi(sizes.1)).collect();
            let Some(rounded) = RoundedQuery::new(&query, &matrix) else { return Ok(()) };
            let mut score = matrix.scorer(&query);
            for row in 0..matrix.len() {
                let bytes = matrix.bytes()[row * 24..][..24].iter().zip(&rounded.values);
                let product = bytes.map(|(b, c)| i32::from(*b) * i32::from(*c)).sum();
                let Bounds { least, most } = rounded.between(product, matrix.roundings()[row]);
                let score = score(row);
                prop_assert!(least - rounded.slack <= score && score <= most + rounded.slack);
                prop_assert!(most - least <= 0.05 * rounded.length, "bounds are of no use: {least}..{most}");
            }
        }
    }

    #[test]
    fn the_largest_products_fit() {
        for dimension in [1, 512, 4096, 70_000] {
            let mut matrix = Matrix::new(dimension);
            matrix.stage(&vec![f16::ONE; dimension]);
            matrix.stage(&vec![f16::NEG_ONE; dimension]);
            matrix.commit();
            let query = RoundedQuery::new(&vec![-1.0; dimension], &matrix).unwrap();
            let most = query.values.iter().map(|c| i64::from(*c).abs() * 128).sum::<i64>();
            assert!(most <= i64::from(i32::MAX), "{dimension}");
        }
    }

    #[test]
    fn what_cannot_be_rounded_is_refused() {
        let matrix = Matrix::new(2);
        for odd in [0.0, f32::NAN, f32::INFINITY, 1e-20, 1e30] {
            assert!(RoundedQuery::new(&[odd, 0.0], &matrix).is_none(), "{odd}");
        }
        assert!(RoundedQuery::new(&[], &matrix).is_none());
    }
}
