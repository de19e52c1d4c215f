//! `pixseek [FOLDER]`: the TUI.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::args::{WalkArgs, parse_seconds};
use super::context::Context;
use super::first_run::{self, Consent, Decision, HubModel, Waiting};
use super::indexed::NotSearchable;
use super::model_choice::keeps_model;
use super::opened::Opened;
use super::outcome::{Outcome, Usage};
use super::output::{self, Format, Reader};
use super::path_list;
use crate::base::paths;
use crate::library::{self, IndexOptions, PathSet, WalkOptions};
use crate::tui::{
    self, Appearance, BrowseOptions, Exit, GraphicsProtocol, MissingModel, ModelSource, Searchable,
};

/// The arguments of `pixseek [FOLDER]`, which browses.
#[derive(Debug, Args)]
pub(super) struct BrowseArgs {
    /// The folder [default: .]; or `-`: browse only the pictures of a list of paths on standard input.
    pub(super) folder: Option<PathBuf>,
    /// The folder, when its name could be taken for something else, or when `-` stands in its place.
    #[arg(short = 'C', long = "dir", value_name = "DIR")]
    pub(super) dir: Option<PathBuf>,
    /// Start with this query.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(super) query: Option<String>,
    /// Browse what is indexed without looking for new pictures.
    #[arg(long)]
    pub(super) no_index: bool,
    /// Download the model, if it is not here, without being asked. Every licence is accepted.
    #[arg(long, short = 'y')]
    pub(super) yes: bool,
    /// With `-` in place of the folder: the paths on standard input end with NUL instead of a line break.
    #[arg(long)]
    pub(super) read0: bool,
    /// How pictures are drawn.
    #[arg(long, value_enum)]
    pub(super) protocol: Option<GraphicsProtocol>,
    /// End each printed path with a NUL instead of a line break.
    #[arg(long, short = '0')]
    pub(super) print0: bool,
    /// Print one JSON object a line: rank, path.
    #[arg(long, conflicts_with = "print0")]
    pub(super) json: bool,
    /// Poll for changes every SECONDS (10), for folders whose changes the system does not report, such as network folders.
    #[arg(
        long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "10",
        value_parser = parse_seconds, conflicts_with = "no_index"
    )]
    pub(super) poll: Option<Duration>,
    /// Choose a single picture: nothing can be marked.
    #[arg(long, overrides_with = "multi")]
    pub(super) no_multi: bool,
    /// Let several pictures be marked (the default).
    #[arg(long, overrides_with = "no_multi")]
    pub(super) multi: bool,
    #[command(flatten)]
    pub(super) walk: WalkArgs,
}

impl BrowseArgs {
    /// The first argument of the browser that was given, as the user wrote it. Before a command, it is out of place.
    pub(super) fn first_given(&self) -> Option<String> {
        let Self {
            folder,
            dir,
            query,
            no_index,
            yes,
            read0,
            protocol,
            print0,
            json,
            poll,
            no_multi,
            multi,
            walk,
        } = self;
        let WalkArgs {
            hidden,
            no_ignore,
            follow,
            exclude,
            no_ignore_defaults,
            no_hidden,
            ignore,
            no_follow,
            no_exclude,
            ignore_defaults,
        } = walk;
        if let Some(folder) = folder {
            return Some(format!("'{}'", paths::display(folder)));
        }
        [
            (dir.is_some(), "-C"),
            (query.is_some(), "--query"),
            (*no_index, "--no-index"),
            (*yes, "--yes"),
            (*read0, "--read0"),
            (protocol.is_some(), "--protocol"),
            (*print0, "--print0"),
            (*json, "--json"),
            (poll.is_some(), "--poll"),
            (*no_multi, "--no-multi"),
            (*multi, "--multi"),
            (*hidden, "--hidden"),
            (*no_ignore, "--no-ignore"),
            (*follow, "--follow"),
            (!exclude.is_empty(), "--exclude"),
            (*no_ignore_defaults, "--no-ignore-defaults"),
            (*no_hidden, "--no-hidden"),
            (*ignore, "--ignore"),
            (*no_follow, "--no-follow"),
            (*no_exclude, "--no-exclude"),
            (*ignore_defaults, "--ignore-defaults"),
        ]
        .into_iter()
        .find_map(|(given, name)| given.then(|| name.to_owned()))
    }

    /// Whether only the pictures of a list on standard input are browsed.
    fn reads_list(&self) -> bool {
        self.folder.as_deref() == Some(Path::new(path_list::STDIN))
    }

    /// The folder that was named one way or the other, else `.`.
    ///
    /// # Errors
    /// When it was named twice.
    fn folder(&self) -> Result<PathBuf> {
        let named = self.folder.clone().filter(|_| !self.reads_list());
        match (named, self.dir.clone()) {
            (Some(_), Some(_)) => {
                Err(Usage("name the folder once: either FOLDER or -C DIR".to_owned()).into())
            }
            (named, dir) => Ok(dir.or(named).unwrap_or_else(|| PathBuf::from("."))),
        }
    }

    /// How chosen paths are printed.
    fn format(&self) -> Format {
        match (self.json, self.print0) {
            (true, _) => Format::Json,
            (false, true) => Format::Print0,
            (false, false) => Format::Paths,
        }
    }

    /// What to browse, and how, with this model.
    fn options(
        self,
        context: &Context,
        model: ModelSource,
        among: Option<PathSet>,
        notice: Option<String>,
    ) -> BrowseOptions {
        BrowseOptions {
            among: among.map(Arc::new),
            model,
            notice,
            poll: self.poll,
            query: self.query.unwrap_or_default(),
            top: TOP,
            multi: !self.no_multi,
            protocol: protocol(context, self.protocol),
            appearance: appearance(context),
        }
    }
}

/// Number of results that the browser holds.
pub(super) const TOP: usize = 1000;

pub(super) fn run(context: &Context, args: BrowseArgs) -> Result<Outcome> {
    let reads_list = args.reads_list();
    let folder = args.folder()?;
    if args.read0 && !reads_list {
        let words =
            "--read0 needs `-` in place of the folder, which reads a list of paths from standard input";
        return Err(Usage(words.to_owned()).into());
    }
    // The collection is made once the model is there: one that is not must leave nothing behind.
    let existing = Opened::find(&folder)?;
    if args.no_index && existing.is_none() {
        return Err(NotSearchable::not_indexed(&folder, None).into());
    }
    let checkpoint = match context.checkpoint(existing.as_ref()) {
        Ok(checkpoint) => checkpoint,
        Err(error) => {
            return match first_run::decide(context, &error, args.yes)? {
                Decision::Download(consent) => browse_names(context, args, &folder, existing, consent),
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
        None => Opened::create(&folder, false)?,
    };
    let walk = args.walk.over(&collection.walk_options(&catalog)?);
    let notices = [
        context.words_on_demo_model(&checkpoint, &folder).map(str::to_owned),
        context.words_on_substitute.get().cloned(),
        context.words_on_int8.get().cloned(),
        Context::words_on_old_int8(&catalog, &library::model_key(&checkpoint))?.map(str::to_owned),
    ];
    drop(catalog);
    let among =
        if reads_list { Some(path_list::read(&collection.root, args.read0, context.quiet)?) } else { None };
    let keep_model = keeps_model(&checkpoint, &collection.root);
    let index = IndexOptions { walk: Some(walk), keep_model, ..IndexOptions::default() };
    let index = (!args.no_index).then_some(index);
    let model = ModelSource::Here(Box::new(Searchable { collection, checkpoint, index }));
    let notice = notices.into_iter().flatten().reduce(|all, one| format!("{all}; {one}"));
    let format = args.format();
    open(context, args.options(context, model, among, notice), format)
}

/// Browses the names of the pictures while the model is downloaded, and the pictures themselves from then on.
fn browse_names(
    context: &Context,
    args: BrowseArgs,
    named: &Path,
    existing: Option<Opened>,
    consent: Consent,
) -> Result<Outcome> {
    let (root, folder, remembered) = match &existing {
        Some(Opened { collection, catalog }) => {
            (collection.root.clone(), collection.folder(), collection.walk_options(catalog)?)
        }
        None => {
            let root = first_run::canonical(named)?;
            (root.clone(), root, WalkOptions::default())
        }
    };
    drop(existing);
    let walk = args.walk.over(&remembered);
    let waiting = Waiting {
        named: named.to_owned(),
        root: root.clone(),
        walk: walk.clone(),
        is_indexed: !args.no_index,
    };
    let reads_list = args.reads_list();
    let among = if reads_list { Some(path_list::read(&root, args.read0, context.quiet)?) } else { None };
    let provider = Arc::new(HubModel::new(context, consent, waiting));
    let (id, waited_for) = (provider.id().to_owned(), Arc::clone(&provider));
    let missing = MissingModel { id, root, folder, walk, provider };
    let format = args.format();
    let outcome = open(context, args.options(context, ModelSource::Missing(missing), among, None), format)?;
    if let Some(words) = waited_for.words_at_the_end().filter(|_| !context.quiet) {
        output::note(words);
    }
    Ok(outcome)
}

/// Browses, then prints what was chosen.
pub(super) fn open(context: &Context, options: BrowseOptions, format: Format) -> Result<Outcome> {
    let log = context.log_to_file()?;
    let boundary = options.boundary()?;
    let exit = tui::run(options).map_err(|error| match &log {
        Some(log) => error.context(format!("the browser failed (log: '{}')", paths::display(log))),
        None => error.context("the browser failed"),
    })?;
    match exit {
        Exit::Chosen(mut chosen) => {
            let mut printable = boundary.printable();
            chosen.retain(|path| printable.allows_absolute(path));
            output::chosen(&mut io::stdout().lock(), &chosen, format, Reader::of_stdout())?;
            Ok(if chosen.is_empty() { Outcome::Nothing } else { Outcome::Done })
        }
        // As other pickers do.
        Exit::Left => Ok(Outcome::Code(ExitCode::from(130))),
        Exit::Killed { signal } => Ok(Outcome::Code(ExitCode::from(128_u8.saturating_add(signal)))),
    }
}

/// The keys, styles and commands of the settings.
pub(super) fn appearance(context: &Context) -> Appearance {
    let config = context.config.clone();
    Appearance { keys: config.keys, theme: config.theme, commands: config.actions }
}

/// The protocol of the option, else of the settings, else what the terminal reports.
pub(super) fn protocol(context: &Context, flag: Option<GraphicsProtocol>) -> GraphicsProtocol {
    flag.or(context.config.protocol).unwrap_or_default()
}
