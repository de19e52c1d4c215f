//! What Photoshop keeps beside the pixels: numbered resources.

use super::planes::Reader;

/// The resources that decoding uses.
#[derive(Debug, Default)]
pub(super) struct Resources<'a> {
    /// The ICC profile.
    pub profile: Option<&'a [u8]>,
    /// Raw EXIF.
    pub exif: Option<&'a [u8]>,
    /// A small JPEG of the picture.
    pub thumbnail: Option<&'a [u8]>,
    /// Whether the merged picture is one, and not merely white.
    pub has_merged_picture: Option<bool>,
}

impl<'a> Resources<'a> {
    /// Reads as many resources as are whole.
    pub(super) fn read(section: &'a [u8]) -> Self {
        let mut resources = Self::default();
        let mut reader = Reader::new(section);
        while let Some((number, data)) = next(&mut reader) {
            match number {
                // A header of 28 bytes, whose first number is 1 for JPEG.
                1036 if data.starts_with(&[0, 0, 0, 1]) => resources.thumbnail = data.get(28..),
                1039 => resources.profile = Some(data),
                1057 => resources.has_merged_picture = data.get(4).map(|flag| *flag != 0),
                1058 => resources.exif = Some(data),
                _ => {}
            }
        }
        resources
    }
}

/// The number and the data of the next resource.
fn next<'a>(reader: &mut Reader<'a>) -> Option<(u16, &'a [u8])> {
    if reader.take(4)? != b"8BIM" {
        return None;
    }
    let number = reader.u16()?;
    // A name with its length in a byte, together of an even length.
    let [name_length] = reader.take(1)? else { return None };
    reader.take(usize::from(*name_length) | 1)?;
    let length = reader.u32()? as usize;
    let data = reader.take(length)?;
    reader.take(length % 2);
    Some((number, data))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_odd_lengths_are_padded() {
        let mut section = b"8BIM\x04\x0f\x02ab\0\0\0\0\x03ICC\0".to_vec();
        section.extend(b"8BIM\x04\x22\0\0\0\0\0\x02II8BIM\x04\x21\0\0\0\0\0\x05\0\0\0\x01\0\0");
        let resources = Resources::read(&section);
        assert_eq!(resources.profile, Some(&b"ICC"[..]));
        assert_eq!(resources.exif, Some(&b"II"[..]));
        assert_eq!(resources.has_merged_picture, Some(false));
        assert!(Resources::read(&section[..20]).exif.is_none());
    }
}
