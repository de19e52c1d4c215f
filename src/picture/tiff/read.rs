//! Reads strips and tiles row by row into a canvas, as much as there is.

use std::io::{ErrorKind, Read};

use super::canvas::Canvas;
use super::codec::{self, ChunkReader, Context};
use super::colors::{Colors, Depth};
use super::directory::File;
use super::layout::Layout;
use super::samples::RowFormat;

/// What was there of a picture.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    /// Pixels that were there; of planes, a share of each.
    pub present: u64,
    /// Pixels that were not.
    pub missing: u64,
    /// Whether the file ends before its pixels do.
    pub cut: bool,
    /// What was wrong first.
    pub reason: Option<String>,
    /// What is wrong with a strip or tile that counts as there, but was filled up.
    pub filled_up: Option<String>,
}

/// Everything that reading the pixels takes.
pub(super) struct Page<'a> {
    /// The file.
    pub file: File<'a>,
    /// How its samples lie.
    pub layout: Layout<'a>,
    /// What they mean.
    pub colors: Colors,
    /// Tables that all JPEG strips share.
    pub jpeg_tables: Option<&'a [u8]>,
}

/// The strip or tile of one place, in all its planes.
struct Column<'a> {
    readers: Vec<Option<ChunkReader<'a>>>,
    /// Samples of the rows that were read last: one row, or those that share colours.
    samples: Vec<f32>,
    /// Whether these rows are there.
    present: bool,
}

impl<'a> Page<'a> {
    /// Reads all rows. `old_jpeg` has the pixels where one JPEG file holds them all.
    pub(super) fn read(&self, old_jpeg: Option<&'a [u8]>, canvas: &mut Canvas) -> Coverage {
        let (layout, channels) = (&self.layout, self.colors.channels());
        let as_bytes = self.colors.are_bytes(layout);
        let mut coverage = Coverage::default();
        let rows_per_unit = layout.subsampling.1 as usize;
        let chunk_width = layout.chunk.0 as usize;
        let mut row = vec![0.0; layout.size.0 as usize * channels];
        let mut byte_row = vec![0; if as_bytes { row.len() } else { 0 }];
        let mut scratch = Scratch::default();
        for y in 0..layout.grid.1 {
            let top = y * layout.chunk.1;
            let mut columns: Vec<Column<'a>> =
                (0..layout.grid.0).map(|x| self.open(x, y, old_jpeg, &mut coverage)).collect();
            for line in 0..layout.chunk.1.min(layout.size.1 - top) as usize {
                if as_bytes {
                    let places = byte_row.chunks_mut(chunk_width * channels);
                    for (column, place) in columns.iter_mut().zip(places) {
                        column.present = column.read_bytes(self, &mut scratch, place, &mut coverage);
                        coverage.count(column.present, place.len() / channels);
                    }
                    canvas.push_bytes(&byte_row);
                    continue;
                }
                let places = row.chunks_mut(chunk_width * channels);
                for (column, place) in columns.iter_mut().zip(places) {
                    if line % rows_per_unit == 0 {
                        column.read_unit(self, &mut scratch, &mut coverage);
                    }
                    coverage.count(column.present, place.len() / channels);
                    let length = place.len() / channels * layout.samples();
                    let start = line % rows_per_unit * chunk_width * layout.samples();
                    match column.samples.get_mut(start..start + length) {
                        Some(samples) if column.present => self.colors.convert(samples, place),
                        _ => self.blank(place),
                    }
                }
                canvas.push(&row);
            }
        }
        coverage
    }

    /// Opens the strip or tile at a place of the grid.
    fn open(&self, x: u32, y: u32, old_jpeg: Option<&'a [u8]>, coverage: &mut Coverage) -> Column<'a> {
        let layout = &self.layout;
        let mut readers = Vec::with_capacity(layout.planes());
        for plane in 0..layout.planes() {
            if let Some(pixels) = old_jpeg {
                readers.push(Some(Box::new(pixels) as ChunkReader<'a>));
                continue;
            }
            let chunk = layout.chunk_bytes(&self.file, plane, x, y);
            coverage.cut |= chunk.cut;
            if chunk.bytes.is_empty() {
                readers.push(None);
                continue;
            }
            let context = Context {
                compression: layout.compression,
                size: (layout.chunk.0, layout.chunk_rows()),
                samples: layout.plane_bits(plane).len(),
                row_bytes: usize::try_from(layout.row_bytes(plane)).unwrap_or(usize::MAX),
                is_ycbcr: layout.ycbcr_jpeg,
                jpeg_tables: self.jpeg_tables,
            };
            let reader = codec::open(context, chunk.bytes, layout.reversed_bits);
            match reader {
                Ok((reader, damage)) => {
                    coverage.filled_up = coverage.filled_up.take().or(damage);
                    readers.push(Some(reader));
                }
                Err(error) => {
                    coverage.blame(&error.to_string());
                    readers.push(None);
                }
            }
        }
        Column { readers, samples: Vec::new(), present: false }
    }

    /// Fills pixels that are missing with mid-gray.
    fn blank(&self, place: &mut [f32]) {
        let channels = self.colors.channels();
        let (gray, opaque) = match self.colors.depth {
            Depth::Range => (f32::NAN, 1.0),
            depth => ((depth.top() / 255.0 * 128.0).floor(), depth.top()),
        };
        place.fill(if self.colors.is_cmyk() { 0.0 } else { gray });
        if self.colors.is_cmyk() || self.colors.has_alpha() {
            let last = if self.colors.is_cmyk() { 127.0 } else { opaque };
            place.chunks_exact_mut(channels).filter_map(<[f32]>::last_mut).for_each(|value| *value = last);
        }
    }
}

/// Buffers that serve row after row.
#[derive(Default)]
struct Scratch {
    bytes: Vec<u8>,
    samples: Vec<f32>,
}

impl Column<'_> {
    /// Reads the next row of a strip or tile whose bytes are channels into its place in the picture. False when it is
    /// missing; the place is gray then.
    fn read_bytes(
        &mut self,
        page: &Page<'_>,
        scratch: &mut Scratch,
        place: &mut [u8],
        coverage: &mut Coverage,
    ) -> bool {
        let layout = &page.layout;
        scratch.bytes.resize(usize::try_from(layout.row_bytes(0)).unwrap_or(0), 0);
        let present = match self.readers.first_mut() {
            Some(reader) => read_row(reader, &mut scratch.bytes, coverage),
            None => false,
        };
        if !present {
            place.fill(128);
            if page.colors.has_alpha() {
                let channels = page.colors.channels();
                place.chunks_exact_mut(channels).filter_map(<[u8]>::last_mut).for_each(|alpha| *alpha = 255);
            }
            return false;
        }
        let format = RowFormat {
            bits: layout.plane_bits(0),
            kind: layout.kind,
            big_endian: page.file.big_endian,
            predictor: layout.predictor,
        };
        format.undo_predictor(&mut scratch.bytes);
        place.iter_mut().zip(&scratch.bytes).for_each(|(out, byte)| *out = *byte);
        true
    }

    /// Reads the next row of all planes, or the rows that share colours, to `samples`.
    fn read_unit(&mut self, page: &Page<'_>, scratch: &mut Scratch, coverage: &mut Coverage) {
        let layout = &page.layout;
        let (samples, width) = (layout.samples(), layout.chunk.0 as usize);
        self.samples.resize(width * samples * layout.subsampling.1 as usize, 0.0);
        self.present = true;
        for (plane, reader) in self.readers.iter_mut().enumerate() {
            scratch.bytes.resize(usize::try_from(layout.row_bytes(plane)).unwrap_or(0), 0);
            if !read_row(reader, &mut scratch.bytes, coverage) {
                self.present = false;
                continue;
            }
            let format = RowFormat {
                bits: layout.plane_bits(plane),
                kind: layout.kind,
                big_endian: page.file.big_endian,
                predictor: layout.predictor,
            };
            if layout.planes() == 1 && layout.subsampling == (1, 1) {
                format.read(&mut scratch.bytes, &mut self.samples);
                continue;
            }
            scratch.samples.resize(usize::try_from(layout.row_samples(plane)).unwrap_or(0), 0.0);
            format.read(&mut scratch.bytes, &mut scratch.samples);
            if layout.planes() > 1 {
                for (pixel, value) in self.samples.chunks_exact_mut(samples).zip(&scratch.samples) {
                    if let Some(sample) = pixel.get_mut(plane) {
                        *sample = *value;
                    }
                }
            } else {
                repeat_units(&scratch.samples, layout.subsampling, width, &mut self.samples);
            }
        }
    }
}

/// Spreads units of luma, as many as `x` times `y`, and two shared differences of colour to `y` rows of pixels.
fn repeat_units(units: &[f32], (x, y): (u32, u32), width: usize, out: &mut [f32]) {
    let (x, y) = (x as usize, y as usize);
    for (i, unit) in units.chunks_exact(x * y + 2).enumerate() {
        let Some((lumas, &[blue, red])) = unit.split_last_chunk() else { continue };
        for (j, luma) in lumas.iter().enumerate() {
            let (column, row) = (i * x + j % x, j / x);
            if column < width
                && let Some(pixel) =
                    out.get_mut((row * width + column) * 3..).and_then(<[f32]>::first_chunk_mut)
            {
                *pixel = [*luma, blue, red];
            }
        }
    }
}

/// Reads a row of bytes. One that ends early counts as there, with zeros after it; one that does not begin as missing,
/// with all after it.
fn read_row(reader: &mut Option<ChunkReader<'_>>, row: &mut [u8], coverage: &mut Coverage) -> bool {
    let Some(open) = reader else { return false };
    let mut filled = 0;
    let end = loop {
        let Some(rest) = row.get_mut(filled..).filter(|rest| !rest.is_empty()) else { return true };
        match open.read(rest) {
            Ok(0) => break None,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => break Some(error),
        }
    };
    if let Some(error) = end {
        coverage.blame(&error.to_string());
    }
    *reader = None;
    if let Some(rest) = row.get_mut(filled..) {
        rest.fill(0);
    }
    filled > 0
}

impl Coverage {
    fn count(&mut self, present: bool, pixels: usize) {
        if present {
            self.present += pixels as u64;
        } else {
            self.missing += pixels as u64;
        }
    }

    fn blame(&mut self, reason: &str) {
        self.reason.get_or_insert_with(|| reason.lines().next().unwrap_or_default().to_owned());
    }
}
