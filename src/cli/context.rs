//! What all commands share: threads, logging, the choice of the model, opening a collection.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use tracing_subscriber::EnvFilter;

use super::Usage;
use super::args::{CommonArgs, DeviceArg, PrecisionArg};
use super::config::Config;
use crate::base::model_key::{ModelKey, Precision};
use crate::base::paths;
use crate::catalog::Catalog;
use crate::clip::{Checkpoint, DEFAULT_MODEL, DeviceChoice};
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
}

impl Context {
    /// Reads the settings and sets up the thread pool.
    pub fn new(args: CommonArgs) -> Result<Self> {
        if let Some(threads) = args.threads {
            limit_threads(threads);
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
        Ok(Self { config, quiet, model, precision, device, verbose })
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
            .with_writer(std::io::stderr)
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
            .with_writer(file)
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
    pub fn checkpoint(&self, catalog: Option<&Catalog>) -> Result<Checkpoint> {
        let last = match (&self.model, catalog) {
            (None, Some(catalog)) => catalog.last_model()?,
            _ => None,
        };
        let name = self.model.clone().or(last).or_else(|| self.config.model.clone());
        self.find(name.as_deref().unwrap_or(DEFAULT_MODEL), catalog)
    }

    /// The key of the vectors to tell of: those of the model that is asked for, else of the one that this collection
    /// was last indexed with, which itself is not needed: it may be gone by now.
    pub fn stored_key(&self, catalog: &Catalog, folder: &Path) -> Result<ModelKey> {
        match (&self.model, catalog.last_model()?) {
            (Some(_), _) => Ok(library::model_key(&self.checkpoint(Some(catalog))?)),
            (None, Some(last)) => {
                let precision = self.precision.or(catalog.last_precision(&last)?);
                catalog.newest_key(&last, precision)?.ok_or_else(|| not_indexed(folder, None))
            }
            (None, None) => Err(not_indexed(folder, None)),
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
        let Some(collection) = Collection::find(folder)? else {
            return Err(not_indexed(folder, self.model.as_deref()));
        };
        let mut catalog = collection.catalog()?;
        if self.model.is_none() && catalog.last_model()?.is_none() {
            return Err(not_indexed(folder, None));
        }
        let checkpoint = self.checkpoint(Some(&catalog))?;
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
                quoted(Path::new(&checkpoint.id))
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

/// Opens the log at its end, since other browsers may be writing to it; a long one starts anew.
fn open_log(path: &Path) -> std::io::Result<std::fs::File> {
    const LONG: u64 = 1 << 20;
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    let file = std::fs::File::options().append(true).create(true).open(path)?;
    if file.metadata()?.len() > LONG {
        file.set_len(0)?;
    }
    Ok(file)
}

/// Says which command indexes `folder`.
pub fn not_indexed(folder: &Path, model: Option<&str>) -> anyhow::Error {
    let model = model.map(|model| format!(" --model {}", quoted(Path::new(model)))).unwrap_or_default();
    let (shown, folder) = (paths::display(folder), quoted(folder));
    anyhow::anyhow!("folder '{shown}' is not indexed: run `pixseek index {folder}{model}`")
}

/// candle asks this variable for the width of its matrix products, and rayon for that of its pool.
fn limit_threads(threads: u16) {
    // SAFETY: changing the environment is unsound while another thread reads it. This runs from
    // `cli::main` right after parsing, before anything has started a thread
    // (`tests/it/cli.rs::threads_are_limited` looks at what comes of it).
    unsafe { std::env::set_var("RAYON_NUM_THREADS", threads.to_string()) };
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

/// A path as a shell takes it.
pub fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "/._-+:@%,=".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_for_the_shell() {
        assert_eq!(quoted(Path::new("/a/b-1.jpg")), "/a/b-1.jpg");
        assert_eq!(quoted(Path::new("it's here")), r"'it'\''s here'");
    }
}
