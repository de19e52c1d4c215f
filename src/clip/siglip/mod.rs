//! What a SigLIP checkpoint's own files say: sizes, and how its texts are cut into tokens. Its towers are in
//! [`towers`](super::towers), beside CLIP's.

mod config;
mod sentencepiece;
mod tokenizer;
mod tokenizer_config;

pub(super) use tokenizer::{SiglipTokenizer, adapt};
pub(super) use tokenizer_config::{TokenizerClass, TokenizerConfig};
