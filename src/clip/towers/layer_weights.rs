//! The weights of a linear layer as a checkpoint has them.

use crate::clip::error::ModelError;
use crate::clip::weights::{Scope, Values};

/// The weights of a linear layer as a checkpoint has them, not read yet.
pub(crate) struct LayerWeights<'a> {
    /// The name that the layer has in the int8 cache.
    name: String,
    parts: Vec<WeightPart<'a>>,
    inputs: usize,
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
        let part = WeightPart { weight, bias: None, outputs, factor: 1.0 };
        Self { name: name.to_owned(), parts: vec![part], inputs }
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
        let mut fused = Self { name: String::new(), parts: Vec::new(), inputs: 0 };
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

    /// A number for each output, 0 where there is no bias.
    pub(super) fn bias(&self) -> Vec<f32> {
        let bias = |part: &WeightPart<'_>| match &part.bias {
            Some(bias) => bias.iter().map(|b| b * part.factor).collect(),
            None => vec![0.0; part.outputs],
        };
        self.parts.iter().flat_map(bias).collect()
    }

    /// Reads the weights of one output, a number for each input, into `out`.
    pub(super) fn read_output(&self, output: usize, out: &mut [f32]) {
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
}
