//! The layers that both towers are made of.
//!
//! weights -> [`Unpacked`] -> [`Linear`] (the one place where matrices are multiplied by weights, by
//! rten-gemm, as a candle `CustomOp`) and [`LayerNorm`] -> [`Attention`] and [`Mlp`] -> [`Transformer`], a stack of [`Block`]s.
//! Everything is f32 on the CPU; states are (batch, tokens, width), contiguous.

mod activation;
mod attention;
mod block;
mod linear;
mod mlp;
mod norm;

pub use activation::Activation;
pub use attention::Attention;
pub use block::{Block, Transformer};
pub use linear::{Linear, Unpacked};
pub use mlp::Mlp;
pub use norm::LayerNorm;
