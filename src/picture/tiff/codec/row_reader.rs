//! Reading of what is decoded row by row.

use std::io::{self, Read};

/// Decodes the rows of a strip or tile one after the other.
pub(super) trait DecodeRows {
    /// Decodes the next row into `row`, whose former content does not matter. `None` when there is none, or when its bytes
    /// are damaged.
    fn next_row(&mut self, row: &mut Vec<u8>) -> Option<()>;
}

/// Gives the bytes of rows in turn, and decodes a row when the one before has been read.
pub(super) struct RowReader<D> {
    decoder: D,
    row: Vec<u8>,
    /// How many bytes of `row` have been read.
    taken: usize,
}

impl<D: DecodeRows> RowReader<D> {
    pub(super) fn new(decoder: D) -> Self {
        Self { decoder, row: Vec::new(), taken: 0 }
    }
}

impl<D: DecodeRows> Read for RowReader<D> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.row.len() {
            self.taken = 0;
            if self.decoder.next_row(&mut self.row).is_none() {
                // Nothing of a row that is not whole.
                self.row.clear();
                return Ok(0);
            }
        }
        let count = self.row.get(self.taken..).unwrap_or_default().read(out)?;
        self.taken += count;
        Ok(count)
    }
}
