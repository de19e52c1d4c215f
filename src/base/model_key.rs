//! What identifies the vectors of a model.

/// What makes vectors comparable: they are searched only with a query of the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelKey {
    /// `demo`, a hub id, or a folder's canonical path.
    pub id: String,
    /// Commit or hash of the weights.
    pub revision: String,
    /// Arithmetic that made the vectors: `f32` or `int8`.
    pub precision: String,
    /// Length of the vectors.
    pub dimension: usize,
}

impl ModelKey {
    /// What names of files and settings have of it: 64 bits, in hexadecimal.
    pub fn short_hash(&self) -> String {
        let Self { id, revision, precision, dimension } = self;
        let hash = blake3::hash(format!("{id}\0{revision}\0{precision}\0{dimension}").as_bytes());
        hash.to_hex()[..16].to_owned()
    }
}
