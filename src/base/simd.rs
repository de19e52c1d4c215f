//! Inner products, sums and maxima of slices, eight lanes or more at a time.
//!
//! [`super::cpu::Arch`] is the widest instructions in use (AVX-512, AVX2 + FMA, NEON, or plain code): callers are a
//! [`pulp::WithSimd`] that is dispatched through it, and everything here is inlined into that.

use std::any::TypeId;

use pulp::{Scalar128b, Simd, WithSimd};

/// Adding this, 1.5 * 2^23, to a small number rounds it to the nearest integer and leaves that in the low bits.
pub(crate) const ROUND: f32 = 12_582_912.0;

/// a b + c, rounded once where the instructions for that are in use.
#[inline(always)]
pub(crate) fn mul_add<S: Simd>(simd: S, a: S::f32s, b: S::f32s, c: S::f32s) -> S::f32s {
    // `pulp` calls a function for each number where there is no instruction.
    if TypeId::of::<S>() == TypeId::of::<Scalar128b>() {
        simd.add_f32s(simd.mul_f32s(a, b), c)
    } else {
        simd.mul_add_f32s(a, b, c)
    }
}

/// As [`mul_add`], of single numbers, in a loop that the compiler turns into vectors for `S`.
#[inline(always)]
pub(crate) fn mul_add_number<S: Simd>(a: f32, b: f32, c: f32) -> f32 {
    if TypeId::of::<S>() == TypeId::of::<Scalar128b>() { a * b + c } else { a.mul_add(b, c) }
}

/// Adds the numbers of a slice to those of another of the same length.
#[inline(always)]
pub(crate) fn add<S: Simd>(simd: S, to: &mut [f32], from: &[f32]) {
    let (to, to_tail) = S::as_mut_simd_f32s(to);
    let (from, from_tail) = S::as_simd_f32s(from);
    to.iter_mut().zip(from).for_each(|(to, from)| *to = simd.add_f32s(*to, *from));
    to_tail.iter_mut().zip(from_tail).for_each(|(to, from)| *to += from);
}

/// Copies the numbers of a short slice to another of the same length, without the call that `copy_from_slice` is.
#[inline(always)]
pub(crate) fn copy<S: Simd>(_: S, from: &[f32], to: &mut [f32]) {
    let (to, to_tail) = S::as_mut_simd_f32s(to);
    let (from, from_tail) = S::as_simd_f32s(from);
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    to_tail.iter_mut().zip(from_tail).for_each(|(to, from)| *to = *from);
}

/// Inner product of two slices of one length.
#[inline(always)]
pub(crate) fn dot<S: Simd>(simd: S, a: &[f32], b: &[f32]) -> f32 {
    let (a, a_tail) = S::as_simd_f32s(a);
    let (b, b_tail) = S::as_simd_f32s(b);
    // Four sums, so that one addition need not wait for the one before.
    let mut sums = [simd.splat_f32s(0.0); 4];
    let (a4, a_rest) = a.as_chunks::<4>();
    let (b4, b_rest) = b.as_chunks::<4>();
    for (a, b) in a4.iter().zip(b4) {
        for lane in 0..4 {
            sums[lane] = mul_add(simd, a[lane], b[lane], sums[lane]);
        }
    }
    for (&a, &b) in a_rest.iter().zip(b_rest) {
        sums[0] = mul_add(simd, a, b, sums[0]);
    }
    let sum = simd.add_f32s(simd.add_f32s(sums[0], sums[1]), simd.add_f32s(sums[2], sums[3]));
    let tail: f32 = a_tail.iter().zip(b_tail).map(|(a, b)| a * b).sum();
    simd.reduce_sum_f32s(sum) + tail
}

/// Sum of a slice.
#[inline(always)]
pub(crate) fn sum<S: Simd>(simd: S, values: &[f32]) -> f32 {
    let (lanes, tail) = S::as_simd_f32s(values);
    let mut sums = [simd.splat_f32s(0.0); 4];
    let (fours, rest) = lanes.as_chunks::<4>();
    for four in fours {
        for lane in 0..4 {
            sums[lane] = simd.add_f32s(sums[lane], four[lane]);
        }
    }
    for &lane in rest {
        sums[0] = simd.add_f32s(sums[0], lane);
    }
    let sum = simd.add_f32s(simd.add_f32s(sums[0], sums[1]), simd.add_f32s(sums[2], sums[3]));
    simd.reduce_sum_f32s(sum) + tail.iter().sum::<f32>()
}

/// Greatest value of a slice; negative infinity if it is empty.
#[inline(always)]
pub(crate) fn max<S: Simd>(simd: S, values: &[f32]) -> f32 {
    let (lanes, tail) = S::as_simd_f32s(values);
    let most = lanes.iter().fold(simd.splat_f32s(f32::NEG_INFINITY), |most, &lane| simd.max_f32s(most, lane));
    tail.iter().copied().fold(simd.reduce_max_f32s(most), f32::max)
}

/// The least and the greatest number of a slice.
pub(crate) struct Extent {
    pub least: f32,
    pub most: f32,
    /// 0; NaN if one of the numbers is not finite, in which case the others mean nothing.
    pub not_finite: f32,
}

/// Least and greatest number of a slice; infinity and negative infinity if it is empty.
#[inline(always)]
pub(crate) fn extent<S: Simd>(simd: S, values: &[f32]) -> Extent {
    const VECTORS: usize = 4;
    let zero = simd.splat_f32s(0.0);
    let mut least = [simd.splat_f32s(f32::INFINITY); VECTORS];
    let mut most = [simd.splat_f32s(f32::NEG_INFINITY); VECTORS];
    // NaN times 0 is NaN, and so is infinity times 0: a minimum may pass NaN over.
    let mut odd = [zero; VECTORS];
    let (lanes, tail) = S::as_simd_f32s(values);
    let (fours, rest) = lanes.as_chunks::<VECTORS>();
    for four in fours {
        for i in 0..VECTORS {
            least[i] = simd.min_f32s(least[i], four[i]);
            most[i] = simd.max_f32s(most[i], four[i]);
            odd[i] = mul_add(simd, four[i], zero, odd[i]);
        }
    }
    for &lane in rest {
        least[0] = simd.min_f32s(least[0], lane);
        most[0] = simd.max_f32s(most[0], lane);
        odd[0] = mul_add(simd, lane, zero, odd[0]);
    }
    for i in 1..VECTORS {
        least[0] = simd.min_f32s(least[0], least[i]);
        most[0] = simd.max_f32s(most[0], most[i]);
        odd[0] = simd.add_f32s(odd[0], odd[i]);
    }
    Extent {
        least: tail.iter().copied().fold(simd.reduce_min_f32s(least[0]), f32::min),
        most: tail.iter().copied().fold(simd.reduce_max_f32s(most[0]), f32::max),
        not_finite: simd.reduce_sum_f32s(odd[0]) + tail.iter().map(|x| x * 0.0).sum::<f32>(),
    }
}

/// Inner products of rows of bytes with 16-bit integers, as many as a row has bytes; one for each row.
///
/// Plain code, which the compiler turns into multiplications of 32 (AVX-512), 16 (AVX2) or 8 (NEON) pairs. This
/// and the next are types rather than closures, since closures are not always compiled into what dispatches
/// them, and then know only the instructions that every CPU has. The caller makes sure that the sums fit.
pub(crate) struct DotBytes<'a> {
    pub rows: &'a [i8],
    pub query: &'a [i16],
    pub products: &'a mut [i32],
}

impl WithSimd for DotBytes<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let rows = self.rows.chunks_exact(self.query.len().max(1));
        for (row, product) in rows.zip(self.products) {
            *product = row.iter().zip(self.query).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
        }
    }
}

/// Inner product of two slices of one length in f64, the same to the last bit on every CPU: the products of
/// 24-bit numbers are exact, and their sums are taken in an order that doesn't depend on the width of a register.
pub(crate) struct DotExactly<'a>(pub &'a [f32], pub &'a [f32]);

impl WithSimd for DotExactly<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f64 {
        const LANES: usize = 16;
        let (a, a_rest) = self.0.as_chunks::<LANES>();
        let (b, b_rest) = self.1.as_chunks::<LANES>();
        let mut sums = [0.0_f64; LANES];
        for (a, b) in a.iter().zip(b) {
            for lane in 0..LANES {
                sums[lane] += f64::from(a[lane]) * f64::from(b[lane]);
            }
        }
        let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
        sums.iter().sum::<f64>() + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulp::Scalar;

    use crate::base::cpu::Arch;

    struct Both<'a>(&'a [f32], &'a [f32]);

    impl WithSimd for Both<'_> {
        type Output = (f32, f32, f32);

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> (f32, f32, f32) {
            (dot(simd, self.0, self.1), sum(simd, self.0), max(simd, self.0))
        }
    }

    #[test]
    fn agree_with_plain_loops_at_every_length() {
        for length in (0..70).chain([512, 769]) {
            let a: Vec<f32> = (0..length).map(|i| (i as f32 * 0.7).sin()).collect();
            let b: Vec<f32> = (0..length).map(|i| (i as f32 * 0.3).cos()).collect();
            let (dot, sum, max) = Arch::in_use().dispatch(Both(&a, &b));
            let expected: f64 = a.iter().zip(&b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            assert!((f64::from(dot) - expected).abs() < 1e-4, "{length}: {dot} != {expected}");
            let expected: f64 = a.iter().map(|x| f64::from(*x)).sum();
            assert!((f64::from(sum) - expected).abs() < 1e-4, "{length}: {sum} != {expected}");
            assert_eq!(max, a.iter().copied().fold(f32::NEG_INFINITY, f32::max), "{length}");
            let exact = Arch::in_use().dispatch(DotExactly(&a, &b));
            assert_eq!(exact, DotExactly(&a, &b).with_simd(Scalar), "{length}: not the same on every CPU");
            assert!((exact - f64::from(dot)).abs() < 1e-4, "{length}: {exact} != {dot}");
        }
    }

    #[test]
    fn products_of_bytes_are_exact_at_every_length() {
        for length in (1..140).chain([512, 513]) {
            let rows: Vec<i8> = (0..3 * length).map(|i| ((i * 7919) % 255 - 127) as i8).collect();
            for query in [vec![32_767; length as usize], (0..length).map(|i| (i * 104_729) as i16).collect()]
            {
                let mut products = [0; 3];
                let work = DotBytes { rows: &rows, query: &query, products: &mut products };
                Arch::in_use().dispatch(work);
                for (row, product) in rows.chunks_exact(query.len()).zip(products) {
                    let pairs = row.iter().zip(&query);
                    let expected: i64 = pairs.map(|(a, b)| i64::from(*a) * i64::from(*b)).sum();
                    assert_eq!(i64::from(product), expected, "{length}");
                }
            }
        }
        let mut largest = [0];
        let work = DotBytes { rows: &[-128; 512], query: &[-32_767; 512], products: &mut largest };
        Arch::in_use().dispatch(work);
        assert_eq!(largest, [128 * 32_767 * 512]);
    }
}
