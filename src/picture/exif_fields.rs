//! The fields of EXIF that people look at: camera, lens, exposure, time.

use exif::{Field, In, Rational, Tag, Value};

use super::exif::EXIF_DIRECTORY;
use super::ifd::Tiff;
use super::read_at::ReadAt;

/// The fields that are read.
const SHOWN: [Tag; 8] = [
    Tag::DateTimeOriginal,
    Tag::Make,
    Tag::Model,
    Tag::LensModel,
    Tag::ExposureTime,
    Tag::FNumber,
    Tag::PhotographicSensitivity,
    Tag::FocalLength,
];
/// The longest value that is read, in bytes.
const MAX_LENGTH: usize = 4096;

/// The fields of a picture's EXIF that can be shown.
#[derive(Debug, Default)]
pub struct ExifFields(Vec<Field>);

impl ExifFields {
    /// Reads the fields of a TIFF structure that are not known yet, from its first directory and that of EXIF.
    pub(super) fn add<I: ReadAt + ?Sized>(&mut self, tiff: &Tiff<'_, I>) {
        let Some(first) = tiff.directory(tiff.first) else { return };
        let exif = tiff.pointer(&first, EXIF_DIRECTORY).and_then(|at| tiff.directory(at)).unwrap_or_default();
        for tag in SHOWN {
            if self.get(tag).is_some() {
                continue;
            }
            let entry = exif.get(tag.number()).or_else(|| first.get(tag.number()));
            let field = entry.and_then(|entry| {
                let bytes = tiff.bytes(entry, MAX_LENGTH)?;
                let number = |value: &[u8]| tiff.decode(value) as u32;
                let value = match entry.kind {
                    2 => Value::Ascii(bytes.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect()),
                    3 => Value::Short(bytes.chunks_exact(2).map(|value| number(value) as u16).collect()),
                    4 => Value::Long(bytes.chunks_exact(4).map(number).collect()),
                    5 => {
                        let rational = |value: &[u8]| {
                            let (num, denom) = value.split_at_checked(4)?;
                            Some(Rational { num: number(num), denom: number(denom) })
                        };
                        Value::Rational(bytes.chunks_exact(8).filter_map(rational).collect())
                    }
                    _ => return None,
                };
                Some(Field { tag, ifd_num: In::PRIMARY, value })
            });
            self.0.extend(field);
        }
    }

    /// The field with a tag, if the file has it.
    pub fn get(&self, tag: Tag) -> Option<&Field> {
        self.0.iter().find(|field| field.tag == tag)
    }
}
