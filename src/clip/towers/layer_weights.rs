//! The weights of a linear layer as a checkpoint has them.

use rayon::prelude::*;

use super::smoothing::{Applied, Smoothing};
use crate::clip::error::ModelError;
use crate::clip::weights::{Scope, Values};

/// The weights of a linear layer as a checkpoint has them, not read yet.
pub(crate) struct LayerWeights<'a> {
    /// The name that the layer has in the int8 cache.
    name: String,
    parts: Vec<WeightPart<'a>>,
    inputs: usize,
    /// How the inputs are changed before they are rounded, and by whom.
    smoothing: Option<(Smoothing, Applied)>,
}

/// The outputs of a layer that come from one tensor.
struct WeightPart<'a> {
    /// (outputs, inputs), row-major.
    weight: Values<'a>,
    /// A number for each output; none is no bias.
    bias: Option<Vec<f32>>,
    outputs: usize,
    /// What weights and bias are multiplied by.
    factor: f32,
    /// How the outputs are changed, since they are the inputs of a layer that rounds them.
    outputs_smoothing: Option<Smoothing>,
}

impl<'a> LayerWeights<'a> {
    /// Finds `<scope>.weight`, shaped (outputs, inputs), and `<scope>.bias`, shaped (outputs).
    ///
    /// # Errors
    /// When one is missing or misshapen.
    pub(crate) fn find(scope: &Scope<'a>, inputs: usize, outputs: usize) -> Result<Self, ModelError> {
        let bias = scope.values("bias", &[outputs])?.to_vec();
        Ok(Self::find_without_bias(scope, inputs, outputs)?.with_bias(bias))
    }

    /// Finds `<scope>.weight`, shaped (outputs, inputs); there is no bias.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub(crate) fn find_without_bias(
        scope: &Scope<'a>,
        inputs: usize,
        outputs: usize,
    ) -> Result<Self, ModelError> {
        Ok(Self::new(scope.name(), scope.values("weight", &[outputs, inputs])?, inputs, outputs))
    }

    /// Weights given as (outputs, inputs), row-major; there is no bias.
    pub(crate) fn new(name: &str, weight: Values<'a>, inputs: usize, outputs: usize) -> Self {
        let part = WeightPart { weight, bias: None, outputs, factor: 1.0, outputs_smoothing: None };
        Self { name: name.to_owned(), parts: vec![part], inputs, smoothing: None }
    }

    /// Gives the layer a bias, a number for each output.
    #[must_use]
    pub(super) fn with_bias(mut self, bias: Vec<f32>) -> Self {
        if let Some(part) = self.parts.last_mut() {
            part.bias = Some(bias);
        }
        self
    }

    /// One layer in place of several of the same input: its outputs are theirs, side by side.
    pub(crate) fn fuse_outputs(layers: impl IntoIterator<Item = Self>) -> Self {
        let mut fused = Self { name: String::new(), parts: Vec::new(), inputs: 0, smoothing: None };
        for layer in layers {
            fused.inputs = layer.inputs;
            fused.name += &layer.name;
            fused.parts.extend(layer.parts);
        }
        fused
    }

    /// Multiplies weights and bias by `factor`, once and for all.
    #[must_use]
    pub(crate) fn scaled(mut self, factor: f32) -> Self {
        self.parts.iter_mut().for_each(|part| part.factor *= factor);
        self
    }

    /// Makes the outputs x' of what they are: those that another layer rounds as its inputs.
    #[must_use]
    pub(super) fn with_smoothed_outputs(mut self, smoothing: Option<&Smoothing>) -> Self {
        self.parts.iter_mut().for_each(|part| part.outputs_smoothing = smoothing.cloned());
        self
    }

    /// Fits the layer to inputs that are changed before they are rounded.
    #[must_use]
    pub(super) fn with_smoothed_inputs(mut self, smoothing: Option<Smoothing>, applied: Applied) -> Self {
        self.smoothing = smoothing.map(|smoothing| (smoothing, applied));
        self
    }

    /// How the inputs are changed before they are rounded, and by whom.
    pub(super) fn smoothing(&self) -> Option<&(Smoothing, Applied)> {
        self.smoothing.as_ref()
    }

    /// The name that the layer has in the int8 cache.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Numbers of an input row.
    pub(super) fn inputs(&self) -> usize {
        self.inputs
    }

    /// Numbers of an output row.
    pub(super) fn outputs(&self) -> usize {
        self.parts.iter().map(|part| part.outputs).sum()
    }

    /// Whether any of the outputs has a bias.
    pub(super) fn has_bias(&self) -> bool {
        self.parts.iter().any(|part| part.bias.is_some())
    }

    /// A number for each output, 0 where there is no bias. What the mean of smoothed inputs adds is in it.
    pub(super) fn bias(&self) -> Vec<f32> {
        let mut bias: Vec<f32> = self.parts.iter().flat_map(WeightPart::bias).collect();
        if let Some((smoothing, Applied::Before)) = &self.smoothing {
            bias.par_iter_mut().enumerate().for_each_init(
                || vec![0.0; self.inputs],
                |row, (output, bias)| {
                    self.read_plain_output(output, row);
                    let products =
                        row.iter().zip(&smoothing.mean).map(|(w, m)| f64::from(*w) * f64::from(*m));
                    *bias = (f64::from(*bias) + products.sum::<f64>()) as f32;
                },
            );
        }
        bias
    }

    /// Reads the weights of one output, a number for each input, into `out`.
    pub(super) fn read_output(&self, output: usize, out: &mut [f32]) {
        self.read_plain_output(output, out);
        if let Some((smoothing, _)) = &self.smoothing {
            out.iter_mut().zip(&smoothing.scale).for_each(|(w, scale)| *w *= scale);
        }
    }

    /// Reads the weights of one output as they are for inputs that are not changed.
    fn read_plain_output(&self, output: usize, out: &mut [f32]) {
        let mut output = output;
        for part in &self.parts {
            if output < part.outputs {
                return part.read_output(output, self.inputs, out);
            }
            output -= part.outputs;
        }
    }
}

impl WeightPart<'_> {
    fn bias(&self) -> Vec<f32> {
        let mut bias = self.bias.clone().unwrap_or_else(|| vec![0.0; self.outputs]);
        bias.iter_mut().for_each(|b| *b *= self.factor);
        if let Some(Smoothing { mean, scale }) = &self.outputs_smoothing {
            bias.iter_mut().zip(mean).zip(scale).for_each(|((b, mean), scale)| *b = (*b - mean) / scale);
        }
        bias
    }

    fn read_output(&self, output: usize, inputs: usize, out: &mut [f32]) {
        self.weight.read(output * inputs, out);
        let smoothing = self.outputs_smoothing.as_ref();
        let factor = self.factor / smoothing.map_or(1.0, |smoothing| smoothing.scale[output]);
        if factor != 1.0 {
            out.iter_mut().for_each(|w| *w *= factor);
        }
    }
}
