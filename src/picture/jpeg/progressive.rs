//! Blocks of progressive scans: averages and details, each first without its low bits, which later scans add.

use super::bits::Bits;
use super::huffman::HuffmanTable;
use super::planes::Plane;
use super::scan::{DecodeBlock, ScanComponent};
use super::sequential::dc_difference;
use super::zigzag::natural;

/// The first scan of averages. Decodes into planes of `N` coefficients a block.
pub(super) struct FirstAverages<'t, 'p, const N: usize> {
    pub parts: Vec<AveragePart<'t>>,
    pub planes: &'p mut [Plane<N>],
    /// How many low bits are left out.
    pub shift: u8,
}

/// A component of such a scan.
pub(super) struct AveragePart<'t> {
    pub component: ScanComponent,
    pub dc: &'t HuffmanTable,
    /// The average of the block before.
    pub before: i32,
}

impl<'a, const N: usize> DecodeBlock<Bits<'a>> for FirstAverages<'_, '_, N> {
    #[inline(always)]
    fn block(&mut self, bits: &mut Bits<'a>, part: usize, row: usize, column: usize) {
        let Some(part) = self.parts.get_mut(part) else { return };
        let difference = dc_difference(bits, part.dc);
        part.before = part.before.wrapping_add(difference);
        let plane = self.planes.get_mut(part.component.component);
        let block = plane.and_then(|plane| plane.block(row, column));
        if let Some(dc) = block.and_then(|block| block.first_mut()) {
            *dc = (part.before << self.shift) as i16;
        }
    }

    fn restart(&mut self) {
        self.parts.iter_mut().for_each(|part| part.before = 0);
    }
}

/// A later scan of averages: one more bit of each.
pub(super) struct FinerAverages<'p, const N: usize> {
    pub components: Vec<ScanComponent>,
    pub planes: &'p mut [Plane<N>],
    /// Which bit it is.
    pub shift: u8,
}

impl<'a, const N: usize> DecodeBlock<Bits<'a>> for FinerAverages<'_, N> {
    #[inline(always)]
    fn block(&mut self, bits: &mut Bits<'a>, part: usize, row: usize, column: usize) {
        let is_set = bits.bit();
        let plane = self.components.get(part).and_then(|part| self.planes.get_mut(part.component));
        let block = plane.and_then(|plane| plane.block(row, column));
        if let Some(dc) = block.and_then(|block| block.first_mut()) {
            *dc |= i16::from(is_set) << self.shift;
        }
    }

    fn restart(&mut self) {}
}

/// A scan of details, the first of its coefficients or a later one.
pub(super) struct Details<'t, 'p, const N: usize> {
    pub planes: &'p mut [Plane<N>],
    /// Which plane it is.
    pub component: usize,
    pub ac: &'t HuffmanTable,
    /// First and last coefficient, in zigzag order; at least 1, at most 63.
    pub spectrum: (u8, u8),
    /// How many low bits are left out.
    pub shift: u8,
    /// Whether earlier scans had the higher bits.
    pub is_finer: bool,
    /// How many blocks to come have nothing new.
    pub empty_blocks: u32,
}

impl<'a, const N: usize> DecodeBlock<Bits<'a>> for Details<'_, '_, N> {
    #[inline(always)]
    fn block(&mut self, bits: &mut Bits<'a>, _: usize, row: usize, column: usize) {
        let plane = self.planes.get_mut(self.component);
        let Some(block) = plane.and_then(|plane| plane.block(row, column)) else { return };
        let scan = DetailScan { ac: self.ac, spectrum: self.spectrum, shift: self.shift };
        self.empty_blocks = if self.is_finer {
            scan.refine(bits, block, self.empty_blocks)
        } else if self.empty_blocks > 0 {
            self.empty_blocks - 1
        } else {
            scan.first(bits, block)
        };
    }

    fn restart(&mut self) {
        self.empty_blocks = 0;
    }
}

/// What is the same for all blocks of a scan of details.
#[derive(Clone, Copy)]
struct DetailScan<'t> {
    ac: &'t HuffmanTable,
    spectrum: (u8, u8),
    shift: u8,
}

impl DetailScan<'_> {
    /// Decodes the first bits of a block. Gives the number of empty blocks that follow.
    #[inline(always)]
    fn first<const N: usize>(self, bits: &mut Bits<'_>, block: &mut [i16; N]) -> u32 {
        let (mut k, last) = (u32::from(self.spectrum.0), u32::from(self.spectrum.1));
        while k <= last {
            bits.refill();
            let symbol = bits.symbol(self.ac);
            let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            if size > 0 {
                k += run;
                let number = bits.signed(size);
                if let Some(coefficient) = block.get_mut(natural(k)) {
                    *coefficient = (number << self.shift) as i16;
                }
            } else if run == 15 {
                k += 15;
            } else {
                return (1 << run) + bits_of(bits, run) - 1;
            }
            k += 1;
        }
        0
    }

    /// Adds a bit to each coefficient that is not zero, and those that are new. Gives the number of empty blocks that
    /// follow.
    #[inline(always)]
    fn refine<const N: usize>(self, bits: &mut Bits<'_>, block: &mut [i16; N], mut empty: u32) -> u32 {
        let (mut k, last) = (u32::from(self.spectrum.0), u32::from(self.spectrum.1));
        let unit = 1_i16 << self.shift;
        while empty == 0 && k <= last {
            bits.refill();
            let symbol = bits.symbol(self.ac);
            let (mut run, size) = (u32::from(symbol >> 4), symbol & 15);
            let mut new = 0;
            if size > 0 {
                new = if bits.bit() { unit } else { -unit };
            } else if run < 15 {
                empty = (1 << run) + bits_of(bits, run);
                break;
            }
            while k <= last {
                let Some(coefficient) = block.get_mut(natural(k)) else { break };
                if *coefficient != 0 {
                    refine_one(bits, coefficient, unit);
                } else if run == 0 {
                    *coefficient = new;
                    break;
                } else {
                    run -= 1;
                }
                k += 1;
            }
            k += 1;
        }
        if empty == 0 {
            return 0;
        }
        while k <= last {
            if let Some(coefficient) = block.get_mut(natural(k)).filter(|coefficient| **coefficient != 0) {
                refine_one(bits, coefficient, unit);
            }
            k += 1;
        }
        empty - 1
    }
}

/// Adds a bit to a coefficient that is not zero.
#[inline(always)]
fn refine_one(bits: &mut Bits<'_>, coefficient: &mut i16, unit: i16) {
    let is_set = bits.bit();
    if is_set && *coefficient & unit == 0 {
        let more = if *coefficient >= 0 { unit } else { -unit };
        *coefficient = coefficient.wrapping_add(more);
    }
}

/// A number of `count` bits, at most 14.
#[inline(always)]
fn bits_of(bits: &mut Bits<'_>, count: u32) -> u32 {
    bits.refill();
    bits.take(count) as u32
}
