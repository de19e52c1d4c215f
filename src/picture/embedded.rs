//! Where files of each format keep their EXIF and XMP: segments, chunks and boxes. Pixels are not read.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::ZlibDecoder;

use super::boxes::find_box;
use super::exif::{self, Exif};
use super::heif::Items;
use super::ifd::Tiff;
use super::jpeg_segments::JpegHeader;
use super::read_at::ReadAt;

/// The most bytes of metadata that are read or decompressed.
const MAX_LENGTH: usize = 4 << 20;
/// The most chunks of a PNG or WebP that are looked at: a large PNG has its pixels in chunks of 8 kB.
const MAX_CHUNKS: usize = 200_000;

/// The metadata of a file, as it is written there.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Embedded {
    /// EXIF, perhaps after `Exif` and two zeros.
    pub exif: Option<Vec<u8>>,
    /// An XMP packet.
    pub xmp: Option<Vec<u8>>,
}

impl Embedded {
    /// What the metadata says.
    pub(crate) fn parse(&self) -> Exif {
        Exif::find(self.exif.as_deref(), self.xmp.as_deref())
    }

    /// The metadata of a JPEG that begins at a position.
    pub(crate) fn in_jpeg<I: ReadAt + ?Sized>(input: &I, at: u64) -> Self {
        let header = JpegHeader::read(input, at).unwrap_or_default();
        let (exif, xmp) = exif::join_segments(&header.app1());
        Self { exif: exif.map(Cow::into_owned), xmp: xmp.map(<[u8]>::to_vec) }
    }

    /// The metadata of a PNG, wherever it stands between the pixels: as in Pillow its own chunk counts before texts,
    /// and of several of a kind the last.
    pub(crate) fn in_png<I: ReadAt + ?Sized>(input: &I) -> Self {
        let mut found = Self::default();
        let mut profiles = [const { None }; 2];
        let mut at = 8_u64;
        for _ in 0..MAX_CHUNKS {
            let Some(head) = input.read_at(at, 8) else { break };
            let Some((length, kind)) = head.split_first_chunk::<4>() else { break };
            let length = u32::from_be_bytes(*length) as usize;
            let data = || input.read_at(at + 8, length).filter(|_| length <= MAX_LENGTH);
            match kind {
                b"eXIf" => found.exif = data().map(Cow::into_owned).or(found.exif),
                b"tEXt" | b"zTXt" | b"iTXt" => match data().and_then(|data| png_text(kind, &data)) {
                    Some((Text::Xmp, packet)) => found.xmp = Some(packet),
                    Some((Text::Exif, profile)) => profiles[0] = raw_profile(&profile).or(profiles[0].take()),
                    Some((Text::App1, profile)) => profiles[1] = raw_profile(&profile).or(profiles[1].take()),
                    None => {}
                },
                b"IEND" => break,
                _ => {}
            }
            at += 12 + length as u64;
        }
        let [exif, app1] = profiles;
        found.exif = found.exif.or(exif);
        if let (None, Some(app1)) = (&found.exif, app1) {
            let (exif, xmp) = exif::join_segments(&[&app1]);
            found.exif = exif.map(Cow::into_owned);
            found.xmp = found.xmp.or(xmp.map(<[u8]>::to_vec));
        }
        found
    }

    /// The metadata of a WebP. As in libwebp it counts only when the header announces it.
    pub(crate) fn in_webp<I: ReadAt + ?Sized>(input: &I) -> Self {
        let mut found = Self::default();
        let flags = match input.read_at(12, 9).as_deref() {
            Some([b'V', b'P', b'8', b'X', .., flags]) => *flags,
            _ => return found,
        };
        let mut at = 12_u64;
        for _ in 0..MAX_CHUNKS {
            let Some(head) = input.read_at(at, 8) else { break };
            let Some((kind, length)) = head.split_first_chunk::<4>() else { break };
            let Some(length) = length.first_chunk::<4>() else { break };
            let length = u32::from_le_bytes(*length) as usize;
            let data = || Some(input.read_at(at + 8, length).filter(|_| length <= MAX_LENGTH)?.into_owned());
            match kind {
                b"EXIF" if flags & 8 != 0 && found.exif.is_none() => found.exif = data(),
                b"XMP " if flags & 4 != 0 && found.xmp.is_none() => found.xmp = data(),
                _ => {}
            }
            at += 8 + length as u64 + length as u64 % 2;
        }
        found
    }

    /// The metadata of a HEIC or AVIF. The orientation that it tells is not to be applied: boxes of their own do.
    pub(crate) fn in_heif<I: ReadAt + ?Sized>(input: &I) -> Self {
        let Some(items) = Items::parse(input) else { return Self::default() };
        let exif = items.first(b"Exif", MAX_LENGTH);
        Self { exif: exif.and_then(after_offset), xmp: items.first(b"mime", MAX_LENGTH) }
    }

    /// The metadata of a JPEG XL in boxes. The orientation that it tells is not to be applied: the codestream's is.
    pub(crate) fn in_jxl<I: ReadAt + ?Sized>(input: &I) -> Self {
        let data = |kind| {
            let found = find_box(input, 0, u64::MAX, kind)?;
            let length = usize::try_from(found.length()).ok().filter(|length| *length <= MAX_LENGTH)?;
            Some(input.read_at(found.start, length)?.into_owned())
        };
        Self { exif: data(b"Exif").and_then(after_offset), xmp: data(b"xml ") }
    }
}

/// EXIF in HEIF and JPEG XL begins with how many bytes are to be left out. Some writers forget that.
fn after_offset(data: Vec<u8>) -> Option<Vec<u8>> {
    if Tiff::open(exif::without_prefix(&data), 0).is_some() {
        return Some(data);
    }
    let (offset, rest) = data.split_first_chunk()?;
    rest.get(u32::from_be_bytes(*offset) as usize..).map(<[u8]>::to_vec)
}

/// The texts of PNGs that are looked at.
#[derive(Debug, PartialEq)]
enum Text {
    Xmp,
    /// EXIF in hexadecimal, as `ImageMagick` writes it.
    Exif,
    /// The same as a JPEG's segment, from older versions.
    App1,
}

/// Which text a chunk of a PNG has, and its bytes.
fn png_text(kind: &[u8], data: &[u8]) -> Option<(Text, Vec<u8>)> {
    let cut = |data: &[u8]| -> Option<(usize, usize)> {
        let end = memchr::memchr(0, data)?;
        Some((end, end + 1))
    };
    let (end, start) = cut(data)?;
    let text = match data.get(..end)? {
        b"XML:com.adobe.xmp" => Text::Xmp,
        b"Raw profile type exif" => Text::Exif,
        b"Raw profile type APP1" => Text::App1,
        _ => return None,
    };
    let rest = data.get(start..)?;
    let (compressed, value) = match kind {
        b"tEXt" => (false, rest),
        b"zTXt" => (true, rest.strip_prefix(&[0])?),
        _ => {
            // A flag, the method, a language and a translated key.
            let ([flag, 0], rest) = rest.split_first_chunk()? else { return None };
            let rest = rest.get(cut(rest)?.1..)?;
            (*flag != 0, rest.get(cut(rest)?.1..)?)
        }
    };
    if !compressed {
        return Some((text, value.to_vec()));
    }
    let mut out = Vec::new();
    // What can be decompressed of a damaged text is enough, if it is.
    let _ = ZlibDecoder::new(value).take(MAX_LENGTH as u64).read_to_end(&mut out);
    Some((text, out))
}

/// The bytes of a profile that is written in hexadecimal after a line each of nothing, its name, and its length.
fn raw_profile(text: &[u8]) -> Option<Vec<u8>> {
    let digits = text.splitn(4, |byte| *byte == b'\n').nth(3)?;
    let mut digits = digits.iter().filter(|byte| !byte.is_ascii_whitespace());
    let mut out = Vec::new();
    while let Some(high) = digits.next() {
        let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        out.push(digit(high)? << 4 | digit(digits.next()?)?);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::Path;

    use image::metadata::Orientation;

    use super::*;
    use crate::picture::{FileHeader, Limits, Source, decode};

    /// 2019-07-12 18:30:45, by `date -u +%s`.
    const TAKEN_AT: i64 = 1_562_956_245;

    fn read(bytes: &[u8], name: &str) -> Embedded {
        match name.rsplit_once('.').unwrap().1 {
            "jpg" => Embedded::in_jpeg(bytes, 0),
            "png" => Embedded::in_png(bytes),
            "webp" => Embedded::in_webp(bytes),
            "jxl" => Embedded::in_jxl(bytes),
            _ => Embedded::in_heif(bytes),
        }
    }

    /// The files that tools/pictures/orientation.py makes.
    fn files() -> Vec<(String, Vec<u8>)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pictures/metadata");
        let file = |entry: std::io::Result<std::fs::DirEntry>| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(path).unwrap())
        };
        std::fs::read_dir(folder).unwrap().map(file).collect()
    }

    #[test]
    fn orientation_and_time_are_found_wherever_they_are() {
        let files = files();
        assert_eq!(files.len(), 31);
        for (name, bytes) in files.iter().filter(|(name, _)| !name.starts_with("header-")) {
            let found = read(bytes, name).parse();
            let turned = !name.starts_with("upright-");
            assert_eq!(found.orientation == Orientation::Rotate90, turned, "{name}");
            let dated = !["upright-without.png", "upright-exif-unannounced.webp"].contains(&name.as_str());
            assert_eq!(found.taken_at, dated.then_some(TAKEN_AT), "{name}");
            let picture = decode(Source::new(bytes, Path::new(name)), &Limits::default()).unwrap();
            if !name.ends_with(".jpg") {
                let size = if turned { (16, 24) } else { (24, 16) };
                assert_eq!((picture.width, picture.height), size, "{name}");
                let [first, last] = [(1, 1), (14, 1)].map(|(x, y)| picture.pixels.get_pixel(x, y).0);
                assert_eq!(first, [220, 30, 30], "{name}");
                assert_eq!(last == [30, 30, 220], !turned, "{name}");
            }
        }
    }

    #[test]
    fn headers_tell_sizes_and_exif() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pictures/metadata");
        for (name, _) in files() {
            let path = folder.join(&name);
            let header = FileHeader::read(&File::open(&path).unwrap(), &path);
            let expected = match name.split_once('-').unwrap() {
                ("header", rest) if rest.starts_with("turned") => (48, 64),
                ("header", _) => (64, 48),
                ("upright", _) => (24, 16),
                _ => (16, 24),
            };
            assert_eq!(header.size, Some(expected), "{name}");
            let exposure = header.exif.get(::exif::Tag::ExposureTime);
            let exposure = exposure.map(|field| field.display_value().with_unit(()).to_string());
            let only_xmp = ["turned-xmp.png", "turned-xmp.webp", "turned-xmp-attribute.jpg"];
            let without = ["upright-without.png", "upright-exif-unannounced.webp", "header-bare.jxl"];
            let known = !only_xmp.contains(&name.as_str()) && !without.contains(&name.as_str());
            assert_eq!(exposure, known.then(|| "1/160 s".to_owned()), "{name}");
        }
    }

    #[test]
    fn damaged_and_cut_files_never_panic() {
        for (name, whole) in files() {
            for i in 0..whole.len() {
                let mut bytes = whole.clone();
                bytes[i] ^= 0xff;
                for bytes in [&bytes[..], &whole[..i]] {
                    read(bytes, &name).parse();
                    super::super::jxl_size::read(bytes);
                    Items::parse(bytes).and_then(|items| items.size());
                }
            }
        }
    }
}
