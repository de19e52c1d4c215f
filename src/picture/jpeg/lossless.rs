//! Lossless JPEGs (ITU-T T.81, annex H): each sample is what its neighbours foretell, and a difference.

use crate::picture::error::PictureError;

use super::bits::Bits;
use super::colors::{Colors, to_pixels};
use super::damage::Damage;
use super::decoder_error::{damaged, unsupported};
use super::header::Header;
use super::huffman::HuffmanTable;
use super::scan::{DecodeBlock, Layout, Scan, Walk};

/// Whether samples of such a frame are decoded: each component must have one for each pixel.
fn is_plain(header: &Header<'_>) -> bool {
    let most = header.frame.most();
    header.frame.components.iter().all(|component| (component.h, component.v) == most)
}

/// Upper bound of the memory that [`decode`] takes, in bytes.
pub(super) fn memory(header: &Header<'_>, colors: Colors) -> u64 {
    let frame = &header.frame;
    let pixels = u64::from(frame.width) * u64::from(frame.height);
    pixels * (frame.components.len() + colors.channels()) as u64 + (1 << 20)
}

/// Decodes a lossless JPEG: pixels, and what is wrong with them.
///
/// # Errors
/// When less than a quarter of the picture is there, or none of it can be decoded.
pub(super) fn decode(
    bytes: &[u8],
    header: &Header<'_>,
    colors: Colors,
) -> Result<(Vec<u8>, Option<String>), PictureError> {
    let frame = &header.frame;
    if !is_plain(header) {
        return Err(unsupported("JPEG (lossless, with fewer samples of colour)"));
    }
    let scan = Scan::read(header.scan, frame).map_err(damaged)?;
    if !scan.is_of_all(frame) {
        return Err(unsupported("JPEG (lossless, in several scans)"));
    }
    let (width, height) = (frame.width as usize, frame.height as usize);
    let mut parts = Vec::new();
    for component in &scan.components {
        let code = header.tables.dc.get(component.dc).and_then(Option::as_ref);
        let code = code.ok_or_else(|| damaged("a Huffman table is missing"))?;
        let table = HuffmanTable::new(code).ok_or_else(|| damaged("a Huffman table contradicts itself"))?;
        let samples = vec![0; width * height];
        parts.push(Part { component: component.component, table, samples, width, restarted_at: 0 });
    }
    let predictor = scan.spectrum.0;
    if !(1..=7).contains(&predictor) || scan.after > 7 {
        return Err(damaged("a scan's header contradicts itself"));
    }
    let mut decoder = Lossless { parts, predictor, shift: scan.after, row: 0 };
    let layout = Layout::of_samples(&scan, frame);
    let mut walk = Walk::<Bits<'_>>::new(bytes, header.scan_start, header.tables.restart_interval);
    for row in 0..frame.height {
        walk.row(&layout, row, &mut decoder);
    }
    let mut damage = Damage::new(frame);
    damage.add(&scan, &layout, walk.reached(), bytes);
    let words = damage.judge(false)?;
    decoder.parts.sort_by_key(|part| part.component);
    let mut pixels = vec![0; width * height * colors.channels()];
    for (y, out) in pixels.chunks_exact_mut((width * colors.channels()).max(1)).enumerate() {
        let mut rows: [&[u8]; 4] = [&[]; 4];
        for (row, part) in rows.iter_mut().zip(&decoder.parts) {
            *row = part.samples.get(y * width..(y + 1) * width).unwrap_or_default();
        }
        to_pixels(colors, rows, out);
    }
    Ok((pixels, words))
}

/// A component on its way.
struct Part {
    /// Index of the component in the frame.
    component: usize,
    table: HuffmanTable,
    samples: Vec<u8>,
    /// Samples of a row.
    width: usize,
    /// Index of the sample at which the last interval began.
    restarted_at: usize,
}

/// Decodes samples. What the walk takes for a block is one of them.
struct Lossless {
    parts: Vec<Part>,
    /// Which neighbours foretell, 1 to 7.
    predictor: u8,
    /// How many low bits are left out.
    shift: u8,
    row: usize,
}

impl<'a> DecodeBlock<Bits<'a>> for Lossless {
    #[inline(always)]
    fn block(&mut self, bits: &mut Bits<'a>, part: usize, row: usize, column: usize) {
        self.row = row;
        let Some(part) = self.parts.get_mut(part) else { return };
        bits.refill();
        let difference = match bits.symbol(&part.table) {
            size @ 0..16 => bits.signed(size.into()),
            _ => 1 << 15,
        };
        let index = row * part.width + column;
        let before = |distance: usize| {
            let sample =
                index.checked_sub(distance).and_then(|at| part.samples.get(at)).copied().unwrap_or(0);
            i32::from(sample >> self.shift)
        };
        let left = before(1);
        let is_first_row = index < part.restarted_at + part.width;
        let foretold = match self.predictor {
            _ if index == part.restarted_at => 1 << (7 - self.shift),
            _ if is_first_row && column > 0 => left,
            _ if column == 0 => before(part.width),
            1 => left,
            2 => before(part.width),
            3 => before(part.width + 1),
            4 => left + before(part.width) - before(part.width + 1),
            5 => left + ((before(part.width) - before(part.width + 1)) >> 1),
            6 => before(part.width) + ((left - before(part.width + 1)) >> 1),
            _ => (left + before(part.width)) >> 1,
        };
        if let Some(sample) = part.samples.get_mut(index) {
            *sample = ((foretold + difference) << self.shift) as u8;
        }
    }

    /// libjpeg and T.81 have restarts at the ends of rows only.
    fn restart(&mut self) {
        for part in &mut self.parts {
            part.restarted_at = (self.row + 1) * part.width;
        }
    }
}
