//! What all commands share: threads, logging, the choice of the model, opening a collection.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once};

use anyhow::{Context as _, Result, bail};
use tracing_subscriber::EnvFilter;

use super::Usage;
use super::args::{CommonArgs, DeviceArg, PrecisionArg};
use super::config::Config;
use super::output;
use crate::base::model_key::{ModelKey, Precision};
pub use crate::base::quote::path as quoted;
use crate::base::{escape, paths, private, quote};
use crate::catalog::Catalog;
use crate::clip::{Checkpoint, DEFAULT_MODEL, DEMO_MODEL, DeviceChoice, ModelError};
use crate::demo;
use crate::library::Engine;
use crate::library::{self, Collection};

/// Holds a filter for the log, such as `debug`.
const LOG_VAR: &str = "PIXSEEK_LOG";

/// The common arguments and the settings.
pub struct Context {
    pub config: Config,
    pub quiet: bool,
    model: Option<String>,
    /// What `--precision` says; none is `auto`.
    pub precision: Option<Precision>,
    device: DeviceChoice,
    verbose: u8,
    /// For what is said of the demo model.
    told: Once,
}

impl Context {
    /// Reads the settings and sets up the thread pool.
    pub fn new(args: CommonArgs) -> Result<Self> {
        if let Some(threads) = args.threads {
            limit_threads(threads)?;
        }
        let model = args.model.filter(|model| !model.is_empty());
        let precision = match args.precision {
            PrecisionArg::Auto => None,
            PrecisionArg::F32 => Some(Precision::F32),
            PrecisionArg::Int8 => Some(Precision::Int8),
        };
        let device = match args.device {
            DeviceArg::Auto => DeviceChoice::Auto,
            DeviceArg::Cpu => DeviceChoice::Cpu,
            DeviceArg::Cuda => DeviceChoice::Cuda,
            DeviceArg::Metal => DeviceChoice::Metal,
        };
        let (config, quiet, verbose) = (Config::load()?, args.quiet, args.verbose);
        Ok(Self { config, quiet, model, precision, device, verbose, told: Once::new() })
    }

    fn filter(&self) -> EnvFilter {
        let default = match self.verbose {
            _ if self.quiet => "error",
            0 => "warn",
            1 => "info,tokenizers=warn",
            _ => "debug",
        };
        EnvFilter::try_from_env(LOG_VAR).unwrap_or_else(|_| EnvFilter::new(default))
    }

    /// Logs to stderr: every command but the browser.
    pub fn log_to_stderr(&self) {
        tracing_subscriber::fmt()
            .with_env_filter(self.filter())
            .with_writer(|| escape::LogWriter(std::io::stderr()))
            .without_time()
            .with_target(false)
            // It would tell so on stderr, which is what just failed.
            .log_internal_errors(false)
            .init();
    }

    /// Logs to a file in the data folder, whose path is returned: the browser owns the screen. Where
    /// nothing can be written there is no log: read-only pictures can be browsed all the same.
    pub fn log_to_file(&self) -> Result<Option<PathBuf>> {
        let path = paths::log_file()?;
        let Ok(file) = open_log(&path) else { return Ok(None) };
        tracing_subscriber::fmt()
            .with_env_filter(self.filter())
            .with_writer(Mutex::new(escape::LogWriter(file)))
            .with_ansi(false)
            .log_internal_errors(false)
            .init();
        Ok(Some(path))
    }

    /// What `--model` or `PIXSEEK_MODEL` says.
    pub fn wanted_model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// The model to use: `--model` or `PIXSEEK_MODEL`, else the one this collection was last indexed with,
    /// else the settings', else the one for photos.
    pub fn checkpoint(&self, existing: Option<&Opened>) -> Result<Checkpoint> {
        self.find(&self.model_name(existing)?, existing.map(|opened| &opened.catalog))
    }

    /// What [`Self::checkpoint`] looks for.
    fn model_name(&self, existing: Option<&Opened>) -> Result<String> {
        let remembered = match (&self.model, existing) {
            (None, Some(Opened { collection, catalog })) => remembered(&collection.root, catalog)?,
            _ => None,
        };
        let name = self.model.clone().or(remembered).or_else(|| self.config.model.clone());
        Ok(name.unwrap_or_else(|| DEFAULT_MODEL.to_owned()))
    }

    /// Says on stderr, once, that a model is of no use for photos, if it is the demo model and `folder` is not its
    /// gallery.
    pub fn tell_of_demo_model(&self, checkpoint: &Checkpoint, folder: &Path) {
        if let Some(words) = self.words_on_demo_model(checkpoint, folder) {
            self.told.call_once(|| {
                output::note(format_args!("{words}; for photos, run `pixseek models fetch {DEFAULT_MODEL}`"));
            });
        }
    }

    /// As [`Self::tell_of_demo_model`], for whoever says it another way.
    pub fn words_on_demo_model(&self, checkpoint: &Checkpoint, folder: &Path) -> Option<&'static str> {
        let is_told = !self.quiet && is_demo_elsewhere(&checkpoint.id, folder);
        is_told.then_some("the demo model does not understand photos")
    }

    /// The key of the vectors to tell of: those of the model that is asked for, else those of [`shown_key`]. Only the
    /// former needs the model itself.
    pub fn stored_key(&self, opened: &Opened, folder: &Path) -> Result<ModelKey> {
        match &self.model {
            Some(_) => Ok(library::model_key(&self.checkpoint(Some(opened))?)),
            None => shown_key(&opened.collection.root, &opened.catalog, self.precision)?
                .ok_or_else(|| not_indexed(folder, None)),
        }
    }

    /// A model with the precision to use: `--precision`, else the one of this collection's vectors, else
    /// the best for this machine.
    pub fn find(&self, name: &str, catalog: Option<&Catalog>) -> Result<Checkpoint> {
        let mut checkpoint = Checkpoint::find(name)?;
        let last = match (self.precision, catalog) {
            (None, Some(catalog)) => catalog.last_precision(&checkpoint.id)?,
            _ => None,
        };
        self.place(&mut checkpoint, self.precision.or(last))?;
        Ok(checkpoint)
    }

    /// Decides where a model computes and with which precision, if that isn't given. Bytes are for the CPU:
    /// a collection that has such vectors stays there unless a GPU is asked for.
    fn place(&self, checkpoint: &mut Checkpoint, precision: Option<Precision>) -> Result<()> {
        let device = match (self.device, precision) {
            (DeviceChoice::Auto, Some(Precision::Int8)) => DeviceChoice::Cpu,
            (device, _) => device,
        };
        checkpoint.placement.device = device.open()?;
        if precision == Some(Precision::Int8) && !checkpoint.placement.device.is_cpu() {
            bail!(Usage("int8 is for the CPU: pass --precision f32, or --device cpu".to_owned()));
        }
        checkpoint.placement.precision = precision.unwrap_or_else(|| checkpoint.best_precision());
        Ok(())
    }

    /// A folder's collection, ready to be searched with a model.
    ///
    /// # Errors
    /// When the folder isn't indexed, or not with this model: the text names the command that does it.
    pub fn open_indexed(&self, folder: &Path) -> Result<Indexed> {
        Ok(self.open_indexed_while(folder, |_| ())?.0)
    }

    /// As [`Self::open_indexed`], while another thread does something with the model.
    pub fn open_indexed_while<T: Send>(
        &self,
        folder: &Path,
        work: impl FnOnce(&Checkpoint) -> T + Send,
    ) -> Result<(Indexed, T)> {
        let Some(opened) = Opened::find(folder)? else {
            return Err(not_indexed(folder, self.model.as_deref()));
        };
        let is_empty = || anyhow::Ok(!opened.catalog.keys()?.iter().any(|(_, filled)| *filled));
        if self.model.is_none()
            && remembered(&opened.collection.root, &opened.catalog)?.is_none()
            && is_empty()?
        {
            return Err(not_indexed(folder, None));
        }
        let checkpoint =
            self.checkpoint(Some(&opened)).or_else(|error| Err(also_not_indexed(error, &opened, folder)?))?;
        let Opened { collection, mut catalog } = opened;
        let key = library::model_key(&checkpoint);
        if catalog.find_model(&key)?.is_none() {
            let (shown, id, command) = (paths::display(folder), &checkpoint.id, quoted(folder));
            if let Some(other) =
                catalog.newest_key(id, None)?.filter(|other| other.precision != key.precision)
            {
                bail!(
                    "folder '{shown}' has {} vectors of model '{id}', but none in {}: leave --precision out, or run \
                     `pixseek index {command} --precision {}`",
                    other.precision,
                    key.precision,
                    key.precision
                );
            }
            bail!(
                "folder '{}' has no vectors of model '{}': run `pixseek index {} --model {}`",
                paths::display(folder),
                checkpoint.id,
                quoted(folder),
                quote::text(&checkpoint.id)
            );
        }
        let (engine, outcome) = std::thread::scope(|scope| {
            let work = scope.spawn(|| work(&checkpoint));
            let engine = Engine::load(&collection, &mut catalog, &checkpoint);
            (engine, work.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        Ok((Indexed { collection, catalog, checkpoint, engine: engine? }, outcome))
    }
}

/// A folder's collection and its catalogue.
pub struct Opened {
    pub collection: Collection,
    pub catalog: Catalog,
}

impl Opened {
    /// None if the folder has no collection yet.
    ///
    /// # Errors
    /// As [`Collection::find`] and [`Collection::catalog`].
    pub fn find(folder: &Path) -> Result<Option<Self>> {
        let Some(collection) = Collection::find(folder)? else { return Ok(None) };
        let catalog = collection.catalog()?;
        Ok(Some(Self { collection, catalog }))
    }
}

/// A model that isn't here, of which the collection has no vectors either: then getting it is not all there is to do.
fn also_not_indexed(error: anyhow::Error, opened: &Opened, folder: &Path) -> Result<anyhow::Error> {
    let Some(ModelError::NotDownloaded(id)) = error.downcast_ref() else { return Ok(error) };
    if opened.catalog.keys()?.iter().any(|(key, filled)| *filled && key.id == *id) {
        return Ok(error);
    }
    let words = format!(
        "folder '{}' has no vectors of model '{id}', which `pixseek index {} --model {}` makes",
        paths::display(folder),
        quoted(folder),
        quoted(Path::new(id))
    );
    Ok(error.context(words))
}

/// Whether a model is the demo model and `folder` is not its gallery.
fn is_demo_elsewhere(model: &str, folder: &Path) -> bool {
    model == DEMO_MODEL && !demo::is_gallery(folder)
}

/// Whether a run with this model leaves the one that a collection is searched with: nobody should search photos with the
/// demo model for having tried it once.
pub fn keeps_model(checkpoint: &Checkpoint, root: &Path) -> bool {
    is_demo_elsewhere(&checkpoint.id, root)
}

/// The model that the collection at `root` was last indexed with. The demo model counts only in its gallery.
fn remembered(root: &Path, catalog: &Catalog) -> Result<Option<String>> {
    if let Some(last) = catalog.last_model()?.filter(|last| !is_demo_elsewhere(last, root)) {
        return Ok(Some(last));
    }
    let of_photos = |(key, filled): &(ModelKey, bool)| *filled && key.id != DEMO_MODEL;
    Ok(catalog.keys()?.into_iter().find(of_photos).map(|(key, _)| key.id))
}

/// The key of the vectors that the collection at `root` is searched with unless another model is asked for; where there
/// are none, of those that are there.
pub fn shown_key(root: &Path, catalog: &Catalog, precision: Option<Precision>) -> Result<Option<ModelKey>> {
    let any = || anyhow::Ok(catalog.keys()?.into_iter().next().map(|(key, _)| key));
    let Some(id) = remembered(root, catalog)?.or(any()?.map(|key| key.id)) else { return Ok(None) };
    let precision = match precision {
        Some(precision) => Some(precision),
        None => catalog.last_precision(&id)?,
    };
    Ok(catalog.newest_key(&id, precision)?)
}

/// Opens the log at its end, since other browsers may be writing to it; a long one starts anew.
fn open_log(path: &Path) -> std::io::Result<std::fs::File> {
    const LONG: u64 = 1 << 20;
    let file = private::append(path)?;
    if file.metadata()?.len() > LONG {
        file.set_len(0)?;
    }
    Ok(file)
}

/// Says which command indexes `folder`.
pub fn not_indexed(folder: &Path, model: Option<&str>) -> anyhow::Error {
    let model = model.map(|model| format!(" --model {}", quote::text(model))).unwrap_or_default();
    let (shown, folder) = (paths::display(folder), quoted(folder));
    anyhow::anyhow!("folder '{shown}' is not indexed: run `pixseek index {folder}{model}`")
}

/// Limits the pool on which everything computes: decoding, searching, the encoder's kernels, and candle's matrix products
/// and layer norms. candle's own pools, for other operations, are not used on the CPU.
fn limit_threads(threads: u16) -> Result<()> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.into())
        .build_global()
        .with_context(|| format!("{threads} threads can't be started"))
}

/// A collection that can be searched.
pub struct Indexed {
    pub collection: Collection,
    pub catalog: Catalog,
    pub checkpoint: Checkpoint,
    pub engine: Engine,
}

/// The folder that `folder` or `-C dir` names, `.` if neither.
pub fn folder_of(folder: Option<&PathBuf>, dir: Option<&PathBuf>) -> PathBuf {
    dir.or(folder).cloned().unwrap_or_else(|| PathBuf::from("."))
}
