//! Which store a command uses: that of `--store`, else the one that was remembered for the folder, else that of the settings.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use anyhow::{Result, bail};

use super::args::{OutputArgs, StoreChoice};
use super::context::Context;
use super::opened::Opened;
use super::outcome::Usage;
use super::output;
use super::progress::Reporter;
use crate::base::model_key::ModelKey;
use crate::clip::Checkpoint;
use crate::library::{
    self, Collection, IndexOptions, Library, Place, Published, Publishing, Reader, RunReport, Shard,
    StoreAccess,
};

/// The variable that has the token.
const TOKEN: &str = "PIXSEEK_STORE_TOKEN";

impl Context {
    /// Where the vectors of a collection are, and how to get in, if that is not this machine.
    ///
    /// # Errors
    /// When what was remembered can't be read.
    pub(super) fn store_access(&self, collection: Option<&Collection>) -> Result<Option<StoreAccess>> {
        let remembered = || collection.map_or(Ok(None), Collection::store);
        let url = match &self.store {
            Some(StoreChoice::Local) => None,
            Some(StoreChoice::At(url)) => Some(url.clone()),
            None => remembered()?.or_else(|| self.config.store.clone()),
        };
        let of_environment = std::env::var(TOKEN).ok().filter(|token| !token.is_empty());
        let of_settings = || self.config.store_token.as_ref().map(|token| token.reveal().to_owned());
        Ok(url.map(|url| StoreAccess {
            url,
            token: of_environment.or_else(of_settings),
            authorities: self.config.store_authorities.clone(),
        }))
    }

    /// Remembers the choice of `--store` for a collection, if there was one.
    ///
    /// # Errors
    /// When the data folder can't be written.
    pub(super) fn remember_store(&self, collection: &Collection) -> Result<()> {
        match &self.store {
            Some(StoreChoice::Local) => Ok(collection.choose_store(None)?),
            Some(StoreChoice::At(url)) => Ok(collection.choose_store(Some(url))?),
            None => Ok(()),
        }
    }

    /// Refuses a store that was asked for, for a command that needs the index of this machine.
    ///
    /// # Errors
    /// [`Usage`].
    pub(super) fn refuse_store(&self) -> Result<()> {
        match &self.store {
            Some(StoreChoice::At(_)) => bail!(Usage(
                "--store is for index, search, similar, status and the browser: this command uses the index of this machine"
                    .to_owned()
            )),
            _ => Ok(()),
        }
    }

    /// The place of a collection in stores.
    pub(super) fn place_of(&self, collection: &Collection) -> Place {
        Place::of(&collection.root, &collection.prefix, &self.config.roots)
    }

    /// The model to ask a store with: the one that was chosen; else the only one that the store has vectors of.
    ///
    /// # Errors
    /// When the store can't be read, or the model is not here.
    pub(super) fn checkpoint_of_store(&self, access: &StoreAccess, opened: &Opened) -> Result<Checkpoint> {
        if self.model.is_none() {
            let models = library::shared_models(access)?;
            let chosen = self.chosen_model(Some(opened))?;
            let fitting: Vec<&ModelKey> = models
                .iter()
                .filter(|key| chosen.as_ref().is_none_or(|chosen| *chosen == key.id))
                .filter(|key| self.precision.is_none_or(|precision| precision == key.precision))
                .collect();
            if let [only] = fitting.as_slice() {
                return self.find_in(&only.id, only.precision);
            }
        }
        self.checkpoint(Some(opened))
    }

    /// Opens a folder's part of a store, ready to be searched. With `update`, it is brought up to date first.
    ///
    /// # Errors
    /// When the server can't be reached, or has no vectors of the model.
    pub(super) fn open_stored(&self, access: &StoreAccess, opened: Opened, update: bool) -> Result<Library> {
        let checkpoint = self.checkpoint_of_store(access, &opened)?;
        let place = self.place_of(&opened.collection);
        let mut library = Library::new(opened.collection, opened.catalog, checkpoint);
        if update {
            let options = IndexOptions { skip_thumbprints: true, ..IndexOptions::default() };
            self.update_stored(&mut library, access, None, None, true, &options)?;
        }
        let key = library.key().clone();
        library.use_store(library::open_shared(access, place, &key, Reader::Once)?);
        Ok(library)
    }

    /// Indexes a folder into a store once, with progress on stderr.
    pub(super) fn update_stored(
        &self,
        library: &mut Library,
        access: &StoreAccess,
        shard: Option<Shard>,
        index: Option<&str>,
        thumbnails: bool,
        options: &IndexOptions,
    ) -> Result<(RunReport, Published)> {
        let publishing = Publishing {
            place: self.place_of(library.collection()),
            shard,
            index: index.map(str::to_owned),
            expected: library.catalog().ids()?.len(),
            thumbnails: thumbnails && self.config.store_thumbnails.unwrap_or(true),
        };
        let reporter = Reporter::new(self.quiet);
        let cancel = AtomicBool::new(false);
        let updated = library.update_shared(access, &publishing, options, &reporter, &cancel);
        reporter.finish();
        Ok(updated?)
    }

    /// Opens the collection of a folder that is searched in a store; one that was never indexed on this machine is made, since it
    /// remembers what is chosen.
    pub(super) fn opened_for_store(&self, folder: &Path) -> Result<Option<(StoreAccess, Opened)>> {
        let opened = Opened::find(folder)?;
        let access = self.store_access(opened.as_ref().map(|opened| &opened.collection))?;
        Ok(match access {
            None => None,
            Some(access) => {
                let opened = opened.map_or_else(|| Opened::create(folder, false), Ok)?;
                Some((access, opened))
            }
        })
    }
}

/// What was sent, for people.
pub(super) fn in_words(access: &StoreAccess, published: &Published) -> String {
    let Published { sent, deleted, taken, left_out, thumbnails } = *published;
    let mut words = format!("store {}: {sent} sent", access.url);
    if deleted > 0 {
        words += &format!(", {deleted} deleted");
    }
    if taken > 0 {
        words += &format!(", {taken} taken from there instead of being encoded");
    }
    if thumbnails > 0 {
        words += &format!(", {thumbnails} thumbnails");
    }
    if left_out > 0 {
        words += &format!(", {left_out} left out, whose paths are longer than 4096 bytes");
    }
    words
}

/// Refuses options of a search that a store does not have.
///
/// # Errors
/// [`Usage`].
pub(super) fn check_options(args: &OutputArgs, is_exact: bool, folds: bool, follows: bool) -> Result<()> {
    let refused = match () {
        () if folds => "--fold: a store does not know which pictures look alike",
        () if follows => "--follow: a store does not tell what is new",
        () if args.approximate && is_exact => "--approximate: this store compares every picture",
        () if args.exact && !is_exact => "--exact: this store is searched by its index",
        () => return Ok(()),
    };
    bail!(Usage(format!("{refused}; --store local searches the index of this machine")))
}

/// Says what was sent.
pub(super) fn tell(context: &Context, access: &StoreAccess, published: &Published) {
    if !context.quiet {
        output::note(in_words(access, published));
    }
}
