//! What fuzzers and their tests call in this room: files that keep what was computed.

use std::path::Path;

pub(crate) use super::npy::NpyReader;

/// Reads the vectors of `size.0` words of `size.1` numbers that come from `source`.
pub(crate) fn words(path: &Path, source: blake3::Hash, size: (usize, usize)) {
    if let Some(vectors) = super::tags::read(path, source, size) {
        assert_eq!((vectors.len(), vectors.first().map_or(size.1, Vec::len)), size);
    }
}

/// Reads what identifies the `rows` rows of a snapshot.
pub(crate) fn snapshot_attachment(bytes: &[u8], rows: usize) -> bool {
    super::snapshot::decode_attachment(bytes, rows).is_ok_and(|pictures| pictures.len() == rows)
}
