//! Directories of TIFF and BigTIFF files, in both byte orders: tags and their values, read where they lie.

/// Most entries of a directory that are read; real ones have a few dozen.
const MAX_ENTRIES: u64 = 4096;
/// Most directories of a file that are looked at.
const MAX_DIRECTORIES: usize = 64;

/// The header of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct File<'a> {
    bytes: &'a [u8],
    /// Whether numbers have their highest byte first.
    pub big_endian: bool,
    /// Whether offsets have 8 bytes (BigTIFF) instead of 4.
    big: bool,
}

/// One directory: what is known of one page.
#[derive(Debug, Clone)]
pub(super) struct Directory<'a> {
    entries: Vec<(u16, Values<'a>)>,
    /// Where the next directory is, in bytes from the start of the file; 0 for none.
    pub next: u64,
}

/// The values of one tag. Those that the file is too short for are left out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Values<'a> {
    bytes: &'a [u8],
    kind: u16,
    big_endian: bool,
}

impl<'a> File<'a> {
    /// Reads the header. None when the bytes are no TIFF file.
    pub(super) fn open(bytes: &'a [u8]) -> Option<Self> {
        let big_endian = match bytes.get(..2)? {
            b"II" => false,
            b"MM" => true,
            _ => return None,
        };
        let file = Self { bytes, big_endian, big: false };
        match file.number(2, 2)? {
            42 => Some(file),
            43 => Some(Self { big: true, ..file }),
            _ => None,
        }
    }

    /// Bytes of the file from `at`, at most `length` of them.
    pub(super) fn slice(&self, at: u64, length: u64) -> &'a [u8] {
        let Ok(start) = usize::try_from(at) else { return &[] };
        let rest = self.bytes.get(start..).unwrap_or_default();
        rest.get(..usize::try_from(length).unwrap_or(usize::MAX)).unwrap_or(rest)
    }

    /// Length of the file in bytes.
    pub(super) fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Where the first directory begins, in bytes.
    pub(super) fn first(&self) -> u64 {
        let first = if self.big { self.number(8, 8) } else { self.number(4, 4) };
        first.unwrap_or(u64::MAX)
    }

    /// The directories of the file, in the order of its chain. A chain that runs in a circle ends.
    pub(super) fn directories(&self) -> Vec<Directory<'a>> {
        let mut next = self.first();
        let mut seen = Vec::new();
        let mut found = Vec::new();
        while next != 0 && !seen.contains(&next) && seen.len() < MAX_DIRECTORIES {
            seen.push(next);
            let Some(directory) = self.directory(next) else { break };
            next = directory.next;
            found.push(directory);
        }
        found
    }

    /// Reads the directory at an offset in bytes.
    pub(super) fn directory(&self, at: u64) -> Option<Directory<'a>> {
        let (count_size, entry_size, inline) = if self.big { (8, 20, 8) } else { (2, 12, 4) };
        let count = self.number(at, count_size)?;
        let start = at.checked_add(count_size)?;
        let mut entries = Vec::new();
        for i in 0..count.min(MAX_ENTRIES) {
            let at = start.checked_add(i * entry_size)?;
            let (Some(tag), Some(kind), Some(count)) =
                (self.number(at, 2), self.number(at + 2, 2), self.number(at + 4, inline))
            else {
                break;
            };
            let size = size_of(kind as u16) as u64;
            let length = count.saturating_mul(size);
            let place = at + 4 + inline;
            let place = if length <= inline { place } else { self.number(place, inline).unwrap_or(u64::MAX) };
            let values = self.slice(place, length);
            let whole = values.len() / size.max(1) as usize * size as usize;
            let values = values.get(..whole).unwrap_or_default();
            let values = Values { bytes: values, kind: kind as u16, big_endian: self.big_endian };
            entries.push((tag as u16, values));
        }
        let next = self.number(start.checked_add(count.checked_mul(entry_size)?)?, inline).unwrap_or(0);
        (!entries.is_empty()).then_some(Directory { entries, next })
    }

    /// The unsigned number of `size` bytes at `at`.
    fn number(&self, at: u64, size: u64) -> Option<u64> {
        let bytes = self.slice(at, size);
        (bytes.len() as u64 == size).then(|| unsigned(bytes, self.big_endian))
    }
}

impl<'a> Directory<'a> {
    /// The values of a tag, if it is there and has any.
    pub(super) fn get(&self, tag: u16) -> Option<Values<'a>> {
        self.entries
            .iter()
            .find(|(found, values)| *found == tag && values.len() > 0)
            .map(|(_, values)| *values)
    }

    /// The first value of a tag, as a whole number.
    pub(super) fn number(&self, tag: u16) -> Option<u64> {
        self.get(tag)?.number(0)
    }

    /// The first value of a tag that is a small number; the default where there is none.
    pub(super) fn small(&self, tag: u16, default: u16) -> u16 {
        self.number(tag).and_then(|value| u16::try_from(value).ok()).unwrap_or(default)
    }

    /// The bytes of a tag's values, as they are in the file.
    pub(super) fn bytes(&self, tag: u16) -> Option<&'a [u8]> {
        self.get(tag).map(|values| values.bytes)
    }
}

impl Values<'_> {
    /// How many values there are.
    pub(super) fn len(&self) -> usize {
        self.bytes.len().checked_div(size_of(self.kind)).unwrap_or(0)
    }

    /// The value at `i` as a whole number; a negative one as 0.
    pub(super) fn number(&self, i: usize) -> Option<u64> {
        let value = self.at(i)?;
        match self.kind {
            1 | 2 | 3 | 4 | 7 | 13 | 16 | 18 => Some(unsigned(value, self.big_endian)),
            _ => self.float(i).map(|value| value as u64),
        }
    }

    /// The value at `i` as a floating-point number.
    pub(super) fn float(&self, i: usize) -> Option<f64> {
        let value = self.at(i)?;
        let whole = unsigned(value, self.big_endian);
        Some(match self.kind {
            5 | 10 => {
                let (over, under) = value.split_at_checked(4)?;
                let (over, under) = (unsigned(over, self.big_endian), unsigned(under, self.big_endian));
                if self.kind == 5 {
                    over as f64 / under as f64
                } else {
                    f64::from(over as u32 as i32) / f64::from(under as u32 as i32)
                }
            }
            6 => f64::from(whole as u8 as i8),
            8 => f64::from(whole as u16 as i16),
            9 => f64::from(whole as u32 as i32),
            17 => whole as i64 as f64,
            11 => f64::from(f32::from_bits(whole as u32)),
            12 => f64::from_bits(whole),
            _ => whole as f64,
        })
    }

    /// All values as whole numbers, at most `most`.
    pub(super) fn numbers(&self, most: usize) -> Vec<u64> {
        (0..self.len().min(most)).map_while(|i| self.number(i)).collect()
    }

    fn at(&self, i: usize) -> Option<&[u8]> {
        let size = size_of(self.kind);
        let start = i.checked_mul(size)?;
        self.bytes.get(start..start.checked_add(size)?)
    }
}

/// Size of a value in bytes, by the number of its type; 0 for types that nobody knows.
fn size_of(kind: u16) -> usize {
    match kind {
        1 | 2 | 6 | 7 => 1,
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16 | 17 | 18 => 8,
        _ => 0,
    }
}

fn unsigned(bytes: &[u8], big_endian: bool) -> u64 {
    let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
    if big_endian { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_in_both_orders_and_sizes() {
        let little = b"II*\0\x08\0\0\0\x02\0\
            \0\x01\x03\0\x01\0\0\0\x25\0\0\0\
            \x11\x01\x04\0\x02\0\0\0\x26\0\0\0\0\0\0\0\x01\0\0\0\x02\0\0\0";
        let file = File::open(little).unwrap();
        let found = file.directories();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].number(256), Some(37));
        assert_eq!(found[0].get(273).unwrap().numbers(9), [1, 2]);
        let big = b"MM\0+\0\x08\0\0\0\0\0\0\0\0\0\x10\0\0\0\0\0\0\0\x01\
            \x01\0\0\x03\0\0\0\0\0\0\0\x01\0\x25\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        let found = File::open(big).unwrap().directories();
        assert_eq!(found[0].number(256), Some(37));
    }

    #[test]
    fn a_chain_in_a_circle_ends() {
        let bytes = b"II*\0\x08\0\0\0\x01\0\0\x01\x03\0\x01\0\0\0\x25\0\0\0\x08\0\0\0";
        assert_eq!(File::open(bytes).unwrap().directories().len(), 1);
    }

    #[test]
    fn values_that_the_file_is_too_short_for_are_left_out() {
        let bytes = b"II*\0\x08\0\0\0\x01\0\x11\x01\x04\0\xff\xff\xff\xff\x16\0\0\0\0\0\0\0\x01\0";
        let found = File::open(bytes).unwrap().directories();
        assert_eq!(found[0].get(273).unwrap().numbers(usize::MAX), [0]);
    }

    #[test]
    fn fractions_and_negative_numbers() {
        let value = |kind, bytes| Values { bytes, kind, big_endian: true };
        assert_eq!(value(5, b"\0\0\0\x03\0\0\0\x04").float(0), Some(0.75));
        assert_eq!(value(10, b"\xff\xff\xff\xff\0\0\0\x04").float(0), Some(-0.25));
        assert_eq!(value(8, b"\xff\xfe").float(0), Some(-2.0));
        assert_eq!(value(9, b"\xff\xff\xff\xfe").number(0), Some(0));
    }
}
