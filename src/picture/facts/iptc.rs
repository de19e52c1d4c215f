//! Facts in IPTC's records (IIM 4.2), which lie in Photoshop's image resources: a JPEG's APP13 segments, a TIFF's tag, a PSD.

use super::{dates, text};
use crate::base::picture_facts::PictureFacts;

/// What Photoshop's segments of a JPEG begin with.
const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";
/// The image resource of IPTC's records.
pub(super) const IPTC_RESOURCE: u16 = 0x404;
/// The escape sequence that says that texts are UTF-8, in record 1, data set 90.
const UTF8: &[u8] = b"\x1b%G";

/// Most data sets that are looked at.
const MAX_DATA_SETS: usize = 10_000;
/// Most keywords that are kept.
pub(super) const MAX_TAGS: usize = 1_000;

/// The IPTC records in a JPEG's APP13 segments, whose payloads come in the order of the file: what is too long for one goes
/// on in the next.
pub(super) fn of_segments(payloads: &[Vec<u8>]) -> Option<Vec<u8>> {
    let parts = payloads.iter().filter_map(|payload| payload.strip_prefix(PHOTOSHOP));
    let resources: Vec<u8> = parts.flatten().copied().collect();
    resource(&resources, IPTC_RESOURCE).map(<[u8]>::to_vec)
}

/// The image resource with a number: `8BIM`, number, a name of even length with its own, length, data of even length.
pub(super) fn resource(resources: &[u8], wanted: u16) -> Option<&[u8]> {
    let mut rest = resources;
    loop {
        let after = rest.strip_prefix(b"8BIM")?;
        let (number, after) = after.split_first_chunk()?;
        let name = usize::from(*after.first()?);
        let after = after.get((1 + name).next_multiple_of(2)..)?;
        let (length, data) = after.split_first_chunk()?;
        let length = u32::from_be_bytes(*length) as usize;
        if u16::from_be_bytes(*number) == wanted {
            return data.get(..length);
        }
        rest = data.get(length.checked_next_multiple_of(2)?..)?;
    }
}

/// The facts in IPTC's records.
pub(super) fn read(records: &[u8]) -> PictureFacts {
    let mut facts = PictureFacts::default();
    let (mut date, mut time, mut is_utf8) = (None, None, false);
    for (record, data_set, data) in DataSets(records).take(MAX_DATA_SETS) {
        // What is not declared as UTF-8 may be all the same; else it is taken for Latin-1.
        let decoded =
            || if is_utf8 { String::from_utf8_lossy(data).into_owned() } else { text::decode(data) };
        match (record, data_set) {
            (1, 90) => is_utf8 = data.starts_with(UTF8),
            (2, 5) => facts.title = facts.title.or_else(|| text::text(&decoded())),
            (2, 25) if facts.tags.len() < MAX_TAGS => {
                facts.tags.extend(text::name(&decoded()).filter(|tag| !facts.tags.contains(tag)));
            }
            (2, 55) => date = Some(decoded()),
            (2, 60) => time = Some(decoded()),
            (2, 120) => facts.caption = facts.caption.or_else(|| text::text(&decoded())),
            _ => {}
        }
    }
    facts.taken = date.and_then(|date| dates::of_iptc(&date, time.as_deref()));
    facts
}

/// The data sets of IPTC's records: number of the record, of the data set, data. They end where one is damaged.
struct DataSets<'a>(&'a [u8]);

impl<'a> Iterator for DataSets<'a> {
    type Item = (u8, u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let ([0x1c, record, data_set, high, low], rest) = self.0.split_first_chunk()? else { return None };
        let length = u16::from_be_bytes([*high, *low]);
        // Longer ones have the length of their length here.
        let (length, rest) = if length & 0x8000 == 0 {
            (usize::from(length), rest)
        } else {
            let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7fff))?;
            let length = digits
                .iter()
                .try_fold(0_usize, |length, byte| length.checked_mul(256)?.checked_add(usize::from(*byte)));
            (length?, rest)
        };
        let (data, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((*record, *data_set, data))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data_set(record: u8, number: u8, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len()).unwrap().to_be_bytes();
        [&[0x1c, record, number], &length[..], data].concat()
    }

    fn resources(records: &[u8]) -> Vec<u8> {
        let mut bytes = b"8BIM\x03\xed\0\0\0\0\0\x03abc\0".to_vec();
        bytes.extend(b"8BIM\x04\x04\x03odd\0\0\0\0");
        let at = bytes.len() - 4;
        // The name takes four bytes with its length: what follows is the length.
        bytes.truncate(at);
        bytes.extend(u32::try_from(records.len()).unwrap().to_be_bytes());
        bytes.extend(records);
        bytes
    }

    #[test]
    fn records_are_found_and_read() {
        let records = [
            data_set(2, 25, b"caf\xe9"),
            data_set(1, 90, UTF8),
            data_set(2, 5, "Écluse".as_bytes()),
            data_set(2, 25, "été".as_bytes()),
            data_set(2, 25, "été".as_bytes()),
            data_set(2, 120, b"two\rlines"),
            data_set(2, 55, b"20190712"),
            data_set(2, 60, b"183045+0200"),
        ]
        .concat();
        let segments = resources(&records);
        let (begin, end) = segments.split_at(segments.len() / 2);
        let payloads = [b"Other".to_vec(), [PHOTOSHOP, begin].concat(), [PHOTOSHOP, end].concat()];
        let found = of_segments(&payloads).unwrap();
        assert_eq!(found, records);
        let facts = read(&found);
        assert_eq!(facts.title.as_deref(), Some("Écluse"));
        assert_eq!(facts.caption.as_deref(), Some("two\nlines"));
        assert_eq!(facts.tags, ["café", "été"]);
        assert_eq!(facts.taken.unwrap().seconds, 1_562_956_245);
        // Data sets with a longer length.
        let long = [&[0x1c, 2, 120, 0x80, 3, 0, 0, 2][..], b"ab", &data_set(2, 5, b"t")].concat();
        assert_eq!((read(&long).caption.as_deref(), read(&long).title.as_deref()), (Some("ab"), Some("t")));
    }

    #[test]
    fn damaged_records_lose_what_comes_after() {
        let records = [data_set(2, 5, b"kept"), vec![0x1c, 2, 120, 0xff, 0xff, 1]].concat();
        assert_eq!(read(&records).title.as_deref(), Some("kept"));
        let whole = resources(&records);
        for end in 0..whole.len() {
            let _ = of_segments(&[[PHOTOSHOP, &whole[..end]].concat()]);
            let _ = read(&records[..end.min(records.len())]);
        }
        assert_eq!(of_segments(&[]), None);
    }
}
