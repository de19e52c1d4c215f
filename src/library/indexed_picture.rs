//! A picture that can be searched, without its vector.

/// What the searcher knows of a row of the vector index.
#[derive(Debug, PartialEq)]
pub(super) struct IndexedPicture {
    /// The catalogue's id of the picture.
    pub id: i64,
    /// Bytes of the path, relative to the collection's root.
    pub path: Vec<u8>,
    /// Modification time, in nanoseconds since 1970.
    pub mtime_ns: i64,
}
