//! Vectors to search among, and questions to ask them.

use std::f32::consts::TAU;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use half::f16;
use rayon::prelude::*;

use crate::base::rng::Rng;
use crate::index::VectorStore;
use crate::library::npy;

/// How many questions are asked.
const QUERIES: usize = 256;

/// Clusters, as there are subjects in a large collection, and themes that they share.
const CLUSTERS: usize = 2000;
const THEMES: usize = 50;

/// Which numbers a seed is for.
#[derive(Clone, Copy)]
enum Kind {
    Common = 1,
    Theme,
    Cluster,
    Row,
    Gap,
    Query,
}

/// Unit vectors in clusters: all have a part in common, so do those of a theme, and more so those of a cluster.
/// Two of a cluster have a cosine of about 0.85, two of different themes of about 0.4, as CLIP's pictures do.
pub(super) fn clustered(count: usize, dimension: usize) -> VectorStore {
    let common = direction(Kind::Common, 0, dimension);
    let rows: Vec<Vec<f16>> = (0..count)
        .into_par_iter()
        .map(|row| {
            let mut rng = Rng::new(seed(Kind::Row, row));
            let cluster = rng.below(CLUSTERS.min(count.div_ceil(10)));
            let parts = [
                (1.0, common.clone()),
                (0.7, direction(Kind::Theme, cluster % THEMES, dimension)),
                (0.7, direction(Kind::Cluster, cluster, dimension)),
                (0.6, gaussian(&mut rng, dimension)),
            ];
            unit_sum(&parts).into_iter().map(f16::from_f32).collect()
        })
        .collect();
    let mut vectors = VectorStore::new(dimension);
    rows.iter().for_each(|row| vectors.stage(row));
    vectors.commit();
    vectors
}

/// Unit vectors as texts have them: each is near a picture, and all are far from all pictures in one direction
/// (Liang, Zhang, Kwon, Yeung, Zou: "Mind the Gap", 2022). Cosines are about 0.3.
pub(super) fn queries(vectors: &VectorStore) -> Vec<Vec<f32>> {
    if vectors.is_empty() {
        return Vec::new();
    }
    let dimension = vectors.dimension();
    let gap = direction(Kind::Gap, 0, dimension);
    let query = |i| {
        let mut rng = Rng::new(seed(Kind::Query, i));
        let mut about = vectors.vector(rng.below(vectors.len()));
        about.iter_mut().zip(vectors.centroid()).for_each(|(x, centroid)| *x -= centroid);
        unit_sum(&[
            (0.5, unit_sum(&[(1.0, about)])),
            (0.8, gap.clone()),
            (0.5, gaussian(&mut rng, dimension)),
        ])
    };
    (0..QUERIES).map(query).collect()
}

fn seed(kind: Kind, number: usize) -> u64 {
    ((kind as u64) << 32) ^ number as u64
}

fn direction(kind: Kind, number: usize, dimension: usize) -> Vec<f32> {
    gaussian(&mut Rng::new(seed(kind, number)), dimension)
}

/// Normally distributed, of length 1 on average (Box and Muller, 1958).
fn gaussian(rng: &mut Rng, dimension: usize) -> Vec<f32> {
    let size = 1.0 / (dimension as f32).sqrt();
    let mut numbers = Vec::with_capacity(dimension + 1);
    while numbers.len() < dimension {
        let radius = (-2.0 * (1.0 - rng.range(0.0, 1.0)).ln()).sqrt() * size;
        let (sin, cos) = rng.range(0.0, TAU).sin_cos();
        numbers.extend([radius * cos, radius * sin]);
    }
    numbers.truncate(dimension);
    numbers
}

/// The weighted sum of vectors of one length, as a unit vector.
fn unit_sum(parts: &[(f32, Vec<f32>)]) -> Vec<f32> {
    let dimension = parts.first().map_or(0, |(_, part)| part.len());
    let mut sum = vec![0.0; dimension];
    for (weight, part) in parts {
        sum.iter_mut().zip(part).for_each(|(sum, x)| *sum += weight * x);
    }
    let length = sum.iter().map(|x| x * x).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    sum.iter_mut().for_each(|x| *x /= length);
    sum
}

/// Writes rows of `width` numbers as NumPy reads them (format version 1.0); `kind` is such as `<f4`.
///
/// # Errors
/// When the file can't be written.
pub(super) fn write_npy<const N: usize>(
    path: &Path,
    kind: &str,
    width: usize,
    rows: usize,
    numbers: impl Iterator<Item = [u8; N]>,
) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    out.write_all(&npy::header(kind, rows, width))?;
    for number in numbers {
        out.write_all(&number)?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_clustered_and_queries_are_far_from_all() {
        let vectors = clustered(3000, 64);
        let rows: Vec<Vec<f32>> = (0..vectors.len()).map(|row| vectors.vector(row)).collect();
        let cosine = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let mut to_first: Vec<f32> = rows[1..].iter().map(|row| cosine(&rows[0], row)).collect();
        to_first.sort_unstable_by(f32::total_cmp);
        assert!(to_first[2998] > 0.7 && to_first[1500] < 0.65, "{} {}", to_first[2998], to_first[1500]);
        let queries = queries(&vectors);
        assert_eq!(queries.len(), QUERIES);
        let best = rows.iter().map(|row| cosine(&queries[0], row)).fold(-1.0, f32::max);
        assert!((0.15..0.6).contains(&best), "{best}");
        assert!(super::queries(&VectorStore::new(4)).is_empty());
    }
}
