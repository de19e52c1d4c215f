//! How exactly a model computes.

use std::fmt;
use std::str::FromStr;

/// The numbers that the blocks of a tower are multiplied in. Embeddings are f32 in any case.
///
/// Vectors of different precisions are near, but not equal: they are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Precision {
    /// As the checkpoint has them.
    #[default]
    F32,
    /// Weights as bytes with a scale for each output; on CPUs that multiply bytes fast, activations as bytes
    /// with a scale for each token (dynamic quantization).
    Int8,
}

impl Precision {
    /// The name that `--precision` and the catalogue have.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Int8 => "int8",
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Precision {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        [Self::F32, Self::Int8]
            .into_iter()
            .find(|precision| precision.as_str() == name)
            .ok_or_else(|| format!("unknown precision '{name}'"))
    }
}
