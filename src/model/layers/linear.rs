//! Matrix product with weights, plus bias and activation.

use candle_core::{Device, Result, Tensor};
use rayon::prelude::*;

use super::activation::{Activation, BiasActivation};
use crate::model::ModelError;
use crate::model::weights::{Scope, Values};

/// y = activation(x W^T + b).
///
/// The checkpoint has W as (out, in); it is kept as (in, out), transposed once at load: the matrix
/// kernel then reads it as it lies, where a transposed view is repacked at every call, which costs
/// more than the product itself for a short text.
#[derive(Debug)]
pub struct Linear {
    /// (in, out), contiguous.
    weight: Tensor,
    /// `out` values; none is no bias.
    bias: Option<Vec<f32>>,
}

impl Linear {
    /// Loads `<scope>.weight`, shaped (out, in), and `<scope>.bias`, shaped (out).
    ///
    /// # Errors
    /// When one is missing or misshapen.
    pub fn load(scope: &Scope<'_>, inputs: usize, outputs: usize) -> std::result::Result<Self, ModelError> {
        let weight = scope.values("weight", &[outputs, inputs])?;
        let bias = scope.values("bias", &[outputs])?.to_vec();
        Self::new(&weight, inputs, outputs, Some(bias))
    }

    /// Loads `<scope>.weight`, shaped (out, in); there is no bias.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn load_without_bias(
        scope: &Scope<'_>,
        inputs: usize,
        outputs: usize,
    ) -> std::result::Result<Self, ModelError> {
        let weight = scope.values("weight", &[outputs, inputs])?;
        Self::new(&weight, inputs, outputs, None)
    }

    /// Weights given as (out, in), row-major.
    ///
    /// # Errors
    /// When the counts don't fit.
    pub fn new(
        weight: &Values<'_>,
        inputs: usize,
        outputs: usize,
        bias: Option<Vec<f32>>,
    ) -> std::result::Result<Self, ModelError> {
        let transposed = transpose(weight, outputs, inputs);
        Ok(Self { weight: Tensor::from_vec(transposed, (inputs, outputs), &Device::Cpu)?, bias })
    }

    /// One layer that computes several of the same input side by side: out is the sum of theirs.
    ///
    /// # Errors
    /// When their inputs differ.
    pub fn side_by_side(layers: &[Self]) -> std::result::Result<Self, ModelError> {
        let weights: Vec<&Tensor> = layers.iter().map(|l| &l.weight).collect();
        let bias = layers.iter().map(|l| l.bias.as_deref()).collect::<Option<Vec<_>>>().map(|b| b.concat());
        Ok(Self { weight: Tensor::cat(&weights, 1)?.contiguous()?, bias })
    }

    /// Multiplies weights and bias by `factor`, once and for all.
    ///
    /// # Errors
    /// When the tensor operation fails.
    pub fn scaled(self, factor: f64) -> std::result::Result<Self, ModelError> {
        let bias = self.bias.map(|b| b.iter().map(|x| (f64::from(*x) * factor) as f32).collect());
        Ok(Self { weight: (self.weight * factor)?, bias })
    }

    /// Applies the layer to the last dimension of `x`.
    ///
    /// # Errors
    /// When the last dimension doesn't fit.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.run(x, None)
    }

    /// Applies the layer, then `activation`.
    ///
    /// # Errors
    /// As [`Self::forward`].
    pub fn forward_activated(&self, x: &Tensor, activation: Activation) -> Result<Tensor> {
        self.run(x, Some(activation))
    }

    fn run(&self, x: &Tensor, activation: Option<Activation>) -> Result<Tensor> {
        let mut shape = x.dims().to_vec();
        let (inputs, outputs) = self.weight.dims2()?;
        if shape.pop() != Some(inputs) {
            candle_core::bail!("a layer of {inputs} inputs was applied to {:?}", x.shape());
        }
        let rows = shape.iter().product::<usize>();
        let y = x.reshape((rows, inputs))?.matmul(&self.weight)?;
        if let Some(bias) = &self.bias {
            y.inplace_op1(&BiasActivation { bias, activation })?;
        } else if activation.is_some() {
            y.inplace_op1(&BiasActivation { bias: &vec![0.0; outputs], activation })?;
        }
        shape.push(outputs);
        y.reshape(shape)
    }
}

/// (rows, columns) to (columns, rows): in tiles, so that both sides stay in the cache.
fn transpose(values: &Values<'_>, rows: usize, columns: usize) -> Vec<f32> {
    const TILE: usize = 32;
    let mut transposed = vec![0.0; rows * columns];
    transposed.par_chunks_mut(TILE * rows).enumerate().for_each(|(tile, out)| {
        let first = tile * TILE;
        for start in (0..rows).step_by(TILE) {
            for row in start..(start + TILE).min(rows) {
                for (i, line) in out.chunks_exact_mut(rows).enumerate() {
                    line[row] = values.get(row * columns + first + i);
                }
            }
        }
    });
    transposed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linear(weight: &[f32], inputs: usize, bias: Option<Vec<f32>>) -> Linear {
        Linear::new(&Values::from_f32(weight), inputs, weight.len() / inputs, bias).unwrap()
    }

    #[test]
    fn multiplies_by_the_transposed_weights() {
        let layer = linear(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3, Some(vec![10.0, -100.0]));
        let x = Tensor::new(&[[[1f32, 0.0, 1.0], [0.0, 2.0, 0.0]]], &Device::Cpu).unwrap();
        let y = layer.forward(&x).unwrap();
        assert_eq!(y.to_vec3::<f32>().unwrap(), [[[14.0, -90.0], [14.0, -90.0]]]);
        let y = layer.forward_activated(&x, Activation::Relu).unwrap();
        assert_eq!(y.to_vec3::<f32>().unwrap(), [[[14.0, 0.0], [14.0, 0.0]]]);
    }

    #[test]
    fn an_activation_works_without_a_bias() {
        let layer = linear(&[1.0, -1.0], 1, None);
        let x = Tensor::new(&[[3f32]], &Device::Cpu).unwrap();
        let y = layer.forward_activated(&x, Activation::Relu).unwrap();
        assert_eq!(y.to_vec2::<f32>().unwrap(), [[3.0, 0.0]]);
    }

    #[test]
    fn side_by_side_is_the_same_as_one_after_the_other() {
        let a = linear(&[1.0, 2.0], 2, Some(vec![0.5]));
        let b = linear(&[3.0, 4.0, 5.0, 6.0], 2, Some(vec![1.0, 2.0])).scaled(2.0).unwrap();
        let both = Linear::side_by_side(&[a, b]).unwrap();
        let x = Tensor::new(&[[1f32, 1.0]], &Device::Cpu).unwrap();
        assert_eq!(both.forward(&x).unwrap().to_vec2::<f32>().unwrap(), [[3.5, 16.0, 26.0]]);
    }

    #[test]
    fn transposing_handles_sizes_that_are_no_multiple_of_the_tile() {
        let (rows, columns) = (37, 70);
        let values: Vec<f32> = (0..rows * columns).map(|i| i as f32).collect();
        let transposed = transpose(&Values::from_f32(&values), rows, columns);
        for row in 0..rows {
            for column in 0..columns {
                assert_eq!(transposed[column * rows + row], values[row * columns + column]);
            }
        }
    }

    #[test]
    fn a_wrong_width_is_an_error() {
        let x = Tensor::new(&[[1f32, 1.0]], &Device::Cpu).unwrap();
        assert!(linear(&[1.0], 1, None).forward(&x).is_err());
    }
}
