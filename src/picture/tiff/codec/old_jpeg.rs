//! JPEG as TIFF 6.0 had it, before Technical Note 2: one JPEG file in parts, which are put together again.

use std::io;

use super::super::directory::{Directory, File, Values};
use super::super::tags;
use super::context::invalid;

/// Most of a file, in bytes, that is put together: more is no scan of that time.
const MAX_LENGTH: usize = 64 << 20;

/// Puts a JPEG file together for a page of `size` pixels.
pub(super) fn assemble(
    file: &File<'_>,
    page: &Directory<'_>,
    size: (u32, u32),
    samples: usize,
) -> io::Result<Vec<u8>> {
    if let Some(at) = page.number(tags::JPEG_INTERCHANGE_FORMAT) {
        let length = page.number(tags::JPEG_INTERCHANGE_FORMAT_LENGTH).unwrap_or(0);
        let stream = file.slice(at, u64::MAX);
        if stream.starts_with(b"\xff\xd8") {
            return match scan_start(stream) {
                // The stated length is often that of the headers only.
                Some(_) => Ok(stream.get(..MAX_LENGTH).unwrap_or(stream).to_vec()),
                None => {
                    let head = file.slice(at, length);
                    let mut out = head.strip_suffix(b"\xff\xd9").unwrap_or(head).to_vec();
                    append_strips(&mut out, file, page)?;
                    Ok(out)
                }
            };
        }
    }
    from_tables(file, page, size, samples)
}

/// Where the compressed pixels of a JPEG file begin, by its markers.
fn scan_start(stream: &[u8]) -> Option<usize> {
    let mut at = 2;
    loop {
        match *stream.get(at..at + 4)? {
            [0xff, 0xda, ..] => return Some(at),
            [0xff, 0xff, ..] => at += 1,
            [0xff, _, high, low] => at += 2 + usize::from(u16::from_be_bytes([high, low])),
            _ => return None,
        }
    }
}

/// Writes the headers from the tables that the tags point at.
fn from_tables(
    file: &File<'_>,
    page: &Directory<'_>,
    size: (u32, u32),
    samples: usize,
) -> io::Result<Vec<u8>> {
    if page.small(tags::JPEG_PROC, 1) != 1 {
        return Err(invalid("lossless JPEG of the old kind is not supported"));
    }
    let tables = |tag| page.get(tag).ok_or_else(|| invalid("it has no JPEG tables"));
    let (quantization, dc, ac) =
        (tables(tags::JPEG_Q_TABLES)?, tables(tags::JPEG_DC_TABLES)?, tables(tags::JPEG_AC_TABLES)?);
    let (Ok(width), Ok(height)) = (u16::try_from(size.0), u16::try_from(size.1)) else {
        return Err(invalid("it is too large for JPEG"));
    };
    let mut out = vec![0xff, 0xd8];
    for i in 0..samples.min(4) {
        let table = file.slice(at(&quantization, i)?, 64);
        segment(&mut out, 0xdb, &[&[i as u8], table]);
    }
    for (class, offsets) in [(0, &dc), (0x10, &ac)] {
        for i in 0..samples.min(4) {
            let at = at(offsets, i)?;
            let counts = file.slice(at, 16);
            let values = file.slice(at + 16, counts.iter().map(|count| u64::from(*count)).sum());
            segment(&mut out, 0xc4, &[&[class | i as u8], counts, values]);
        }
    }
    let factors = page.get(tags::YCBCR_SUBSAMPLING).map_or_else(Vec::new, |factors| factors.numbers(2));
    let (x, y) = match *factors.as_slice() {
        _ if samples == 1 => (1, 1),
        [x @ (1 | 2 | 4), y @ (1 | 2 | 4)] => (x as u8, y as u8),
        _ => (2, 2),
    };
    let mut frame = vec![8];
    frame.extend(height.to_be_bytes());
    frame.extend(width.to_be_bytes());
    frame.push(samples as u8);
    let mut scan = vec![samples as u8];
    for i in 0..samples as u8 {
        frame.extend([i + 1, if i == 0 { x << 4 | y } else { 0x11 }, i]);
        scan.extend([i + 1, i << 4 | i]);
    }
    scan.extend([0, 63, 0]);
    // Not baseline, which has no third and fourth table.
    segment(&mut out, 0xc1, &[&frame]);
    let strips = page.get(tags::STRIP_OFFSETS).map_or(0, |strips| strips.len());
    let rows = page.number(tags::ROWS_PER_STRIP).unwrap_or(0);
    let restart = match page.small(tags::JPEG_RESTART_INTERVAL, 0) {
        0 if strips > 1 => {
            let blocks = u64::from(size.0).div_ceil(8 * u64::from(x)) * (rows / (8 * u64::from(y)));
            u16::try_from(blocks).unwrap_or(0)
        }
        stated => stated,
    };
    segment(&mut out, 0xdd, &[&restart.to_be_bytes()]);
    segment(&mut out, 0xda, &[&scan]);
    append_strips(&mut out, file, page)?;
    Ok(out)
}

fn at(offsets: &Values<'_>, i: usize) -> io::Result<u64> {
    // One table may serve all.
    offsets.number(i).or_else(|| offsets.number(0)).ok_or_else(|| invalid("it has no JPEG tables"))
}

fn segment(out: &mut Vec<u8>, marker: u8, parts: &[&[u8]]) {
    let length = 2 + parts.iter().map(|part| part.len()).sum::<usize>();
    out.extend([0xff, marker]);
    out.extend((length as u16).to_be_bytes());
    parts.iter().for_each(|part| out.extend_from_slice(part));
}

/// Appends the compressed pixels, with a restart marker between strips.
fn append_strips(out: &mut Vec<u8>, file: &File<'_>, page: &Directory<'_>) -> io::Result<()> {
    let offsets = page.get(tags::STRIP_OFFSETS).or_else(|| page.get(tags::TILE_OFFSETS));
    let lengths = page.get(tags::STRIP_BYTE_COUNTS).or_else(|| page.get(tags::TILE_BYTE_COUNTS));
    let Some(offsets) = offsets else { return Err(invalid("it does not say where its pixels are")) };
    for i in 0..offsets.len() {
        let length = lengths.and_then(|lengths| lengths.number(i)).unwrap_or(u64::MAX);
        let strip = file.slice(offsets.number(i).unwrap_or(u64::MAX), length);
        if out.len().saturating_add(strip.len()) > MAX_LENGTH {
            return Err(invalid("its JPEG strips are too long"));
        }
        out.extend_from_slice(strip.strip_suffix(b"\xff\xd9").unwrap_or(strip));
        if i + 1 < offsets.len() && !ends_with_restart(out) {
            out.extend([0xff, 0xd0 + (i % 8) as u8]);
        }
    }
    out.extend([0xff, 0xd9]);
    Ok(())
}

fn ends_with_restart(bytes: &[u8]) -> bool {
    matches!(bytes, [.., 0xff, 0xd0..=0xd7])
}
