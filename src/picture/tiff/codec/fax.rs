//! Compressions of fax machines: modified Huffman, ITU-T T.4 (Group 3) of one and two dimensions, T.6 (Group 4).

use std::borrow::Cow;
use std::convert::Infallible;

use fax::maps::{self, Mode};
use fax::{BitReader, Color};

use super::row_reader::{DecodeRows, RowReader};

/// Which of the compressions it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum FaxKind {
    /// Modified Huffman without marks between the rows, which begin at bytes.
    Rle {
        /// Whether rows begin at pairs of bytes.
        word_aligned: bool,
    },
    /// T.4; rows end with a mark.
    Group3 {
        /// Whether rows may be told by their differences to the one before.
        two_dimensional: bool,
    },
    /// T.6.
    Group4,
}

/// Decodes row by row while it is read; white is 0. After a row that is damaged Group 3 goes on at the next mark, and the
/// others end.
pub(super) struct Fax<'a> {
    bits: Bits<'a>,
    kind: FaxKind,
    width: u32,
    /// Where the colour changes in the row before, and in this one, from white on; ascending and less than `width`.
    reference: Vec<u32>,
    current: Vec<u32>,
    /// Whether a mark said that only white follows.
    ended: bool,
}

/// What became of a row.
enum Row {
    Whole,
    /// Its rest is white.
    Damaged,
    /// There is none: a mark of the end came instead.
    End,
    /// There is none: the bytes ended.
    Missing,
}

impl<'a> Fax<'a> {
    /// A decoder for rows of `width` pixels.
    pub(super) fn new(bytes: Cow<'a, [u8]>, kind: FaxKind, width: u32) -> RowReader<Self> {
        RowReader::new(Self {
            bits: Bits { bytes, at: 0 },
            kind,
            width,
            reference: Vec::new(),
            current: Vec::new(),
            ended: false,
        })
    }

    /// A row of Group 3, with the mark before it: some writers put it there, some after the row, some nowhere.
    fn group_3(&mut self, two_dimensional: bool) -> Row {
        let mut marks = 0;
        let mut one_dimensional = true;
        while self.bits.skip_mark() {
            marks += 1;
            if two_dimensional {
                let Some(tag) = self.bits.peek(1) else { return Row::Missing };
                one_dimensional = tag == 1;
                self.bits.at += 1;
            }
            // Six in a row are the end; two are none of a row already.
            if marks > 1 {
                return Row::End;
            }
        }
        let row = if one_dimensional { self.one_dimensional() } else { self.two_dimensional() };
        if let Row::Damaged = row
            && !self.bits.seek_mark()
        {
            self.bits.end();
        }
        row
    }

    /// A row of runs, white first.
    fn one_dimensional(&mut self) -> Row {
        if self.bits.is_at_end() {
            return Row::Missing;
        }
        let (mut at, mut color) = (0u32, Color::White);
        while at < self.width {
            let Some(run) = run(&mut self.bits, color) else { return Row::Damaged };
            at = at.saturating_add(run);
            push(&mut self.current, at, self.width);
            color = !color;
        }
        Row::Whole
    }

    /// A row that is told by its differences to the one before.
    fn two_dimensional(&mut self) -> Row {
        if self.bits.is_at_end() {
            return Row::Missing;
        }
        // The position before the first pixel is -1, so that a change at 0 can be found.
        let (mut at, mut color) = (-1i64, Color::White);
        let width = i64::from(self.width);
        let mut from = 0;
        while at < width {
            let Some(mode) = maps::mode::decode(&mut self.bits) else {
                return if at < 0 && self.bits.is_at_end() { Row::Missing } else { Row::Damaged };
            };
            let first = self.change_after(at, color, &mut from);
            let change = |i: usize| self.reference.get(i).map_or(width, |change| i64::from(*change));
            match mode {
                Mode::Pass => at = change(first + 1),
                Mode::Horizontal => {
                    let runs = run(&mut self.bits, color).zip(run(&mut self.bits, !color));
                    let Some((one, two)) = runs else { return Row::Damaged };
                    let middle = at.max(0) + i64::from(one);
                    at = middle + i64::from(two);
                    push(&mut self.current, clamp(middle), self.width);
                    push(&mut self.current, clamp(at), self.width);
                }
                Mode::Vertical(delta) => {
                    let next = change(first) + i64::from(delta);
                    if next < at || next < 0 {
                        return Row::Damaged;
                    }
                    at = next;
                    push(&mut self.current, clamp(at), self.width);
                    color = !color;
                }
                Mode::EOF if at < 0 => return Row::End,
                Mode::EOF | Mode::Extension => return Row::Damaged,
            }
        }
        Row::Whole
    }

    /// Index of the first change of the row before that lies right of `at` and leads away from `color`. `from` is where
    /// the last search ended.
    fn change_after(&self, at: i64, color: Color, from: &mut usize) -> usize {
        let mut i = from.saturating_sub(2);
        while self.reference.get(i).is_some_and(|change| i64::from(*change) <= at) {
            i += 1;
        }
        // Changes to black have even numbers.
        if i.is_multiple_of(2) != (color == Color::White) {
            i += 1;
        }
        *from = i;
        i
    }

    /// Paints `current` into `row`.
    fn paint(&self, row: &mut Vec<u8>) {
        row.clear();
        row.resize(self.width.div_ceil(8) as usize, 0);
        for run in self.current.chunks(2) {
            let start = run.first().copied().unwrap_or(0);
            set_bits(row, start, run.get(1).copied().unwrap_or(self.width));
        }
    }
}

impl DecodeRows for Fax<'_> {
    fn next_row(&mut self, row: &mut Vec<u8>) -> Option<()> {
        std::mem::swap(&mut self.reference, &mut self.current);
        self.current.clear();
        if !self.ended {
            let found = match self.kind {
                FaxKind::Rle { word_aligned } => {
                    let found = self.one_dimensional();
                    self.bits.align(if word_aligned { 16 } else { 8 });
                    found
                }
                FaxKind::Group3 { two_dimensional } => self.group_3(two_dimensional),
                FaxKind::Group4 => self.two_dimensional(),
            };
            match found {
                Row::Whole => {}
                Row::Damaged => {
                    let _ = matches!(self.kind, FaxKind::Group3 { .. }) || self.bits.end();
                }
                Row::End => {
                    self.ended = true;
                    self.current.clear();
                }
                Row::Missing => return None,
            }
        }
        self.paint(row);
        Some(())
    }
}

fn clamp(at: i64) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Notes a change of colour; two at one place are none.
fn push(changes: &mut Vec<u32>, at: u32, width: u32) {
    if changes.last() == Some(&at) {
        changes.pop();
    } else if at < width {
        changes.push(at);
    }
}

/// Sets the bits from `start` to before `end`, the highest of a byte first.
fn set_bits(row: &mut [u8], start: u32, end: u32) {
    let (first, last) = (start as usize / 8, end as usize / 8);
    let (head, tail) = (0xffu8 >> (start % 8), !(0xffu16 >> (end % 8)) as u8);
    if first == last {
        if let Some(byte) = row.get_mut(first) {
            *byte |= head & tail;
        }
        return;
    }
    if let Some(byte) = row.get_mut(first) {
        *byte |= head;
    }
    if let Some(bytes) = row.get_mut(first + 1..last) {
        bytes.fill(0xff);
    }
    if let Some(byte) = row.get_mut(last) {
        *byte |= tail;
    }
}

/// A run of one colour: codes of 64 pixels and more, then one of less.
fn run(bits: &mut Bits<'_>, color: Color) -> Option<u32> {
    let mut length = 0u32;
    loop {
        let part = match color {
            Color::White => maps::white::decode(bits),
            Color::Black => maps::black::decode(bits),
        }?;
        length = length.saturating_add(u32::from(part));
        if part < 64 {
            return Some(length);
        }
    }
}

/// Bits from the highest of a byte on, with zeros after the end.
struct Bits<'a> {
    bytes: Cow<'a, [u8]>,
    /// Bits that have been consumed.
    at: usize,
}

impl Bits<'_> {
    fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len() * 8
    }

    /// Leaves nothing to be read.
    fn end(&mut self) -> bool {
        self.at = self.bytes.len() * 8;
        true
    }

    fn align(&mut self, bits: usize) {
        self.at = self.at.next_multiple_of(bits);
    }

    /// Consumes a mark of the end of a row: at least eleven zeros and a one. False, and nothing consumed, when there is
    /// none.
    fn skip_mark(&mut self) -> bool {
        let start = self.at;
        if self.peek(11) != Some(0) {
            return false;
        }
        while self.peek(1) == Some(0) {
            if self.is_at_end() {
                self.at = start;
                return false;
            }
            self.at += 1;
        }
        self.at += 1;
        true
    }

    /// Goes to the next mark. False when there is none.
    fn seek_mark(&mut self) -> bool {
        while !self.is_at_end() {
            if self.peek(11) == Some(0) {
                return true;
            }
            self.at += 1;
        }
        false
    }
}

impl BitReader for Bits<'_> {
    type Error = Infallible;

    fn peek(&self, bits: u8) -> Option<u16> {
        if bits > 16 || self.at > self.bytes.len() * 8 + 64 {
            return None;
        }
        let byte = |i: usize| u32::from(self.bytes.get(self.at / 8 + i).copied().unwrap_or(0));
        let window = byte(0) << 16 | byte(1) << 8 | byte(2);
        let shift = 24 - (self.at % 8) as u32 - u32::from(bits);
        Some((window >> shift & ((1 << bits) - 1)) as u16)
    }

    fn consume(&mut self, bits: u8) -> Result<(), Infallible> {
        self.at += usize::from(bits);
        Ok(())
    }

    fn bits_to_byte_boundary(&self) -> u8 {
        (self.at.next_multiple_of(8) - self.at) as u8
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use fax::VecWriter;
    use fax::encoder::Encoder;

    use super::*;

    #[test]
    fn group_4_is_what_the_encoder_was_given() {
        let dark = |x: u32, y: u32| (x * x / 7 + y * y * y / 5) % 11 < 4 || x / 9 == y / 3;
        for width in [1u32, 7, 8, 9, 64, 130, 700] {
            let mut encoder = Encoder::new(VecWriter::new());
            for y in 0..40 {
                let row = (0..width).map(|x| if dark(x, y) { Color::Black } else { Color::White });
                encoder.encode_line(row, width as u16).unwrap();
            }
            let bytes = encoder.finish().unwrap().finish();
            let mut fax = Fax::new(Cow::Owned(bytes), FaxKind::Group4, width);
            let mut row = vec![0; width.div_ceil(8) as usize];
            for y in 0..40 {
                fax.read_exact(&mut row).unwrap();
                for x in 0..width {
                    assert_eq!(row[x as usize / 8] >> (7 - x % 8) & 1 == 1, dark(x, y), "{width} {x} {y}");
                }
            }
        }
    }

    #[test]
    fn bits_are_set_from_any_to_any() {
        for start in 0..40 {
            for end in start..40 {
                let mut row = [0; 5];
                set_bits(&mut row, start, end);
                for x in 0..40 {
                    assert_eq!(row[x as usize / 8] >> (7 - x % 8) & 1 == 1, (start..end).contains(&x));
                }
            }
        }
    }
}
