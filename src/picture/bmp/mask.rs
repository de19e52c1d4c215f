//! Where the channels of a pixel of 16 or 32 bits are.

/// Which bits of a pixel one channel has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mask {
    mask: u32,
    shift: u32,
    /// The largest value that the channel can have.
    most: u32,
}

impl Mask {
    pub(super) fn new(mask: u32) -> Self {
        let shift = if mask == 0 { 0 } else { mask.trailing_zeros() };
        Self { mask, shift, most: mask >> shift }
    }

    pub(super) fn is_empty(self) -> bool {
        self.mask == 0
    }

    /// The channel of a pixel, from 0 to 255.
    pub(super) fn value(self, pixel: u32) -> u8 {
        let value = u64::from((pixel & self.mask) >> self.shift);
        (value * 255).checked_div(u64::from(self.most)).unwrap_or(0).min(255) as u8
    }
}
