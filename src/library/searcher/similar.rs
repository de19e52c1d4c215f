//! The pictures that are similar to several others.

use super::{Folded, Hit, Searcher};
use crate::catalog::{Catalog, CatalogError};
use crate::library::unit::unit;

impl Searcher {
    /// The `k` pictures most similar to the mean of those with these ids, which are left out; best first. Pictures that
    /// are gone do not count; when all are gone, nothing is similar. With what is folded beneath them.
    ///
    /// # Errors
    /// When the catalogue can't be read, of which facts are asked where searches are limited to a list.
    pub fn similar(
        &mut self,
        catalog: &Catalog,
        ids: &[i64],
        k: usize,
    ) -> Result<(Vec<Hit>, Folded), CatalogError> {
        let embeddings: Vec<Vec<f32>> = ids.iter().filter_map(|id| self.embedding(*id)).collect();
        let Some(mean) = mean(embeddings) else { return Ok((Vec::new(), Folded::new())) };
        let (set, _) = self.select(catalog, &[])?;
        let mut wanted = self.with_folded(k);
        loop {
            let (mut found, _) = self.nearest(&mean, wanted + ids.len(), set.as_ref());
            found.retain(|hit| !ids.contains(&hit.id));
            found.truncate(wanted);
            if let Some(folded) = self.fold(k, wanted, found, Some(&mean), set.as_ref(), ids) {
                return Ok(folded);
            }
            wanted = wanted.saturating_mul(2);
        }
    }
}

/// The mean of vectors of unit length, scaled to unit length; a single vector is returned as it is. `None` if there are no
/// vectors or they cancel out.
pub(in crate::library) fn mean(vectors: Vec<Vec<f32>>) -> Option<Vec<f32>> {
    let count = vectors.len();
    let sum = vectors.into_iter().reduce(|mut sum, vector| {
        sum.iter_mut().zip(&vector).for_each(|(sum, value)| *sum += value);
        sum
    })?;
    if count == 1 {
        return Some(sum);
    }
    unit(sum, f32::EPSILON.next_up())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_has_unit_length() {
        assert_eq!(mean(vec![vec![0.6, 0.8]]), Some(vec![0.6, 0.8]));
        let half = std::f32::consts::FRAC_1_SQRT_2;
        let both = mean(vec![vec![1.0, 0.0], vec![0.0, 1.0]]).unwrap();
        assert!(both.iter().all(|value| (value - half).abs() < 1e-6), "{both:?}");
        assert_eq!(mean(vec![vec![1.0, 0.0], vec![-1.0, 0.0]]), None);
        assert_eq!(mean(Vec::new()), None);
    }
}
