//! Matrix product with weights, plus bias.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::calibration::Calibration;
use super::device_ops::Finish;
use super::layer_norm::LayerNorm;
use super::layer_weights::LayerWeights;
use super::placement::{Calibrating, Placement};
use super::smoothing::{Applied, Smoothing};
use crate::base::cpu::Arch;
use crate::clip::error::ModelError;
use crate::clip::kernels::{
    Accumulate, Activation, OutputTiles, PackedF32, PackedInt8, QuantizedRows, Rows, rows_per_task,
    stride_for,
};
use crate::clip::weights::Scope;

/// A linear layer, y = x W^T + b: from (..., inputs) to (..., outputs).
pub(crate) struct Linear {
    weight: Weight,
    inputs: usize,
    outputs: usize,
    /// What each input is multiplied by before it is rounded, if the layer does that itself.
    input_factors: Option<Vec<f32>>,
    /// Where the inputs are recorded, and under which name.
    recorder: Option<(Arc<Calibration>, String)>,
}

/// The weights and the bias of a layer, laid out for whatever computes.
enum Weight {
    F32(PackedF32),
    Int8(PackedInt8),
    /// For candle's own operations, on any device.
    Candle {
        /// (inputs, outputs)
        weight: Tensor,
        /// (outputs)
        bias: Option<Tensor>,
    },
}

/// Rows of inputs as a layer reads them.
pub(super) enum LayerInput<'a> {
    F32(Rows<'a>),
    Int8(&'a QuantizedRows),
}

impl Linear {
    /// Finds the weights as [`LayerWeights::find`] does, and lays them out.
    ///
    /// # Errors
    /// When one is missing or misshapen.
    pub(crate) fn load(
        scope: &Scope<'_>,
        inputs: usize,
        outputs: usize,
        placement: &Placement,
    ) -> std::result::Result<Self, ModelError> {
        Ok(Self::pack(LayerWeights::find(scope, inputs, outputs)?, placement)?)
    }

    /// Finds the weights as [`LayerWeights::find_without_bias`] does, and lays them out.
    ///
    /// # Errors
    /// When the weights are missing or misshapen.
    pub(crate) fn load_without_bias(
        scope: &Scope<'_>,
        inputs: usize,
        outputs: usize,
        placement: &Placement,
    ) -> std::result::Result<Self, ModelError> {
        Ok(Self::pack(LayerWeights::find_without_bias(scope, inputs, outputs)?, placement)?)
    }

    /// Lays weights out for whatever computes at `placement`.
    ///
    /// # Errors
    /// When a device has no room.
    pub(crate) fn pack(weights: LayerWeights<'_>, placement: &Placement) -> Result<Self> {
        let (inputs, outputs) = (weights.inputs(), weights.outputs());
        let read = |output, row: &mut [f32]| weights.read_output(output, row);
        let own_smoothing = match weights.smoothing() {
            Some((smoothing, Applied::ByLayer)) => Some(smoothing),
            _ => None,
        };
        let input_factors: Option<Vec<f32>> =
            own_smoothing.map(|smoothing| smoothing.scale.iter().map(|scale| 1.0 / scale).collect());
        let weight = if !placement.is_fused() {
            let mut weight = vec![0.0; inputs * outputs];
            weight.par_chunks_exact_mut(inputs.max(1)).enumerate().for_each(|(i, row)| read(i, row));
            let dtype = placement.dtype();
            let weight = Tensor::from_vec(weight, (outputs, inputs), &placement.device)?.to_dtype(dtype)?;
            let bias = Tensor::from_vec(weights.bias(), outputs, &placement.device)?.to_dtype(dtype)?;
            Weight::Candle { weight: weight.t()?.contiguous()?, bias: weights.has_bias().then_some(bias) }
        } else if placement.rounds(inputs) {
            let quantize = || {
                let mean = own_smoothing.map(|Smoothing { mean, scale }| {
                    mean.iter().zip(scale).map(|(mean, scale)| mean / scale).collect::<Vec<_>>()
                });
                PackedInt8::quantize(inputs, weights.bias(), mean.as_deref(), read)
            };
            let layer = match &placement.int8_cache {
                Some(cache) => cache.layer(&weights, quantize),
                None => quantize(),
            };
            Weight::Int8(layer)
        } else {
            Weight::F32(PackedF32::pack(inputs, weights.bias(), read))
        };
        let recorder = match &placement.calibrating {
            Calibrating::Record(calibration) => Some((Arc::clone(calibration), weights.name().to_owned())),
            _ => None,
        };
        Ok(Self { weight, inputs, outputs, input_factors, recorder })
    }

    /// Numbers of an input row.
    pub(crate) fn inputs(&self) -> usize {
        self.inputs
    }

    /// Numbers of an output row.
    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    /// Applies the layer to the last dimension of `x`: from (..., inputs) to (..., outputs).
    ///
    /// # Errors
    /// When the last dimension doesn't fit.
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match &self.weight {
            Weight::Candle { .. } => self.forward_on_device(x, Finish::default()),
            _ => x.apply_op1_no_bwd(&Product(self)),
        }
    }

    /// Applies the layer to `x`, (batch, rows, inputs), and adds `to`, (rows, outputs), to each of the batch:
    /// (batch, rows, outputs).
    ///
    /// # Errors
    /// When the shapes don't fit.
    pub(crate) fn forward_add(&self, x: &Tensor, to: &Tensor) -> Result<Tensor> {
        match &self.weight {
            Weight::Candle { .. } => {
                self.forward_on_device(x, Finish { residual: Some(to), ..Finish::default() })
            }
            _ => x.apply_op2_no_bwd(to, &Product(self)),
        }
    }

    /// The product without the bias, from (..., inputs) to (..., outputs), and the bias, on other devices than the CPU.
    ///
    /// # Errors
    /// When the last dimension doesn't fit, or the layer is laid out for the CPU.
    pub(super) fn product_on_device(&self, x: &Tensor) -> Result<(Tensor, Option<&Tensor>)> {
        let Weight::Candle { weight, bias } = &self.weight else {
            candle_core::bail!("the layer is laid out for the CPU");
        };
        // As one matrix: products of each of a batch alone take much longer.
        let y = x.reshape((x.elem_count() / self.inputs.max(1), self.inputs))?.matmul(weight)?;
        let mut shape = x.dims().to_vec();
        shape.pop();
        shape.push(self.outputs);
        Ok((y.reshape(shape)?, bias.as_ref()))
    }

    /// Applies the layer to the last dimension of `x` and does what `finish` says, whose bias is the layer's, on other
    /// devices than the CPU.
    ///
    /// # Errors
    /// As [`Self::product_on_device`].
    pub(super) fn forward_on_device(&self, x: &Tensor, finish: Finish<'_>) -> Result<Tensor> {
        let (y, bias) = self.product_on_device(x)?;
        Finish { bias, ..finish }.apply(y)
    }

    /// Prepares rows for [`Self::multiply`]; `bytes` is where they are rounded to if the layer multiplies bytes.
    pub(super) fn input<'a>(&self, x: Rows<'a>, bytes: &'a mut QuantizedRows) -> LayerInput<'a> {
        match &self.weight {
            Weight::Int8(_) => {
                match &self.input_factors {
                    Some(factors) => bytes.quantize_scaled(x, factors),
                    None => bytes.quantize(x),
                }
                LayerInput::Int8(bytes)
            }
            _ => LayerInput::F32(x),
        }
    }

    /// As [`Self::input`], but the rows are normalized before; `floats` is where they go if the layer multiplies f32.
    pub(super) fn normed_input<'a>(
        &self,
        norm: &LayerNorm,
        x: Rows<'_>,
        floats: &'a mut Vec<f32>,
        bytes: &'a mut QuantizedRows,
    ) -> LayerInput<'a> {
        let arch = Arch::in_use();
        self.written_input(x.count(), |row, out| norm.normalize_row(arch, x.row(row), out), floats, bytes)
    }

    /// As [`Self::input`], of `count` rows that `write` writes, on all threads; `floats` is where they go if the layer
    /// multiplies f32.
    pub(super) fn written_input<'a>(
        &self,
        count: usize,
        write: impl Fn(usize, &mut [f32]) + Sync,
        floats: &'a mut Vec<f32>,
        bytes: &'a mut QuantizedRows,
    ) -> LayerInput<'a> {
        let Weight::Int8(_) = &self.weight else {
            return LayerInput::F32(write_rows(count, self.inputs, write, floats));
        };
        bytes.quantize_with(count, self.inputs, |row, out| {
            write(row, out);
            if let Some(factors) = &self.input_factors {
                out.iter_mut().zip(factors).for_each(|(x, factor)| *x *= factor);
            }
        });
        LayerInput::Int8(bytes)
    }

    /// Computes `activation(x W^T + b)` into `out`, (rows, outputs). With [`Accumulate::Yes`] the product is added to
    /// the numbers in `out` before the activation.
    ///
    /// # Panics
    /// When `x` was made for another layer, or `out` is too small.
    pub(super) fn multiply(
        &self,
        x: &LayerInput<'_>,
        out: &OutputTiles<'_>,
        accumulate: Accumulate,
        activation: Option<Activation>,
    ) {
        if let (Some((calibration, name)), LayerInput::F32(x)) = (&self.recorder, x) {
            calibration.record(name, *x);
        }
        match (&self.weight, x) {
            (Weight::F32(layer), LayerInput::F32(x)) => layer.multiply(*x, out, accumulate, activation),
            (Weight::Int8(layer), LayerInput::Int8(x)) => layer.multiply(x, out, accumulate, activation),
            _ => unreachable!("the input was made for another layer"),
        }
    }

    /// Adds what the layer makes of a contiguous f32 tensor on the CPU to `y`.
    fn apply_onto(&self, storage: &CpuStorage, layout: &Layout, y: &mut [f32]) -> Result<()> {
        let x = contiguous(storage, layout)?;
        let mut bytes = QuantizedRows::default();
        let x = self.input(Rows { values: x, width: self.inputs, stride: self.inputs }, &mut bytes);
        self.multiply(&x, &OutputTiles::new(y, self.outputs), Accumulate::Yes, None);
        Ok(())
    }

    /// The shape of the result: the input's, with `outputs` in place of `inputs`.
    fn output_shape(&self, layout: &Layout) -> Result<Shape> {
        let mut shape = layout.dims().to_vec();
        if shape.pop() != Some(self.inputs) {
            candle_core::bail!("a layer of {} inputs was applied to {:?}", self.inputs, layout.shape());
        }
        shape.push(self.outputs);
        Ok(shape.into())
    }
}

/// Lays out `count` rows of `width` numbers in `floats`, at the distance that is best for a product: `write` writes each,
/// on all threads.
pub(super) fn write_rows(
    count: usize,
    width: usize,
    write: impl Fn(usize, &mut [f32]) + Sync,
    floats: &mut Vec<f32>,
) -> Rows<'_> {
    let stride = stride_for(width);
    floats.resize(count * stride, 0.0);
    floats
        .par_chunks_exact_mut(stride.max(1))
        .enumerate()
        .with_min_len(rows_per_task(width))
        .for_each(|(row, out)| write(row, &mut out[..width]));
    Rows { values: floats, width, stride }
}

/// The numbers of a contiguous f32 tensor on the CPU, in order.
pub(super) fn contiguous<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let Some((start, end)) = layout.contiguous_offsets() else {
        candle_core::bail!("the layers work on contiguous tensors only");
    };
    Ok(&storage.as_slice::<f32>()?[start..end])
}

/// The layer as an operation of candle on the CPU.
struct Product<'a>(&'a Linear);

impl CustomOp1 for Product<'_> {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let shape = self.0.output_shape(layout)?;
        let mut y = vec![0.0; shape.elem_count()];
        self.0.apply_onto(storage, layout, &mut y)?;
        Ok((CpuStorage::F32(y), shape))
    }
}

impl CustomOp2 for Product<'_> {
    fn name(&self) -> &'static str {
        "linear add"
    }

    fn cpu_fwd(
        &self,
        storage: &CpuStorage,
        layout: &Layout,
        to: &CpuStorage,
        to_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let shape = self.0.output_shape(layout)?;
        let to = contiguous(to, to_layout)?;
        let mut y = Vec::with_capacity(shape.elem_count());
        while y.len() < shape.elem_count() && !to.is_empty() {
            y.extend_from_slice(to);
        }
        if y.len() != shape.elem_count() {
            candle_core::bail!("{:?} can't be added to each of {shape:?}", to_layout.shape());
        }
        self.0.apply_onto(storage, layout, &mut y)?;
        Ok((CpuStorage::F32(y), shape))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;
    use crate::base::model_key::Precision;
    use crate::clip::weights::Values;

    fn candle() -> Placement {
        Placement { candle_only: true, ..Placement::cpu(Precision::F32) }
    }

    fn weights(weight: &[f32], inputs: usize) -> LayerWeights<'static> {
        LayerWeights::new("m", Values::from_f32(weight), inputs, weight.len() / inputs)
    }

    #[test]
    fn every_placement_multiplies_by_the_transposed_weights() {
        for placement in [candle(), Placement::cpu(Precision::F32), Placement::cpu(Precision::Int8)] {
            let weights = weights(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3).with_bias(vec![10.0, -100.0]);
            let layer = Linear::pack(weights, &placement).unwrap();
            let x = Tensor::new(&[[[1f32, 0.0, 1.0], [0.0, 2.0, 0.0]]], &Device::Cpu).unwrap();
            let to = Tensor::new(&[[0f32, 0.0], [1.0, 1000.0]], &Device::Cpu).unwrap();
            let y = layer.forward(&x).unwrap().to_vec3::<f32>().unwrap();
            let added = layer.forward_add(&x, &to).unwrap().to_vec3::<f32>().unwrap();
            for (y, expected) in [(y, [14.0, -90.0, 14.0, -90.0]), (added, [14.0, -90.0, 15.0, 910.0])] {
                for (y, expected) in y.concat().concat().iter().zip(expected) {
                    assert!((y - expected).abs() < 0.05, "{y} != {expected}");
                }
            }
        }
    }

    #[test]
    fn fused_outputs_are_the_same_as_one_after_the_other() {
        for placement in [candle(), Placement::cpu(Precision::F32)] {
            let a = weights(&[1.0, 2.0], 2).with_bias(vec![0.5]);
            let b = weights(&[3.0, 4.0, 5.0, 6.0], 2).with_bias(vec![1.0, 2.0]).scaled(2.0);
            let both = Linear::pack(LayerWeights::fuse_outputs([a, b]), &placement).unwrap();
            let x = Tensor::new(&[[1f32, 1.0]], &Device::Cpu).unwrap();
            assert_eq!(both.forward(&x).unwrap().to_vec2::<f32>().unwrap(), [[3.5, 16.0, 26.0]]);
        }
    }

    #[test]
    fn a_wrong_width_or_layout_is_an_error() {
        let layer =
            |inputs| Linear::pack(weights(&[1.0, 1.0], inputs), &Placement::cpu(Precision::F32)).unwrap();
        let x = Tensor::new(&[[1f32, 1.0]], &Device::Cpu).unwrap();
        assert!(layer(1).forward(&x).is_err());
        let turned = Tensor::new(&[[1f32, 2.0], [3.0, 4.0]], &Device::Cpu).unwrap().t().unwrap();
        assert!(layer(2).forward(&turned).is_err());
        assert!(layer(2).forward_add(&x, &turned.contiguous().unwrap()).is_err());
    }
}
