//! Embeddings as the catalogue stores them: f16, little-endian.

use anyhow::{Result, bail};
use half::f16;

/// The bytes of an embedding. Half precision moves a cosine of unit vectors by about 1e-5.
pub fn encode(embedding: &[f32]) -> Vec<u8> {
    embedding.iter().flat_map(|&x| f16::from_f32(x).to_le_bytes()).collect()
}

/// The reverse of [`encode`], at unit length again: rounding moves the length by about 1e-4.
///
/// # Errors
/// When there are not `dimension` finite numbers.
pub fn decode(bytes: &[u8], dimension: usize) -> Result<Vec<f32>> {
    if bytes.len() != 2 * dimension {
        bail!("a vector of {} bytes where {} were expected", bytes.len(), 2 * dimension);
    }
    let (pairs, _) = bytes.as_chunks::<2>();
    let mut vector: Vec<f32> = pairs.iter().map(|&pair| f16::from_le_bytes(pair).to_f32()).collect();
    if !vector.iter().all(|x| x.is_finite()) {
        bail!("a vector with numbers that are not finite");
    }
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|x| *x /= length);
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
        assert!(vector.iter().zip(&back).all(|(a, b)| (a - b).abs() < 1e-4));
        let again = back.iter().map(|x| x * x).sum::<f32>();
        assert!((again - 1.0).abs() < 1e-6, "{again}");
    }

    #[test]
    fn damaged_vectors_are_refused() {
        assert!(decode(&[0; 7], 4).is_err());
        assert!(decode(&encode(&[f32::NAN, 0.0]), 2).is_err());
    }
}
