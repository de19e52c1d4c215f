//! Embeddings as the catalogue stores them: f16, little-endian, with a checksum.

use half::f16;

/// Tells that stored bytes are no vector of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VectorError {
    /// It is of another length.
    #[error("it has {found} bytes where {expected} were expected")]
    Length {
        /// Stored bytes.
        found: usize,
        /// Bytes of a vector of the model.
        expected: usize,
    },
    /// It is not what was written.
    #[error("its checksum is wrong")]
    Checksum,
    /// It has infinite numbers, or what is no number.
    #[error("it has numbers that are not finite")]
    NotFinite,
    /// Without a checksum, a length that no encoder makes tells of damage.
    #[error("its length is not 1")]
    NotUnit,
}

/// What a vector's length may differ from 1 by. Rounding to half precision moves it by about 1e-4.
const LENGTH_TOLERANCE: f64 = 0.02;

/// A vector as it stands in the table `embeddings`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stored<'a> {
    /// The number of its model.
    pub model: i64,
    /// The contents that it belongs to.
    pub hash: &'a [u8],
    /// Its numbers.
    pub bytes: &'a [u8],
    /// None in rows of before there were checksums.
    pub checksum: Option<i64>,
}

impl Stored<'_> {
    /// The checksum that the row should have: the CRC-32 (IEEE 802.3, as zlib computes it) of the model's number (i64,
    /// little-endian), the hash and the vector, so that a vector of another row is noticed, too.
    pub(super) fn checksum(&self) -> i64 {
        let mut crc = crc32fast::Hasher::new();
        crc.update(&self.model.to_le_bytes());
        crc.update(self.hash);
        crc.update(self.bytes);
        crc.finalize().into()
    }

    /// Tells whether this is what was written, as far as its checksum can tell.
    ///
    /// # Errors
    /// [`VectorError::Checksum`] if the row has a checksum, and it is another.
    pub(super) fn check(&self) -> Result<(), VectorError> {
        match self.checksum {
            Some(checksum) if checksum != self.checksum() => Err(VectorError::Checksum),
            _ => Ok(()),
        }
    }

    /// Tells whether a row without a checksum can be what was written: `dimension` finite numbers of unit length.
    ///
    /// # Errors
    /// When it can't.
    pub(super) fn check_plausible(&self, dimension: usize) -> Result<(), VectorError> {
        let squares: f64 = decode(self.bytes, dimension)?.iter().map(|x| x.to_f64().powi(2)).sum();
        if (squares.sqrt() - 1.0).abs() <= LENGTH_TOLERANCE { Ok(()) } else { Err(VectorError::NotUnit) }
    }

    /// The numbers of the vector, once it was checked.
    ///
    /// # Errors
    /// When the checksum is wrong, or there are not `dimension` finite numbers.
    pub(super) fn decode(&self, dimension: usize) -> Result<Vec<f16>, VectorError> {
        self.check()?;
        decode(self.bytes, dimension)
    }
}

/// The bytes of an embedding. Half precision moves a cosine of unit vectors by about 1e-5.
pub(super) fn encode(embedding: &[f32]) -> Vec<u8> {
    embedding.iter().flat_map(|&x| f16::from_f32(x).to_le_bytes()).collect()
}

/// The numbers of an embedding, whose length is 1 but for the rounding: about 1e-4.
fn decode(bytes: &[u8], dimension: usize) -> Result<Vec<f16>, VectorError> {
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

    fn stored(bytes: &[u8], checksum: Option<i64>) -> Stored<'_> {
        Stored { model: 3, hash: &[7; 32], bytes, checksum }
    }

    #[test]
    fn vectors_survive_storage() {
        let long: Vec<f32> = (0..512_i16).map(|i| (f32::from(i) * 0.37).sin()).collect();
        let length = long.iter().map(|x| x * x).sum::<f32>().sqrt();
        let vector: Vec<f32> = long.iter().map(|x| x / length).collect();
        let bytes = encode(&vector);
        let back = stored(&bytes, None).decode(512).unwrap();
        assert!(vector.iter().zip(&back).all(|(a, b)| (a - b.to_f32()).abs() < 1e-4));
        assert_eq!(stored(&bytes, None).check_plausible(512), Ok(()));
    }

    #[test]
    fn damaged_vectors_are_refused() {
        assert_eq!(stored(&[0; 7], None).decode(4), Err(VectorError::Length { found: 7, expected: 8 }));
        assert_eq!(stored(&encode(&[f32::NAN, 0.0]), None).decode(2), Err(VectorError::NotFinite));
        assert_eq!(stored(&encode(&[2.0, 0.0]), None).check_plausible(2), Err(VectorError::NotUnit));
    }

    /// Python's `zlib.crc32(struct.pack('<q', 3) + bytes([7]) * 32 + numpy.array([0.6, 0.8], '<f2').tobytes())`.
    const REFERENCE: i64 = 1970073197;

    #[test]
    fn the_checksum_is_the_one_of_zlib() {
        assert_eq!(stored(&encode(&[0.6, 0.8]), None).checksum(), REFERENCE);
    }

    #[test]
    fn every_flipped_bit_of_a_row_is_noticed() {
        let bytes = encode(&[0.6, 0.8]);
        let right = stored(&bytes, Some(REFERENCE));
        assert_eq!(right.check(), Ok(()));
        for bit in 0..8 * bytes.len() {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(stored(&bytes, Some(REFERENCE)).decode(2), Err(VectorError::Checksum), "bit {bit}");
        }
        for bit in 0..256 {
            let mut hash = [7; 32];
            hash[bit / 8] ^= 1 << (bit % 8);
            assert!(Stored { hash: &hash, ..right }.check().is_err(), "bit {bit} of the hash");
        }
        for bit in 0..32 {
            assert!(Stored { checksum: Some(REFERENCE ^ (1 << bit)), ..right }.check().is_err());
        }
        assert!(Stored { model: 4, ..right }.check().is_err(), "a row of another model");
    }
}
