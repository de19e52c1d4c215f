//! How the samples of a page lie in its file: size, kind of samples, strips or tiles.

use super::super::error::PictureError;
use super::super::limits::Limits;
use super::super::plan::check_size;
use super::codec::Compression;
use super::directory::{Directory, File, Values};
use super::error::damaged;
use super::pixel::{self, Alpha, Photometric, SampleKind};
use super::tags;

/// Most samples of a pixel that are read; satellites have a few hundred.
const MAX_SAMPLES: u64 = 1024;

/// How the samples of a page lie in its file.
#[derive(Debug, Clone)]
pub(super) struct Layout<'a> {
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// Bits of each sample of a pixel, 1 to 64 each; at least one.
    pub bits: Vec<u8>,
    /// What each sample is.
    pub kind: SampleKind,
    /// What the samples mean.
    pub photometric: Photometric,
    /// Which sample is transparency, if any.
    pub alpha: Option<Alpha>,
    /// Whether JPEG strips are luma and differences of colour, which their decoder turns to RGB.
    pub ycbcr_jpeg: bool,
    /// Whether each sample of the pixels has strips or tiles of its own.
    pub planar: bool,
    /// Width and height of a strip or tile, in pixels, at least 1 each.
    pub chunk: (u32, u32),
    /// How many strips or tiles lie beside each other, and below each other.
    pub grid: (u32, u32),
    /// How many pixels share their differences of colour, along each side: 1, 2 or 4.
    pub subsampling: (u32, u32),
    /// How strips and tiles are compressed.
    pub compression: Compression,
    /// 1: none, 2: differences of samples, 3: differences of the bytes of floating-point numbers.
    pub predictor: u16,
    /// Whether the lowest bit of a byte comes first.
    pub reversed_bits: bool,
    offsets: Option<Values<'a>>,
    lengths: Option<Values<'a>>,
}

impl<'a> Layout<'a> {
    /// Reads the tags of a page.
    pub(super) fn read(page: &Directory<'a>, limits: &Limits) -> Result<Self, PictureError> {
        let side = |tag, name: &str| match page.number(tag).map(u32::try_from) {
            None | Some(Ok(0)) => Err(damaged(format!("it does not say its {name}"))),
            Some(Ok(side)) => Ok(side),
            Some(Err(_)) => Err(damaged(format!("its {name} can't be true"))),
        };
        let size = (side(tags::IMAGE_WIDTH, "width")?, side(tags::IMAGE_LENGTH, "height")?);
        check_size(size.0, size.1, limits)?;
        let compression = Compression::read(page)?;
        let samples = pixel::samples(page, compression);
        if !(1..=MAX_SAMPLES).contains(&samples) {
            return Err(damaged(format!("{samples} samples a pixel can't be true")));
        }
        let samples = samples as usize;
        let mut photometric = pixel::photometric(page, samples, compression)?;
        let bits = pixel::bits(page, samples, compression)?;
        let kind = match page.small(tags::SAMPLE_FORMAT, 1) {
            _ if compression.makes_bytes() || photometric.is_lab() => SampleKind::Unsigned,
            2 => SampleKind::Signed,
            3 => SampleKind::Float,
            5 | 6 => return Err(PictureError::Unsupported("TIFF (complex numbers)".into())),
            _ => SampleKind::Unsigned,
        };
        let colors = match photometric {
            Photometric::Separated => 3,
            // Pillow takes the luma of a YCbCr picture that has nothing else.
            Photometric::YCbCr if samples == 1 => 1,
            other => other.colors(),
        };
        if samples < colors {
            return Err(damaged(format!("{samples} samples a pixel are too few for its colours")));
        }
        let planar = samples > 1 && page.small(tags::PLANAR_CONFIGURATION, 1) == 2;
        let ycbcr_jpeg =
            photometric == Photometric::YCbCr && samples >= 3 && !planar && compression.is_jpeg();
        if ycbcr_jpeg {
            photometric = Photometric::Rgb;
        } else if photometric == Photometric::YCbCr && samples < 3 {
            photometric = Photometric::BlackIsZero;
        }
        let mut layout = Self {
            size,
            bits,
            kind,
            photometric,
            alpha: pixel::alpha(page, samples, photometric.colors()),
            planar,
            ycbcr_jpeg,
            chunk: size,
            grid: (1, 1),
            subsampling: (1, 1),
            compression,
            predictor: if compression.predicts() { page.small(tags::PREDICTOR, 1) } else { 1 },
            reversed_bits: page.small(tags::FILL_ORDER, 1) == 2 && !compression.makes_bytes(),
            offsets: None,
            lengths: None,
        };
        if let Some(needed) = compression.fixed_bits()
            && (layout.bits.iter().any(|bits| *bits != needed) || layout.plane_bits(0).len() != 1)
        {
            return Err(damaged(format!("its compression is for samples of {needed} bits")));
        }
        layout.read_chunks(page)?;
        layout.read_subsampling(page)?;
        Ok(layout)
    }

    /// Reads where strips or tiles are.
    fn read_chunks(&mut self, page: &Directory<'a>) -> Result<(), PictureError> {
        let side = |tag| page.number(tag).map(|side| u32::try_from(side).unwrap_or(u32::MAX));
        let tile = side(tags::TILE_WIDTH).zip(side(tags::TILE_LENGTH));
        let tiled = page.get(tags::TILE_OFFSETS).or_else(|| page.get(tags::STRIP_OFFSETS));
        match tile {
            Some((width, height)) if tiled.is_some() => {
                if width == 0 || height == 0 {
                    return Err(damaged("its tiles have no size"));
                }
                self.chunk = (width, height);
                self.offsets = tiled;
                self.lengths = page.get(tags::TILE_BYTE_COUNTS).or_else(|| page.get(tags::STRIP_BYTE_COUNTS));
            }
            _ => {
                let rows = side(tags::ROWS_PER_STRIP).unwrap_or(0);
                let rows = if rows == 0 { self.size.1 } else { rows.min(self.size.1) };
                self.chunk = (self.size.0, rows);
                self.offsets = page.get(tags::STRIP_OFFSETS).or_else(|| page.get(tags::TILE_OFFSETS));
                self.lengths = page.get(tags::STRIP_BYTE_COUNTS).or_else(|| page.get(tags::TILE_BYTE_COUNTS));
            }
        }
        if self.offsets.is_none() && self.compression != Compression::OldJpeg {
            return Err(damaged("it does not say where its pixels are"));
        }
        self.grid = (self.size.0.div_ceil(self.chunk.0), self.size.1.div_ceil(self.chunk.1));
        let chunks = u64::from(self.grid.0) * u64::from(self.grid.1) * self.planes() as u64;
        let listed = self.offsets.map_or(u64::MAX, |offsets| offsets.len() as u64);
        if listed < chunks / 4 {
            return Err(damaged(format!("it lists only {listed} of its {chunks} strips or tiles")));
        }
        Ok(())
    }

    fn read_subsampling(&mut self, page: &Directory<'a>) -> Result<(), PictureError> {
        // JPEG of all samples together has its own idea of it.
        if self.photometric != Photometric::YCbCr || self.compression.makes_bytes() && !self.planar {
            return Ok(());
        }
        let stated = page.get(tags::YCBCR_SUBSAMPLING).map(|values| values.numbers(2));
        self.subsampling = match stated.as_deref() {
            Some(&[x @ (1 | 2 | 4), y @ (1 | 2 | 4)]) => (x as u32, y as u32),
            Some(_) => return Err(damaged("its subsampling of colours can't be true")),
            // The default is 2 x 2; writers that don't know of it don't subsample.
            None if self.is_full_size() => (1, 1),
            None => (2, 2),
        };
        if self.subsampling == (1, 1) {
            return Ok(());
        }
        if self.planar {
            return Err(PictureError::Unsupported("TIFF (subsampled planes of colour)".into()));
        }
        if self.bits.len() != 3 {
            return Err(PictureError::Unsupported("TIFF (subsampled colours beside other samples)".into()));
        }
        Ok(())
    }

    /// Whether the strips or tiles are, as their lengths say, uncompressed and have all samples of all pixels.
    fn is_full_size(&self) -> bool {
        let lengths = self
            .lengths
            .into_iter()
            .flat_map(|lengths| (0..lengths.len()).filter_map(move |i| lengths.number(i)));
        let all = lengths.fold(0u64, u64::saturating_add);
        let full = u64::from(self.size.0) * u64::from(self.size.1) * self.samples() as u64;
        self.compression == Compression::None && all >= full
    }

    /// How many samples a pixel has.
    pub(super) fn samples(&self) -> usize {
        self.bits.len()
    }

    /// How many planes there are: one, or one a sample.
    pub(super) fn planes(&self) -> usize {
        if self.planar { self.samples() } else { 1 }
    }

    /// Bits of the samples that a strip or tile of this plane has, a pixel.
    pub(super) fn plane_bits(&self, plane: usize) -> &[u8] {
        match self.bits.get(plane..plane + 1) {
            Some(bits) if self.planar => bits,
            _ => &self.bits,
        }
    }

    /// How many samples a row of a strip or tile has; of several rows of pixels where these share colours.
    pub(super) fn row_samples(&self, plane: usize) -> u64 {
        let width = u64::from(self.chunk.0);
        match self.subsampling {
            (1, 1) => width * self.plane_bits(plane).len() as u64,
            (x, y) => width.div_ceil(u64::from(x)) * (u64::from(x * y) + 2),
        }
    }

    /// Bytes of such a row.
    pub(super) fn row_bytes(&self, plane: usize) -> u64 {
        let bits = match self.subsampling {
            (1, 1) => {
                let bits = self.plane_bits(plane).iter().map(|bits| u64::from(*bits)).sum::<u64>();
                u64::from(self.chunk.0) * bits
            }
            _ => self.row_samples(plane) * u64::from(self.bits.first().copied().unwrap_or(8)),
        };
        bits.div_ceil(8)
    }

    /// How many such rows a strip or tile has. The last strip has less.
    pub(super) fn chunk_rows(&self) -> u32 {
        self.chunk.1.div_ceil(self.subsampling.1)
    }

    /// How many such rows of the strip or tile in row `y` of the grid are needed.
    fn needed_rows(&self, y: u32) -> u32 {
        let left = self.size.1.saturating_sub(y.saturating_mul(self.chunk.1));
        self.chunk.1.min(left).div_ceil(self.subsampling.1)
    }

    /// The compressed bytes of a strip or tile. `cut` is whether the file ends before they do.
    pub(super) fn chunk_bytes(&self, file: &File<'a>, plane: usize, x: u32, y: u32) -> ChunkBytes<'a> {
        let missing = ChunkBytes { bytes: &[], cut: false };
        let index =
            (plane as u64 * u64::from(self.grid.1) + u64::from(y)) * u64::from(self.grid.0) + u64::from(x);
        let Ok(index) = usize::try_from(index) else { return missing };
        let Some(offset) = self.offsets.and_then(|offsets| offsets.number(index)) else { return missing };
        if offset == 0 {
            return missing;
        }
        let full = self.row_bytes(plane).saturating_mul(u64::from(self.needed_rows(y)));
        let length = match self.lengths.and_then(|lengths| lengths.number(index)) {
            // Some writers leave the length out or write nonsense: decoders stop by themselves.
            None | Some(0) => file.length(),
            _ if self.compression == Compression::None => full,
            Some(length) => length,
        };
        let bytes = file.slice(offset, length);
        let wanted = if self.compression == Compression::None { full } else { length.min(file.length()) };
        ChunkBytes { bytes, cut: (bytes.len() as u64) < wanted }
    }
}

/// The compressed bytes of a strip or tile.
#[derive(Debug, Clone, Copy)]
pub(super) struct ChunkBytes<'a> {
    /// As many of them as the file has.
    pub bytes: &'a [u8],
    /// Whether the file ends before they do.
    pub cut: bool,
}
