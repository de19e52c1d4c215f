//! Rows of components with fewer samples than the picture has pixels, as libjpeg's `jdsample.c` widens them.

/// How a component is widened to the picture's pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Widening {
    /// It has as many samples as the picture has pixels.
    None,
    /// Half as many samples along each row, interpolated.
    Across,
    /// Half as many rows, interpolated.
    Down,
    /// Half as many samples along each row, and half as many rows, interpolated.
    Both,
    /// Any other ratio, samples to pixels, across and down: a pixel has the sample on which it lies.
    Repeat { across: (usize, usize), down: (usize, usize) },
}

impl Widening {
    /// The way for a component with sampling factors `own`, of a picture whose greatest are `most`, both horizontal and
    /// vertical. `width` is the component's own number of samples in a row: libjpeg does not interpolate two.
    pub(crate) fn new(own: (u32, u32), most: (u32, u32), width: usize) -> Self {
        let is_half = |own: u32, most: u32| own * 2 == most;
        match (own.0 == most.0, own.1 == most.1) {
            (true, true) => Self::None,
            (false, true) if is_half(own.0, most.0) && width > 2 => Self::Across,
            (true, false) if is_half(own.1, most.1) => Self::Down,
            (false, false) if is_half(own.0, most.0) && is_half(own.1, most.1) && width > 2 => Self::Both,
            _ => Self::Repeat {
                across: (own.0 as usize, most.0 as usize),
                down: (own.1 as usize, most.1 as usize),
            },
        }
    }

    /// Whether a row of pixels needs two rows of samples.
    pub(crate) fn mixes_rows(self) -> bool {
        matches!(self, Self::Down | Self::Both)
    }
}

/// A row between two rows of samples: three parts of the nearer and one of the other. `is_above` tells whether the other
/// lies above the nearer: libjpeg rounds by turns.
#[inline(always)]
pub(super) fn between_rows(near: &[u8], other: &[u8], is_above: bool, out: &mut [u8]) {
    let rounding = if is_above { 1 } else { 2 };
    for ((out, near), other) in out.iter_mut().zip(near).zip(other) {
        *out = ((u16::from(*near) * 3 + u16::from(*other) + rounding) >> 2) as u8;
    }
}

/// Doubles a row of samples. `wide` is room for as many numbers.
#[inline(always)]
pub(super) fn double(row: &[u8], wide: &mut [u16], out: &mut [u8]) {
    wide.iter_mut().zip(row).for_each(|(wide, sample)| *wide = (*sample).into());
    double_numbers::<1, 2, 2>(wide, out);
}

/// Doubles the row between two rows of samples, of which the nearer counts three times as much as the other. `wide` is room
/// for as many numbers as they have samples.
#[inline(always)]
pub(super) fn double_between(near: &[u8], other: &[u8], wide: &mut [u16], out: &mut [u8]) {
    for ((wide, near), other) in wide.iter_mut().zip(near).zip(other) {
        *wide = u16::from(*near) * 3 + u16::from(*other);
    }
    double_numbers::<8, 7, 4>(wide, out);
}

/// Makes two pixels of each number: three parts of it and one of its neighbour on that side, divided by 2^`SHIFT` after
/// `LEFT` or `RIGHT` was added. `out` has twice as many pixels as there are numbers.
#[inline(always)]
fn double_numbers<const LEFT: u16, const RIGHT: u16, const SHIFT: u32>(row: &[u16], out: &mut [u8]) {
    let pair = |before: u16, own: u16, after: u16| {
        [((own * 3 + before + LEFT) >> SHIFT) as u8, ((own * 3 + after + RIGHT) >> SHIFT) as u8]
    };
    let (pixels, _) = out.as_chunks_mut::<2>();
    let ([first, middle @ .., last], [own_first, own_middle @ .., own_last]) = (&mut *pixels, row) else {
        if let ([only], [own]) = (pixels, row) {
            *only = pair(*own, *own, *own);
        }
        return;
    };
    let at = |index: usize| row.get(index).copied().unwrap_or(0);
    *first = pair(*own_first, *own_first, at(1));
    *last = pair(at(row.len() - 2), *own_last, *own_last);
    let after = row.get(2..).unwrap_or_default();
    for (((pixels, own), before), after) in middle.iter_mut().zip(own_middle).zip(row).zip(after) {
        *pixels = pair(*before, *own, *after);
    }
}

/// Widens a row by repeating its samples; `across` is samples to pixels.
#[inline(always)]
pub(super) fn repeat(row: &[u8], across: (usize, usize), out: &mut [u8]) {
    for (x, out) in out.iter_mut().enumerate() {
        *out = row.get(x * across.0 / across.1.max(1)).copied().unwrap_or(0);
    }
}
