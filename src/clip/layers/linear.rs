//! Matrix product with weights, plus bias.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Device, Layout, Result, Shape, Tensor};
use pulp::Arch;
use rayon::prelude::*;

use super::matrix::{Cells, Floats, Int8, Onto, QuantizedRows, Rows, rows_per_task, stride_for};
use super::{Activation, LayerNorm, Rounded};
use crate::base::model_key::Precision;
use crate::clip::ModelError;
use crate::clip::weights::{Scope, Values};

/// Where a layer's weights go, and as what.
#[derive(Debug, Clone)]
pub struct Placement {
    /// Off the CPU, candle's own operations do everything, in f32.
    pub device: Device,
    /// On the CPU.
    pub precision: Precision,
    /// Candle's own operations on the CPU too: what the tests compare with.
    pub plain: bool,
    /// Layers that were rounded before.
    pub rounded: Option<Arc<Rounded>>,
}

impl Placement {
    /// On the CPU.
    pub fn cpu(precision: Precision) -> Self {
        Self { device: Device::Cpu, precision, plain: false, rounded: None }
    }

    /// As it is, but in f32: for layers where rounding costs more than it saves.
    #[must_use]
    pub fn exact(&self) -> Self {
        Self { precision: Precision::F32, ..self.clone() }
    }

    /// All layers of a tower are there.
    pub fn loaded(&self) {
        if let Some(rounded) = &self.rounded {
            rounded.save();
        }
    }

    /// Whether the layers' own kernels do the work.
    pub fn is_fused(&self) -> bool {
        self.device.is_cpu() && !self.plain
    }
}

/// The weights of a layer as a checkpoint has them, not read yet.
pub struct Unpacked<'a> {
    /// What it is called in the file of rounded layers.
    name: String,
    parts: Vec<Part<'a>>,
    inputs: usize,
}

/// Outputs that come from one tensor.
struct Part<'a> {
    /// (outputs, inputs), row-major.
    weight: Values<'a>,
    /// A value for each output; none is no bias.
    bias: Option<Vec<f32>>,
    outputs: usize,
    factor: f32,
}

impl<'a> Unpacked<'a> {
    /// Finds `<scope>.weight`, shaped (out, in), and `<scope>.bias`, shaped (out).
    ///
    /// # Errors
    /// When one is missing or misshapen.
    pub fn find(scope: &Scope<'a>, inputs: usize, outputs: usize) -> std::result::Result<Self, ModelError> {
        let bias = scope.values("bias", &[outputs])?.to_vec();
        let mut layer = Self::find_without_bias(scope, inputs, outputs)?;
        layer.parts[0].bias = Some(bias);
        Ok(layer)
    }

    /// Finds `<scope>.weight`, shaped (out, in); there is no bias.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub fn find_without_bias(
        scope: &Scope<'a>,
        inputs: usize,
        outputs: usize,
    ) -> std::result::Result<Self, ModelError> {
        Ok(Self::new(scope.name(), scope.values("weight", &[outputs, inputs])?, inputs, outputs))
    }

    /// Weights given as (out, in), row-major; there is no bias.
    pub fn new(name: &str, weight: Values<'a>, inputs: usize, outputs: usize) -> Self {
        Self { name: name.to_owned(), parts: vec![Part { weight, bias: None, outputs, factor: 1.0 }], inputs }
    }

    /// One layer that computes several of the same input side by side: out is the sum of theirs.
    pub fn side_by_side(layers: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self { name: String::new(), parts: Vec::new(), inputs: 0 };
        for layer in layers {
            all.inputs = layer.inputs;
            all.name += &layer.name;
            all.parts.extend(layer.parts);
        }
        all
    }

    /// Multiplies weights and bias by `factor`, once and for all.
    #[must_use]
    pub fn scaled(mut self, factor: f32) -> Self {
        self.parts.iter_mut().for_each(|part| part.factor *= factor);
        self
    }

    fn outputs(&self) -> usize {
        self.parts.iter().map(|part| part.outputs).sum()
    }

    fn has_bias(&self) -> bool {
        self.parts.iter().any(|part| part.bias.is_some())
    }

    /// A value for each output, 0 where there is no bias.
    fn bias(&self) -> Vec<f32> {
        let bias = |part: &Part<'_>| match &part.bias {
            Some(bias) => bias.iter().map(|b| b * part.factor).collect(),
            None => vec![0.0; part.outputs],
        };
        self.parts.iter().flat_map(bias).collect()
    }

    /// Writes the weights of one output.
    fn row(&self, output: usize, out: &mut [f32]) {
        let mut output = output;
        for part in &self.parts {
            if output < part.outputs {
                part.weight.read(output * self.inputs, out);
                if part.factor != 1.0 {
                    out.iter_mut().for_each(|w| *w *= part.factor);
                }
                return;
            }
            output -= part.outputs;
        }
    }

    /// Lays the weights out for the product.
    ///
    /// # Errors
    /// When a device has no room.
    pub fn pack(self, placement: &Placement) -> Result<Linear> {
        let (inputs, outputs) = (self.inputs, self.outputs());
        let weight = if !placement.is_fused() {
            let mut weight = vec![0.0; inputs * outputs];
            weight.par_chunks_exact_mut(inputs.max(1)).enumerate().for_each(|(i, row)| self.row(i, row));
            let weight = Tensor::from_vec(weight, (outputs, inputs), &placement.device)?;
            let bias = Tensor::from_vec(self.bias(), outputs, &placement.device)?;
            Weight::Tensor { weight: weight.t()?.contiguous()?, bias: self.has_bias().then_some(bias) }
        } else if placement.precision == Precision::Int8 && inputs <= Int8::MOST_INPUTS {
            let round = || Int8::quantize(inputs, self.bias(), |i, row| self.row(i, row));
            Weight::int8(match &placement.rounded {
                Some(rounded) => rounded.layer(&self.name, inputs, outputs, round),
                None => round(),
            })
        } else {
            Weight::Floats(Floats::pack(inputs, self.bias(), |i, row| self.row(i, row)))
        };
        Ok(Linear { weight, inputs, outputs })
    }
}

/// y = x W^T + b.
pub struct Linear {
    weight: Weight,
    inputs: usize,
    outputs: usize,
}

enum Weight {
    Floats(Floats),
    Int8(Int8),
    /// (in, out) and (out), wherever they are.
    Tensor {
        weight: Tensor,
        bias: Option<Tensor>,
    },
}

impl Weight {
    /// Rounded weights, as floats again where bytes would not be faster.
    fn int8(layer: Int8) -> Self {
        if Int8::is_fast() { Self::Int8(layer) } else { Self::Floats(layer.to_floats()) }
    }
}

/// Rows as a layer reads them.
pub(super) enum Input<'a> {
    Floats(Rows<'a>),
    Bytes(&'a QuantizedRows),
}

impl Linear {
    /// As [`Unpacked::find`], packed.
    ///
    /// # Errors
    /// When one is missing or misshapen.
    pub fn load(
        scope: &Scope<'_>,
        inputs: usize,
        outputs: usize,
        placement: &Placement,
    ) -> std::result::Result<Self, ModelError> {
        Ok(Unpacked::find(scope, inputs, outputs)?.pack(placement)?)
    }

    /// As [`Unpacked::find_without_bias`], packed.
    ///
    /// # Errors
    /// When the weights are missing or misshapen.
    pub fn load_without_bias(
        scope: &Scope<'_>,
        inputs: usize,
        outputs: usize,
        placement: &Placement,
    ) -> std::result::Result<Self, ModelError> {
        Ok(Unpacked::find_without_bias(scope, inputs, outputs)?.pack(placement)?)
    }

    /// Numbers of an input row.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Numbers of an output row.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Applies the layer to the last dimension of `x`.
    ///
    /// # Errors
    /// When the last dimension doesn't fit.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match &self.weight {
            Weight::Tensor { weight, bias } => {
                let y = x.broadcast_matmul(weight)?;
                bias.as_ref().map_or(Ok(y.clone()), |bias| y.broadcast_add(bias))
            }
            _ => x.apply_op1_no_bwd(&Product(self)),
        }
    }

    /// Applies the layer to `x`, (batch, rows, in), and adds `to`, (rows, out), to each of the batch.
    ///
    /// # Errors
    /// When the shapes don't fit.
    pub fn forward_onto(&self, x: &Tensor, to: &Tensor) -> Result<Tensor> {
        match &self.weight {
            Weight::Tensor { .. } => self.forward(x)?.broadcast_add(to),
            _ => x.apply_op2_no_bwd(to, &Product(self)),
        }
    }

    /// Rows for [`Self::multiply`]; `bytes` is where they are rounded to if the layer works on bytes.
    pub(super) fn input<'a>(&self, x: Rows<'a>, bytes: &'a mut QuantizedRows) -> Input<'a> {
        match &self.weight {
            Weight::Int8(_) => {
                bytes.take(x);
                Input::Bytes(bytes)
            }
            _ => Input::Floats(x),
        }
    }

    /// As [`Self::input`], normalized before.
    pub(super) fn normed<'a>(
        &self,
        norm: &LayerNorm,
        x: Rows<'_>,
        floats: &'a mut Vec<f32>,
        bytes: &'a mut QuantizedRows,
    ) -> Input<'a> {
        let arch = Arch::new();
        let (count, width) = (x.count(), x.width);
        if let Weight::Int8(_) = &self.weight {
            bytes.fill(count, width, |row, out| norm.write(arch, x.row(row), out));
            return Input::Bytes(bytes);
        }
        let stride = stride_for(width);
        floats.resize(count * stride, 0.0);
        floats
            .par_chunks_exact_mut(stride.max(1))
            .enumerate()
            .with_min_len(rows_per_task(width))
            .for_each(|(row, out)| norm.write(arch, x.row(row), &mut out[..width]));
        Input::Floats(Rows { values: floats, width, stride })
    }

    /// out = activation(x W^T + b), or the same added to what is in `out`.
    ///
    /// # Panics
    /// When `x` was made for another layer, or `out` is too small.
    pub(super) fn multiply(
        &self,
        x: &Input<'_>,
        out: &Cells<'_>,
        onto: Onto,
        activation: Option<Activation>,
    ) {
        match (&self.weight, x) {
            (Weight::Floats(layer), Input::Floats(x)) => layer.multiply(*x, out, onto, activation),
            (Weight::Int8(layer), Input::Bytes(x)) => layer.multiply(x, out, onto, activation),
            _ => unreachable!("the input was made for another layer"),
        }
    }

    /// The layer applied to a contiguous f32 tensor on the CPU, onto `y`.
    fn apply(&self, storage: &CpuStorage, layout: &Layout, y: &mut [f32]) -> Result<()> {
        let x = contiguous(storage, layout)?;
        let mut bytes = QuantizedRows::default();
        let x = self.input(Rows { values: x, width: self.inputs, stride: self.inputs }, &mut bytes);
        self.multiply(&x, &Cells::new(y, self.outputs), Onto::Output, None);
        Ok(())
    }

    fn output_shape(&self, layout: &Layout) -> Result<Shape> {
        let mut shape = layout.dims().to_vec();
        if shape.pop() != Some(self.inputs) {
            candle_core::bail!("a layer of {} inputs was applied to {:?}", self.inputs, layout.shape());
        }
        shape.push(self.outputs);
        Ok(shape.into())
    }
}

/// The values of a contiguous f32 tensor on the CPU.
pub(super) fn contiguous<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let Some((start, end)) = layout.contiguous_offsets() else {
        candle_core::bail!("the layers work on contiguous tensors only");
    };
    Ok(&storage.as_slice::<f32>()?[start..end])
}

struct Product<'a>(&'a Linear);

impl CustomOp1 for Product<'_> {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let shape = self.0.output_shape(layout)?;
        let mut y = vec![0.0; shape.elem_count()];
        self.0.apply(storage, layout, &mut y)?;
        Ok((CpuStorage::F32(y), shape))
    }
}

impl CustomOp2 for Product<'_> {
    fn name(&self) -> &'static str {
        "linear onto"
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
        self.0.apply(storage, layout, &mut y)?;
        Ok((CpuStorage::F32(y), shape))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain() -> Placement {
        Placement { plain: true, ..Placement::cpu(Precision::F32) }
    }

    fn unpacked(weight: &[f32], inputs: usize, bias: Option<Vec<f32>>) -> Unpacked<'static> {
        let mut layer = Unpacked::new("m", Values::from_f32(weight), inputs, weight.len() / inputs);
        layer.parts[0].bias = bias;
        layer
    }

    #[test]
    fn every_placement_multiplies_by_the_transposed_weights() {
        for placement in [plain(), Placement::cpu(Precision::F32), Placement::cpu(Precision::Int8)] {
            let layer = unpacked(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3, Some(vec![10.0, -100.0]));
            let layer = layer.pack(&placement).unwrap();
            let x = Tensor::new(&[[[1f32, 0.0, 1.0], [0.0, 2.0, 0.0]]], &Device::Cpu).unwrap();
            let to = Tensor::new(&[[0f32, 0.0], [1.0, 1000.0]], &Device::Cpu).unwrap();
            let y = layer.forward(&x).unwrap().to_vec3::<f32>().unwrap();
            let onto = layer.forward_onto(&x, &to).unwrap().to_vec3::<f32>().unwrap();
            for (y, expected) in [(y, [14.0, -90.0, 14.0, -90.0]), (onto, [14.0, -90.0, 15.0, 910.0])] {
                for (y, expected) in y.concat().concat().iter().zip(expected) {
                    assert!((y - expected).abs() < 0.05, "{y} != {expected}");
                }
            }
        }
    }

    #[test]
    fn side_by_side_is_the_same_as_one_after_the_other() {
        for placement in [plain(), Placement::cpu(Precision::F32)] {
            let a = unpacked(&[1.0, 2.0], 2, Some(vec![0.5]));
            let b = unpacked(&[3.0, 4.0, 5.0, 6.0], 2, Some(vec![1.0, 2.0])).scaled(2.0);
            let both = Unpacked::side_by_side([a, b]).pack(&placement).unwrap();
            let x = Tensor::new(&[[1f32, 1.0]], &Device::Cpu).unwrap();
            assert_eq!(both.forward(&x).unwrap().to_vec2::<f32>().unwrap(), [[3.5, 16.0, 26.0]]);
        }
    }

    #[test]
    fn a_wrong_width_or_layout_is_an_error() {
        let layer =
            |inputs| unpacked(&[1.0, 1.0], inputs, None).pack(&Placement::cpu(Precision::F32)).unwrap();
        let x = Tensor::new(&[[1f32, 1.0]], &Device::Cpu).unwrap();
        assert!(layer(1).forward(&x).is_err());
        let turned = Tensor::new(&[[1f32, 2.0], [3.0, 4.0]], &Device::Cpu).unwrap().t().unwrap();
        assert!(layer(2).forward(&turned).is_err());
        assert!(layer(2).forward_onto(&x, &turned.contiguous().unwrap()).is_err());
    }
}
