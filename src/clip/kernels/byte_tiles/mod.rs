//! Tiles of bytes: a few rows of inputs by one panel of weights, for the instructions of this CPU.
//!
//! All of them compute the same integers. What differs is how many rows a tile has, and how the instructions read
//! the inputs.

#[cfg(target_arch = "x86_64")]
mod avx512_vnni;
#[cfg(target_arch = "x86_64")]
mod avx_vnni;
#[cfg(target_arch = "aarch64")]
mod dot_prod;
#[cfg(target_arch = "aarch64")]
mod i8mm;
#[cfg(target_arch = "x86_64")]
mod multiply_add;
mod portable;

#[cfg(target_arch = "x86_64")]
pub(super) use avx_vnni::{Avx512VnniVl, AvxVnni};
#[cfg(target_arch = "x86_64")]
pub(super) use avx512_vnni::Avx512Vnni;
#[cfg(target_arch = "aarch64")]
pub(super) use dot_prod::DotProd;
#[cfg(target_arch = "aarch64")]
pub(super) use i8mm::I8mm;
#[cfg(target_arch = "x86_64")]
pub(super) use multiply_add::{Avx2, Sse2};
pub(super) use portable::Portable;

use super::packed_int8::WIDTH;

/// Most rows of the highest tiles there are.
pub(super) const MAX_HEIGHT: usize = 14;

/// Instructions that multiply a tile, of which a value is proof that this CPU has them.
pub(super) trait ByteTile: Copy + Sync {
    /// Most rows of a tile, at most [`MAX_HEIGHT`].
    const HEIGHT: usize;

    /// What is taken from every input before it is multiplied.
    const INPUT_OFFSET: i32 = 0;

    /// Some rows as the instructions read them, if that is not as they are.
    type Prepared: Default;

    /// Prepares the rows of one tile, each `stride` bytes, a multiple of [`STEP`](super::quantized_rows::STEP). What is
    /// prepared is used for all panels.
    fn prepare(self, rows: &[u8], stride: usize, prepared: &mut Self::Prepared);

    /// Computes the inner products of each row less [`Self::INPUT_OFFSET`] with each output of a panel of
    /// [`WIDTH`] x `stride` bytes, which is laid out as [`PackedInt8`](super::packed_int8::PackedInt8) says. There is a
    /// row of `sums` for each of `rows`, 1 to [`Self::HEIGHT`].
    ///
    /// # Panics
    /// When the slices have other lengths.
    fn multiply(
        self,
        panel: &[i8],
        rows: &[u8],
        prepared: &Self::Prepared,
        stride: usize,
        sums: &mut [[i32; WIDTH]],
    );
}
