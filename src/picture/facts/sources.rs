//! Where files of each format keep what they say of the picture: EXIF, XMP and IPTC.

use super::merge::words_first;
use super::{exif, iptc, xmp};
use crate::base::picture_facts::PictureFacts;
use crate::picture::boxes::boxes;
use crate::picture::embedded::Embedded;
use crate::picture::exif::without_prefix;
use crate::picture::format::{Format, sniff};
use crate::picture::gif_xmp;
use crate::picture::ifd::Tiff;
use crate::picture::jpeg_segments::JpegHeader;
use crate::picture::raw;
use crate::picture::read_at::ReadAt;
use crate::picture::source::Source;

/// The tag of an XMP packet in a TIFF structure.
const XMP: u16 = 700;
/// The tag of IPTC's records in a TIFF structure.
const IPTC: u16 = 33_723;
/// Numbers of Photoshop's image resources: EXIF and XMP.
const EXIF_RESOURCE: u16 = 1058;
const XMP_RESOURCE: u16 = 1060;
/// The boxes of JPEG 2000 that hold EXIF, XMP and IPTC: the first sixteen bytes of a box `uuid`.
const EXIF_BOX: &[u8; 16] = b"JpgTiffExif->JP2";
const XMP_BOX: &[u8; 16] = b"\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac";
const IPTC_BOX: &[u8; 16] = b"\x33\xc7\xa4\xd2\xb8\x1d\x47\x23\xa0\xba\xf1\xa3\xe0\x97\xad\x38";
/// The longest metadata that is read, in bytes.
const LONGEST: usize = 4 << 20;

/// The facts in a file, by where they stand.
#[derive(Debug, Default)]
pub(super) struct Sources {
    exif: PictureFacts,
    xmp: PictureFacts,
    iptc: PictureFacts,
}

impl Sources {
    /// Finds and reads what is in a file; `source` has at least its beginning, and its name.
    pub(super) fn read<I: ReadAt + ?Sized>(input: &I, source: Source<'_>) -> Self {
        let mut found = Self::default();
        let Some(format) = sniff(source) else { return found };
        match format {
            Format::Jpeg => found.add_jpeg(input, 0),
            Format::Png => found.add_embedded(&Embedded::in_png(input)),
            Format::Webp => found.add_embedded(&Embedded::in_webp(input)),
            Format::Heic | Format::Avif => found.add_embedded(&Embedded::in_heif(input)),
            Format::Jxl => found.add_embedded(&Embedded::in_jxl(input)),
            Format::Jpeg2000 => found.add_jpeg2000(input),
            Format::Gif => {
                let xmp = gif_xmp::packet(input);
                found.add_embedded(&Embedded { exif: None, xmp });
            }
            Format::Tiff => found.add_tiff(input, 0),
            Format::Raw => {
                let raw = raw::read(input);
                found.add_tiff(input, 0);
                raw.exif_at.iter().for_each(|at| found.add_tiff(input, *at));
                // Some raw files have EXIF only within their preview.
                raw.previews.first().into_iter().for_each(|preview| found.add_jpeg(input, preview.at));
            }
            Format::Psd => found.add_psd(input),
            _ => {}
        }
        found
    }

    /// What the sources say together: people's words are those of XMP, then IPTC, then EXIF; the rest is that of EXIF, then
    /// XMP, then IPTC.
    pub(super) fn facts(self) -> PictureFacts {
        let Self { exif, xmp, iptc } = self;
        let words = words_first(&xmp, iptc, exif.clone());
        words_first(&words.clone(), exif.clone(), words)
    }

    fn add_exif(&mut self, more: PictureFacts) {
        let known = std::mem::take(&mut self.exif);
        self.exif = words_first(&known.clone(), more, known);
    }

    fn add_xmp(&mut self, packet: &[u8]) {
        let known = std::mem::take(&mut self.xmp);
        self.xmp = words_first(&known.clone(), xmp::read(packet), known);
    }

    fn add_embedded(&mut self, embedded: &Embedded) {
        if let Some(tiff) = embedded.exif.as_deref().and_then(|raw| Tiff::open(without_prefix(raw), 0)) {
            self.add_exif(exif::read(&tiff));
        }
        if let Some(packet) = &embedded.xmp {
            self.add_xmp(packet);
        }
    }

    fn add_jpeg<I: ReadAt + ?Sized>(&mut self, input: &I, at: u64) {
        self.add_embedded(&Embedded::in_jpeg(input, at));
        let header = JpegHeader::read(input, at).unwrap_or_default();
        if let Some(records) = iptc::of_segments(&header.app13) {
            self.add_iptc(&records);
        }
    }

    fn add_iptc(&mut self, records: &[u8]) {
        let known = std::mem::take(&mut self.iptc);
        self.iptc = words_first(&known.clone(), iptc::read(records), known);
    }

    fn add_tiff<I: ReadAt + ?Sized>(&mut self, input: &I, at: u64) {
        let Some(tiff) = Tiff::open(input, at) else { return };
        self.add_exif(exif::read(&tiff));
        let Some(first) = tiff.directory(tiff.first) else { return };
        let bytes = |tag| tiff.bytes(first.get(tag)?, LONGEST);
        if let Some(packet) = bytes(XMP) {
            self.add_xmp(&packet);
        }
        if let Some(records) = bytes(IPTC) {
            // Numbers of 32 bits, according to some writers: they are bytes all the same.
            self.add_iptc(&records);
        }
    }

    fn add_jpeg2000<I: ReadAt + ?Sized>(&mut self, input: &I) {
        for found in boxes(input, 0, u64::MAX).into_iter().filter(|found| found.kind == *b"uuid") {
            let length = usize::try_from(found.length()).ok().filter(|length| *length <= LONGEST);
            let Some(content) = length.and_then(|length| input.read_at(found.start, length)) else {
                continue;
            };
            match content.split_first_chunk() {
                Some((EXIF_BOX, exif)) => {
                    self.add_embedded(&Embedded { exif: Some(exif.to_vec()), xmp: None })
                }
                Some((XMP_BOX, packet)) => self.add_xmp(packet),
                Some((IPTC_BOX, records)) => self.add_iptc(records),
                _ => {}
            }
        }
    }

    /// Photoshop's files: a header of 26 bytes, a table of colours, and the image resources, each with its length.
    fn add_psd<I: ReadAt + ?Sized>(&mut self, input: &I) {
        let length = |at| Some(u32::from_be_bytes(input.read_at(at, 4)?.as_ref().try_into().ok()?));
        let resources = || {
            let at = 30 + u64::from(length(26)?);
            let length = usize::try_from(length(at)?).ok().filter(|length| *length <= 4 * LONGEST)?;
            input.read_at(at + 4, length)
        };
        let Some(resources) = resources() else { return };
        let resource = |number| iptc::resource(&resources, number).filter(|data| data.len() <= LONGEST);
        let exif = resource(EXIF_RESOURCE).map(<[u8]>::to_vec);
        let xmp = resource(XMP_RESOURCE).map(<[u8]>::to_vec);
        self.add_embedded(&Embedded { exif, xmp });
        if let Some(records) = resource(iptc::IPTC_RESOURCE) {
            self.add_iptc(records);
        }
    }
}
