//! NumPy's `.npy` files, as far as tables of embeddings need them: two dimensions, f16 or f32, little-endian, row
//! after row (<https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>).
//!
//! Headers are parsed here rather than by the crate `npyz`: files come from strangers, and its parser takes time that is
//! exponential in how deeply brackets nest (20 seconds are not enough for 20 of them). Nor does it know the long integers
//! of Python 2.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use half::f16;

use super::error::LibraryError;

const MAGIC: &[u8] = b"\x93NUMPY";
/// Bytes of a header at most. Headers of tables take about a hundred bytes; NumPy itself trusts those up to 10,000.
const MAX_HEADER: usize = 10_000;

/// The type of the numbers in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `<f2`
    F16,
    /// `<f4`
    F32,
}

impl Kind {
    /// Returns NumPy's name of the type.
    pub fn descr(self) -> &'static str {
        match self {
            Self::F16 => "<f2",
            Self::F32 => "<f4",
        }
    }

    /// Returns the bytes of one number.
    fn bytes(self) -> usize {
        match self {
            Self::F16 => 2,
            Self::F32 => 4,
        }
    }
}

/// Makes the header of a file (format version 1.0) with a table of `rows` times `columns` numbers of the type `descr`, such
/// as `<f4`.
pub(crate) fn header(descr: &str, rows: usize, columns: usize) -> Vec<u8> {
    let dict = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    // Magic, version and length take ten bytes; all of it ends with a line break at a multiple of 64.
    let length = (10 + dict.len() + 1).next_multiple_of(64) - 10;
    let mut bytes = [MAGIC, &[1, 0], &(length as u16).to_le_bytes(), dict.as_bytes()].concat();
    bytes.resize(10 + length - 1, b' ');
    bytes.push(b'\n');
    bytes
}

/// What the header of a file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct NpyHeader {
    kind: Kind,
    rows: usize,
    columns: usize,
    /// Bytes before the first number.
    offset: u64,
}

impl NpyHeader {
    fn read(input: &mut impl Read) -> Result<Self, LibraryError> {
        let mut start = [0; 8];
        let is_npy = input.read_exact(&mut start).is_ok() && start.starts_with(MAGIC);
        check(is_npy, || unfit("this is no .npy file"))?;
        let (length, before) = match start[6] {
            1 => {
                let mut length = [0; 2];
                input.read_exact(&mut length).map_err(cut_short)?;
                (usize::from(u16::from_le_bytes(length)), 10)
            }
            2 | 3 => {
                let mut length = [0; 4];
                input.read_exact(&mut length).map_err(cut_short)?;
                (u32::from_le_bytes(length) as usize, 12)
            }
            other => {
                return Err(unfit(format!(
                    "it has format version {other}.{}, known are 1.0 to 3.0",
                    start[7]
                )));
            }
        };
        check(length <= MAX_HEADER, || unfit(format!("its header claims to be {length} bytes long")))?;
        let mut dict = vec![0; length];
        input.read_exact(&mut dict).map_err(cut_short)?;
        let Dict { descr, fortran_order, shape } = Dict::parse(&dict)
            .map_err(|error| error.within("its header is not as NumPy writes it".into()))?;
        let kind = match descr.as_str() {
            "<f2" => Kind::F16,
            "<f4" => Kind::F32,
            other => {
                return Err(unfit(format!(
                    "its numbers are of type '{other}', not '<f2' or '<f4': save it with `.astype('<f4')`"
                )));
            }
        };
        check(!fortran_order, || {
            unfit("it is in Fortran order, column after column: save it with `numpy.ascontiguousarray`")
        })?;
        let &[rows, columns] = shape.as_slice() else {
            return Err(unfit(format!("it has {} dimensions, not 2 (a row for each picture)", shape.len())));
        };
        Ok(Self { kind, rows, columns, offset: before + length as u64 })
    }

    /// Returns the bytes that the whole file should have, if that is a number.
    fn file_bytes(&self) -> Option<u64> {
        let numbers = (self.rows as u64).checked_mul(self.columns as u64)?;
        numbers.checked_mul(self.kind.bytes() as u64)?.checked_add(self.offset)
    }
}

/// Reads a file row by row.
#[derive(Debug)]
pub(crate) struct NpyReader<R> {
    input: BufReader<R>,
    header: NpyHeader,
    /// The bytes of one row.
    buffer: Vec<u8>,
}

impl NpyReader<File> {
    /// Opens a file and checks that all rows are there.
    ///
    /// # Errors
    /// When the file can't be read, is no table of f16 or f32, or has another length than its header says.
    pub(crate) fn open(path: &Path) -> Result<Self, LibraryError> {
        let file = File::open(path).map_err(LibraryError::Unreadable)?;
        let metadata = file.metadata().map_err(LibraryError::Unreadable)?;
        check(metadata.is_file(), || unfit("not a regular file"))?;
        Self::new(file, metadata.len())
    }
}

impl<R: Read + Seek> NpyReader<R> {
    /// Makes a reader of `input`, which is at its beginning and has `length` bytes.
    fn new(input: R, length: u64) -> Result<Self, LibraryError> {
        let mut input = BufReader::with_capacity(1 << 18, input);
        let header = NpyHeader::read(&mut input)?;
        let NpyHeader { kind, rows, columns, offset } = header;
        let Some(expected) = header.file_bytes() else {
            return Err(unfit(format!("it can't have {rows} x {columns} numbers")));
        };
        if length < expected {
            let row_bytes = (columns as u64).saturating_mul(kind.bytes() as u64);
            let whole = length.saturating_sub(offset).checked_div(row_bytes).unwrap_or_default();
            return Err(unfit(format!(
                "it is cut short in row {whole}: {length} of {expected} bytes are there"
            )));
        }
        check(length == expected, || unfit(format!("{} bytes come after its last row", length - expected)))?;
        // Bounded by the file's length, which is that of all rows, unless there are none.
        check(rows > 0 && columns > 0, || unfit(format!("it is empty: {rows} rows of {columns} numbers")))?;
        Ok(Self { input, header, buffer: vec![0; columns * kind.bytes()] })
    }

    /// Returns the number of rows: at least one.
    pub(crate) fn rows(&self) -> usize {
        self.header.rows
    }

    /// Returns the number of columns: at least one.
    pub(crate) fn columns(&self) -> usize {
        self.header.columns
    }

    /// Reads the next row.
    ///
    /// # Errors
    /// When the file can't be read, or there is no more row.
    pub(crate) fn next_row(&mut self) -> Result<Vec<f32>, LibraryError> {
        self.input.read_exact(&mut self.buffer).map_err(LibraryError::Unreadable)?;
        Ok(match self.header.kind {
            Kind::F16 => {
                let pairs = self.buffer.as_chunks::<2>().0;
                pairs.iter().map(|&bytes| f16::from_le_bytes(bytes).to_f32()).collect()
            }
            Kind::F32 => {
                self.buffer.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
            }
        })
    }

    /// Goes back to the first row.
    ///
    /// # Errors
    /// When the file can't be read.
    pub(crate) fn rewind(&mut self) -> Result<(), LibraryError> {
        self.input.seek(SeekFrom::Start(self.header.offset)).map(drop).map_err(LibraryError::Unreadable)
    }
}

fn unfit(reason: impl Into<String>) -> LibraryError {
    LibraryError::Unfit(reason.into())
}

fn cut_short(reason: io::Error) -> LibraryError {
    LibraryError::Unreadable(reason).within("its header is cut short".into())
}

fn check(is_fit: bool, error: impl FnOnce() -> LibraryError) -> Result<(), LibraryError> {
    if is_fit { Ok(()) } else { Err(error()) }
}

/// The Python dictionary in a header.
#[derive(Debug, PartialEq, Eq)]
struct Dict {
    descr: String,
    fortran_order: bool,
    shape: Vec<usize>,
}

impl Dict {
    fn parse(text: &[u8]) -> Result<Self, LibraryError> {
        let mut tokens = Tokens { rest: text };
        let (mut descr, mut fortran_order, mut shape) = (None, None, None);
        tokens.expect(b'{')?;
        while !tokens.take(b'}') {
            let key = tokens.string()?;
            tokens.expect(b':')?;
            match key.as_str() {
                "descr" => {
                    let reason = "its numbers are not of one plain type";
                    descr = Some(tokens.string().map_err(|error| error.within(reason.into()))?);
                }
                "fortran_order" => fortran_order = Some(tokens.boolean()?),
                "shape" => shape = Some(tokens.tuple()?),
                other => return Err(unfit(format!("unknown key '{}'", other.escape_debug()))),
            }
            if !tokens.take(b',') {
                tokens.expect(b'}')?;
                break;
            }
        }
        check(tokens.peek().is_none(), || unfit("something comes after the dictionary"))?;
        Ok(Self {
            descr: descr.ok_or_else(|| unfit("no 'descr'"))?,
            fortran_order: fortran_order.ok_or_else(|| unfit("no 'fortran_order'"))?,
            shape: shape.ok_or_else(|| unfit("no 'shape'"))?,
        })
    }
}

/// The rest of a text, whose Python literals are taken from the front.
struct Tokens<'a> {
    rest: &'a [u8],
}

impl Tokens<'_> {
    /// Skips white space, and returns the byte after it without taking it.
    fn peek(&mut self) -> Option<u8> {
        self.rest = self.rest.trim_ascii_start();
        self.rest.first().copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        if is_next {
            self.rest = &self.rest[1..];
        }
        is_next
    }

    fn expect(&mut self, byte: u8) -> Result<(), LibraryError> {
        check(self.take(byte), || unfit(format!("'{}' is missing", char::from(byte))))
    }

    /// Takes the longest run of bytes that are `wanted`.
    fn run(&mut self, wanted: impl Fn(&u8) -> bool) -> &str {
        let length = self.rest.iter().position(|byte| !wanted(byte)).unwrap_or(self.rest.len());
        let (run, rest) = self.rest.split_at(length);
        self.rest = rest;
        str::from_utf8(run).unwrap_or_default()
    }

    fn string(&mut self) -> Result<String, LibraryError> {
        let quote = if self.take(b'\'') {
            b'\''
        } else {
            self.expect(b'"').map_err(|error| error.within("a string is missing".into()))?;
            b'"'
        };
        let text = self.run(|&byte| byte != quote && byte.is_ascii_graphic()).to_owned();
        self.expect(quote)?;
        Ok(text)
    }

    fn boolean(&mut self) -> Result<bool, LibraryError> {
        self.peek();
        match self.run(u8::is_ascii_alphabetic) {
            "True" => Ok(true),
            "False" => Ok(false),
            _ => Err(unfit("neither True nor False")),
        }
    }

    fn tuple(&mut self) -> Result<Vec<usize>, LibraryError> {
        self.expect(b'(')?;
        let mut numbers = Vec::new();
        while !self.take(b')') {
            self.peek();
            numbers.push(self.run(u8::is_ascii_digit).parse().map_err(|_| unfit("a length is no number"))?);
            // Python 2 wrote long numbers so.
            self.take(b'L');
            if !self.take(b',') {
                self.expect(b')')?;
                break;
            }
        }
        Ok(numbers)
    }
}

#[cfg(test)]
mod tests;
