//! LZW as TIFF 6.0 has it, and with the lowest bit first as early writers had it.

use std::borrow::Cow;
use std::io::{self, Read};

use weezl::decode::{Configuration, Decoder};
use weezl::{BitOrder, LzwStatus};

use super::context::invalid;

/// Decodes while it is read.
pub(super) struct Lzw<'a> {
    bytes: Cow<'a, [u8]>,
    at: usize,
    decoder: Decoder,
}

impl<'a> Lzw<'a> {
    pub(super) fn new(bytes: Cow<'a, [u8]>) -> Self {
        // Every strip begins with code 256 of nine bits. As libtiff, by where its highest bit is.
        let old = matches!(*bytes, [0, second, ..] if second & 1 == 1);
        let configuration = if old {
            Configuration::new(BitOrder::Lsb, 8)
        } else {
            Configuration::with_tiff_size_switch(BitOrder::Msb, 8)
        };
        Self { bytes, at: 0, decoder: configuration.with_yield_on_full_buffer(true).build() }
    }
}

impl Read for Lzw<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let step = self.decoder.decode_bytes(rest, out);
            self.at += step.consumed_in;
            match step.status {
                _ if step.consumed_out > 0 || out.is_empty() => return Ok(step.consumed_out),
                Ok(LzwStatus::Ok) if step.consumed_in > 0 => {}
                Ok(_) => return Ok(0),
                Err(_) => return Err(invalid("a code of LZW is wrong")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_orders_of_bits_are_decoded_by_small_reads() {
        let data: Vec<u8> = (0..20_000u32).map(|i| (i * i / 300) as u8).collect();
        let new = weezl::encode::Encoder::with_tiff_size_switch(BitOrder::Msb, 8).encode(&data).unwrap();
        let old = weezl::encode::Encoder::new(BitOrder::Lsb, 8).encode(&data).unwrap();
        for packed in [new, old] {
            let mut lzw = Lzw::new(Cow::Borrowed(&packed));
            let mut out = vec![0; data.len()];
            for part in out.chunks_mut(37) {
                lzw.read_exact(part).unwrap();
            }
            assert_eq!(out, data);
        }
    }
}
