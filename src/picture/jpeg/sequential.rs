//! Blocks of baseline and extended scans: all coefficients, or just those that a reduced picture needs.

use super::bits::Bits;
use super::huffman::{END_OF_BLOCK, HuffmanTable, SHORT, SKIP};
use super::planes::Plane;
use super::scan::{DecodeBlock, ScanComponent};
use super::zigzag::natural;

/// The tables of a component of a scan.
pub(super) struct Part<'t> {
    pub component: ScanComponent,
    pub dc: &'t HuffmanTable,
    pub ac: &'t HuffmanTable,
    /// The average of the block before.
    before: i32,
}

/// Decodes into planes of `N` coefficients a block: 64, 4 or 1.
pub(super) struct Sequential<'t, 'p, const N: usize> {
    pub parts: Vec<Part<'t>>,
    pub planes: &'p mut [Plane<N>],
}

impl<'t> Part<'t> {
    pub(crate) fn new(component: ScanComponent, dc: &'t HuffmanTable, ac: &'t HuffmanTable) -> Self {
        Self { component, dc, ac, before: 0 }
    }
}

impl<'a, const N: usize> DecodeBlock<Bits<'a>> for Sequential<'_, '_, N> {
    #[inline(always)]
    fn block(&mut self, bits: &mut Bits<'a>, part: usize, row: usize, column: usize) {
        let Some(part) = self.parts.get_mut(part) else { return };
        let difference = dc_difference(bits, part.dc);
        part.before = part.before.wrapping_add(difference);
        let plane = self.planes.get_mut(part.component.component);
        let Some(block) = plane.and_then(|plane| plane.block(row, column)) else { return };
        if let Some(dc) = block.first_mut() {
            *dc = part.before as i16;
        }
        match N {
            64 => all_coefficients(bits, part.ac, block),
            4 => lowest_coefficients(bits, part.ac, block),
            _ => skip_coefficients(bits, part.ac, 1),
        }
    }

    fn restart(&mut self) {
        self.parts.iter_mut().for_each(|part| part.before = 0);
    }
}

/// The difference of a block's average to that of the one before.
#[inline(always)]
pub(super) fn dc_difference(bits: &mut Bits<'_>, table: &HuffmanTable) -> i32 {
    bits.refill();
    let (length, _, difference) = table.coefficient(bits.peek::<SHORT>());
    if length > 0 {
        bits.consume(length);
        return difference.into();
    }
    let size = bits.symbol(table) & 15;
    bits.signed(size.into())
}

/// Reads one coefficient whose index is `k` or greater. Gives its index and number; an index of 80 or more when the block
/// has ended. A run of zeros ends in a zero.
#[inline(always)]
fn next_coefficient(bits: &mut Bits<'_>, table: &HuffmanTable, k: u32) -> (u32, i16) {
    bits.refill();
    let (length, run, number) = table.coefficient(bits.peek::<SHORT>());
    if length > 0 {
        bits.consume(length);
        return (k + run, number);
    }
    let symbol = bits.symbol(table);
    let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
    if size == 0 && run != 15 {
        return (80, 0);
    }
    (k + run, bits.signed(size) as i16)
}

#[inline(always)]
fn all_coefficients<const N: usize>(bits: &mut Bits<'_>, table: &HuffmanTable, block: &mut [i16; N]) {
    let mut k = 1;
    while k < 64 {
        let number;
        (k, number) = next_coefficient(bits, table, k);
        if k >= 80 {
            break;
        }
        if let Some(coefficient) = block.get_mut(natural(k)) {
            *coefficient = number;
        }
        k += 1;
    }
}

/// Keeps the two by two coefficients of the lowest frequencies: 0, 1, 2 and 4 in zigzag order.
#[inline(always)]
fn lowest_coefficients<const N: usize>(bits: &mut Bits<'_>, table: &HuffmanTable, block: &mut [i16; N]) {
    let mut k = 1;
    while k < 5 {
        let number;
        (k, number) = next_coefficient(bits, table, k);
        let place = match k {
            1 => 1,
            2 => 2,
            4 => 3,
            80.. => return,
            _ => N,
        };
        if let Some(coefficient) = block.get_mut(place) {
            *coefficient = number;
        }
        k += 1;
    }
    skip_coefficients(bits, table, k);
}

/// Goes over the rest of a block, from coefficient `k` on: as many at once as the next bits hold.
#[inline(always)]
fn skip_coefficients(bits: &mut Bits<'_>, table: &HuffmanTable, mut k: u32) {
    let Some(skips) = table.skips() else { return };
    'fill: while k < 64 {
        bits.fill();
        // None of the entries takes more than a third of what is there.
        for _ in 0..3 {
            let entry = u32::from(skips.get(bits.peek::<SKIP>()).copied().unwrap_or(0));
            let next = k + (entry >> 6);
            if next >= 64 {
                // Either the block is full, or one of its first 64 coefficients was followed by its end.
                if next == 64 || (END_OF_BLOCK..END_OF_BLOCK + 64).contains(&next) {
                    bits.consume(entry & 63);
                    return;
                }
                (*bits, k) = skip_one(*bits, table, k);
                continue 'fill;
            }
            bits.consume(entry & 63);
            k = next;
        }
    }
}

/// Goes over one coefficient, where the table for several says too little: its code is long, or the block is full before
/// the entry ends. Gives the index of the next one, 64 or more at the end of the block.
#[cold]
#[inline(never)]
fn skip_one<'a>(mut bits: Bits<'a>, table: &HuffmanTable, k: u32) -> (Bits<'a>, u32) {
    bits.refill();
    let symbol = bits.symbol(table);
    let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
    bits.consume(size);
    (bits, if size == 0 && run != 15 { 64 } else { k + run + 1 })
}
