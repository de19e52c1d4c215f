//! CLIP in candle, from a checkpoint's own files: tensors and pixels, no collections.
//!
//! [`Checkpoint`] (bundled / folder / [`hub`] cache) -> [`config`], [`tokenizer`], [`preprocess`],
//! [`weights`] -> [`text`] and [`vision`] towers out of [`layers`] -> [`TextEncoder`] /
//! [`VisionEncoder`] -> unit-length embeddings. [`worker`] runs a text encoder on a thread of its own.

pub mod checkpoint;
pub mod config;
mod device;
mod encoder;
mod error;
mod fingerprint;
pub mod hub;
pub mod layers;
pub mod preprocess;
pub mod text;
pub mod tokenizer;
pub mod vision;
pub mod weights;
pub mod worker;

pub use checkpoint::Checkpoint;
pub use device::DeviceChoice;
pub use encoder::{TextEncoder, VisionEncoder};
pub use error::ModelError;
pub use layers::Placement;
pub use preprocess::{Pixels, Preprocessor};
pub use worker::{TextAnswer, TextWorker};

/// The bundled model's name.
pub const DEMO_MODEL: &str = "demo";
/// The model for photos.
pub const DEFAULT_MODEL: &str = "openai/clip-vit-base-patch32";

/// A unit-length vector of the space that texts and pictures share.
pub type Embedding = Vec<f32>;
