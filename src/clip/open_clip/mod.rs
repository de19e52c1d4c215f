//! What differs in models of the [open_clip](https://github.com/mlfoundations/open_clip) project: one file of
//! configuration, other names of tensors, and other rules for texts. The towers are CLIP's.

mod clean;
mod config;
mod entities;
mod ftfy;
mod names;
mod tokenizer;

pub(super) use clean::white_space;
pub(super) use config::{OpenClipConfig, TokenizerKind};
pub(super) use names::{TensorNames, TensorPart};
pub(super) use tokenizer::OpenClipTokenizer;
