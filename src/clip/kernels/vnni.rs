//! The product of bytes by AVX-512 VNNI, which adds up four products of bytes in each lane at once.

use std::arch::x86_64::{
    __m512i, _mm512_dpbusd_epi32, _mm512_loadu_si512, _mm512_set1_epi32, _mm512_setzero_si512,
    _mm512_storeu_si512,
};
use std::ops::Range;

use pulp::Arch;

use super::activation::{Activate, Activation};
use super::output_tiles::{Accumulate, OutputTiles};
use super::packed_int8::{PackedInt8, WIDTH};
use super::quantized_rows::{QuantizedRows, RowScale, STEP};
use super::tasks::{for_each_task, tile_rows};

/// Most rows of a tile: 28 registers for its sums, 2 for the weights, 1 for the input.
const HEIGHT: usize = 14;

/// Whether this CPU has the instructions.
pub(super) fn is_supported() -> bool {
    std::is_x86_feature_detected!("avx512f") && std::is_x86_feature_detected!("avx512vnni")
}

/// As [`PackedInt8::multiply`].
///
/// # Panics
/// When the CPU lacks the instructions, `x` doesn't fit the layer, or `out` is too small.
pub(super) fn multiply(
    layer: &PackedInt8,
    x: &QuantizedRows,
    out: &OutputTiles<'_>,
    accumulate: Accumulate,
    activation: Option<Activation>,
) {
    assert!(is_supported(), "8-bit products were asked of a CPU that has none");
    let panels = layer.scales.len() / WIDTH;
    let arch = Arch::new();
    for_each_task(x.scales.len(), panels, WIDTH, WIDTH * x.stride, layer.inputs, |(rows, panels)| {
        let columns = panels.start * WIDTH..layer.outputs.min(panels.end * WIDTH);
        for rows in tile_rows(rows, HEIGHT) {
            for panel in panels.clone() {
                tile(layer, x, rows.clone(), panel, out, accumulate);
            }
            if let Some(activation) = activation {
                for row in rows {
                    // SAFETY: a task has its rows and columns for itself.
                    let segment = unsafe { out.segment(row, columns.clone()) };
                    arch.dispatch(Activate(activation, segment));
                }
            }
        }
    });
}

/// Multiplies some rows by one panel.
fn tile(
    layer: &PackedInt8,
    x: &QuantizedRows,
    rows: Range<usize>,
    panel: usize,
    out: &OutputTiles<'_>,
    accumulate: Accumulate,
) {
    macro_rules! with_rows {
        ($($height:literal)*) => {
            match rows.len() {
                // SAFETY: `multiply` has made sure that the CPU has the instructions.
                $($height => unsafe { tile_with_rows::<$height>(layer, x, rows.start, panel, out, accumulate) },)*
                _ => unreachable!("tiles have at most 14 rows"),
            }
        };
    }
    with_rows!(1 2 3 4 5 6 7 8 9 10 11 12 13 14);
}

/// Multiplies `M` rows from `row` on by one panel; the compiler keeps the sums in registers.
#[target_feature(enable = "avx512f,avx512vnni")]
fn tile_with_rows<const M: usize>(
    layer: &PackedInt8,
    x: &QuantizedRows,
    row: usize,
    panel: usize,
    out: &OutputTiles<'_>,
    accumulate: Accumulate,
) {
    let steps = x.stride / STEP;
    let weights = &layer.panels[panel * WIDTH * x.stride..(panel + 1) * WIDTH * x.stride];
    let rows = &x.values[row * x.stride..][..M * x.stride];
    let mut sums = [[_mm512_setzero_si512(); 2]; M];
    for step in 0..steps {
        let at = weights[step * WIDTH * STEP..].as_ptr().cast::<__m512i>();
        // SAFETY: a step of a panel is `WIDTH * STEP` = 128 bytes, and the panel was cut to whole ones.
        let weights = unsafe { [_mm512_loadu_si512(at), _mm512_loadu_si512(at.add(1))] };
        // By index: with iterators the compiler would keep the sums in memory.
        #[allow(clippy::needless_range_loop, reason = "see above")]
        for i in 0..M {
            // SAFETY: `rows` was cut to M rows of `stride` bytes, of which this is within the i-th.
            let x = unsafe { rows.as_ptr().add(i * x.stride + step * STEP).cast::<i32>().read_unaligned() };
            let x = _mm512_set1_epi32(x);
            sums[i][0] = _mm512_dpbusd_epi32(sums[i][0], x, weights[0]);
            sums[i][1] = _mm512_dpbusd_epi32(sums[i][1], x, weights[1]);
        }
    }
    // On their way through memory, so that a longer loop over them doesn't keep them there all the time.
    let mut products = [[0_i32; WIDTH]; M];
    #[allow(clippy::needless_range_loop, reason = "see above")]
    for i in 0..M {
        let at = products[i].as_mut_ptr().cast::<__m512i>();
        // SAFETY: a row of `products` is two vectors long.
        unsafe {
            _mm512_storeu_si512(at, sums[i][0]);
            _mm512_storeu_si512(at.add(1), sums[i][1]);
        }
    }
    let columns = panel * WIDTH..layer.outputs.min((panel + 1) * WIDTH);
    let (scales, totals) = (&layer.scales[columns.clone()], &layer.sums[columns.clone()]);
    let bias = &layer.bias[columns.clone()];
    for (i, products) in products.iter().enumerate() {
        let RowScale { scale, zero_point } = x.scales[row + i];
        // SAFETY: a task has its rows and columns for itself, and works on one tile after the other.
        let out = unsafe { out.segment(row + i, columns.clone()) };
        for (j, out) in out.iter_mut().enumerate() {
            let product = (products[j] - zero_point * totals[j]) as f32 * (scale * scales[j]) + bias[j];
            *out = if accumulate == Accumulate::Yes { *out + product } else { product };
        }
    }
}
