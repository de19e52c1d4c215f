//! Blocks of arithmetically coded scans (ITU-T T.81, annexes F.2.4 and G.1.3).

use super::arithmetic::{Answers, Guess};
use super::planes::Plane;
use super::scan::{DecodeBlock, ScanComponent};
use super::tables::Tables;
use super::zigzag::natural;

/// Decodes the blocks of a scan of any kind.
pub(super) struct ArithmeticBlocks<'p, const N: usize> {
    parts: Vec<Part>,
    planes: &'p mut [Plane<N>],
    kind: Kind,
}

/// What a scan codes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    /// First and last coefficient, in zigzag order.
    pub spectrum: (u8, u8),
    /// How many low bits are left out.
    pub shift: u8,
    /// Whether earlier scans had the higher bits.
    pub is_finer: bool,
}

impl Kind {
    /// That of a sequential scan.
    pub(crate) const ALL: Self = Self { spectrum: (0, 63), shift: 0, is_finer: false };
}

/// A component of the scan, with what was learnt of it.
struct Part {
    component: ScanComponent,
    /// The guesses for averages, and for details. Components that share a table share them: they are then those of the
    /// first of them.
    dc_owner: usize,
    ac_owner: usize,
    dc: [Guess; 64],
    ac: [Guess; 256],
    /// The settings of the tables: the bounds of small differences, and the last low frequency.
    bounds: (u8, u8),
    low: u8,
    /// The average of the block before, and where the guesses for what follows such a difference begin.
    before: i32,
    context: usize,
}

impl<'p, const N: usize> ArithmeticBlocks<'p, N> {
    pub(crate) fn new(
        components: &[ScanComponent],
        tables: &Tables,
        kind: Kind,
        planes: &'p mut [Plane<N>],
    ) -> Self {
        let part = |component: &ScanComponent| Part {
            component: *component,
            dc_owner: components.iter().position(|other| other.dc == component.dc).unwrap_or(0),
            ac_owner: components.iter().position(|other| other.ac == component.ac).unwrap_or(0),
            dc: [0; 64],
            ac: [0; 256],
            bounds: tables.arithmetic_dc.get(component.dc).copied().unwrap_or((0, 1)),
            low: tables.arithmetic_ac.get(component.ac).copied().unwrap_or(5),
            before: 0,
            context: 0,
        };
        Self { parts: components.iter().map(part).collect(), planes, kind }
    }

    /// The average of the next block of a component.
    fn average(&mut self, data: &mut Answers<'_>, index: usize) -> Option<i32> {
        let part = self.parts.get(index)?;
        let (owner, context, bounds) = (part.dc_owner, part.context, part.bounds);
        let guesses = &mut self.parts.get_mut(owner)?.dc;
        let (difference, context) = difference(data, guesses, context, bounds)?;
        let part = self.parts.get_mut(index)?;
        part.context = context;
        part.before = part.before.wrapping_add(difference);
        Some(part.before)
    }
}

impl<'a, const N: usize> DecodeBlock<Answers<'a>> for ArithmeticBlocks<'_, N> {
    fn block(&mut self, data: &mut Answers<'a>, index: usize, row: usize, column: usize) {
        let Kind { spectrum, shift, is_finer } = self.kind;
        let average = if spectrum.0 == 0 && !is_finer {
            let Some(average) = self.average(data, index) else { return data.lose() };
            Some(average)
        } else {
            None
        };
        let Some(part) = self.parts.get(index) else { return };
        let (owner, low) = (part.ac_owner, part.low);
        let plane = self.planes.get_mut(part.component.component);
        let Some(block) = plane.and_then(|plane| plane.block(row, column)) else { return };
        if let (Some(dc), Some(average)) = (block.first_mut(), average) {
            *dc = (average << shift) as i16;
        }
        let has_bit = spectrum.0 == 0 && is_finer;
        if let Some(dc) = block.first_mut().filter(|_| has_bit && data.even()) {
            *dc |= 1 << shift;
        }
        let (first, last) = (u32::from(spectrum.0).max(1), u32::from(spectrum.1));
        let Some(guesses) = self.parts.get_mut(owner).map(|part| &mut part.ac).filter(|_| last > 0) else {
            return;
        };
        let done = if is_finer {
            refine_details(data, guesses, block, (first, last), shift)
        } else {
            details(data, guesses, block, (first, last), low, shift)
        };
        if done.is_none() {
            data.lose();
        }
    }

    fn restart(&mut self) {
        for part in &mut self.parts {
            (part.dc, part.ac, part.before, part.context) = ([0; 64], [0; 256], 0, 0);
        }
    }
}

/// The answer by the guess at `index`.
fn ask<const G: usize>(data: &mut Answers<'_>, guesses: &mut [Guess; G], index: usize) -> bool {
    match guesses.get_mut(index) {
        Some(guess) => data.next(guess),
        None => false,
    }
}

/// The difference of an average to the one before, and the context that it makes. None when it is too large.
fn difference(
    data: &mut Answers<'_>,
    guesses: &mut [Guess; 64],
    context: usize,
    bounds: (u8, u8),
) -> Option<(i32, usize)> {
    if !ask(data, guesses, context) {
        return Some((0, 0));
    }
    let is_negative = ask(data, guesses, context + 1);
    let mut index = context + 2 + usize::from(is_negative);
    let mut top = 0;
    if ask(data, guesses, index) {
        index = 20;
        top = highest_bit(data, guesses, &mut index, 1)?;
    }
    let side = usize::from(is_negative) * 4;
    let context = match top {
        _ if top < 1 << bounds.0 >> 1 => 0,
        _ if top > 1 << bounds.1 >> 1 => 12 + side,
        _ => 4 + side,
    };
    let size = low_bits(data, guesses, index + 14, top) + 1;
    Some((if is_negative { -size } else { size }, context))
}

/// How large a number is, less one: its highest bit, from `top` on. None when it has more than 15.
fn highest_bit<const G: usize>(
    data: &mut Answers<'_>,
    guesses: &mut [Guess; G],
    index: &mut usize,
    mut top: i32,
) -> Option<i32> {
    while ask(data, guesses, *index) {
        top <<= 1;
        if top == 0x8000 {
            return None;
        }
        *index += 1;
    }
    Some(top)
}

/// The bits below the highest one, with it.
fn low_bits<const G: usize>(data: &mut Answers<'_>, guesses: &mut [Guess; G], index: usize, top: i32) -> i32 {
    let (mut value, mut bit) = (top, top >> 1);
    while bit > 0 {
        if ask(data, guesses, index) {
            value |= bit;
        }
        bit >>= 1;
    }
    value
}

/// The details of a block, for the first time. None when they go on beyond the last.
fn details<const N: usize>(
    data: &mut Answers<'_>,
    guesses: &mut [Guess; 256],
    block: &mut [i16; N],
    (mut k, last): (u32, u32),
    low: u8,
    shift: u8,
) -> Option<()> {
    while k <= last {
        let mut index = 3 * (k as usize - 1);
        // Whether this was all.
        if ask(data, guesses, index) {
            break;
        }
        while !ask(data, guesses, index + 1) {
            index += 3;
            k += 1;
            if k > last {
                return None;
            }
        }
        let is_negative = data.even();
        index += 2;
        let mut top = 0;
        if ask(data, guesses, index) {
            top = 1;
            if ask(data, guesses, index) {
                index = if k <= u32::from(low) { 189 } else { 217 };
                top = highest_bit(data, guesses, &mut index, 2)?;
            }
        }
        let size = low_bits(data, guesses, index + 14, top) + 1;
        if let Some(coefficient) = block.get_mut(natural(k)) {
            *coefficient = (if is_negative { -size } else { size } << shift) as i16;
        }
        k += 1;
    }
    Some(())
}

/// One more bit of the details of a block. None when they go on beyond the last.
fn refine_details<const N: usize>(
    data: &mut Answers<'_>,
    guesses: &mut [Guess; 256],
    block: &mut [i16; N],
    (mut k, last): (u32, u32),
    shift: u8,
) -> Option<()> {
    let unit = 1_i16 << shift;
    let is_set =
        |block: &[i16; N], k: u32| block.get(natural(k)).is_some_and(|coefficient| *coefficient != 0);
    let known = (1..=last).rev().find(|k| is_set(block, *k)).unwrap_or(0);
    while k <= last {
        let mut index = 3 * (k as usize - 1);
        if k > known && ask(data, guesses, index) {
            break;
        }
        loop {
            let coefficient = block.get_mut(natural(k))?;
            if *coefficient != 0 {
                if ask(data, guesses, index + 2) {
                    let more = if *coefficient < 0 { -unit } else { unit };
                    *coefficient = coefficient.wrapping_add(more);
                }
                break;
            }
            if ask(data, guesses, index + 1) {
                *coefficient = if data.even() { -unit } else { unit };
                break;
            }
            index += 3;
            k += 1;
            if k > last {
                return None;
            }
        }
        k += 1;
    }
    Some(())
}
