//! `pixseek [FOLDER] [QUERY]...`: the TUI.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;

use super::bindings;
use super::browse_args::BrowseArgs;
use super::browse_words::{self, Asked};
use super::context::Context;
use super::first_run::{self, Consent, Decision, HubModel, Waiting};
use super::indexed::NotSearchable;
use super::model_choice::keeps_model;
use super::opened::Opened;
use super::outcome::Outcome;
use super::output::{self, Format, Reader};
use super::path_list;
use super::preselect::Preselect;
use super::saved_searches::ConfigSearches;
use crate::base::paths;
use crate::library::{self, IndexOptions, PathSet, SharedPlace, StoreAccess, WalkOptions};
use crate::tui::{
    self, Appearance, BrowseOptions, Ended, Exit, GraphicsProtocol, MissingModel, ModelSource, SavedSearches,
    SearchStore, Searchable,
};

impl BrowseArgs {
    /// What to browse, and how, with this model.
    fn options(
        self,
        context: &Context,
        query: String,
        model: ModelSource,
        among: Option<Arc<PathSet>>,
        notice: Option<String>,
    ) -> BrowseOptions {
        let mut appearance = appearance(context);
        bindings::lay_over(&mut appearance, self.bind.into_iter().flatten());
        BrowseOptions {
            among,
            model,
            notice,
            poll: self.poll,
            query,
            top: TOP,
            multi: !self.no_multi,
            accept_query: self.print_query,
            protocol: protocol(context, self.protocol),
            height: self.height,
            appearance,
        }
    }
}

/// Number of results that the browser holds.
pub(super) const TOP: usize = 1000;

pub(super) fn run(context: &Context, args: BrowseArgs) -> Result<Outcome> {
    let asked = browse_words::asked(&args)?;
    let folder = &asked.folder;
    // The collection is made once the model is there: one that is not must leave nothing behind.
    let existing = Opened::find(folder)?;
    // Before anything is asked, downloaded or made for a browser that can't be shown; it may turn out not to be needed.
    if !(args.select_1 || args.exit_0) {
        tui::check_terminal()?;
    }
    if args.no_index && existing.is_none() {
        return Err(NotSearchable::not_indexed(folder, None).into());
    }
    let existing = match context.opened_for_store(folder)? {
        Some((access, opened)) => return browse_store(context, args, asked, access, opened),
        None => existing,
    };
    if let Some(opened) = &existing {
        context.remember_store(&opened.collection)?;
    }
    let checkpoint = match context.checkpoint(existing.as_ref()) {
        Ok(checkpoint) => checkpoint,
        Err(error) => {
            return match first_run::decide(context, &error, args.yes)? {
                Decision::Download(consent) => browse_names(context, args, &asked, existing, consent),
                Decision::Declined { id } => {
                    output::note(first_run::ways_without(&id));
                    Ok(Outcome::Nothing)
                }
                Decision::NotAsked => Err(error),
            };
        }
    };
    let Opened { collection, catalog } = match existing {
        Some(opened) => opened,
        None => Opened::create(folder, false)?,
    };
    let walk = args.walk.over(&collection.walk_options(&catalog)?);
    let notices = [
        context.words_on_demo_model(&checkpoint, folder).map(str::to_owned),
        context.words_on_substitute.get().cloned(),
        context.words_on_int8.get().cloned(),
        Context::words_on_old_int8(&catalog, &library::model_key(&checkpoint))?.map(str::to_owned),
    ];
    drop(catalog);
    let among = listed(context, &args, &asked, &collection.root)?;
    let keep_model = keeps_model(&checkpoint, &collection.root);
    let index = IndexOptions { walk: Some(walk), keep_model, ..IndexOptions::default() };
    let index = (!args.no_index).then_some(index);
    let searchable =
        Searchable { collection, checkpoint, shared: None, index, texts: context.texts_wanted() };
    show(context, args, asked, searchable, among, notices.into_iter().flatten())
}

/// Browses a folder's part of a store, which other commands keep up to date.
fn browse_store(
    context: &Context,
    args: BrowseArgs,
    asked: Asked,
    access: StoreAccess,
    opened: Opened,
) -> Result<Outcome> {
    let checkpoint = context.checkpoint_of_store(&access, &opened)?;
    let Opened { collection, catalog } = opened;
    drop(catalog);
    context.remember_store(&collection)?;
    let among = listed(context, &args, &asked, &collection.root)?;
    let notice = format!("{} is browsed as it is: `pixseek index` brings in what is new", access.url);
    let shared = Some(SharedPlace { place: context.place_of(&collection), access });
    let searchable = Searchable { collection, checkpoint, shared, index: None, texts: None };
    show(context, args, asked, searchable, among, [notice])
}

/// Browses, unless there is nothing to choose from.
fn show(
    context: &Context,
    args: BrowseArgs,
    asked: Asked,
    searchable: Searchable,
    among: Option<Arc<PathSet>>,
    notices: impl IntoIterator<Item = String>,
) -> Result<Outcome> {
    let printing = Printing { format: args.format(), query: args.print_query };
    let preselect = Preselect { one: args.select_1, none: args.exit_0 };
    if let Some(chosen) = preselect.decide(context, &searchable, &asked.query, among.as_ref())? {
        return printing.print(&asked.query, &chosen);
    }
    let model = ModelSource::Here(Box::new(searchable));
    let notice = notices.into_iter().reduce(|all, one| format!("{all}; {one}"));
    open(context, args.options(context, asked.query, model, among, notice), printing)
}

/// The pictures of a list on standard input, if there is to be one.
fn listed(context: &Context, args: &BrowseArgs, asked: &Asked, root: &Path) -> Result<Option<Arc<PathSet>>> {
    if !asked.reads_list {
        return Ok(None);
    }
    Ok(Some(Arc::new(path_list::read(root, args.read0, context.quiet)?)))
}

/// Browses the names of the pictures while the model is downloaded, and the pictures themselves from then on.
fn browse_names(
    context: &Context,
    args: BrowseArgs,
    asked: &Asked,
    existing: Option<Opened>,
    consent: Consent,
) -> Result<Outcome> {
    tui::check_terminal()?;
    let (root, folder, remembered) = match &existing {
        Some(Opened { collection, catalog }) => {
            (collection.root.clone(), collection.folder(), collection.walk_options(catalog)?)
        }
        None => {
            let root = first_run::canonical(&asked.folder)?;
            (root.clone(), root, WalkOptions::default())
        }
    };
    drop(existing);
    let walk = args.walk.over(&remembered);
    let waiting = Waiting {
        named: asked.folder.clone(),
        root: root.clone(),
        walk: walk.clone(),
        is_indexed: !args.no_index,
    };
    let among = listed(context, &args, asked, &root)?;
    let provider = Arc::new(HubModel::new(context, consent, waiting));
    let (id, waited_for) = (provider.id().to_owned(), Arc::clone(&provider));
    let missing = MissingModel { id, root, folder, walk, provider };
    let printing = Printing { format: args.format(), query: args.print_query };
    let model = ModelSource::Missing(missing);
    let outcome = open(context, args.options(context, asked.query.clone(), model, among, None), printing)?;
    if let Some(words) = waited_for.words_at_the_end().filter(|_| !context.quiet) {
        output::note(words);
    }
    Ok(outcome)
}

/// How what was chosen is printed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Printing {
    pub(super) format: Format,
    /// Whether the query stands before the paths.
    pub(super) query: bool,
}

impl Printing {
    /// Prints the paths that were chosen.
    fn print(self, query: &str, chosen: &[PathBuf]) -> Result<Outcome> {
        let (mut out, reader) = (io::stdout().lock(), Reader::of_stdout());
        if self.query {
            output::query(&mut out, query, self.format, reader)?;
        }
        output::chosen(&mut out, chosen, self.format, reader)?;
        Ok(if chosen.is_empty() { Outcome::Nothing } else { Outcome::Done })
    }
}

/// Browses, then prints what was chosen.
pub(super) fn open(context: &Context, options: BrowseOptions, printing: Printing) -> Result<Outcome> {
    tui::check_terminal()?;
    let log = context.log_to_file()?;
    let boundary = options.boundary()?;
    let Ended { exit, query } = tui::run(options).map_err(|error| match &log {
        Some(log) => error.context(format!("the browser failed (log: '{}')", paths::display(log))),
        None => error.context("the browser failed"),
    })?;
    match exit {
        Exit::Chosen(mut chosen) => {
            let mut printable = boundary.printable();
            chosen.retain(|path| printable.allows_absolute(path));
            printing.print(&query, &chosen)
        }
        Exit::Left => Ok(Outcome::Left),
        Exit::Killed { signal } => Ok(Outcome::Code(ExitCode::from(128_u8.saturating_add(signal)))),
    }
}

/// The keys, styles and commands of the settings.
pub(super) fn appearance(context: &Context) -> Appearance {
    let config = context.config.clone();
    let store = ConfigSearches::new().ok().map(|store| Arc::new(store) as Arc<dyn SearchStore>);
    let searches = SavedSearches { known: config.searches, store };
    Appearance {
        keys: config.keys,
        theme: config.theme,
        commands: config.actions,
        view: config.browser,
        searches,
    }
}

/// The protocol of the option, else of the settings, else what the terminal reports.
pub(super) fn protocol(context: &Context, flag: Option<GraphicsProtocol>) -> GraphicsProtocol {
    flag.or(context.config.protocol).unwrap_or_default()
}
