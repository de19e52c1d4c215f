//! From a decoded picture to the vision tower's pixels, as transformers' `CLIPImageProcessor` makes them (the slow one,
//! on Pillow: `image_processing_clip.py`).
//!
//! `config` (`preprocessor_config.json`) or `open_clip` (`preprocess_cfg` in `open_clip_config.json`) -> [`Preprocessor`] -> `target_size` (how large the picture becomes), `axis`
//! (which part of it the crop keeps) -> `resize` (that part only) -> normalized [`Pixels`](super::Pixels).

mod axis;
mod config;
mod normalization;
mod open_clip;
mod preprocessor;
mod resize;
mod target_size;
#[cfg(test)]
mod tests;

pub(super) use open_clip::OpenClipPreprocessing;
pub use preprocessor::Preprocessor;
