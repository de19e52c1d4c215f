//! Fingerprints of rows: equal contents have equal ones, in every process and on every CPU.

use half::f16;
use half::slice::HalfFloatSliceExt;
use rapidhash::v3::{RapidSecrets, rapidhash_v3_seeded};

/// Identifies the components of a row. Two different rows share one with a probability of 2^-64.
pub(super) type Fingerprint = u64;

/// A fixed seed: fingerprints are kept in files.
const SECRETS: RapidSecrets = RapidSecrets::seed(0);

/// Computes the fingerprint of a row's components: the rapidhash (version 3) of their bits, little-endian.
pub(super) fn fingerprint(row: &[f16]) -> Fingerprint {
    let bits = row.reinterpret_cast();
    if cfg!(target_endian = "little") {
        rapidhash_v3_seeded(bytemuck::cast_slice(bits), &SECRETS)
    } else {
        let bytes: Vec<u8> = bits.iter().flat_map(|half| half.to_le_bytes()).collect();
        rapidhash_v3_seeded(&bytes, &SECRETS)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_bit_of_a_row_counts() {
        for length in [1, 4, 7, 8, 24, 511] {
            let row: Vec<f16> = (0..length).map(|i| f16::from_f32(i as f32 * 0.1)).collect();
            let mut all = HashSet::from([fingerprint(&row), fingerprint(&row[..length - 1])]);
            for at in 0..length {
                for bit in 0..16 {
                    let mut other = row.clone();
                    other[at] = f16::from_bits(other[at].to_bits() ^ 1 << bit);
                    all.insert(fingerprint(&other));
                }
            }
            assert_eq!(all.len(), 16 * length + 2);
        }
    }

    /// Files hold fingerprints: if these change, so must the version of the segment files.
    #[test]
    fn fingerprints_stay_what_they_are() {
        let row: Vec<f16> = (0..40_u8).map(|i| f16::from_f32(f32::from(i) - 20.0)).collect();
        assert_eq!(
            [fingerprint(&[]), fingerprint(&row[..3]), fingerprint(&row)],
            [9_803_252_772_108_305_337, 5_119_379_094_114_922_027, 17_695_558_020_684_617_155]
        );
    }
}
