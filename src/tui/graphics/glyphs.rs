//! The characters that divide a cell in two parts, by which pictures are drawn as text.

use std::sync::LazyLock;

/// The columns and rows of samples in a cell: fine enough for halves, quarters and sixths alike.
pub(super) const COLUMNS: usize = 2;
/// As [`COLUMNS`].
pub(super) const ROWS: usize = 6;
/// The mask of a whole cell.
const WHOLE: u16 = (1 << (COLUMNS * ROWS)) - 1;

/// A set of characters. Each set holds the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum GlyphSet {
    /// `▀` and `▄`.
    Halves,
    /// The blocks of quarters (U+2596 to U+259F), which nearly every font has.
    Quadrants,
    /// The blocks of sixths (U+1FB00 to U+1FB3B, Unicode 13), which some terminals draw by themselves.
    Sextants,
}

/// A way to divide a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Division {
    /// The samples of the first part: bit `row * COLUMNS + column`. The upper left one is always among them.
    pub(super) mask: u16,
    /// The character whose foreground is the first part.
    pub(super) glyph: char,
    /// The character whose foreground is the second part.
    pub(super) inverse: char,
}

/// Blocks by which of the four quarters are filled: upper left 1, upper right 2, lower left 4, lower right 8.
const QUADRANTS: [char; 16] =
    [' ', '▘', '▝', '▀', '▖', '▌', '▞', '▛', '▗', '▚', '▐', '▜', '▄', '▙', '▟', '█'];

/// The block whose filled sixths are `bits`: rows from the top, the left one before the right one.
pub(super) fn sextant(bits: u8) -> char {
    match bits {
        0 => ' ',
        0b01_0101 => '▌',
        0b10_1010 => '▐',
        0b11_1111.. => '█',
        // The two halves have no place among them, since Unicode had them already.
        bits => {
            let skipped = u32::from(bits > 0b01_0101) + u32::from(bits > 0b10_1010);
            char::from_u32(0x1fb00 + u32::from(bits) - 1 - skipped).unwrap_or('█')
        }
    }
}

impl GlyphSet {
    /// The columns and rows of the parts of a cell that have a colour of their own or share one of two.
    pub(super) fn parts(self) -> (usize, usize) {
        match self {
            Self::Halves => (1, 2),
            Self::Quadrants => (2, 2),
            Self::Sextants => (2, 3),
        }
    }

    /// The character whose filled parts are `bits`: rows of [`Self::parts`] from the top, the left one before the right one.
    pub(super) fn glyph(self, bits: u8) -> char {
        match self {
            Self::Halves => [' ', '▀', '▄', '█'][usize::from(bits & 3)],
            Self::Quadrants => QUADRANTS[usize::from(bits & 15)],
            Self::Sextants => sextant(bits & 63),
        }
    }

    /// All ways to divide a cell in two parts.
    pub(super) fn divisions(self) -> &'static [Division] {
        static ALL: LazyLock<[Vec<Division>; 3]> = LazyLock::new(|| {
            let mut divisions = Vec::new();
            [GlyphSet::Halves, GlyphSet::Quadrants, GlyphSet::Sextants].map(|set| {
                divisions.extend(set.own_divisions());
                divisions.sort_by_key(|division: &Division| division.mask);
                divisions.dedup_by_key(|division| division.mask);
                divisions.clone()
            })
        });
        &ALL[self as usize]
    }

    fn own_divisions(self) -> Vec<Division> {
        let (columns, rows) = self.parts();
        let full = (1_u8 << (columns * rows)) - 1;
        // Those without the upper left part are the inverses of others.
        let divided = (1..full).step_by(2);
        divided
            .map(|bits| Division {
                mask: self.mask(bits),
                glyph: self.glyph(bits),
                inverse: self.glyph(full ^ bits),
            })
            .collect()
    }

    /// The samples of the parts `bits`.
    fn mask(self, bits: u8) -> u16 {
        let (columns, rows) = self.parts();
        let samples = (0..COLUMNS * ROWS).filter(|at| {
            let (row, column) = (at / COLUMNS, at % COLUMNS);
            let part = row * rows / ROWS * columns + column * columns / COLUMNS;
            bits >> part & 1 == 1
        });
        samples.fold(0, |mask, at| mask | 1 << at)
    }
}

/// The number of samples of a mask, and of the rest of the cell.
pub(super) fn counts(mask: u16) -> (u32, u32) {
    (mask.count_ones(), (WHOLE & !mask).count_ones())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_divides_a_cell_in_its_own_ways() {
        let count = |set: GlyphSet| set.divisions().len();
        // 2, 16 and 64 patterns, of which half are inverses of others and one is whole; two of quarters are halves, and
        // the vertical halves are among the sixths too.
        assert_eq!((count(GlyphSet::Halves), count(GlyphSet::Quadrants)), (1, 7));
        assert_eq!(count(GlyphSet::Sextants), 7 + 31 - 1);
        for division in GlyphSet::Sextants.divisions() {
            assert_eq!(division.mask & 1, 1);
            assert!(division.mask < WHOLE && division.glyph != division.inverse);
        }
    }

    #[test]
    fn characters_are_those_of_unicode() {
        // Names from Unicode's own list: BLOCK SEXTANT-1, -2, -12, -136, -2346, -23456.
        for (bits, code) in [
            (0b1, 0x1fb00_u32),
            (0b10, 0x1fb01),
            (0b11, 0x1fb02),
            (0b10_0101, 0x1fb23),
            (0b10_1110, 0x1fb2b),
            (0b11_1110, 0x1fb3b),
        ] {
            assert_eq!(u32::from(sextant(bits)), code, "{bits:06b}");
        }
        assert_eq!((sextant(21), sextant(42), sextant(63)), ('▌', '▐', '█'));
        assert_eq!(GlyphSet::Quadrants.glyph(0b1001), '▚');
        assert_eq!(GlyphSet::Halves.glyph(1), '▀');
    }

    #[test]
    fn masks_cover_the_samples_of_their_parts() {
        assert_eq!(GlyphSet::Halves.mask(1), 0b11_1111);
        assert_eq!(GlyphSet::Quadrants.mask(1), 0b01_0101);
        assert_eq!(GlyphSet::Sextants.mask(0b10), 0b1010);
        assert_eq!(counts(0b01_0101), (3, 9));
    }
}
