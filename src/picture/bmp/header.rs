//! The headers of a BMP: <https://learn.microsoft.com/windows/win32/gdi/bitmap-storage>, and OS/2's
//! <https://www.fileformat.info/format/os2bmp/egff.htm>.

use super::pixels::Mask;

/// Length of the header of the file itself, in bytes.
const FILE_HEADER: usize = 14;

/// How the pixels are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// Rows of packed pixels.
    Plain,
    /// Runs of pixels.
    Runs,
    /// A JPEG or PNG file.
    Embedded,
}

/// What the headers say.
#[derive(Debug)]
pub(super) struct Header {
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// The first row of the file is the top one.
    pub top_down: bool,
    /// Bits of a pixel: 1, 2, 4, 8, 16, 24 or 32.
    pub bits: u16,
    pub coding: Coding,
    /// Where red, green, blue and alpha are in a pixel of 16 or 32 bits.
    pub masks: [Mask; 4],
    /// RGB; empty if pixels are no indices.
    pub palette: Vec<[u8; 3]>,
    /// Where the pixels begin, in bytes.
    pub pixels_at: usize,
    /// The embedded colour profile.
    pub profile: Option<Vec<u8>>,
}

impl Header {
    /// Reads the headers.
    ///
    /// # Errors
    /// What is wrong with them, in plain words.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, &'static str> {
        const CUT: &str = "its header is cut short";
        let fields = Fields(bytes);
        let length = fields.u32(FILE_HEADER).ok_or(CUT)? as usize;
        let at = |offset| FILE_HEADER + offset;
        let is_core = length == 12;
        let is_os2 = matches!(length, 16 | 64);
        if !is_core && !is_os2 && length < 40 {
            return Err("its header is of no known version");
        }
        let (width, height, bits) = if is_core {
            let side = |offset| fields.u16(at(offset)).map(i64::from);
            (side(4), side(6), fields.u16(at(10)))
        } else {
            let side = |offset| fields.u32(at(offset)).map(|side| i64::from(side.cast_signed()));
            (side(4), side(8), fields.u16(at(14)))
        };
        let (width, height, bits) = (width.ok_or(CUT)?, height.ok_or(CUT)?, bits.ok_or(CUT)?);
        let compression = if length >= 40 { fields.u32(at(16)).ok_or(CUT)? } else { 0 };
        let coding = match (compression, bits, is_os2) {
            (0, ..) | (3 | 6, 16 | 32, false) => Coding::Plain,
            (1, 8, _) | (2, 4, _) | (4, 24, true) => Coding::Runs,
            (4 | 5, _, false) => Coding::Embedded,
            (3, 1, true) => return Err("Huffman coding is not read"),
            _ => return Err("its compression does not fit its pixels"),
        };
        if !matches!(bits, 1 | 2 | 4 | 8 | 16 | 24 | 32) && coding != Coding::Embedded {
            return Err("its pixels have an unknown number of bits");
        }
        let size = (u32::try_from(width), u32::try_from(height.unsigned_abs()));
        let (Ok(width), Ok(rows)) = size else { return Err("its size is impossible") };
        if coding != Coding::Embedded && (width == 0 || rows == 0) {
            return Err("it has no size");
        }
        let bitfields = matches!(compression, 3 | 6) && !is_os2;
        let masks_after = if bitfields && length == 40 { if compression == 6 { 16 } else { 12 } } else { 0 };
        let masks = masks(&fields, at(40), bits, bitfields, length > 52 || compression == 6);
        let palette_at = at(length).saturating_add(masks_after);
        let claimed = fields.u32(10).unwrap_or(0) as usize;
        let used = if length >= 40 { fields.u32(at(32)).unwrap_or(0) as usize } else { 0 };
        let palette = palette(bytes, palette_at, claimed, bits, used, if is_core { 3 } else { 4 });
        let entry = if is_core { 3 } else { 4 };
        let pixels_at = if claimed >= palette_at { claimed } else { palette_at + palette.len() * entry };
        let profile = (length >= 124 && fields.u32(at(56)) == Some(u32::from_be_bytes(*b"MBED")))
            .then(|| {
                let (start, size) = (fields.u32(at(112))? as usize, fields.u32(at(116))? as usize);
                let start = at(start);
                Some(bytes.get(start..start.checked_add(size)?)?.to_vec())
            })
            .flatten();
        Ok(Self {
            size: (width, rows),
            top_down: height < 0,
            bits,
            coding,
            masks,
            palette,
            pixels_at,
            profile,
        })
    }

    /// Bytes of a row of packed pixels.
    pub(super) fn stride(&self) -> u64 {
        (u64::from(self.size.0) * u64::from(self.bits)).div_ceil(32) * 4
    }
}

/// The masks of a pixel of 16 or 32 bits.
fn masks(fields: &Fields, at: usize, bits: u16, bitfields: bool, has_alpha: bool) -> [Mask; 4] {
    let mask = |number: usize| Mask::new(fields.u32(at + 4 * number).unwrap_or(0));
    match (bitfields, bits) {
        (true, _) => [mask(0), mask(1), mask(2), if has_alpha { mask(3) } else { Mask::new(0) }],
        (false, 16) => [0x7c00, 0x3e0, 0x1f, 0].map(Mask::new),
        (false, _) => [0x00ff_0000, 0xff00, 0xff, 0].map(Mask::new),
    }
}

/// The colours of a palette, of which the file may have fewer than it should.
fn palette(bytes: &[u8], at: usize, end: usize, bits: u16, used: usize, entry: usize) -> Vec<[u8; 3]> {
    if bits > 8 {
        return Vec::new();
    }
    let most = 1_usize << bits;
    let count = if used == 0 { most } else { used.min(256) };
    let room = if end > at { (end - at) / entry } else { count };
    let entries = bytes.get(at..).unwrap_or_default().chunks_exact(entry).take(count.min(room));
    entries.map(|entry| [entry[2], entry[1], entry[0]]).collect()
}

/// Little-endian numbers.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn u16(&self, at: usize) -> Option<u16> {
        Some(u16::from_le_bytes(*self.0.get(at..)?.first_chunk()?))
    }

    fn u32(&self, at: usize) -> Option<u32> {
        Some(u32::from_le_bytes(*self.0.get(at..)?.first_chunk()?))
    }
}
