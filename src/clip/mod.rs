//! CLIP and SigLIP in candle, from a checkpoint's own files: texts and pixels to embeddings. It knows nothing of pictures' files
//! or collections.
//!
//! [`Checkpoint`] (bundled / folder / [`hub`] cache) -> `config`, `tokenizer`, `preprocess`, `weights` -> the text and
//! the vision tower in `towers`, over the matrix products in `kernels` -> [`TextEncoder`] / [`VisionEncoder`] ->
//! unit-length embeddings.
//!
//! What the model computes is what transformers' `modeling_clip.py`, `modeling_siglip.py` and image processors (the slow
//! ones, on Pillow) compute, to rounding: `tests/it/parity.rs` compares. `layout` tells folders of open_clip, which call the
//! same things by other names: `open_clip` says which, and cleans texts as that does.

mod bpe;
mod calibration;
mod checkpoint;
mod config;
mod derived;
mod device;
mod embedding;
mod encoder;
mod error;
mod files;
mod fingerprint;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
pub mod hub;
mod kernels;
mod layout;
mod names;
mod open_clip;
mod precision_trial;
mod preprocess;
mod safetensors_file;
mod siglip;
mod text_tokenizer;
mod tokenizer;
mod towers;
mod unread;
mod weights;

pub use checkpoint::Checkpoint;
pub use config::{ClipConfig, Family, TextConfig, TransformerConfig, VisionConfig};
pub(crate) use derived::{check_derived_file, derived_files};
pub use device::DeviceChoice;
pub use embedding::{Embedding, Pixels};
pub use encoder::{TextEncoder, VisionEncoder};
pub use error::ModelError;
pub use kernels::Activation;
pub use names::{DEFAULT_MODEL, DEMO_MODEL, EARLIER_DEFAULT_MODEL};
pub use precision_trial::PrecisionTrial;
pub use preprocess::Preprocessor;
pub use towers::Placement;
