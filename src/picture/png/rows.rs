//! The rows of a PNG as RGB, in order or interlaced.

use std::io::{Cursor, ErrorKind};

use image::{ColorType, RgbImage};
use png::{BitDepth, DecodingError, InterlaceInfo, Transformations};

use crate::picture::decoder_error;
use crate::picture::error::PictureError;
use crate::picture::format::Format;
use crate::picture::limits::Limits;
use crate::picture::rgb::ToRgb;
use crate::picture::row_average::RowAverager;

/// A file whose header was read.
pub(super) type Reader<'a> = png::Reader<Cursor<&'a [u8]>>;

/// Whether wrong checksums are errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checks {
    Strict,
    None,
}

/// How decoding ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Ended {
    /// Every pixel is there.
    Complete,
    /// Only a `share` of the pixels is there, from 0 to 1: the file is cut short (`truncated`) or damaged.
    Early { share: f64, truncated: bool },
}

/// The decoded picture and how far it goes.
pub(super) type Rows = (RgbImage, Ended);

/// Reads up to the pixels.
pub(super) fn open<'a>(
    bytes: &'a [u8],
    limits: &Limits,
    checks: Checks,
) -> Result<Reader<'a>, DecodingError> {
    let limit = png::Limits { bytes: usize::try_from(limits.max_memory).unwrap_or(usize::MAX) };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limit);
    decoder.set_transformations(Transformations::EXPAND);
    decoder.set_ignore_text_chunk(true);
    decoder.ignore_checksums(checks == Checks::None);
    decoder.read_info()
}

/// Decodes the picture, with the average of every `factor` x `factor` pixels in place of them; an interlaced one always in
/// full.
pub(super) fn decode(reader: &mut Reader<'_>, factor: u32) -> Result<Rows, PictureError> {
    let info = reader.info();
    let (width, height) = (info.width, info.height);
    let profile = info.icc_profile.as_ref().map(|profile| profile.to_vec());
    let interlaced = info.interlaced;
    let (colors, depth) = reader.output_color_type();
    let deep = depth == BitDepth::Sixteen;
    let color = color_type(colors, deep);
    let mut rows =
        Converter { to_rgb: ToRgb::new(color, profile.as_deref(), Format::Png)?, deep, native: Vec::new() };
    let pixel = usize::from(color.bytes_per_pixel());
    let mut line = vec![0; width as usize * 3];
    if interlaced {
        return Ok(interlaced_rows(reader, &mut rows, (width, height), pixel, &mut line));
    }
    let mut averager = RowAverager::new((width, height), factor);
    while averager.rows() < height {
        match reader.next_row() {
            Ok(Some(row)) => {
                rows.convert(row.data(), &mut line);
                averager.push(&line);
            }
            Ok(None) => break,
            Err(error) => {
                let share = f64::from(averager.rows()) / f64::from(height.max(1));
                return Ok((averager.finish(), early(share, &error)));
            }
        }
    }
    let share = f64::from(averager.rows()) / f64::from(height.max(1));
    let ended =
        if averager.rows() == height { Ended::Complete } else { Ended::Early { share, truncated: true } };
    Ok((averager.finish(), ended))
}

/// Every pixel of an early pass fills its block until later ones come, as browsers show it.
fn interlaced_rows(
    reader: &mut Reader<'_>,
    rows: &mut Converter,
    (width, height): (u32, u32),
    pixel: usize,
    line: &mut [u8],
) -> Rows {
    let mut out = RgbImage::new(width, height);
    out.fill(255);
    let (mut seen, stride) = (0_u64, width as usize * 3);
    let all = u64::from(width) * u64::from(height);
    loop {
        match reader.next_interlaced_row() {
            Ok(Some(row)) => {
                let InterlaceInfo::Adam7(pass) = row.interlace() else { continue };
                let pixels = row.data().len() / pixel.max(1);
                let Some(line) = line.get_mut(..pixels * 3) else { continue };
                rows.convert(row.data(), line);
                png::splat_interlaced_row(&mut out, stride, line, pass, 24);
                seen += pixels as u64;
            }
            Ok(None) => {
                let share = seen as f64 / all.max(1) as f64;
                let whole = seen >= all;
                return (out, if whole { Ended::Complete } else { Ended::Early { share, truncated: true } });
            }
            // Three of four pixels are guessed from one: a quarter of the picture is there from a sixteenth on.
            Err(error) => return (out, early((4.0 * seen as f64 / all.max(1) as f64).min(0.99), &error)),
        }
    }
}

/// Rows as the decoder gives them to RGB.
struct Converter {
    to_rgb: ToRgb,
    /// Samples are of 16 bits.
    deep: bool,
    /// A row with its samples in the byte order of this machine.
    native: Vec<u8>,
}

impl Converter {
    fn convert(&mut self, row: &[u8], line: &mut [u8]) {
        if !self.deep {
            self.to_rgb.convert(row, line);
            return;
        }
        self.native.clear();
        self.native
            .extend(row.as_chunks::<2>().0.iter().flat_map(|pair| u16::from_be_bytes(*pair).to_ne_bytes()));
        self.to_rgb.convert(&self.native, line);
    }
}

fn color_type(colors: png::ColorType, deep: bool) -> ColorType {
    match (colors, deep) {
        (png::ColorType::Grayscale, false) => ColorType::L8,
        (png::ColorType::Grayscale, true) => ColorType::L16,
        (png::ColorType::GrayscaleAlpha, false) => ColorType::La8,
        (png::ColorType::GrayscaleAlpha, true) => ColorType::La16,
        // Palettes are expanded.
        (png::ColorType::Rgb | png::ColorType::Indexed, false) => ColorType::Rgb8,
        (png::ColorType::Rgb | png::ColorType::Indexed, true) => ColorType::Rgb16,
        (png::ColorType::Rgba, false) => ColorType::Rgba8,
        (png::ColorType::Rgba, true) => ColorType::Rgba16,
    }
}

fn early(share: f64, error: &DecodingError) -> Ended {
    let truncated =
        matches!(error, DecodingError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof);
    Ended::Early { share, truncated }
}

/// The reason that an error of the decoder stands for.
pub(super) fn explain(error: DecodingError) -> PictureError {
    match error {
        DecodingError::LimitsExceeded => PictureError::TooMuchMemory(Format::Png),
        error => decoder_error::damaged(&error, Format::Png),
    }
}
