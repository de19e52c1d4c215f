//! Which model a command uses, and with which precision.

use std::path::Path;

use anyhow::{Result, bail};

use super::context::Context;
use super::opened::Opened;
use super::outcome::Usage;
use super::output;
use crate::base::escape;
use crate::base::model_key::{ModelKey, Precision};
use crate::catalog::Catalog;
use crate::clip::hub::Hub;
use crate::clip::{Checkpoint, DEFAULT_MODEL, DEMO_MODEL, DeviceChoice};
use crate::demo;
use crate::library::LibraryError;

impl Context {
    /// Finds the model to use: that of `--model` or `PIXSEEK_MODEL`, else the one that this collection was last indexed
    /// with, else that of the settings, else the recommended one ([`Hub::default_model`]).
    pub(super) fn checkpoint(&self, existing: Option<&Opened>) -> Result<Checkpoint> {
        let chosen = self.chosen_model(existing)?;
        let catalog = existing.map(|opened| &opened.catalog);
        match &chosen {
            Some(name) => self.find(name, catalog),
            None => {
                let name = Hub::from_env().default_model();
                let checkpoint = self.find(name, catalog)?;
                self.tell_of_substitute(name);
                Ok(checkpoint)
            }
        }
    }

    /// As [`Self::checkpoint`], with a precision that the command needs.
    pub(super) fn checkpoint_in(
        &self,
        existing: Option<&Opened>,
        precision: Precision,
    ) -> Result<Checkpoint> {
        let chosen = self.chosen_model(existing)?;
        self.find_in(chosen.as_deref().unwrap_or_else(|| Hub::from_env().default_model()), precision)
    }

    /// Finds a model by name, with a precision that the command needs.
    pub(super) fn find_in(&self, name: &str, precision: Precision) -> Result<Checkpoint> {
        let mut checkpoint = Checkpoint::find(name)?;
        Placing { precision: Some(precision), ..self.placing() }.place(&mut checkpoint, None)?;
        Ok(checkpoint)
    }

    /// The name of the model that somebody chose, be it earlier.
    pub(super) fn chosen_model(&self, existing: Option<&Opened>) -> Result<Option<String>> {
        let remembered = match (&self.model, existing) {
            (None, Some(Opened { collection, catalog })) => remembered(&collection.root, catalog)?
                .map(|id| Ok::<_, LibraryError>(collection.may_open_model(&id)?.then_some(id)))
                .transpose()?
                .flatten(),
            _ => None,
        };
        Ok(self.model.clone().or(remembered).or_else(|| self.config.model.clone()))
    }

    /// Says on stderr, once, that a model is taken for being here, and how to get the recommended one.
    fn tell_of_substitute(&self, name: &str) {
        if name == DEFAULT_MODEL || self.quiet {
            return;
        }
        let words = format!(
            "model '{name}' is used, since it is here; `pixseek models fetch` gets the recommended one, {DEFAULT_MODEL}"
        );
        if self.words_on_substitute.set(words.clone()).is_ok() {
            output::note(words);
        }
    }

    /// Warns on stderr, once, that the demo model is of no use for photos, where it is used for a `folder` that is not its
    /// gallery.
    pub(super) fn tell_of_demo_model(&self, checkpoint: &Checkpoint, folder: &Path) {
        if let Some(words) = self.words_on_demo_model(checkpoint, folder) {
            self.told_of_demo_model.call_once(|| {
                output::note(format_args!("{words}; for photos, run `pixseek models fetch`"));
            });
        }
    }

    /// The warning of [`Self::tell_of_demo_model`], where there is one to give.
    pub(super) fn words_on_demo_model(&self, checkpoint: &Checkpoint, folder: &Path) -> Option<&'static str> {
        let is_told = !self.quiet && is_demo_elsewhere(&checkpoint.id, folder);
        is_told.then_some("the demo model does not understand photos")
    }

    /// Finds a model by name, and sets the precision to use: that of `--precision`, else that of this collection's
    /// vectors, else the fastest that is accurate on this machine. That int8 is too far off is said.
    pub(super) fn find(&self, name: &str, catalog: Option<&Catalog>) -> Result<Checkpoint> {
        let mut checkpoint = Checkpoint::find(name)?;
        if let Some(words) = self.placing().place(&mut checkpoint, catalog)? {
            if !self.quiet {
                output::note(&words);
            }
            let _ = self.words_on_int8.set(words);
        }
        Ok(checkpoint)
    }

    /// What the options say of where models compute.
    pub(super) fn placing(&self) -> Placing {
        Placing { precision: self.precision, device: self.device }
    }

    /// What is to be said of the int8 vectors that a folder has, if they are those of an earlier version.
    pub(super) fn words_on_old_int8(catalog: &Catalog, key: &ModelKey) -> Result<Option<&'static str>> {
        let is_left = key.precision == Precision::Int8
            && catalog.find_model(key)?.is_none()
            && catalog.keys()?.iter().any(|(other, filled)| {
                *filled && (&other.id, other.precision) == (&key.id, Precision::OldInt8)
            });
        Ok(is_left.then_some(
            "int8 is computed with less loss than when this folder was indexed: all its pictures are encoded again",
        ))
    }
}

/// What the options say of where models compute, and with which precision.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placing {
    precision: Option<Precision>,
    device: DeviceChoice,
}

impl Placing {
    /// Decides on which device a model computes, and with which precision: that of the option, else that of the
    /// catalogue's vectors, else the fastest that is accurate. int8 is for the CPU: a collection that has such vectors
    /// stays there unless a GPU is asked for. Returns what is to be said, if int8 was tried and is too far off.
    pub(super) fn place(
        self,
        checkpoint: &mut Checkpoint,
        catalog: Option<&Catalog>,
    ) -> Result<Option<String>> {
        let last = match (self.precision, catalog) {
            (None, Some(catalog)) => catalog.last_precision(&checkpoint.id)?.map(Precision::present),
            _ => None,
        };
        let precision = self.precision.or(last);
        let device = match (self.device, precision) {
            (DeviceChoice::Auto, Some(Precision::Int8)) => DeviceChoice::Cpu,
            (device, _) => device,
        };
        checkpoint.placement.device = device.open()?;
        let is_on_cpu = checkpoint.placement.device.is_cpu();
        if precision == Some(Precision::Int8) && !is_on_cpu {
            bail!(Usage("int8 is for the CPU: pass --precision f32 or f16, or --device cpu".to_owned()));
        }
        // A collection that a GPU has indexed goes on in f32 where there is none.
        if self.precision == Some(Precision::F16) && is_on_cpu {
            bail!(Usage("f16 is for GPUs, and none is in use: pass --precision f32 or int8".to_owned()));
        }
        let (precision, words) = match precision {
            Some(precision) => (precision, None),
            None => best_precision(checkpoint)?,
        };
        checkpoint.placement.precision = precision;
        Ok(words)
    }
}

/// The precision for embeddings of which there are none yet. With a model that was not used so far, the fastest is tried
/// beside f32 first, and where it is too far off, that is to be said.
fn best_precision(checkpoint: &Checkpoint) -> Result<(Precision, Option<String>)> {
    let (best, failed) = checkpoint.best_precision()?;
    let faster = checkpoint.faster_precision();
    let words = failed.zip(faster).map(|(trial, faster)| {
        format!(
            "{faster} is too far from f32 with model '{}' (worst cosine {:.3} in 32 drawings): f32 is used; \
             --precision {faster} insists",
            escape::text(&checkpoint.id),
            trial.worst_cosine
        )
    });
    Ok((best, words))
}

/// Whether a model is the demo model and `folder` is not its gallery.
fn is_demo_elsewhere(model: &str, folder: &Path) -> bool {
    model == DEMO_MODEL && !demo::is_gallery(folder)
}

/// Whether a run with this model leaves the one that a collection is searched with: nobody should search photos with the
/// demo model for having tried it once.
pub(super) fn keeps_model(checkpoint: &Checkpoint, root: &Path) -> bool {
    is_demo_elsewhere(&checkpoint.id, root)
}

/// The model that the collection at `root` was last indexed with. The demo model counts only in its gallery.
pub(super) fn remembered(root: &Path, catalog: &Catalog) -> Result<Option<String>> {
    if let Some(last) = catalog.last_model()?.filter(|last| !is_demo_elsewhere(last, root)) {
        return Ok(Some(last));
    }
    let of_photos = |(key, filled): &(ModelKey, bool)| *filled && key.id != DEMO_MODEL;
    Ok(catalog.keys()?.into_iter().find(of_photos).map(|(key, _)| key.id))
}

/// The key of the vectors that the collection at `root` is searched with unless another model is asked for; where there
/// are none, of those that are there.
pub(super) fn shown_key(
    root: &Path,
    catalog: &Catalog,
    precision: Option<Precision>,
) -> Result<Option<ModelKey>> {
    let any = || anyhow::Ok(catalog.keys()?.into_iter().next().map(|(key, _)| key));
    let Some(id) = remembered(root, catalog)?.or(any()?.map(|key| key.id)) else { return Ok(None) };
    let precision = match precision {
        Some(precision) => Some(precision),
        None => catalog.last_precision(&id)?,
    };
    Ok(catalog.newest_key(&id, precision)?)
}
