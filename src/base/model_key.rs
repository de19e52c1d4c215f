//! What makes embeddings comparable: the model that made them, and how exactly it computed.

use std::fmt;
use std::str::FromStr;

/// The key of a set of embeddings: only embeddings of the same key are compared with each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelKey {
    /// `demo`, a hub id, or the canonical path of a model's folder.
    pub id: String,
    /// Commit of the hub, or a hash of the model's files.
    pub revision: String,
    /// Arithmetic that made the embeddings.
    pub precision: Precision,
    /// Length of each embedding, in numbers.
    pub dimension: usize,
}

impl ModelKey {
    /// A hash of the key for names of files and settings: 64 bits, in hexadecimal.
    pub fn short_hash(&self) -> String {
        let Self { id, revision, precision, dimension } = self;
        let precision = precision.stored_name();
        let hash = blake3::hash(format!("{id}\0{revision}\0{precision}\0{dimension}").as_bytes());
        hash.to_hex()[..16].to_owned()
    }
}

/// The numbers that the blocks of a tower are multiplied in. Embeddings are f32 in any case.
///
/// Embeddings of different precisions are near, but not equal: they are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Precision {
    /// The weights as f32, whatever the checkpoint stores them as.
    #[default]
    F32,
    /// Weights as bytes with a scale for each output, and activations as bytes with a scale for each token (dynamic
    /// quantization). Large channels are evened out before.
    Int8,
    /// Weights and states as 16-bit floating-point numbers, on a GPU.
    F16,
    /// The bytes of earlier versions, which lost much where channels are large. Nothing computes so any more.
    OldInt8,
}

/// Tells that a name is that of no [`Precision`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown precision '{0}'")]
pub struct UnknownPrecision(pub String);

impl Precision {
    /// The name that `--precision` and printed results have: `f32`, `f16` or `int8`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Int8 => "int8",
            Self::OldInt8 => "old int8",
        }
    }

    /// The name that catalogues and files have, and [`FromStr`] reads. It differs from what people read, so that
    /// embeddings of an older arithmetic of the same name are kept apart.
    pub fn stored_name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Int8 => "int8-smoothed",
            Self::OldInt8 => "int8",
        }
    }

    /// The precision to compute in for somebody who has embeddings of this one.
    #[must_use]
    pub fn present(self) -> Self {
        if self == Self::OldInt8 { Self::Int8 } else { self }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Precision {
    type Err = UnknownPrecision;

    fn from_str(name: &str) -> Result<Self, UnknownPrecision> {
        [Self::F32, Self::F16, Self::Int8, Self::OldInt8]
            .into_iter()
            .find(|precision| precision.stored_name() == name)
            .ok_or_else(|| UnknownPrecision(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_others_refused() {
        for precision in [Precision::F32, Precision::F16, Precision::Int8, Precision::OldInt8] {
            assert_eq!(precision.stored_name().parse(), Ok(precision));
        }
        assert_eq!("f7".parse::<Precision>().unwrap_err().to_string(), "unknown precision 'f7'");
    }

    /// Files beside collections are named by it: it must not change.
    #[test]
    fn the_short_hash_stays_as_it_is() {
        let key = |precision| ModelKey { id: "demo".into(), revision: "1".into(), precision, dimension: 8 };
        for (precision, hashed) in [
            (Precision::F32, b"demo\x001\x00f32\x008".as_slice()),
            (Precision::F16, b"demo\x001\x00f16\x008"),
            (Precision::Int8, b"demo\x001\x00int8-smoothed\x008"),
            (Precision::OldInt8, b"demo\x001\x00int8\x008"),
        ] {
            assert_eq!(key(precision).short_hash(), blake3::hash(hashed).to_hex()[..16]);
        }
    }
}
