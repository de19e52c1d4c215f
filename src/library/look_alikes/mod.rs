//! Look-alikes: identical, re-encoded, resized, slightly cropped or recoloured copies of a picture, and frames of a burst.
//!
//! Every content has a thumbprint (`base::thumbprint`), made while it is indexed, or by [`prepare`] of pictures that an
//! earlier version indexed. `tree` finds which thumbprints may belong together, `register` lays one over another, and
//! `groups` makes groups around the best picture of each. No model has a part in it.

mod background;
mod folds;
mod groups;
mod pass;
mod register;
mod tree;

use std::cmp::Reverse;
use std::path::PathBuf;

use super::collection::Collection;
use super::error::LibraryError;
use crate::base::paths;
use crate::catalog::{Catalog, LookRow};

pub use background::BackgroundFolds;
pub(super) use folds::Alike;
pub use folds::Folds;
pub use pass::prepare;

/// The similarity from which on pictures are taken for look-alikes. docs/design/look-alikes.md has the measurements.
pub const LOOK_ALIKE: f32 = 0.9;

/// A picture that looks like another.
#[derive(Debug, Clone, PartialEq)]
pub struct LookAlike {
    /// The catalogue's id.
    pub id: i64,
    /// Relative to the collection's root.
    pub path: PathBuf,
    /// Width and height in pixels, as displayed.
    pub dimensions: Option<(u32, u32)>,
    /// Bytes of the file.
    pub bytes: u64,
    /// How much it looks like the best picture of its group, 0 to 1; that picture itself has 1.
    pub similarity: f32,
}

/// Finds the groups of look-alikes in the part of a collection that was asked for: pictures of at least `threshold`
/// similarity (0 to 1) to the best of their group, which comes first (most pixels, then the oldest), then the most similar.
/// The groups are in the order of the paths of their best.
///
/// # Errors
/// When the catalogue can't be read.
pub fn find(
    collection: &Collection,
    catalog: &Catalog,
    threshold: f32,
) -> Result<Vec<Vec<LookAlike>>, LibraryError> {
    let looks = best_first(catalog.looks(&collection.prefix_bytes())?);
    let groups = groups::find(&looks, threshold);
    let member = |(at, similarity): (usize, f32)| {
        let look = &looks[at];
        LookAlike {
            id: look.id,
            path: paths::from_bytes(&look.path),
            dimensions: look.dimensions,
            bytes: look.size,
            similarity,
        }
    };
    Ok(groups.into_iter().map(|group| group.into_iter().map(member).collect()).collect())
}

/// Orders pictures by how well they are kept: most pixels, then the oldest by capture, then by the file's time, then by path.
fn best_first(mut looks: Vec<LookRow>) -> Vec<LookRow> {
    let pixels =
        |look: &LookRow| look.dimensions.map_or(0, |(width, height)| u64::from(width) * u64::from(height));
    looks.sort_by(|a, b| {
        let age = |look: &LookRow| (Reverse(pixels(look)), look.taken.unwrap_or(i64::MAX), look.mtime_ns);
        age(a).cmp(&age(b)).then_with(|| a.path.cmp(&b.path))
    });
    looks
}

#[cfg(test)]
mod tests;
