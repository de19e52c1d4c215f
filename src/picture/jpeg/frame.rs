//! The frame header: how large the picture is, and how its components are sampled.

use crate::picture::error::PictureError;

use super::decoder_error::{damaged, unsupported};

/// How the coefficients of a frame are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Coding {
    /// In several scans of growing detail.
    pub is_progressive: bool,
    /// By arithmetic coding instead of Huffman codes.
    pub is_arithmetic: bool,
    /// Sample by sample instead of by coefficients.
    pub is_lossless: bool,
}

/// What the frame header says.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub coding: Coding,
    /// Width in pixels, at least 1.
    pub width: u32,
    /// Height in pixels; 0 when it is told behind the first scan.
    pub height: u32,
    /// 1, 3 or 4.
    pub components: Vec<Component>,
}

/// One colour component of a frame.
#[derive(Debug, Clone)]
pub(super) struct Component {
    pub id: u8,
    /// Horizontal sampling factor, 1 to 4.
    pub h: u32,
    /// Vertical sampling factor, 1 to 4.
    pub v: u32,
    /// Which quantization table it uses.
    pub quantization: usize,
}

impl Frame {
    /// Reads the data of a segment from SOF0 to SOF15.
    ///
    /// # Errors
    /// For kinds that are not decoded, and what no sound file has.
    pub(crate) fn read(marker: u8, data: &[u8]) -> Result<Self, PictureError> {
        let (is_progressive, is_arithmetic) = match marker {
            0xc0 | 0xc1 => (false, false),
            0xc2 => (true, false),
            0xc9 => (false, true),
            0xca => (true, true),
            0xc3 => (false, false),
            0xcb => return Err(unsupported("JPEG (lossless, arithmetically coded)")),
            _ => return Err(unsupported("JPEG (hierarchical)")),
        };
        let [precision, y0, y1, x0, x1, count, components @ ..] = data else {
            return Err(damaged("its frame header is cut short"));
        };
        if *precision != 8 {
            return Err(unsupported(&format!("JPEG ({precision} bits)")));
        }
        let (width, height) = (u16::from_be_bytes([*x0, *x1]), u16::from_be_bytes([*y0, *y1]));
        if width == 0 {
            return Err(damaged("it has no width"));
        }
        if !matches!(count, 1 | 3 | 4) {
            return Err(unsupported(&format!("JPEG ({count} components)")));
        }
        let components = components.as_chunks().0.get(..usize::from(*count));
        let components = components.ok_or_else(|| damaged("its frame header is cut short"))?;
        let component = |&[id, sampling, quantization]: &[u8; 3]| Component {
            id,
            h: u32::from(sampling >> 4),
            v: u32::from(sampling & 15),
            quantization: quantization.into(),
        };
        let mut components: Vec<Component> = components.iter().map(component).collect();
        if components.iter().any(|c| !(1..=4).contains(&c.h) || !(1..=4).contains(&c.v)) {
            return Err(damaged("its sampling factors are out of range"));
        }
        // Of one component alone the factors mean nothing.
        if let [only] = components.as_mut_slice() {
            (only.h, only.v) = (1, 1);
        }
        let coding = Coding { is_progressive, is_arithmetic, is_lossless: marker == 0xc3 };
        Ok(Self { coding, width: width.into(), height: height.into(), components })
    }

    /// The greatest sampling factors, horizontal and vertical.
    pub(crate) fn most(&self) -> (u32, u32) {
        let most = |factor: fn(&Component) -> u32| self.components.iter().map(factor).max().unwrap_or(1);
        (most(|c| c.h), most(|c| c.v))
    }

    /// How many MCUs lie side by side, and how many above each other, in a scan of all components.
    pub(crate) fn mcus(&self) -> (u32, u32) {
        let (h, v) = self.most();
        (self.width.div_ceil(8 * h), self.height.div_ceil(8 * v))
    }

    /// Blocks of a component side by side and above each other, padded to whole MCUs.
    pub(crate) fn padded_blocks(&self, component: &Component) -> (usize, usize) {
        let (x, y) = self.mcus();
        ((x * component.h) as usize, (y * component.v) as usize)
    }

    /// Blocks of a component side by side and above each other that have pixels of the picture.
    pub(crate) fn own_blocks(&self, component: &Component) -> (u32, u32) {
        let (h, v) = self.most();
        ((self.width * component.h).div_ceil(8 * h), (self.height * component.v).div_ceil(8 * v))
    }

    /// Number of blocks of all components, padded to whole MCUs.
    pub(crate) fn blocks(&self) -> u64 {
        let blocks = |component: &Component| {
            let (x, y) = self.padded_blocks(component);
            x as u64 * y as u64
        };
        self.components.iter().map(blocks).sum()
    }
}
