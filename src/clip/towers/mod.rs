//! The text and the vision tower, and the layers that both are made of.
//!
//! A checkpoint's weights -> `layer_weights` -> `linear` and `layer_norm` -> `attention` and `mlp` ->
//! `transformer` -> [`TextTower`] and [`VisionTower`] (with a `pooling_head` for SigLIP), as in transformers'
//! `modeling_clip.py` and `modeling_siglip.py`. There are two ways
//! through the layers, chosen by [`Placement`]: on the CPU a whole transformer is one candle `CustomOp` over our
//! `kernels`; on other devices each layer is made of candle's own operations. States are (batch, tokens, width), f32,
//! contiguous.

mod attention;
mod calibration;
#[cfg(feature = "cuda")]
mod cuda;
mod device_ops;
mod int8_cache;
mod kv_cache;
mod layer_norm;
mod layer_weights;
mod linear;
mod mlp;
mod placement;
mod pooling_head;
mod probe_attention;
mod scratch;
mod smoothing;
mod text;
mod transformer;
mod vision;

pub(crate) use calibration::Calibration;
pub(crate) use int8_cache::Int8Cache;
pub(crate) use kv_cache::KvCache;
pub(crate) use placement::Calibrating;
pub use placement::Placement;
pub(crate) use placement::int8_is_fast;
pub(crate) use text::TextTower;
pub(crate) use vision::VisionTower;
