//! Whether a checkpoint is the model that made rclip's vectors: by its sizes and its name, and by encoding a few pictures.

use std::path::Path;

use crate::catalog::RclipModel;
use crate::clip::hub::find_known;
use crate::clip::{Checkpoint, Embedding, Family};
use crate::library::error::LibraryError;

/// The least cosine between a vector of rclip's and one that the same model makes of the same picture here, for half of the
/// pictures that are compared. Resizing and JPEG decoding differ a little: [docs/design/models.md] has what is measured.
const LEAST_COSINE: f64 = 0.99;

/// How far vectors of rclip's agree with those of the same pictures that a checkpoint makes.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Agreement {
    /// Pictures that were compared.
    pub compared: usize,
    /// The cosine that half of them reach.
    pub median: f64,
    /// The least cosine.
    pub worst: f64,
}

impl Agreement {
    /// Compares pairs of unit vectors; none if there are none.
    pub(super) fn of(pairs: &[(Vec<f32>, Embedding)]) -> Option<Self> {
        let cosine = |(a, b): &(Vec<f32>, Embedding)| -> f64 {
            a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
        };
        let mut cosines: Vec<f64> = pairs.iter().map(cosine).collect();
        cosines.sort_by(f64::total_cmp);
        // Of an even number the lower one.
        let median = *cosines.get(cosines.len().saturating_sub(1) / 2)?;
        Some(Self { compared: cosines.len(), median, worst: *cosines.first()? })
    }

    /// Whether the same model made both.
    pub(super) fn is_enough(&self) -> bool {
        self.median >= LEAST_COSINE
    }
}

/// The hub id of a model that rclip has used, as pixseek names it.
pub(super) fn hub_id(model: RclipModel) -> &'static str {
    match model {
        RclipModel::OpenAi => "openai/clip-vit-base-patch32",
        RclipModel::DataComp => "laion/CLIP-ViT-B-32-256x256-DataComp-s34B-b86K",
    }
}

/// Refuses a checkpoint that can't be the model by which rclip made its vectors.
///
/// # Errors
/// When its sizes are others, or pixseek knows it as another model.
pub(super) fn check_sizes(
    checkpoint: &Checkpoint,
    model: RclipModel,
    dimension: usize,
    index: &Path,
) -> Result<(), LibraryError> {
    let (config, wanted) = (checkpoint.config(), hub_id(model));
    let image_size = match model {
        RclipModel::OpenAi => 224,
        RclipModel::DataComp => 256,
    };
    let is_another = find_known(&checkpoint.id).is_some_and(|known| known.id != wanted);
    let vision = &config.vision;
    let fits = config.family == Family::Clip
        && (vision.image_size, vision.patch_size, checkpoint.dimension()) == (image_size, 32, dimension);
    if fits && !is_another {
        return Ok(());
    }
    Err(LibraryError::NotRclipsModel { index: index.to_owned(), model: checkpoint.id.clone(), wanted })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_pictures_decide() {
        let at = |cosine: f32| (vec![1.0, 0.0], vec![cosine, (1.0 - cosine * cosine).sqrt()]);
        let of =
            |cosines: &[f32]| Agreement::of(&cosines.iter().map(|c| at(*c)).collect::<Vec<_>>()).unwrap();
        let three = of(&[0.5, 1.0, 0.75]);
        assert_eq!((three.compared, three.median, three.worst), (3, 0.75, 0.5));
        assert_eq!(of(&[0.5, 1.0]).median, 0.5);
        assert!(of(&[0.996, 0.2, 0.998]).is_enough() && !of(&[0.98, 1.0, 0.97]).is_enough());
        assert_eq!(Agreement::of(&[]), None);
    }
}
