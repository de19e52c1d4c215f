//! What fuzzers start from goes through all targets at every run of the tests, as it is and with changes.

use super::{TARGETS, run, seeds};
use crate::base::rng::Rng;

/// Changed copies of each input.
const CHANGED: usize = 4;

/// Bytes with a few of them flipped, taken out, repeated, or cut off.
fn changed(bytes: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=rng.below(3) {
        if bytes.is_empty() {
            break;
        }
        let at = rng.below(bytes.len());
        match rng.below(4) {
            0 => bytes[at] ^= 1 << rng.below(8),
            1 => drop(bytes.remove(at)),
            2 => bytes.insert(at, bytes[at]),
            _ => bytes.truncate(at),
        }
    }
    bytes
}

#[test]
fn every_target_takes_what_fuzzers_start_from_and_what_is_near_it() {
    let mut rng = Rng::new(1);
    for (target, _) in TARGETS {
        let seeds = seeds(target).unwrap();
        assert!(!seeds.is_empty(), "{target} has none");
        for bytes in seeds {
            run(target, &bytes);
            (0..CHANGED).for_each(|_| run(target, &changed(&bytes, &mut rng)));
        }
    }
}
