//! Huffman tables, made for quick reading.

/// How many bits the tables of short codes look at.
pub(super) const SHORT: u32 = 10;
/// How many bits the table for going over coefficients looks at: as many as stay in the first-level cache.
pub(super) const SKIP: u32 = 12;
/// Most bits that one entry of that table goes over: three of them are in a full buffer.
const SKIP_MOST: u32 = 18;
/// What an entry of that table adds to the index of a coefficient at the end of a block.
pub(super) const END_OF_BLOCK: u32 = 128;
/// What an entry of that table adds when its code is too long.
const NOT_IN_TABLE: u32 = 512;
/// The run that an entry of [`HuffmanTable::coefficient`] has for the end of a block.
const NO_MORE: u32 = 80;

/// A Huffman code as a file has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct HuffmanCode {
    /// How many codes there are of each length, 1 to 16 bits.
    pub counts: [u8; 16],
    /// The symbols, by their codes.
    pub values: [u8; 256],
}

impl HuffmanCode {
    /// Whether no symbol is greater than 15, as those of averages must be.
    pub(crate) fn has_only_sizes(&self) -> bool {
        let total = self.counts.iter().map(|count| usize::from(*count)).sum();
        self.values.iter().take(total).all(|symbol| *symbol < 16)
    }
}

/// A Huffman code as it is read.
pub(super) struct HuffmanTable {
    /// By the next [`SHORT`] bits: length of the code << 8 | symbol; 0 when it is longer.
    short: [u16; 1 << SHORT],
    /// By the next [`SHORT`] bits, when they hold code and number: number << 16 | run << 8 | bits; 0 when not.
    coefficients: [u32; 1 << SHORT],
    /// By the next [`SKIP`] bits: added index << 6 | bits. Empty unless it was asked for.
    skips: Vec<u16>,
    /// The greatest code of each length, aligned to 17 bits; -1 when there is none.
    greatest: [i32; 17],
    /// What is added to a code of each length to make it the index of its symbol.
    offset: [i32; 17],
    values: [u8; 256],
}

impl HuffmanTable {
    /// Makes the tables of a code. None when there are more codes of a length than bits can tell apart.
    pub(crate) fn new(code: &HuffmanCode) -> Option<Self> {
        let mut table = Self {
            short: [0; 1 << SHORT],
            coefficients: [0; 1 << SHORT],
            skips: Vec::new(),
            greatest: [-1; 17],
            offset: [0; 17],
            values: code.values,
        };
        let (mut next, mut index) = (0_u32, 0_u32);
        for (length, &count) in (1..).zip(&code.counts) {
            let count = u32::from(count);
            if next + count > 1 << length || index + count > 256 {
                return None;
            }
            if let Some(offset) = table.offset.get_mut(length as usize) {
                *offset = index as i32 - next as i32;
            }
            if let Some(greatest) = table.greatest.get_mut(length as usize).filter(|_| count > 0) {
                *greatest = (((next + count) << (17 - length)) - 1) as i32;
            }
            for _ in 0..count {
                if length <= SHORT {
                    let first = (next << (SHORT - length)) as usize;
                    let last = first + (1 << (SHORT - length));
                    let symbol = code.values.get(index as usize).copied().unwrap_or(0);
                    let entries = table.short.get_mut(first..last).unwrap_or_default();
                    entries.fill((length as u16) << 8 | u16::from(symbol));
                }
                next += 1;
                index += 1;
            }
            next <<= 1;
        }
        table.coefficients = std::array::from_fn(|bits| table.coefficient_entry(bits as u32));
        Some(table)
    }

    /// Adds the table for going over coefficients.
    pub(crate) fn with_skips(mut self) -> Self {
        self.skips = (0..1 << SKIP).map(|bits| self.skip_entry(bits)).collect();
        self
    }

    fn coefficient_entry(&self, bits: u32) -> u32 {
        let entry = u32::from(self.short.get(bits as usize).copied().unwrap_or(0));
        let (length, run, size) = (entry >> 8, entry >> 4 & 15, entry & 15);
        match (length, run, size) {
            (0, ..) => 0,
            (_, 15, 0) => 15 << 8 | length,
            (_, _, 0) => NO_MORE << 8 | length,
            _ if length + size > SHORT => 0,
            _ => {
                let number = (bits >> (SHORT - length - size)) as i32 & ((1 << size) - 1);
                let number = if number < 1 << (size - 1) { number - (1 << size) + 1 } else { number };
                u32::from(number as u16) << 16 | run << 8 | (length + size)
            }
        }
    }

    /// As many symbols as the bits hold: their codes must be seen whole, their numbers needn't.
    fn skip_entry(&self, bits: u32) -> u16 {
        let (mut used, mut added) = (0, 0);
        while used < SKIP {
            let (length, symbol) = self.code_within(bits << used & ((1 << SKIP) - 1), SKIP - used);
            let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            let is_end = size == 0 && run != 15;
            let fits = used + length + size <= SKIP_MOST && added + run < 63;
            if length == 0 || !fits {
                break;
            }
            used += length + size;
            added += if is_end { END_OF_BLOCK } else { run + 1 };
            if is_end {
                break;
            }
        }
        if used == 0 {
            added = NOT_IN_TABLE;
        }
        (added << 6 | used) as u16
    }

    /// Length and symbol of the code at the top of [`SKIP`] bits, of which `known` are there; length 0 when it is longer.
    fn code_within(&self, bits: u32, known: u32) -> (u32, u8) {
        let short = self.short.get((bits >> (SKIP - SHORT)) as usize).copied().unwrap_or(0);
        let (length, symbol) = match u32::from(short >> 8) {
            0 => self.find_code((bits << (17 - SKIP)) as i32),
            length => (length, short as u8),
        };
        if length <= known { (length, symbol) } else { (0, 0) }
    }

    /// Length and symbol of the code at the top of the next [`SHORT`] bits; length 0 when it is longer.
    #[inline(always)]
    pub(crate) fn short_code(&self, next: usize) -> (u32, u8) {
        let entry = self.short.get(next).copied().unwrap_or(0);
        (u32::from(entry >> 8), entry as u8)
    }

    /// Length and symbol of the code at the top of 17 bits. One that the table does not have takes all of them, and is
    /// symbol 0.
    #[inline(never)]
    pub(crate) fn find_code(&self, bits: i32) -> (u32, u8) {
        for (length, (&greatest, &offset)) in (0..).zip(self.greatest.iter().zip(&self.offset)) {
            if bits <= greatest {
                let index = (bits >> (17 - length)) + offset;
                return (length, self.values.get((index & 255) as usize).copied().unwrap_or(0));
            }
        }
        (17, 0)
    }

    /// Bits, run and number of the coefficient in the next [`SHORT`] bits, when all of it is there; 0 bits when not. A run
    /// of [`NO_MORE`] ends the block.
    #[inline(always)]
    pub(crate) fn coefficient(&self, next: usize) -> (u32, u32, i16) {
        let entry = self.coefficients.get(next).copied().unwrap_or(0);
        (entry & 255, entry >> 8 & 255, (entry >> 16) as i16)
    }

    /// The table for going over coefficients, if it was made.
    #[inline(always)]
    pub(crate) fn skips(&self) -> Option<&[u16; 1 << SKIP]> {
        self.skips.first_chunk()
    }
}
