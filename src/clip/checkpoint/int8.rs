//! The precision of a checkpoint: which is best, and what layers in int8 are made of.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Checkpoint;
use crate::base::model_key::Precision;
use crate::clip::error::ModelError;
use crate::clip::layout;
use crate::clip::precision_trial::PrecisionTrial;
use crate::clip::towers::{Calibrating, Calibration, Int8Cache, Placement, int8_is_fast};

impl Checkpoint {
    /// Tells whether the arithmetic that is fastest where the checkpoint is placed is near enough to f32 with it. None where
    /// that is f32, or known to be near enough, as with the bundled model. The first time with a checkpoint takes as long as
    /// 64 pictures.
    ///
    /// # Errors
    /// As [`Self::load_vision`].
    pub fn precision_trial(&self) -> Result<Option<PrecisionTrial>, ModelError> {
        let (Some(folder), Some(precision)) = (&self.folder, self.faster_precision()) else {
            return Ok(None);
        };
        let (places, source) = self.kept_beside(folder, &format!("{precision}-trial.json"));
        let trial =
            PrecisionTrial::of(&places, &source, precision, &self.preprocessor, |precision, pictures| {
                let mut checkpoint = self.clone();
                checkpoint.placement.precision = precision;
                checkpoint.load_vision()?.embed(pictures)
            });
        trial.map(Some)
    }

    /// The arithmetic that is faster than f32 where the checkpoint is placed: f16 on a GPU, int8 on a CPU that multiplies
    /// bytes faster than floats.
    pub fn faster_precision(&self) -> Option<Precision> {
        if !self.placement.device.is_cpu() {
            return Some(Precision::F16);
        }
        (self.placement.is_fused() && int8_is_fast()).then_some(Precision::Int8)
    }

    /// The precision that is best for embeddings of which there are none yet: the faster one where it is near enough to f32
    /// ([`Self::precision_trial`]), else f32. With it comes the trial, if it decided against the faster one.
    ///
    /// # Errors
    /// As [`Self::precision_trial`].
    pub fn best_precision(&self) -> Result<(Precision, Option<PrecisionTrial>), ModelError> {
        let failed = self.precision_trial()?.filter(|trial| !trial.is_passed());
        let faster = self.faster_precision().filter(|_| failed.is_none());
        Ok((faster.unwrap_or(Precision::F32), failed))
    }

    /// Where a tower goes, with its int8 cache if it needs one. If that has nothing, the layers are rounded for the first
    /// time, and what they get in f32 is recorded before: `run` is to run the tower at the placement that it is handed, and
    /// what it returns is returned, too. The bundled model is rounded in no time, and needs no smoothing.
    pub(super) fn int8_placement<T>(
        &self,
        tower: &str,
        run: impl FnOnce(&Placement) -> Result<T, ModelError>,
    ) -> Result<(Placement, Option<T>), ModelError> {
        let mut placement = self.placement.clone();
        let Some(folder) = &self.folder else { return Ok((placement, None)) };
        if placement.precision != Precision::Int8 || !placement.is_fused() {
            return Ok((placement, None));
        }
        let (places, source) = self.kept_beside(folder, &format!("{tower}-int8.bin"));
        let cache = Int8Cache::open(places, &source);
        if cache.is_given_up() {
            return Ok((placement.exact(), None));
        }
        let mut exact = None;
        if cache.is_empty() {
            let calibration = Arc::new(Calibration::default());
            let mut recording = placement.exact();
            recording.calibrating = Calibrating::Record(Arc::clone(&calibration));
            exact = Some(run(&recording)?);
            placement.calibrating = Calibrating::Smooth(calibration);
        }
        placement.int8_cache = Some(Arc::new(cache));
        Ok((placement, exact))
    }

    /// Where a file that is made of the weights is kept, the best place first, and what it is made of: name, revision, sizes
    /// and times of the files of weights, and sizes of the layers.
    fn kept_beside(&self, folder: &Path, name: &str) -> (Vec<PathBuf>, String) {
        let mut source = format!("{} {}", self.id, self.revision);
        for name in layout::weight_files(folder).unwrap_or_default() {
            if let Ok(metadata) = folder.join(&name).metadata() {
                source += &format!(" {name} {} {:?}", metadata.len(), metadata.modified().ok());
            }
        }
        let key = &blake3::hash(source.as_bytes()).to_hex()[..16];
        let places = self.cache_places(folder, "int8", name, key);
        (places, source + &format!(" {:?}", self.config))
    }
}
