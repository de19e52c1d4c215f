//! Tiles in plain code, for CPUs whose instructions for bytes we don't know.

use super::ByteTile;
use crate::clip::kernels::packed_int8::WIDTH;
use crate::clip::kernels::quantized_rows::STEP;

/// Outputs whose products are added up at a time, [`STEP`] sums for each: as many as vectors of 128 bits hold.
const OUTPUTS: usize = 8;

/// Tiles in plain code.
#[derive(Clone, Copy)]
pub(in crate::clip::kernels) struct Portable;

impl ByteTile for Portable {
    const HEIGHT: usize = 6;

    type Prepared = ();

    fn prepare(self, _: &[u8], _: usize, (): &mut ()) {}

    fn multiply(self, panel: &[i8], rows: &[u8], (): &(), stride: usize, sums: &mut [[i32; WIDTH]]) {
        assert!(panel.len() == WIDTH * stride && rows.len() == sums.len() * stride);
        let steps = panel.as_chunks::<{ WIDTH * STEP }>().0;
        for (row, sums) in rows.chunks_exact(stride.max(1)).zip(sums) {
            for (i, sums) in sums.as_chunks_mut::<OUTPUTS>().0.iter_mut().enumerate() {
                let mut lanes = [0_i32; OUTPUTS * STEP];
                for (step, x) in steps.iter().zip(row.as_chunks::<STEP>().0) {
                    let weights = &step.as_chunks::<{ OUTPUTS * STEP }>().0[i];
                    for lane in 0..OUTPUTS * STEP {
                        lanes[lane] += i32::from(weights[lane]) * i32::from(x[lane % STEP]);
                    }
                }
                for (sum, lanes) in sums.iter_mut().zip(lanes.as_chunks::<STEP>().0) {
                    *sum = lanes.iter().sum();
                }
            }
        }
    }
}
