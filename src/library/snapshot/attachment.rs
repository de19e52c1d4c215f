//! What identifies the rows of a snapshot, as the bytes that are attached to it.

use crate::library::indexed_picture::IndexedPicture;

/// Serializes what identifies the rows: id, modification time, length of the path, path, one row after the other.
pub(super) fn encode(infos: &[IndexedPicture]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for IndexedPicture { id, path, mtime_ns } in infos {
        bytes.extend(id.to_le_bytes());
        bytes.extend(mtime_ns.to_le_bytes());
        bytes.extend((path.len() as u64).to_le_bytes());
        bytes.extend(path);
    }
    bytes
}

/// Deserializes what [`encode`] made of `count` rows.
///
/// # Errors
/// When the bytes are anything else.
pub(in crate::library) fn decode(mut bytes: &[u8], count: usize) -> Result<Vec<IndexedPicture>, String> {
    fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8], String> {
        bytes.split_off(..length).ok_or_else(|| "it ends early".to_owned())
    }
    let number = |bytes: &mut &[u8]| -> Result<u64, String> {
        let (number, _) = take(bytes, 8)?.split_first_chunk().ok_or("it ends early")?;
        Ok(u64::from_le_bytes(*number))
    };
    let mut infos = Vec::with_capacity(count);
    for _ in 0..count {
        let (id, mtime_ns) = (number(&mut bytes)?.cast_signed(), number(&mut bytes)?.cast_signed());
        let length = usize::try_from(number(&mut bytes)?).map_err(|error| error.to_string())?;
        infos.push(IndexedPicture { id, mtime_ns, path: take(&mut bytes, length)?.to_vec() });
    }
    if bytes.is_empty() { Ok(infos) } else { Err(format!("{} bytes too many", bytes.len())) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rows_come_back_as_they_were() {
        let info = |id: i64, path: &str| IndexedPicture { id, path: path.into(), mtime_ns: -id };
        let infos = [info(1, "a"), info(i64::MIN + 1, ""), info(7, "b/c\n")];
        assert_eq!(decode(&encode(&infos), 3).unwrap(), infos);
        assert!(decode(&encode(&infos), 2).is_err() && decode(&encode(&infos), 4).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

        /// The bytes are read after a check of their checksum; they are not trusted all the same.
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), count in 0_usize..9) {
            let infos = decode(&bytes, count);
            prop_assert!(infos.is_err() || infos.unwrap().len() == count);
        }
    }
}
