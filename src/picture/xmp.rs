//! The few properties of an XMP packet that decoding uses, found without parsing its XML, as Pillow finds them.

use memchr::memmem;

/// The orientation that a packet tells, as a number of EXIF: an attribute in double quotes, or an element.
pub(super) fn orientation(packet: &[u8]) -> Option<u64> {
    values(packet, b"tiff:Orientation").find_map(|value| match value {
        [digit @ b'0'..=b'9', ..] => Some(u64::from(digit - b'0')),
        _ => None,
    })
}

/// The time of capture as EXIF writes it, `2019:07:12 18:30:45`; seconds may be missing, and what follows them is local
/// time's offset.
pub(super) fn date_time_original(packet: &[u8]) -> Option<[u8; 19]> {
    values(packet, b"exif:DateTimeOriginal").find_map(|value| {
        let mut text = *b"0000:00:00 00:00:00";
        let end = value.iter().position(|byte| matches!(byte, b'"' | b'<')).unwrap_or(value.len());
        let value = value.get(..end)?;
        // To the minute at least: a day alone is no time.
        if value.len() < 16 {
            return None;
        }
        for (i, (out, byte)) in text.iter_mut().zip(value).enumerate() {
            match (*out, byte) {
                (b'0', b'0'..=b'9') => *out = *byte,
                // A time to the minute may be followed by its offset from UTC.
                (_, b'+' | b'-' | b'Z') if i == 16 => break,
                (b':' | b' ', b'-' | b':' | b'T' | b' ') => {}
                _ => return None,
            }
        }
        Some(text)
    })
}

/// What follows each mention of a property, from its value's first byte.
fn values<'a>(packet: &'a [u8], property: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    memmem::find_iter(packet, property).filter_map(move |at| {
        let rest = packet.get(at + property.len()..)?;
        rest.strip_prefix(b"=\"").or_else(|| rest.strip_prefix(b">"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orientation_is_an_attribute_or_an_element() {
        for (packet, expected) in [
            (&b"<x tiff:Make=\"A\" tiff:Orientation=\"6\"/>"[..], Some(6)),
            (b"<tiff:Orientation>8</tiff:Orientation>", Some(8)),
            // The first that is one, as in Pillow, which wants double quotes.
            (b"tiff:Orientation='3' tiff:Orientation=\"x\" tiff:Orientation=\"5\"", Some(5)),
            (b"tiff:Orientation", None),
            (b"", None),
        ] {
            assert_eq!(orientation(packet), expected, "{}", String::from_utf8_lossy(packet));
        }
    }

    #[test]
    fn times_become_those_of_exif() {
        let time = |text: &str| {
            let packet = format!("exif:DateTimeOriginal=\"{text}\"");
            date_time_original(packet.as_bytes()).map(|time| String::from_utf8(time.to_vec()).unwrap())
        };
        assert_eq!(time("2019-07-12T18:30:45+02:00").unwrap(), "2019:07:12 18:30:45");
        assert_eq!(time("2019-07-12T18:30:45.25").unwrap(), "2019:07:12 18:30:45");
        assert_eq!(time("2019-07-12T18:30").unwrap(), "2019:07:12 18:30:00");
        assert_eq!(time("2019-07-12T18:30Z").unwrap(), "2019:07:12 18:30:00");
        assert_eq!(time("2019-07-12T18:30-05:00").unwrap(), "2019:07:12 18:30:00");
        assert_eq!(time("2019-07-12"), None);
        assert_eq!(time("last summer, at noon"), None);
        let element = b"<exif:DateTimeOriginal>2019-07-12T18:30:45</exif:DateTimeOriginal>";
        assert_eq!(date_time_original(element).unwrap(), *b"2019:07:12 18:30:45");
    }
}
