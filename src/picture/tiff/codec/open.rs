//! Opens strips and tiles of any compression.

use std::borrow::Cow;
use std::io::{self, Cursor, Read};

use super::super::directory::{Directory, File};
use super::compression::Compression;
use super::context::Context;
use super::{fax, jpeg, lzma, lzw, next, old_jpeg, packbits, sgi_log, thunderscan, whole};

/// The bytes of a strip or tile.
pub(in super::super) type ChunkReader<'a> = Box<dyn Read + 'a>;

/// An opened strip or tile; and what is wrong with it, in plain words, when it is filled up where it was damaged.
pub(in super::super) type Opened<'a> = (ChunkReader<'a>, Option<String>);

/// Opens the bytes of a strip or tile; reading them ends early where they are damaged.
pub(in super::super) fn open<'a>(
    context: Context<'a>,
    bytes: &'a [u8],
    reversed_bits: bool,
) -> io::Result<Opened<'a>> {
    let bytes = if reversed_bits {
        Cow::Owned(bytes.iter().map(|byte| byte.reverse_bits()).collect())
    } else {
        Cow::Borrowed(bytes)
    };
    let reader: ChunkReader<'a> = match context.compression {
        Compression::None => Box::new(Cursor::new(bytes)),
        Compression::Fax(kind) => Box::new(fax::Fax::new(bytes, kind, context.size.0)),
        Compression::Lzw => Box::new(lzw::Lzw::new(bytes)),
        Compression::PackBits => Box::new(packbits::PackBits::new(bytes)),
        Compression::Deflate => Box::new(flate2::read::ZlibDecoder::new(Cursor::new(bytes))),
        Compression::Zstd => {
            Box::new(ruzstd::decoding::StreamingDecoder::new(Cursor::new(bytes)).map_err(io::Error::other)?)
        }
        Compression::Lzma => Box::new(Cursor::new(lzma::decode(&bytes, context.length())?)),
        Compression::Next => Box::new(next::Next::new(bytes, context.row_bytes)),
        Compression::ThunderScan => Box::new(thunderscan::ThunderScan::new(bytes, context.size.0)),
        Compression::SgiLog => Box::new(sgi_log::SgiLog::new(bytes, context.size.0, context.samples)),
        Compression::Jpeg => {
            let (pixels, damage) = jpeg::decode(&bytes, &context)?;
            return Ok((Box::new(Cursor::new(pixels)), damage));
        }
        // The whole picture is decoded at once, by `old_jpeg`.
        Compression::OldJpeg => Box::new(Cursor::new(bytes)),
        Compression::WebP => Box::new(Cursor::new(whole::webp(&bytes, &context)?)),
        Compression::Jpeg2000 | Compression::Jpeg2000Rgb => {
            Box::new(Cursor::new(whole::jpeg2000(&bytes, &context)?))
        }
    };
    Ok((reader, None))
}

/// Decodes a page of old JPEG, whose strips are parts of one JPEG file, to samples of 8 bits, as
/// [`open`] does.
pub(in super::super) fn read_old_jpeg(
    file: &File<'_>,
    page: &Directory<'_>,
    size: (u32, u32),
    samples: usize,
    is_ycbcr: bool,
) -> io::Result<(Vec<u8>, Option<String>)> {
    let bytes = old_jpeg::assemble(file, page, size, samples)?;
    let row_bytes = samples.saturating_mul(size.0 as usize);
    let context =
        Context { compression: Compression::OldJpeg, size, samples, row_bytes, is_ycbcr, jpeg_tables: None };
    jpeg::decode(&bytes, &context)
}
