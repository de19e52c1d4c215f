//! What segments between scans set: quantization and Huffman tables, the restart interval.

use super::huffman::HuffmanCode;
use super::standard_tables;

/// Tables and settings as they are when a scan begins.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    /// Factors of the coefficients, in zigzag order.
    pub quantization: [Option<[u16; 64]>; 4],
    pub dc: [Option<HuffmanCode>; 4],
    pub ac: [Option<HuffmanCode>; 4],
    /// Settings of arithmetic coding: L and U of the DC conditioning, K of the AC.
    pub arithmetic_dc: [(u8, u8); 16],
    pub arithmetic_ac: [u8; 16],
    /// MCUs between restart markers; 0 without.
    pub restart_interval: u32,
}

impl Tables {
    /// What holds before any segment: films' frames leave the standard Huffman tables out.
    pub(crate) fn standard() -> Self {
        Self {
            quantization: [None; 4],
            dc: [Some(standard_tables::DC_LUMA), Some(standard_tables::DC_CHROMA), None, None],
            ac: [Some(standard_tables::AC_LUMA), Some(standard_tables::AC_CHROMA), None, None],
            arithmetic_dc: [(0, 1); 16],
            arithmetic_ac: [5; 16],
            restart_interval: 0,
        }
    }

    /// Reads a segment if it sets a table.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub(crate) fn read(&mut self, marker: u8, data: &[u8]) -> Result<(), &'static str> {
        match marker {
            0xc4 => self.read_huffman(data),
            0xcc => {
                self.read_arithmetic(data);
                Ok(())
            }
            0xdb => self.read_quantization(data),
            0xdd => {
                if let [high, low, ..] = data {
                    self.restart_interval = u16::from_be_bytes([*high, *low]).into();
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn read_quantization(&mut self, mut data: &[u8]) -> Result<(), &'static str> {
        while let [kind, rest @ ..] = data {
            let slot = self.quantization.get_mut(usize::from(kind & 15)).ok_or("a table has no place")?;
            // Short tables keep ones, as in libjpeg.
            let mut table = [1; 64];
            if kind >> 4 == 0 {
                table.iter_mut().zip(rest).for_each(|(factor, byte)| *factor = u16::from(*byte));
                data = rest.get(64..).unwrap_or_default();
            } else {
                let pairs = rest.as_chunks().0;
                table.iter_mut().zip(pairs).for_each(|(factor, pair)| *factor = u16::from_be_bytes(*pair));
                data = rest.get(128..).unwrap_or_default();
            }
            *slot = Some(table);
        }
        Ok(())
    }

    fn read_huffman(&mut self, mut data: &[u8]) -> Result<(), &'static str> {
        // Stray bytes at the end are passed over, as in libjpeg.
        while let Some((&[kind, ref counts @ ..], rest)) = data.split_first_chunk::<17>() {
            let total = counts.iter().map(|count| usize::from(*count)).sum();
            let values = rest.get(..total).filter(|_| total <= 256).ok_or("a Huffman table is cut short")?;
            let mut code = HuffmanCode { counts: *counts, values: [0; 256] };
            code.values.iter_mut().zip(values).for_each(|(to, from)| *to = *from);
            let tables = if kind & 0x10 == 0 { &mut self.dc } else { &mut self.ac };
            *tables.get_mut(usize::from(kind & 0xef)).ok_or("a Huffman table has no place")? = Some(code);
            data = rest.get(total..).unwrap_or_default();
        }
        Ok(())
    }

    fn read_arithmetic(&mut self, data: &[u8]) {
        for &[kind, value] in data.as_chunks::<2>().0 {
            let (dc, ac) = (&mut self.arithmetic_dc, &mut self.arithmetic_ac);
            match (kind >> 4, usize::from(kind & 15)) {
                (0, index) => {
                    let bounds = (value & 15, value >> 4);
                    if let Some(slot) = dc.get_mut(index).filter(|_| bounds.0 <= bounds.1) {
                        *slot = bounds;
                    }
                }
                (_, index) => {
                    if let Some(slot) = ac.get_mut(index) {
                        *slot = value;
                    }
                }
            }
        }
    }
}
