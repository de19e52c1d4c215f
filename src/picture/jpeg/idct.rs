//! The inverse cosine transform: all of it exactly as libjpeg's `jidctint.c` ("islow") has it, or the averages of a
//! quarter of a block. Numbers that only damaged files have overflow as in the SIMD code of libjpeg-turbo, which has 16 bits
//! for sums.

/// Fraction bits of the factors.
const BITS: u32 = 13;
/// Fraction bits that are kept between the two passes.
const PASS: u32 = 2;

/// Eight numbers that are handled alike.
#[derive(Clone, Copy)]
struct Lanes([i32; 8]);

impl Lanes {
    #[inline(always)]
    fn add(mut self, other: Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(a, b)| *a = a.wrapping_add(b));
        self
    }

    #[inline(always)]
    fn sub(mut self, other: Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(a, b)| *a = a.wrapping_sub(b));
        self
    }

    /// The low 16 bits, with their sign.
    #[inline(always)]
    fn low(mut self) -> Self {
        self.0.iter_mut().for_each(|a| *a = low(*a));
        self
    }

    /// The nearest numbers of 16 bits.
    #[inline(always)]
    fn saturated(mut self) -> Self {
        self.0.iter_mut().for_each(|a| *a = (*a).clamp(i16::MIN.into(), i16::MAX.into()));
        self
    }

    #[inline(always)]
    fn mul(mut self, factor: i32) -> Self {
        self.0.iter_mut().for_each(|a| *a = a.wrapping_mul(factor));
        self
    }

    #[inline(always)]
    fn shl(mut self, bits: u32) -> Self {
        self.0.iter_mut().for_each(|a| *a <<= bits);
        self
    }

    /// Divides by a power of two, rounded.
    #[inline(always)]
    fn descale(mut self, bits: u32) -> Self {
        self.0.iter_mut().for_each(|a| *a = a.wrapping_add(1 << (bits - 1)) >> bits);
        self
    }
}

/// Eight transforms of eight numbers, one in each lane.
#[inline(always)]
fn transform(rows: [Lanes; 8], bits: u32) -> [Lanes; 8] {
    let [in0, in1, in2, in3, in4, in5, in6, in7] = rows;
    let z1 = in2.add(in6).mul(4433);
    let even2 = z1.sub(in6.mul(15_137));
    let even3 = z1.add(in2.mul(6270));
    let even0 = in0.add(in4).low().shl(BITS);
    let even1 = in0.sub(in4).low().shl(BITS);
    let (t10, t13) = (even0.add(even3), even0.sub(even3));
    let (t11, t12) = (even1.add(even2), even1.sub(even2));

    let z1 = in7.add(in1).mul(-7373);
    let z2 = in5.add(in3).mul(-20_995);
    let z3 = in7.add(in3).low();
    let z4 = in5.add(in1).low();
    let z5 = z3.add(z4).mul(9633);
    let z3 = z3.mul(-16_069).add(z5);
    let z4 = z4.mul(-3196).add(z5);
    let odd0 = in7.mul(2446).add(z1).add(z3);
    let odd1 = in5.mul(16_819).add(z2).add(z4);
    let odd2 = in3.mul(25_172).add(z2).add(z3);
    let odd3 = in1.mul(12_299).add(z1).add(z4);
    [
        t10.add(odd3).descale(bits),
        t11.add(odd2).descale(bits),
        t12.add(odd1).descale(bits),
        t13.add(odd0).descale(bits),
        t13.sub(odd0).descale(bits),
        t12.sub(odd1).descale(bits),
        t11.sub(odd2).descale(bits),
        t10.sub(odd3).descale(bits),
    ]
}

#[inline(always)]
fn transposed(rows: [Lanes; 8]) -> [Lanes; 8] {
    let mut out = [Lanes([0; 8]); 8];
    for (column, lanes) in rows.iter().enumerate() {
        for (row, value) in lanes.0.iter().enumerate() {
            out[row].0[column] = *value;
        }
    }
    out
}

/// The samples of a block, row by row, of its coefficients and their quantization factors, both in natural order.
#[inline(always)]
pub(super) fn samples(block: &[i16; 64], factors: &[i32; 64]) -> [[u8; 8]; 8] {
    let (rows, _) = block.as_chunks::<8>();
    let (factors, _) = factors.as_chunks::<8>();
    let mut lanes = [Lanes([0; 8]); 8];
    for (lanes, (row, factors)) in lanes.iter_mut().zip(rows.iter().zip(factors)) {
        for ((lane, coefficient), factor) in lanes.0.iter_mut().zip(row).zip(factors) {
            *lane = low(i32::from(*coefficient).wrapping_mul(*factor));
        }
    }
    let details = block.iter().skip(1).fold(0, |all, coefficient| all | coefficient);
    if details == 0 {
        let average = (low(lanes[0].0[0] << PASS) + (1 << (PASS + 2))) >> (PASS + 3);
        return [[sample(average); 8]; 8];
    }
    let mut columns = transform(lanes, BITS - PASS);
    columns.iter_mut().for_each(|lanes| *lanes = lanes.saturated());
    let rows = transposed(transform(transposed(columns), BITS + PASS + 3));
    let mut out = [[0; 8]; 8];
    for (out, row) in out.iter_mut().zip(rows) {
        out.iter_mut().zip(row.0).for_each(|(out, value)| *out = sample(value));
    }
    out
}

/// The averages of the four quarters of a block, row by row, of the coefficients of its two by two lowest frequencies.
///
/// An eighth of the average, and of the waves what half a period of theirs averages to.
#[inline(always)]
pub(super) fn quarters(coefficients: [i16; 4], factors: [i32; 4]) -> [[u8; 2]; 2] {
    /// An eighth, in 1/8192.
    const AVERAGE: i32 = 1024;
    /// sum of cos((2 n + 1) pi / 16) for n from 0 to 3, / 4, / sqrt(32).
    const EDGE: i32 = 928;
    /// The square of that sum / 4, / 4.
    const CORNER: i32 = 841;
    let number =
        |i: usize, factor: i32| i32::from(coefficients[i]).wrapping_mul(factors[i]).wrapping_mul(factor);
    let (average, x, y, xy) = (number(0, AVERAGE), number(1, EDGE), number(2, EDGE), number(3, CORNER));
    let scaled = |value: i32| sample(value.wrapping_add(1 << 12) >> 13);
    let (upper, lower) = (average.wrapping_add(y), average.wrapping_sub(y));
    let (with, without) = (x.wrapping_add(xy), x.wrapping_sub(xy));
    [
        [scaled(upper.wrapping_add(with)), scaled(upper.wrapping_sub(with))],
        [scaled(lower.wrapping_add(without)), scaled(lower.wrapping_sub(without))],
    ]
}

/// The average of a block.
#[inline(always)]
pub(super) fn average(coefficient: i16, factor: i32) -> u8 {
    sample(i32::from(coefficient).wrapping_mul(factor).wrapping_add(4) >> 3)
}

/// A sample of a number around zero.
#[inline(always)]
fn sample(value: i32) -> u8 {
    value.saturating_add(128).clamp(0, 255) as u8
}

/// The low 16 bits, with their sign.
#[inline(always)]
fn low(value: i32) -> i32 {
    i32::from(value as i16)
}
