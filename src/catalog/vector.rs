//! Embeddings as the catalogue stores them: f16, little-endian.

use half::f16;

/// Tells that stored bytes are no vector of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VectorError {
    /// It is of another length.
    #[error("a vector of {found} bytes where {expected} were expected")]
    Length {
        /// Stored bytes.
        found: usize,
        /// Bytes of a vector of the model.
        expected: usize,
    },
    /// It has infinite numbers, or what is no number.
    #[error("a vector with numbers that are not finite")]
    NotFinite,
}

/// The bytes of an embedding. Half precision moves a cosine of unit vectors by about 1e-5.
pub(super) fn encode(embedding: &[f32]) -> Vec<u8> {
    embedding.iter().flat_map(|&x| f16::from_f32(x).to_le_bytes()).collect()
}

/// The numbers of an embedding, whose length is 1 but for the rounding: about 1e-4.
///
/// # Errors
/// When there are not `dimension` finite numbers.
pub(super) fn decode(bytes: &[u8], dimension: usize) -> Result<Vec<f16>, VectorError> {
    let (found, expected) = (bytes.len(), dimension.saturating_mul(2));
    if found != expected {
        return Err(VectorError::Length { found, expected });
    }
    let vector: Vec<f16> = bytes.as_chunks::<2>().0.iter().map(|&pair| f16::from_le_bytes(pair)).collect();
    if !vector.iter().all(|x| x.is_finite()) {
        return Err(VectorError::NotFinite);
    }
    Ok(vector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_survive_storage() {
        let long: Vec<f32> = (0..512_i16).map(|i| (f32::from(i) * 0.37).sin()).collect();
        let length = long.iter().map(|x| x * x).sum::<f32>().sqrt();
        let vector: Vec<f32> = long.iter().map(|x| x / length).collect();
        let back = decode(&encode(&vector), 512).unwrap();
        assert!(vector.iter().zip(&back).all(|(a, b)| (a - b.to_f32()).abs() < 1e-4));
    }

    #[test]
    fn damaged_vectors_are_refused() {
        assert!(decode(&[0; 7], 4).is_err());
        assert!(decode(&encode(&[f32::NAN, 0.0]), 2).is_err());
    }
}
