//! Where a model computes, and with which numbers.

use std::sync::Arc;

use candle_core::{DType, Device};

use super::calibration::Calibration;
use super::int8_cache::Int8Cache;
use super::layer_weights::LayerWeights;
use super::smoothing::{Applied, Smoothing};
use crate::base::model_key::Precision;
use crate::clip::kernels::PackedInt8;

/// Where the weights of a layer go, and as which numbers.
#[derive(Debug, Clone)]
pub struct Placement {
    /// The device that computes. Off the CPU, candle's own operations do everything.
    pub device: Device,
    /// The numbers that weights are multiplied in. Bytes are for the CPU, and 16-bit floating point for GPUs: the other
    /// computes in f32.
    pub precision: Precision,
    /// Whether candle's own operations are used on the CPU too; tests compare with them.
    pub candle_only: bool,
    /// Layers that were rounded before, if they are kept.
    pub int8_cache: Option<Arc<Int8Cache>>,
    /// What is done about large channels. [`Checkpoint`](crate::clip::Checkpoint) sees to it.
    pub calibrating: Calibrating,
}

/// What is done about channels of a layer's input that are larger than the others.
#[derive(Debug, Clone, Default)]
pub enum Calibrating {
    /// Nothing.
    #[default]
    Nothing,
    /// Layers in f32 record what they get.
    Record(Arc<Calibration>),
    /// Layers in int8 are smoothed by what was recorded.
    Smooth(Arc<Calibration>),
}

impl Placement {
    /// On the CPU, by our own kernels.
    pub fn cpu(precision: Precision) -> Self {
        Self {
            device: Device::Cpu,
            precision,
            candle_only: false,
            int8_cache: None,
            calibrating: Calibrating::Nothing,
        }
    }

    /// The same place, but in f32 instead of bytes: for layers where rounding costs more than it saves.
    #[must_use]
    pub fn exact(&self) -> Self {
        let precision = if self.precision == Precision::Int8 { Precision::F32 } else { self.precision };
        Self { precision, ..self.clone() }
    }

    /// The numbers of candle's tensors here.
    pub(super) fn dtype(&self) -> DType {
        let is_half = self.precision == Precision::F16 && !self.device.is_cpu();
        if is_half { DType::F16 } else { DType::F32 }
    }

    /// Keeps the layers that were rounded for the next start. To be called when all layers of a tower are loaded.
    pub fn save_int8_cache(&self) {
        if let Some(cache) = &self.int8_cache {
            cache.save();
        }
    }

    /// How the inputs of a layer are changed before they are rounded here: as it was decided before, else by the
    /// calibration, if there is one.
    pub(super) fn smoothing(&self, weights: &LayerWeights<'_>, applied: Applied) -> Option<Smoothing> {
        if !self.rounds(weights.inputs()) {
            return None;
        }
        let kept = self.int8_cache.as_ref().and_then(|cache| cache.smoothing(weights.name()));
        match (kept, &self.calibrating) {
            (Some(kept), _) => Some(kept).filter(|kept| kept.scale.len() == weights.inputs()),
            (None, Calibrating::Smooth(calibration)) => calibration.smoothing(weights, applied),
            (None, _) => None,
        }
    }

    /// Whether a layer of so many inputs is rounded to bytes.
    pub(super) fn rounds(&self, inputs: usize) -> bool {
        self.is_fused() && self.precision == Precision::Int8 && inputs <= PackedInt8::MAX_INPUTS
    }

    /// Whether our own kernels compute.
    pub fn is_fused(&self) -> bool {
        self.device.is_cpu() && !self.candle_only
    }
}

/// Whether this CPU multiplies bytes faster than floats.
pub(crate) fn int8_is_fast() -> bool {
    PackedInt8::is_fast()
}
