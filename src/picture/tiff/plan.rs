//! Plans how the pixels of a TIFF file are decoded.

use image::metadata::Orientation;

use super::super::error::PictureError;
use super::super::exif;
use super::super::format::Format;
use super::super::limits::Limits;
use super::super::plan::{DecodePlan, Decoded, MinimumSize, minimum_as_stored};
use super::super::row_average;
use super::canvas::{Canvas, PixelKind};
use super::codec::{self, Compression};
use super::colors::Colors;
use super::directory::{Directory, File};
use super::error::damaged;
use super::layout::Layout;
use super::pixel::SampleKind;
use super::read::{Coverage, Page};
use super::tags;

/// Size of the pixels, in bytes, above which they are reduced while they are read: below, exactness matters more.
const REDUCE_ABOVE: u64 = 64 << 20;
/// Memory that is taken beside pixels and decoders, in bytes.
const OTHER_MEMORY: u64 = 1 << 20;
/// Of how many parts of a picture at least one must be there.
const LEAST_PART: u64 = 4;

/// Reads the header of a TIFF file and plans how its pixels are decoded.
pub(in super::super) fn plan<'a>(
    bytes: &'a [u8],
    limits: &Limits,
    minimum_size: MinimumSize,
) -> Result<DecodePlan<'a>, PictureError> {
    let file = File::open(bytes).ok_or_else(|| damaged("it has no header"))?;
    let (page, layout) = choose_page(&file, limits)?;
    let mut layout = layout;
    let colors = Colors::read(&page, &layout)?;
    let stored = layout.size;
    let orientation = page.number(tags::ORIENTATION).and_then(|value| u8::try_from(value).ok());
    let orientation = orientation.and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms);
    let kind = PixelKind {
        channels: colors.channels(),
        depth: colors.depth,
        alpha: colors.has_alpha(),
        cmyk: colors.is_cmyk(),
        inverted: colors.is_inverted(),
    };
    let mut factor = 1;
    if Canvas::memory(stored, 1, kind) > REDUCE_ABOVE {
        factor = row_average::factor(stored, minimum_as_stored(stored, orientation, minimum_size)).max(1);
    }
    let is_old_jpeg = layout.compression == Compression::OldJpeg;
    if is_old_jpeg {
        layout.planar = false;
        layout.chunk = stored;
        layout.grid = (1, 1);
    }
    let memory =
        Canvas::memory(stored, factor, kind).saturating_add(decoder_memory(&layout, bytes.len() as u64));
    let taken_at = taken_at(&file, &page);
    let work = move || {
        let profile = page.bytes(tags::ICC_PROFILE);
        let stated_range = stated_range(&page);
        let whole_numbers = full_range(&layout);
        let mut canvas = Canvas::new(stored, factor, kind);
        let old_jpeg = if is_old_jpeg {
            let samples = layout.samples();
            let pixels = codec::read_old_jpeg(&file, &page, stored, samples, layout.ycbcr_jpeg);
            Some(pixels.map_err(|error| damaged(error.to_string()))?)
        } else {
            None
        };
        let (old_jpeg, old_jpeg_damage) = old_jpeg.unzip();
        let is_one_piece = layout.grid == (1, 1) && layout.planes() == 1;
        let mut coverage = {
            let page = Page { file, layout, colors, jpeg_tables: page.bytes(tags::JPEG_TABLES) };
            page.read(old_jpeg.as_deref(), &mut canvas)
        };
        coverage.filled_up = coverage.filled_up.or(old_jpeg_damage.flatten());
        let damage = damage(coverage, is_one_piece)?;
        let pixels = canvas.finish(profile, stated_range, whole_numbers)?;
        Ok(Decoded { pixels, taken_at, damage })
    };
    Ok(DecodePlan {
        format: Format::Tiff,
        stored,
        orientation,
        taken_at,
        memory,
        factor,
        work: Box::new(work),
    })
}

/// The first page; or, where that says of itself that it is a small version of another, the first that does not.
fn choose_page<'a>(file: &File<'a>, limits: &Limits) -> Result<(Directory<'a>, Layout<'a>), PictureError> {
    let is_small =
        |page: &Directory<'_>| page.number(tags::NEW_SUBFILE_TYPE).is_some_and(|kind| kind & 1 == 1);
    let pages = file.directories();
    let first = pages.first().ok_or_else(|| match file.first() < file.length() {
        true => damaged("it has no pages"),
        false => PictureError::Truncated { format: Format::Tiff, reason: "the file ends too early".into() },
    })?;
    let width = |page: &Directory<'_>| page.number(tags::IMAGE_WIDTH);
    if is_small(first) {
        let full = pages.iter().filter(|page| !is_small(page) && width(page) > width(first));
        for page in full {
            if let Ok(layout) = Layout::read(page, limits) {
                return Ok((page.clone(), layout));
            }
        }
    }
    Ok((first.clone(), Layout::read(first, limits)?))
}

/// Upper bound of the memory that decoders and rows take, in bytes.
fn decoder_memory(layout: &Layout<'_>, file_length: u64) -> u64 {
    let mut memory = OTHER_MEMORY;
    let across = u64::from(layout.grid.0);
    let rows = u64::from(layout.chunk_rows());
    for plane in 0..layout.planes() {
        let row = layout.row_bytes(plane);
        let length = row.saturating_mul(rows);
        let mut decoder = layout.compression.memory(length).saturating_add(row);
        if layout.reversed_bits {
            decoder = decoder.saturating_add(file_length.min(length.saturating_mul(2)));
        }
        memory = memory.saturating_add(across.saturating_mul(decoder));
        memory = memory.saturating_add(layout.row_samples(plane).saturating_mul(8));
    }
    let row = u64::from(layout.chunk.0) * layout.samples() as u64 * u64::from(layout.subsampling.1) * 4;
    let old_jpeg = if layout.compression == Compression::OldJpeg { file_length } else { 0 };
    memory
        .saturating_add(across.saturating_mul(row))
        .saturating_add(u64::from(layout.size.0) * 20)
        .saturating_add(old_jpeg)
}

/// Black and white of samples that are neither, as the tags say.
fn stated_range(page: &Directory<'_>) -> Option<(f32, f32)> {
    let value = |tag| page.get(tag).and_then(|values| values.float(0)).map(|value| value as f32);
    let (black, white) = (value(tags::S_MIN_SAMPLE_VALUE)?, value(tags::S_MAX_SAMPLE_VALUE)?);
    (black.is_finite() && white.is_finite() && black < white).then_some((black, white))
}

/// The largest of samples that are whole numbers.
fn full_range(layout: &Layout<'_>) -> Option<f32> {
    let bits = i32::from(layout.bits.first().copied().unwrap_or(8));
    match layout.kind {
        SampleKind::Unsigned => Some(2f32.powi(bits) - 1.0),
        SampleKind::Signed => Some(2f32.powi(bits - 1) - 1.0),
        SampleKind::Float => None,
    }
}

/// The time of capture, as in [`DecodePlan::taken_at`].
fn taken_at(file: &File<'_>, page: &Directory<'_>) -> Option<i64> {
    let found = file.directory(page.number(tags::EXIF_DIRECTORY)?)?;
    exif::seconds_of_text(found.bytes(tags::DATE_TIME_ORIGINAL)?)
}

/// What is wrong with a picture of which this is there, in plain words. Less than a part of it is an error.
fn damage(coverage: Coverage, is_one_piece: bool) -> Result<Option<String>, PictureError> {
    let total = coverage.present + coverage.missing;
    if coverage.missing == 0 {
        return Ok(match coverage.filled_up {
            Some(_) if !is_one_piece => Some("some of its strips or tiles are damaged".into()),
            words => words,
        });
    }
    let percent = coverage.present * 100 / total.max(1);
    if coverage.present < total.div_ceil(LEAST_PART) {
        let reason = coverage.reason;
        return Err(if coverage.cut && reason.is_none() {
            PictureError::Truncated { format: Format::Tiff, reason: "the file ends too early".into() }
        } else {
            damaged(reason.unwrap_or_else(|| format!("only {percent} % of its pixels are there")))
        });
    }
    Ok(Some(if coverage.cut {
        format!("the file ends after {percent} % of the picture")
    } else {
        format!("only {percent} % of the picture can be read")
    }))
}
