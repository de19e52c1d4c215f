//! Matrix product with weights, plus bias and activation.

use std::fmt;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use rten_gemm::{BiasVector, GemmExecutor, GemmInputA, GemmInputB, GemmUninitOptions, PackedBMatrix};
use rten_tensor::NdTensorView;

use super::activation::{self, Activation};
use crate::model::ModelError;
use crate::model::weights::{Scope, Values};

/// The weights of a layer as a checkpoint has them.
pub struct Unpacked {
    /// (out, in), row-major.
    weight: Vec<f32>,
    /// `out` values; none is no bias.
    bias: Option<Vec<f32>>,
    inputs: usize,
}

impl Unpacked {
    /// Loads `<scope>.weight`, shaped (out, in), and `<scope>.bias`, shaped (out).
    ///
    /// # Errors
    /// When one is missing or misshapen.
    pub fn load(scope: &Scope<'_>, inputs: usize, outputs: usize) -> std::result::Result<Self, ModelError> {
        let bias = scope.values("bias", &[outputs])?.to_vec();
        Ok(Self { bias: Some(bias), ..Self::load_without_bias(scope, inputs, outputs)? })
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
        Ok(Self::new(&scope.values("weight", &[outputs, inputs])?, inputs))
    }

    /// Weights given as (out, in), row-major; there is no bias.
    pub fn new(weight: &Values<'_>, inputs: usize) -> Self {
        Self { weight: weight.to_vec(), bias: None, inputs }
    }

    /// One layer that computes several of the same input side by side: out is the sum of theirs.
    pub fn side_by_side(layers: &[Self]) -> Self {
        Self {
            weight: layers.iter().flat_map(|layer| &layer.weight).copied().collect(),
            bias: layers.iter().map(|l| l.bias.as_deref()).collect::<Option<Vec<_>>>().map(|b| b.concat()),
            inputs: layers.first().map_or(0, |layer| layer.inputs),
        }
    }

    /// Multiplies weights and bias by `factor`, once and for all.
    pub fn scaled(mut self, factor: f64) -> Self {
        for value in self.weight.iter_mut().chain(self.bias.iter_mut().flatten()) {
            *value = (f64::from(*value) * factor) as f32;
        }
        self
    }

    /// Lays the weights out as the matrix kernel reads them.
    pub fn pack(self) -> Linear {
        let outputs = self.weight.len() / self.inputs.max(1);
        let weight = NdTensorView::from_data([outputs, self.inputs], self.weight.as_slice());
        Linear {
            weight: GemmExecutor::<f32>::new().prepack_b(weight.transposed()),
            bias: self.bias,
            inputs: self.inputs,
            outputs,
        }
    }
}

/// y = activation(x W^T + b).
///
/// W is packed once at load for rten-gemm's kernel: packing at every call costs more than the product
/// itself for a short text, and as much as a third of it for a picture.
pub struct Linear {
    weight: PackedBMatrix<f32>,
    /// `out` values; none is no bias.
    bias: Option<Vec<f32>>,
    inputs: usize,
    outputs: usize,
}

impl fmt::Debug for Linear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Linear({} -> {})", self.inputs, self.outputs)
    }
}

impl Linear {
    /// As [`Unpacked::load`], packed.
    ///
    /// # Errors
    /// When one is missing or misshapen.
    pub fn load(scope: &Scope<'_>, inputs: usize, outputs: usize) -> std::result::Result<Self, ModelError> {
        Ok(Unpacked::load(scope, inputs, outputs)?.pack())
    }

    /// As [`Unpacked::load_without_bias`], packed.
    ///
    /// # Errors
    /// When the weights are missing or misshapen.
    pub fn load_without_bias(
        scope: &Scope<'_>,
        inputs: usize,
        outputs: usize,
    ) -> std::result::Result<Self, ModelError> {
        Ok(Unpacked::load_without_bias(scope, inputs, outputs)?.pack())
    }

    /// Applies the layer to the last dimension of `x`.
    ///
    /// # Errors
    /// When the last dimension doesn't fit.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.apply_op1_no_bwd(&Product { layer: self, activation: None })
    }

    /// Applies the layer, then `activation`.
    ///
    /// # Errors
    /// As [`Self::forward`].
    pub fn forward_activated(&self, x: &Tensor, activation: Activation) -> Result<Tensor> {
        x.apply_op1_no_bwd(&Product { layer: self, activation: Some(activation) })
    }
}

/// A layer applied to a contiguous f32 tensor on the CPU.
struct Product<'a> {
    layer: &'a Linear,
    activation: Option<Activation>,
}

impl CustomOp1 for Product<'_> {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let Linear { weight, bias, inputs, outputs } = self.layer;
        let mut shape = layout.dims().to_vec();
        if shape.pop() != Some(*inputs) {
            candle_core::bail!("a layer of {inputs} inputs was applied to {:?}", layout.shape());
        }
        let Some((start, end)) = layout.contiguous_offsets() else {
            candle_core::bail!("a layer works on contiguous tensors only");
        };
        let x = &storage.as_slice::<f32>()?[start..end];
        let rows = x.len() / (*inputs).max(1);
        let mut y = Vec::with_capacity(rows * outputs);
        let x = NdTensorView::from_data([rows, *inputs], x);
        let options = GemmUninitOptions { bias: bias.as_deref().map(BiasVector::Row), ..Default::default() };
        let written = GemmExecutor::<f32>::new()
            .gemm_uninit(
                &mut y.spare_capacity_mut()[..rows * outputs],
                GemmInputA::Unpacked(x),
                GemmInputB::Packed(weight),
                options,
            )
            .map_err(candle_core::Error::wrap)?
            .len();
        // SAFETY: `gemm_uninit` returned the slice of the first `written` elements as initialized.
        unsafe { y.set_len(written) };
        if let Some(activation) = self.activation {
            activation::apply(activation, &mut y);
        }
        shape.push(*outputs);
        Ok((CpuStorage::F32(y), shape.into()))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    fn unpacked(weight: &[f32], inputs: usize, bias: Option<Vec<f32>>) -> Unpacked {
        Unpacked { bias, ..Unpacked::new(&Values::from_f32(weight), inputs) }
    }

    #[test]
    fn multiplies_by_the_transposed_weights() {
        let layer = unpacked(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3, Some(vec![10.0, -100.0])).pack();
        let x = Tensor::new(&[[[1f32, 0.0, 1.0], [0.0, 2.0, 0.0]]], &Device::Cpu).unwrap();
        let y = layer.forward(&x).unwrap();
        assert_eq!(y.to_vec3::<f32>().unwrap(), [[[14.0, -90.0], [14.0, -90.0]]]);
        let y = layer.forward_activated(&x, Activation::Relu).unwrap();
        assert_eq!(y.to_vec3::<f32>().unwrap(), [[[14.0, 0.0], [14.0, 0.0]]]);
    }

    #[test]
    fn agrees_with_a_plain_product_at_odd_sizes() {
        for (rows, inputs, outputs) in [(1, 1, 1), (7, 33, 65), (50, 768, 100), (130, 300, 7)] {
            let number = |i: usize| ((i * 7919 % 1000) as f32 - 500.0) / 500.0;
            let weight: Vec<f32> = (0..outputs * inputs).map(number).collect();
            let x: Vec<f32> = (0..rows * inputs).map(|i| number(i + 13)).collect();
            let layer = unpacked(&weight, inputs, None).pack();
            let y = layer.forward(&Tensor::from_slice(&x, (rows, inputs), &Device::Cpu).unwrap()).unwrap();
            for (row, y) in y.to_vec2::<f32>().unwrap().iter().enumerate() {
                for (output, y) in y.iter().enumerate() {
                    let pair = |i| f64::from(x[row * inputs + i]) * f64::from(weight[output * inputs + i]);
                    let expected: f64 = (0..inputs).map(pair).sum();
                    assert!((f64::from(*y) - expected).abs() < 1e-3, "{rows} x {inputs} x {outputs}");
                }
            }
        }
    }

    #[test]
    fn an_activation_works_without_a_bias() {
        let layer = unpacked(&[1.0, -1.0], 1, None).pack();
        let x = Tensor::new(&[[3f32]], &Device::Cpu).unwrap();
        let y = layer.forward_activated(&x, Activation::Relu).unwrap();
        assert_eq!(y.to_vec2::<f32>().unwrap(), [[3.0, 0.0]]);
    }

    #[test]
    fn side_by_side_is_the_same_as_one_after_the_other() {
        let a = unpacked(&[1.0, 2.0], 2, Some(vec![0.5]));
        let b = unpacked(&[3.0, 4.0, 5.0, 6.0], 2, Some(vec![1.0, 2.0])).scaled(2.0);
        let both = Unpacked::side_by_side(&[a, b]).pack();
        let x = Tensor::new(&[[1f32, 1.0]], &Device::Cpu).unwrap();
        assert_eq!(both.forward(&x).unwrap().to_vec2::<f32>().unwrap(), [[3.5, 16.0, 26.0]]);
    }

    #[test]
    fn a_wrong_width_or_layout_is_an_error() {
        let x = Tensor::new(&[[1f32, 1.0]], &Device::Cpu).unwrap();
        assert!(unpacked(&[1.0], 1, None).pack().forward(&x).is_err());
        let turned = Tensor::new(&[[1f32, 2.0], [3.0, 4.0]], &Device::Cpu).unwrap().t().unwrap();
        assert!(unpacked(&[1.0, 1.0], 2, None).pack().forward(&turned).is_err());
    }
}
