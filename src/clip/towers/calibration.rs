//! What the layers of a tower get in f32, and how their inputs are best smoothed by it.

use std::collections::HashMap;

use parking_lot::Mutex;
use rayon::prelude::*;

use super::layer_weights::LayerWeights;
use super::smoothing::{Applied, Smoothing};
use crate::clip::kernels::Rows;

/// The least part of the median that a channel is taken to reach, though it was never seen to: what the drawings don't
/// show, photos may.
const LEAST_SHARE: f32 = 1.0 / 16.0;
/// The least and the greatest exponent of a scale, a power of two.
const EXPONENTS: (f32, f32) = (-4.0, 20.0);

/// What the layers of a tower got in f32, channel by channel.
#[derive(Debug, Default)]
pub struct Calibration {
    layers: Mutex<HashMap<String, ChannelStats>>,
}

/// What one layer got: a number for each channel.
#[derive(Debug, Default)]
struct ChannelStats {
    rows: usize,
    sum: Vec<f64>,
    least: Vec<f32>,
    most: Vec<f32>,
}

impl Calibration {
    /// Adds rows that the layer of this name got.
    pub(super) fn record(&self, name: &str, rows: Rows<'_>) {
        let mut layers = self.layers.lock();
        if !layers.contains_key(name) {
            layers.insert(name.to_owned(), ChannelStats::default());
        }
        let Some(stats) = layers.get_mut(name) else { return };
        stats.sum.resize(rows.width, 0.0);
        stats.least.resize(rows.width, f32::INFINITY);
        stats.most.resize(rows.width, f32::NEG_INFINITY);
        for row in (0..rows.count()).map(|i| rows.row(i)) {
            stats.rows += 1;
            stats.sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += f64::from(*x));
            stats.least.iter_mut().zip(row).for_each(|(least, x)| *least = least.min(*x));
            stats.most.iter_mut().zip(row).for_each(|(most, x)| *most = most.max(*x));
        }
    }

    /// How the inputs of a layer are best changed. None of a layer that was not recorded, or whose numbers are not finite.
    pub(super) fn smoothing(&self, weights: &LayerWeights<'_>, applied: Applied) -> Option<Smoothing> {
        let layers = self.layers.lock();
        let stats = layers.get(weights.name()).filter(|stats| stats.mean_is_finite())?;
        let mean: Vec<f32> = stats.sum.iter().map(|sum| (sum / stats.rows as f64) as f32).collect();
        let middle = |i: usize| if applied == Applied::Before { mean[i] } else { 0.0 };
        let reach = (0..mean.len()).map(|i| (stats.most[i] - middle(i)).max(middle(i) - stats.least[i]));
        let scale = scales(&reach.collect::<Vec<_>>(), &largest_weights(weights));
        Some(Smoothing { mean, scale })
    }
}

impl ChannelStats {
    fn mean_is_finite(&self) -> bool {
        self.rows > 0 && self.sum.iter().all(|sum| sum.is_finite())
    }
}

/// The largest weight of each input.
fn largest_weights(weights: &LayerWeights<'_>) -> Vec<f32> {
    let inputs = weights.inputs();
    let larger = |mut largest: Vec<f32>, row: &[f32]| {
        largest.iter_mut().zip(row).for_each(|(largest, w)| *largest = largest.max(w.abs()));
        largest
    };
    let outputs: Vec<usize> = (0..weights.outputs()).collect();
    outputs
        .par_chunks(64)
        .map(|outputs| {
            let mut row = vec![0.0; inputs];
            outputs.iter().fold(vec![0.0; inputs], |largest, &output| {
                weights.read_output(output, &mut row);
                larger(largest, &row)
            })
        })
        .reduce(|| vec![0.0; inputs], |a, b| larger(a, &b))
}

/// The scale of each channel from how far it reaches and how large its weights are: the root of their ratio, around 1.
fn scales(reach: &[f32], weights: &[f32]) -> Vec<f32> {
    let typical = median(reach);
    let ratio = |(reach, weight): (&f32, &f32)| {
        (reach.max(typical * LEAST_SHARE) / weight.max(f32::MIN_POSITIVE)).max(f32::MIN_POSITIVE)
    };
    let exponents: Vec<f32> = reach.iter().zip(weights).map(|pair| 0.5 * ratio(pair).log2()).collect();
    let middle = median(&exponents);
    // A channel without weights has no say.
    let round = |(exponent, weight): (&f32, &f32)| match *weight > 0.0 {
        true => (exponent - middle).round().clamp(EXPONENTS.0, EXPONENTS.1).exp2(),
        false => 1.0,
    };
    exponents.iter().zip(weights).map(round).collect()
}

fn median(values: &[f32]) -> f32 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f32::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clip::weights::Values;

    fn smoothing_of(rows: &[[f32; 5]], weight: &[f32], applied: Applied) -> Smoothing {
        let calibration = Calibration::default();
        for row in rows {
            calibration.record("m", Rows { values: row, width: 5, stride: 5 });
        }
        let weights = LayerWeights::new("m", Values::from_f32(weight), 5, weight.len() / 5);
        calibration.smoothing(&weights, applied).unwrap()
    }

    #[test]
    fn a_large_channel_with_small_weights_is_scaled_down() {
        let rows = [[1.0, -1.0, 64.0, 1.0, 1.0], [-1.0, 1.0, -64.0, -1.0, 3.0]];
        let weight = [1.0, 0.5, 1.0 / 64.0, -1.0, 0.0, 0.3, 1.0, 0.001, 0.4, 0.0];
        let smoothing = smoothing_of(&rows, &weight, Applied::Before);
        assert_eq!(smoothing.mean, [0.0, 0.0, 0.0, 0.0, 2.0]);
        assert_eq!(smoothing.scale, [1.0, 1.0, 64.0, 1.0, 1.0]);
    }

    #[test]
    fn a_channel_that_never_moves_is_not_blown_up() {
        let rows = [[1.0, 1.0, 7.0, 1.0, 1.0], [-1.0, -1.0, 7.0, -1.0, -1.0]];
        let scale = smoothing_of(&rows, &[1.0; 5], Applied::Before).scale;
        assert_eq!(scale, [1.0, 1.0, 0.25, 1.0, 1.0]);
        // Where the mean stays, it counts.
        assert!(smoothing_of(&rows, &[1.0; 5], Applied::ByLayer).scale[2] > 1.0);
    }

    #[test]
    fn what_is_not_finite_is_not_smoothed() {
        let calibration = Calibration::default();
        calibration.record("m", Rows { values: &[1.0, f32::NAN], width: 2, stride: 2 });
        let weights = LayerWeights::new("m", Values::from_f32(&[1.0, 1.0]), 2, 1);
        assert_eq!(calibration.smoothing(&weights, Applied::Before), None);
    }
}
