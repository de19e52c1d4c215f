//! PackBits: runs of a byte, and bytes as they are. TIFF 6.0, section 9.

use std::borrow::Cow;
use std::io::{self, Read};

/// Unpacks while it is read.
pub(super) struct PackBits<'a> {
    bytes: Cow<'a, [u8]>,
    at: usize,
    /// How many bytes of the current run are left.
    left: usize,
    /// The byte of a run that repeats one.
    repeated: Option<u8>,
}

impl<'a> PackBits<'a> {
    pub(super) fn new(bytes: Cow<'a, [u8]>) -> Self {
        Self { bytes, at: 0, left: 0, repeated: None }
    }
}

impl Read for PackBits<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.left == 0 {
            let Some(&code) = self.bytes.get(self.at) else { return Ok(0) };
            self.at += 1;
            match code as i8 {
                -128 => {}
                run @ 0.. => (self.left, self.repeated) = (run as usize + 1, None),
                run => {
                    let Some(&byte) = self.bytes.get(self.at) else { return Ok(0) };
                    self.at += 1;
                    (self.left, self.repeated) = (1 + usize::from(run.unsigned_abs()), Some(byte));
                }
            }
        }
        let count = self.left.min(out.len());
        let Some(out) = out.get_mut(..count) else { return Ok(0) };
        let count = match self.repeated {
            Some(byte) => {
                out.fill(byte);
                count
            }
            None => {
                let rest = self.bytes.get(self.at..).unwrap_or_default();
                let count = count.min(rest.len());
                if let (Some(out), Some(rest)) = (out.get_mut(..count), rest.get(..count)) {
                    out.copy_from_slice(rest);
                }
                self.at += count;
                count
            }
        };
        self.left -= count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_is_unpacked() {
        // Apple's technical note 1023.
        let packed =
            [0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa, 0x03, 0x80, 0x00, 0x2a, 0x22, 0xf7, 0xaa];
        let expected = [
            0xaa, 0xaa, 0xaa, 0x80, 0x00, 0x2a, 0xaa, 0xaa, 0xaa, 0xaa, 0x80, 0x00, 0x2a, 0x22, 0xaa, 0xaa,
            0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa,
        ];
        let mut out = Vec::new();
        PackBits::new(Cow::Borrowed(&packed)).read_to_end(&mut out).unwrap();
        assert_eq!(out, expected);
        let mut out = Vec::new();
        PackBits::new(Cow::Borrowed(&packed[..5])).read_to_end(&mut out).unwrap();
        assert_eq!(out, expected[..5]);
    }
}
