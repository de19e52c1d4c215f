//! The order in which coefficients are stored.

/// The natural (row by row) index of each coefficient in zigzag order. Runs that damaged data stretch beyond the end all
/// hit the last one, as in libjpeg.
pub(super) const NATURAL: [u8; 80] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63,
];

/// The natural index of the coefficient `k` in zigzag order.
#[inline(always)]
pub(super) fn natural(k: u32) -> usize {
    usize::from(NATURAL.get(k as usize).copied().unwrap_or(63) & 63)
}
