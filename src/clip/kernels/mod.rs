//! Matrix products with weights, on the CPU: what nearly all of the time of an embedding goes into.
//!
//! A weight matrix (outputs x inputs) is laid out once, in panels of some outputs over all of its inputs:
//! [`PackedF32`], or [`PackedInt8`] with a scale for each output. A product cuts itself into `tasks`, each some rows by
//! some panels, and a task into tiles: a few rows by one panel, whose sums stay in registers from the first input
//! to the last (as in Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008, but
//! for the packing of the left side: ours has few rows, which fit the cache as they lie). The tile starts
//! from the bias and from what is in the output if that is to be added to, so that a layer's product, bias
//! and residual connection are one pass over memory.
//!
//! `f32_tiles` has the tile of f32, `byte_tiles` those of bytes, one for each set of instructions, of which
//! `int8_product` chooses. [`QuantizedRows`] rounds its input, [`HeadsAttention`] is the attention of one block, and
//! [`WeightedMeans`] that of a query which is always the same.

mod activation;
mod attention;
mod byte_tiles;
mod f32_tiles;
mod gelu;
mod int8_product;
mod output_tiles;
mod packed_f32;
mod packed_int8;
mod quantized_rows;
mod rows;
mod tasks;
mod weighted_means;

pub use activation::Activation;
pub(in crate::clip) use attention::HeadsAttention;
pub(in crate::clip) use output_tiles::{Accumulate, OutputTiles};
pub(in crate::clip) use packed_f32::PackedF32;
pub(in crate::clip) use packed_int8::PackedInt8;
pub(in crate::clip) use quantized_rows::QuantizedRows;
pub(in crate::clip) use rows::{Rows, rows_per_task, stride_for};
pub(in crate::clip) use weighted_means::WeightedMeans;
