//! The first run: the model is not on this machine yet. The user is asked about it, once, and it is downloaded while the
//! browser shows the names of the pictures.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use parking_lot::Mutex;

use super::advice;
use super::context::Context;
use super::model_choice::{Placing, keeps_model};
use super::model_list::allows;
use super::models;
use super::opened::Opened;
use super::{output, question};
use crate::base::{escape, paths};
use crate::clip::hub::{FetchEvent, FetchObserver, Hub, HubError, Licence, Offer, Terms};
use crate::clip::{Checkpoint, ModelError};
use crate::library::{self, IndexOptions, WalkOptions};
use crate::tui::{ModelProvider, ReadyModel, Searchable, TextsWanted};

/// What was decided about a model that is missing.
pub(super) enum Decision {
    /// It is downloaded.
    Download(Consent),
    /// The user does not want the model of this name.
    Declined { id: String },
    /// Nobody could be asked, or something else is wrong: the error stays.
    NotAsked,
}

/// A yes to the download of a model.
pub(super) struct Consent {
    hub: Hub,
    id: String,
    /// The licence that was shown; none where every licence is accepted.
    shown: Option<Licence>,
}

/// Decides whether a model is downloaded that is missing, as `error` says: with `yes` it is, else the user is asked, if
/// there is a terminal to ask on.
///
/// # Errors
/// When the model can't be downloaded anyway: `HF_HUB_OFFLINE` is set, this version can't run it, or the hub, which is
/// asked about models that are not in the table, does not have it.
pub(super) fn decide(context: &Context, error: &anyhow::Error, yes: bool) -> Result<Decision> {
    let id = match error.downcast_ref() {
        // A download that was stopped has left some of the files.
        Some(ModelError::NotDownloaded(id) | ModelError::PartlyDownloaded { id, .. }) => id.clone(),
        _ => return Ok(Decision::NotAsked),
    };
    if !yes && (context.quiet || !question::can_ask()) {
        return Ok(Decision::NotAsked);
    }
    models::check_runnable(&id)?;
    let hub = Hub::from_env();
    if hub.offline {
        return Err(ModelError::from(HubError::Offline(id)).into());
    }
    if yes {
        return Ok(Decision::Download(Consent { hub, id, shown: None }));
    }
    let offer = hub.offer(&id, &|event| {
        if let FetchEvent::Retrying { reason, wait, .. } = event {
            output::note(format_args!(
                "{}: {reason}; trying again in {:.1} s",
                hub.endpoint,
                wait.as_secs_f32()
            ));
        }
    })?;
    if !question::ask(&words_of_question(&hub, &id, &offer))? {
        return Ok(Decision::Declined { id });
    }
    Ok(Decision::Download(Consent { hub, id, shown: Some(offer.licence) }))
}

/// The ways out for whoever said no to a download.
pub(super) fn ways_without(id: &str) -> String {
    format!(
        "nothing was downloaded: {} gets the model later, {}; {}",
        models::fetch_command(id),
        advice::OWN_MODEL,
        advice::DEMO
    )
}

/// The question whether to download a model: what it is for, its size, where it goes, and what works without.
fn words_of_question(hub: &Hub, id: &str, offer: &Offer) -> String {
    let endpoint = escape::text(&hub.endpoint);
    let size = match (offer.bytes, offer.begun) {
        (None, 0) => "not known".to_owned(),
        (None, begun) => format!("not known; {} are here already", megabytes(begun)),
        (Some(bytes), 0) => megabytes(bytes),
        (Some(bytes), begun) => {
            format!("{}, of which {} are here already", megabytes(bytes), megabytes(begun))
        }
    };
    let Licence { name, terms } = &offer.licence;
    let licence = match (offer.licence.needs_consent(), terms) {
        (true, terms) => format!("{}: {}. Read it at {endpoint}/{id}", escape::text(name), allows(*terms)),
        (false, Terms::Unknown) => "the hub names none".to_owned(),
        (false, _) => escape::text(name),
    };
    let accepting =
        if offer.licence.needs_consent() { "Accept the licence and download" } else { "Download" };
    let going_on = if offer.begun > 0 { " the rest" } else { " it" };
    format!(
        "\
pixseek finds pictures with a model, which is not on this machine yet.
  model     {id}
  for       comparing your words with your pictures; both stay on this machine
  size      {size}
  from      {endpoint}
  to        {cache}
  licence   {licence}
  without   `pixseek demo` has a model of its own, for a first look
{accepting}{going_on} now, and look at the pictures meanwhile? [y/N]",
        cache = paths::display(&hub.cache),
    )
}

fn megabytes(bytes: u64) -> String {
    match bytes {
        0..100_000 => format!("{bytes} bytes"),
        100_000..10_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.0} MB", bytes as f64 / 1e6),
    }
}

/// The folder that waits for a model, and how it is opened with it.
pub(super) struct Waiting {
    /// The folder as the user named it.
    pub(super) named: PathBuf,
    /// The canonical folder of its collection.
    pub(super) root: PathBuf,
    pub(super) walk: WalkOptions,
    /// Whether it is indexed in the background.
    pub(super) is_indexed: bool,
}

/// Downloads a model from the hub, and opens the folder that waits for it.
pub(super) struct HubModel {
    consent: Consent,
    folder: Waiting,
    placing: Placing,
    texts: Option<TextsWanted>,
    ending: Mutex<Ending>,
}

/// How the download stands when the browser is left.
enum Ending {
    /// Files are missing.
    Stopped,
    /// The model can't be had or used, for this reason.
    Failed(String),
    /// All files are here.
    Here,
}

impl HubModel {
    pub(super) fn new(context: &Context, consent: Consent, folder: Waiting) -> Self {
        Self {
            consent,
            folder,
            placing: context.placing(),
            texts: context.texts_wanted(),
            ending: Mutex::new(Ending::Stopped),
        }
    }

    /// The name of the model.
    pub(super) fn id(&self) -> &str {
        &self.consent.id
    }

    /// What is to be said once the browser is left, if the model did not get here.
    pub(super) fn words_at_the_end(&self) -> Option<String> {
        match &*self.ending.lock() {
            Ending::Here => None,
            Ending::Failed(reason) => Some(reason.clone()),
            Ending::Stopped => Some(format!(
                "the download of model '{}' was stopped: the next start, or {}, goes on from there",
                escape::text(self.id()),
                models::fetch_command(self.id())
            )),
        }
    }

    fn try_open(&self) -> Result<ReadyModel> {
        let Waiting { named, root, walk, is_indexed } = &self.folder;
        let mut checkpoint = Checkpoint::find_in(self.id(), &self.consent.hub)?;
        // Only now: a download that comes to nothing leaves no index behind.
        let Opened { collection, catalog } = Opened::create(named, false)?;
        ensure!(
            collection.root == *root,
            "folder '{}' has become a part of '{}' meanwhile: start pixseek again",
            paths::display(named),
            paths::display(&collection.root)
        );
        let words = [
            self.placing.place(&mut checkpoint, Some(&catalog))?,
            Context::words_on_old_int8(&catalog, &library::model_key(&checkpoint))?.map(str::to_owned),
        ];
        let keep_model = keeps_model(&checkpoint, &collection.root);
        let index = IndexOptions { walk: Some(walk.clone()), keep_model, ..IndexOptions::default() };
        Ok(ReadyModel {
            searchable: Searchable {
                collection,
                checkpoint,
                shared: None,
                index: is_indexed.then_some(index),
                texts: self.texts.clone(),
            },
            notice: words.into_iter().flatten().reduce(|all, one| format!("{all}; {one}")),
        })
    }

    /// Turns a failure into words with the ways out, and keeps them for when the browser is left.
    fn explained<T>(&self, result: Result<T>) -> Result<T, String> {
        result.map_err(|error| {
            let mut words = advice::explain(&error);
            for way in [advice::OWN_MODEL, advice::DEMO] {
                if !words.contains(way) {
                    words = format!("{words}; {way}");
                }
            }
            *self.ending.lock() = Ending::Failed(words.clone());
            words
        })
    }
}

impl ModelProvider for HubModel {
    fn fetch(&self, report: &dyn Fn(FetchEvent<'_>)) -> Result<(), String> {
        *self.ending.lock() = Ending::Stopped;
        let observer = Consenting { shown: self.consent.shown.as_ref(), report };
        let fetched = self.consent.hub.fetch(self.id(), &observer);
        self.explained(fetched.map_err(anyhow::Error::from))?;
        *self.ending.lock() = Ending::Here;
        Ok(())
    }

    fn open(&self) -> Result<ReadyModel, String> {
        self.explained(self.try_open())
    }
}

/// Accepts the licence that the user was shown, and no other that restricts use.
struct Consenting<'a> {
    shown: Option<&'a Licence>,
    report: &'a dyn Fn(FetchEvent<'_>),
}

impl FetchObserver for Consenting<'_> {
    fn event(&self, event: FetchEvent<'_>) {
        (self.report)(event);
    }

    fn accepts(&self, _: &str, licence: &Licence) -> bool {
        !licence.needs_consent() || self.shown.is_none_or(|shown| shown == licence)
    }
}

/// The canonical path of a folder that has no collection yet.
///
/// # Errors
/// When it went away meanwhile.
pub(super) fn canonical(folder: &Path) -> Result<PathBuf> {
    paths::canonicalize(folder).with_context(|| format!("folder '{}'", paths::display(folder)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(licence: &'static str, bytes: Option<u64>, begun: u64) -> String {
        let hub = Hub {
            cache: "/home/ada/.cache/hf".into(),
            endpoint: "https://hub.example".into(),
            ..Hub::from_env()
        };
        words_of_question(&hub, "a/b", &Offer { licence: Licence::named(licence), bytes, begun })
    }

    #[test]
    fn the_question_says_what_for_how_large_where_to_and_what_works_without() {
        assert_eq!(
            asked("mit", Some(605_000_000), 0),
            "\
pixseek finds pictures with a model, which is not on this machine yet.
  model     a/b
  for       comparing your words with your pictures; both stay on this machine
  size      605 MB
  from      https://hub.example
  to        /home/ada/.cache/hf
  licence   mit
  without   `pixseek demo` has a model of its own, for a first look
Download it now, and look at the pictures meanwhile? [y/N]"
        );
    }

    #[test]
    fn what_is_here_already_and_what_the_licence_forbids_is_said() {
        let rest = asked("mit", Some(605_000_000), 123_456_789);
        assert!(rest.contains("605 MB, of which 123 MB are here already\n"), "{rest}");
        assert!(rest.contains("\nDownload the rest now,"), "{rest}");
        let restricted = asked("cc-by-nc-4.0", None, 0);
        let licence = "cc-by-nc-4.0: no commercial use. Read it at https://hub.example/a/b\n";
        assert!(restricted.contains(licence) && restricted.contains("size      not known\n"), "{restricted}");
        assert!(restricted.contains("\nAccept the licence and download it now,"), "{restricted}");
        assert!(asked("", None, 9).contains("licence   the hub names none\n"));
        assert!(!asked("odd\u{1b}[31m-research", None, 0).contains('\u{1b}'));
    }

    #[test]
    fn a_yes_is_for_the_licence_that_was_shown() {
        let [mit, nc, research] = ["mit", "cc-by-nc-4.0", "apple-amlr"].map(Licence::named);
        let accepts = |shown: Option<&Licence>, licence: &Licence| {
            Consenting { shown, report: &|_| () }.accepts("a/b", licence)
        };
        assert!(accepts(Some(&nc), &nc) && accepts(Some(&nc), &mit) && accepts(None, &research));
        assert!(!accepts(Some(&mit), &nc) && !accepts(Some(&nc), &research));
    }
}
