//! Whether an arithmetic that rounds is near enough to f32 with a checkpoint: tried once with drawings, and remembered
//! beside it.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::calibration;
use super::embedding::{Embedding, Pixels};
use super::error::ModelError;
use super::preprocess::Preprocessor;
use crate::base::atomic::{self, Access};
use crate::base::model_key::Precision;

/// The least centred cosine with which int8 or f16 is taken.
const LEAST_COSINE: f32 = 0.97;
/// Number of drawings. Calibration has others.
const PICTURES: usize = 32;
const SEED: u64 = 0x7e57_0001;
/// The version changes with what is compared, and how.
const VERSION: u32 = 1;

/// How near int8 or f16 is to f32 with a checkpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrecisionTrial {
    version: u32,
    /// A hash of what the layers come from.
    source: String,
    /// The least cosine of a drawing's embedding to its own in f32, both without the mean of those in f32: what all
    /// embeddings have in common tells none from another.
    pub worst_cosine: f32,
}

impl PrecisionTrial {
    /// Whether the other arithmetic may stand for f32.
    pub fn is_passed(&self) -> bool {
        self.worst_cosine >= LEAST_COSINE
    }

    /// The trial of a checkpoint: the one that a file in one of `places` remembers for `source`, else a new one, which is
    /// written to the first place that can be written. Where none can, the next start takes longer. `embed` embeds
    /// pictures in a precision. Where `precision` gives numbers that are not finite, the cosine is -1.
    ///
    /// # Errors
    /// Those of `embed`.
    pub(super) fn of(
        places: &[PathBuf],
        source: &str,
        precision: Precision,
        preprocessor: &Preprocessor,
        embed: impl Fn(Precision, &[Pixels]) -> Result<Vec<Embedding>, ModelError>,
    ) -> Result<Self, ModelError> {
        let source = blake3::hash(source.as_bytes()).to_hex().to_string();
        let read = |path: &PathBuf| serde_json::from_slice::<Self>(&fs::read(path).ok()?).ok();
        let is_of_this = |trial: &Self| (trial.version, &trial.source) == (VERSION, &source);
        if let Some(known) = places.iter().filter_map(read).find(is_of_this) {
            return Ok(known);
        }
        let pictures = calibration::prepared(preprocessor, PICTURES, SEED);
        let exact = embed(Precision::F32, &pictures)?;
        let worst_cosine = match embed(precision, &pictures) {
            Ok(rounded) => worst_centred_cosine(&exact, &rounded),
            Err(ModelError::NotFinite) => -1.0,
            Err(error) => return Err(error),
        };
        let trial = Self { version: VERSION, source, worst_cosine };
        for path in places {
            match trial.write(path) {
                Ok(()) => break,
                Err(error) => {
                    tracing::info!(path = %path.display(), %error, "can't remember the trial of {precision}")
                }
            }
        }
        Ok(trial)
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(atomic::folder_of(path))?;
        atomic::write(path, Access::Usual, |file| file.write_all(&serde_json::to_vec(self)?))
    }
}

/// The least cosine of two embeddings of the same thing, without the mean of the exact ones; 0 if they are all the same.
pub(super) fn worst_centred_cosine(exact: &[Embedding], rounded: &[Embedding]) -> f32 {
    let mut mean = vec![0.0_f64; exact.first().map_or(0, Vec::len)];
    for embedding in exact {
        mean.iter_mut().zip(embedding).for_each(|(mean, x)| *mean += f64::from(*x) / exact.len() as f64);
    }
    let centred = |embedding: &Embedding| -> Vec<f64> {
        embedding.iter().zip(&mean).map(|(x, mean)| f64::from(*x) - mean).collect()
    };
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let cosine = |(exact, rounded): (&Embedding, &Embedding)| {
        let (a, b) = (centred(exact), centred(rounded));
        product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt().max(f64::MIN_POSITIVE)
    };
    exact.iter().zip(rounded).map(cosine).fold(1.0, f64::min) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_have_in_common_does_not_count() {
        let exact = vec![vec![10.0, 1.0], vec![10.0, -1.0]];
        assert_eq!(worst_centred_cosine(&exact, &exact), 1.0);
        let swapped = vec![vec![10.0, 1.0], vec![10.0, 1.0]];
        assert_eq!(worst_centred_cosine(&exact, &swapped), -1.0);
        assert_eq!(worst_centred_cosine(&swapped, &swapped), 0.0);
    }
}
