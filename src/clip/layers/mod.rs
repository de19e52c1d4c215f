//! The layers that both towers are made of.
//!
//! A checkpoint's weights -> [`Unpacked`] -> [`Linear`] and [`LayerNorm`] -> [`Attention`] and [`Mlp`] ->
//! [`Transformer`]. There are two ways through them, chosen by [`Placement`]: on the CPU a whole transformer
//! is one candle `CustomOp` over the kernels of `matrix`; on other devices each layer is made of candle's
//! own operations. States are (batch, tokens, width), f32, contiguous.

mod activation;
mod attention;
mod block;
mod linear;
mod matrix;
mod mlp;
mod norm;
mod rounded;
mod scratch;
#[cfg(test)]
mod tests;

pub use activation::Activation;
pub use attention::Attention;
pub use block::{Pass, Transformer};
pub use linear::{Linear, Placement, Unpacked};
pub use mlp::Mlp;
pub use norm::LayerNorm;
pub use rounded::Rounded;
pub use scratch::Past;

/// Whether this CPU multiplies bytes faster than floats, and exactly.
pub fn bytes_are_fast() -> bool {
    matrix::Int8::is_fast()
}
