//! A tiny thumbnail of a picture, by which copies of it are recognised: re-encoded, resized, a little cropped or
//! recoloured.

/// The side of the thumbnail's brightness, in cells.
pub(crate) const LUMA_SIDE: usize = 16;
/// The side of each of its two planes of colour, in cells.
pub(crate) const CHROMA_SIDE: usize = 8;
/// The bytes of a thumbprint.
pub(crate) const BYTES: usize = LUMA_SIDE * LUMA_SIDE + 2 * CHROMA_SIDE * CHROMA_SIDE;
/// The version of the rules by which thumbprints are made. Those of other versions are made anew.
pub(crate) const THUMBPRINT_VERSION: u32 = 1;

/// A picture, upright and squeezed into a square: 16 x 16 means of its brightness, then 8 x 8 means of each colour
/// difference (blue, red; 128 is gray), as JPEG has them (ITU-R BT.601), row by row from the top left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thumbprint(pub [u8; BYTES]);

impl Thumbprint {
    /// The thumbprint with these bytes; `None` if they are not as many as one has.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The brightness.
    pub fn luma(&self) -> &[u8] {
        &self.0[..LUMA_SIDE * LUMA_SIDE]
    }

    /// The differences of blue and of red.
    pub fn chroma(&self) -> [&[u8]; 2] {
        let (blue, red) = self.0[LUMA_SIDE * LUMA_SIDE..].split_at(CHROMA_SIDE * CHROMA_SIDE);
        [blue, red]
    }
}
