//! What all commands share: the common arguments and the settings.

use std::sync::{Once, OnceLock};

use anyhow::{Context as _, Result};

use super::args::{CommonArgs, PrecisionChoice, StoreChoice};
use super::config::Config;
use crate::base::model_key::Precision;
use crate::clip::DeviceChoice;
use crate::picture;

/// The common arguments and the settings.
pub(super) struct Context {
    pub(super) config: Config,
    pub(super) quiet: bool,
    /// Counts `-v`.
    pub(super) verbose: u8,
    /// What `--model` or `PIXSEEK_MODEL` says.
    pub(super) model: Option<String>,
    /// What `--precision` says; `None` is `auto`.
    pub(super) precision: Option<Precision>,
    pub(super) device: DeviceChoice,
    /// What `--store` says.
    pub(super) store: Option<StoreChoice>,
    /// Done once the user was told what the demo model is for.
    pub(super) told_of_demo_model: Once,
    /// Why int8 is not used, if it was tried and found to be too far off.
    pub(super) words_on_int8: OnceLock<String>,
    /// Which model is used in place of the recommended one, if that is not here.
    pub(super) words_on_substitute: OnceLock<String>,
}

impl Context {
    /// Reads the settings, and sets up the thread pool and the decoders of the user's.
    pub(super) fn new(args: CommonArgs) -> Result<Self> {
        if let Some(threads) = args.threads {
            limit_threads(threads)?;
        }
        let PrecisionChoice(precision) = args.precision;
        let config = Config::load()?;
        picture::set_external_decoders(config.decoders.clone());
        Ok(Self {
            config,
            quiet: args.quiet,
            verbose: args.verbose,
            model: args.model.filter(|model| !model.is_empty()),
            precision,
            device: args.device,
            store: args.store,
            told_of_demo_model: Once::new(),
            words_on_int8: OnceLock::new(),
            words_on_substitute: OnceLock::new(),
        })
    }
}

/// Limits the pool on which everything computes: decoding, searching, the encoder's kernels, and candle's matrix products
/// and layer norms. candle's own pools, for other operations, are not used on the CPU.
fn limit_threads(threads: u16) -> Result<()> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.into())
        .build_global()
        .with_context(|| format!("{threads} threads can't be started"))
}
