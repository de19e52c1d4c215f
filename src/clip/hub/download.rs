//! Downloads of models from the hub into the local cache.
//!
//! The addresses and the layout of the cache are hf-hub's. Its transfers are not used: hf-hub 0.5 takes the hub's word
//! for the names of files, checks no contents, waits for ever, and sends the token along to other hosts.

use std::cell::{Cell, RefCell};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

use hf_hub::{Repo, RepoType};

use super::cache::revisions;
use super::client::Client;
use super::error::HubError;
use super::etag::Etag;
use super::events::{FetchEvent, FetchObserver};
use super::failure::{Failure, NO_FILE, Retries};
use super::folder::{ModelFolder, remove_file, write_error};
use super::id::is_valid_id;
use super::licence::Licence;
use super::model_files::{self, Repository};
use super::settings::Hub;
use super::table::{find_known, pinned};
use super::transfer::{LARGE, Pace, Remote, Transfer, mismatch};
use crate::clip::error::ModelError;
use crate::clip::files::{CONFIG, MAX_JSON_BYTES};
use crate::clip::layout;

/// The file with what is to be known of a model, its licence too.
const CARD: &str = "README.md";
/// Longest card that is read, in bytes; lists of results make some long.
const MAX_CARD_BYTES: u64 = 2 << 20;
/// Longest file that is downloaded, in bytes. The weights of the largest CLIP models have ten gigabytes.
const MAX_WEIGHTS_BYTES: u64 = 100_000_000_000;
/// Number of times that a model is begun again because its branch moved to another commit meanwhile.
const MOST_MOVES: usize = 3;

impl Hub {
    /// Downloads those of the model's files that pixseek needs into the local cache, and returns the folder with them.
    /// Files that are in the cache are checked and not downloaded again; a download that was stopped goes on.
    ///
    /// # Errors
    /// See [`HubError`].
    pub fn fetch(&self, id: &str, observer: &dyn FetchObserver) -> Result<PathBuf, ModelError> {
        if !is_valid_id(id) {
            return Err(ModelError::NoSuchModel(id.to_owned()));
        }
        let folder = ModelFolder::new(&self.cache, id);
        let report = |event: FetchEvent<'_>| observer.event(event);
        if let Ok(snapshot) = self.find(id)
            && are_intact(id, &folder, &snapshot.folder, &report)?
        {
            return Ok(snapshot.folder);
        }
        if self.offline {
            return Err(HubError::Offline(id.to_owned()).into());
        }
        let revision = revisions(id).next().unwrap_or("main");
        let download = Download::new(self, id, revision, folder, observer, &report)?;
        for _ in 1..MOST_MOVES {
            match download.model() {
                Err(ModelError::Hub(HubError::Moved(_))) => drop(download.commit.take()),
                done => return done,
            }
        }
        download.model()
    }
}

/// The download of one model.
pub(super) struct Download<'a> {
    hub: &'a Hub,
    id: &'a str,
    revision: &'a str,
    client: Client,
    folder: ModelFolder,
    /// The commit that all files are of, once it is known.
    commit: RefCell<Option<String>>,
    /// Whether the hub has the model, as far as its answers tell.
    exists: Cell<bool>,
    /// Whether the licence was accepted.
    accepted: Cell<bool>,
    observer: &'a dyn FetchObserver,
    report: &'a dyn Fn(FetchEvent<'_>),
}

impl<'a> Download<'a> {
    pub(super) fn new(
        hub: &'a Hub,
        id: &'a str,
        revision: &'a str,
        folder: ModelFolder,
        observer: &'a dyn FetchObserver,
        report: &'a dyn Fn(FetchEvent<'_>),
    ) -> Result<Self, HubError> {
        let client = Client::new(hub).map_err(|failure| explain(hub, id, CONFIG, failure))?;
        // A pinned commit is known; which one a branch leads to, the hub has to say.
        let commit = RefCell::new(is_pinned(id, revision).then(|| revision.to_owned()));
        let (exists, accepted) = (Cell::new(false), Cell::new(false));
        Ok(Self { hub, id, revision, client, folder, commit, exists, accepted, observer, report })
    }

    /// Gets all files that the model needs, and returns the folder with them.
    fn model(&self) -> Result<PathBuf, ModelError> {
        if let Some(known) = find_known(self.id) {
            self.ask(&Licence::named(known.licence))?;
        }
        let config = model_files::fetch_all(self)?;
        let folder = config.parent().map(Path::to_owned).unwrap_or_default();
        if let Some(file) = layout::missing_file(&folder)? {
            return Err(ModelError::PartlyDownloaded { id: self.id.to_owned(), file });
        }
        self.folder.remove_partials();
        Ok(folder)
    }

    fn transfer<'b>(&'b self, file: &'b str) -> Transfer<'b> {
        let url = format!(
            "{}/{}/resolve/{}/{file}",
            self.hub.endpoint,
            Repo::model(self.id.to_owned()).url(),
            Repo::with_revision(self.id.to_owned(), RepoType::Model, self.revision.to_owned()).url_revision()
        );
        Transfer {
            client: &self.client,
            folder: &self.folder,
            file,
            url,
            pinned: pinned(self.id, file),
            timeout: self.hub.timeout,
            report: self.report,
        }
    }

    /// The path of a file that is in the cache, undamaged, at the commit of the files before it.
    fn cached(&self, name: &str) -> Result<Option<PathBuf>, HubError> {
        let commit = self.commit.borrow();
        let Some(path) = commit.as_deref().map(|commit| self.folder.file(commit, name)) else {
            return Ok(None);
        };
        Ok(self.is_here(&path, name)?.then_some(path))
    }

    fn is_here(&self, path: &Path, name: &str) -> Result<bool, HubError> {
        Ok(path.exists() && is_intact(self.id, &self.folder, path, name, self.report)?)
    }

    /// What the hub says of a file; none when the model has no such file.
    pub(super) fn probe(&self, name: &str) -> Result<Option<Remote>, HubError> {
        match self.transfer(name).probe() {
            Err(Failure::Status { status: 404, code, .. })
                if code.as_ref().is_none_or(|code| code == NO_FILE) =>
            {
                self.exists.set(self.exists.get() || code.is_some());
                Ok(None)
            }
            remote => {
                let remote = remote.map_err(|failure| explain(self.hub, self.id, name, failure))?;
                self.exists.set(true);
                self.check_commit(name, &remote)?;
                Ok(Some(remote))
            }
        }
    }

    /// Compares the commit that a file is of with that of the files before it.
    fn check_commit(&self, name: &str, remote: &Remote) -> Result<(), HubError> {
        match &*self.commit.borrow() {
            Some(commit) if *commit != remote.commit && is_pinned(self.id, self.revision) => {
                let reason = format!("it is of commit '{}' instead of {commit}", remote.commit);
                Err(explain(self.hub, self.id, name, Failure::Answer(reason)))
            }
            Some(commit) if *commit != remote.commit => Err(HubError::Moved(self.id.to_owned())),
            _ => Ok(()),
        }
    }

    /// Sees to it that the licence of a model that is not in the table is accepted, as its card names it.
    fn ask_about_card(&self) -> Result<(), HubError> {
        if self.accepted.get() {
            return Ok(());
        }
        self.ask(&self.licence_of_card()?)
    }

    /// The licence that the model's card names.
    pub(super) fn licence_of_card(&self) -> Result<Licence, HubError> {
        let url = self.transfer(CARD).url;
        let mut retries = Retries::default();
        let card = loop {
            match self.card(&url) {
                Ok(card) => break card,
                Err(Failure::Status { status: 404, .. }) => break String::new(),
                Err(failure) => retries
                    .wait(failure, 0, CARD, self.report)
                    .map_err(|failure| explain(self.hub, self.id, CARD, failure))?,
            }
        };
        Ok(Licence::of_card(&card))
    }

    fn card(&self, url: &str) -> Result<String, Failure> {
        let response = self.client.get(url, &format!("bytes=0-{}", MAX_CARD_BYTES - 1), false)?.response;
        let mut body = response.into_body().into_reader().take(MAX_CARD_BYTES);
        let mut pace = Pace::new(self.hub.timeout);
        let (mut card, mut buffer) = (Vec::new(), vec![0; 1 << 14]);
        loop {
            match body.read(&mut buffer)? {
                0 => return Ok(String::from_utf8_lossy(&card).into_owned()),
                length if pace.keeps_up(length as u64, Instant::now()) => {
                    card.extend_from_slice(&buffer[..length]);
                }
                _ => return Err(Failure::Stalled),
            }
        }
    }

    fn ask(&self, licence: &Licence) -> Result<(), HubError> {
        if !self.accepted.get() && !self.observer.accepts(self.id, licence) {
            let (id, endpoint) = (self.id.to_owned(), self.hub.endpoint.clone());
            return Err(HubError::NotAccepted { id, licence: licence.name.to_string(), endpoint });
        }
        self.accepted.set(true);
        Ok(())
    }
}

impl Repository for Download<'_> {
    fn file(&self, name: &str) -> Result<Option<PathBuf>, HubError> {
        if let Some(path) = self.cached(name)? {
            return Ok(Some(path));
        }
        let Some(remote) = self.probe(name)? else { return Ok(None) };
        self.ask_about_card()?;
        let path = self.folder.file(&remote.commit, name);
        if !self.is_here(&path, name)? {
            let explain = |failure| explain(self.hub, self.id, name, failure);
            let limit = if name.ends_with(".json") { MAX_JSON_BYTES } else { MAX_WEIGHTS_BYTES };
            if remote.size > limit {
                return Err(explain(Failure::Answer(format!("it has {} bytes", remote.size))));
            }
            self.transfer(name).fetch(&remote).map_err(explain)?;
            self.folder.link(&remote.commit, name, &remote.etag)?;
        }
        if self.commit.borrow().is_none() {
            self.folder.write_ref(self.revision, &remote.commit)?;
            self.commit.replace(Some(remote.commit));
        }
        Ok(Some(path))
    }

    fn lacks(&self, name: &str) -> HubError {
        let id = self.id.to_owned();
        // Some hubs say the same of a model that they don't have and of a file that the model doesn't have.
        if self.exists.get() {
            HubError::MissingFile { id, file: name.to_owned() }
        } else {
            HubError::NoSuchModel { id, endpoint: self.hub.endpoint.clone() }
        }
    }
}

/// Whether a revision is the commit that is pinned for a known model.
fn is_pinned(id: &str, revision: &str) -> bool {
    find_known(id).is_some_and(|model| model.revision == Some(revision))
}

/// Checks the files in a snapshot's folder as [`is_intact`].
fn are_intact(
    id: &str,
    folder: &ModelFolder,
    snapshot: &Path,
    report: &dyn Fn(FetchEvent<'_>),
) -> Result<bool, HubError> {
    let mut are_intact = true;
    for entry in std::fs::read_dir(snapshot).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // What else Python downloaded is not for pixseek to check.
        if [".json", ".txt", ".model", ".safetensors"].iter().any(|ending| name.ends_with(ending)) {
            are_intact &= is_intact(id, folder, &entry.path(), &name, report)?;
        }
    }
    Ok(are_intact)
}

/// Checks a file of a model by the checksum that the cache names it by, and removes it when it is damaged. Returns
/// whether it stays.
fn is_intact(
    id: &str,
    folder: &ModelFolder,
    path: &Path,
    name: &str,
    report: &dyn Fn(FetchEvent<'_>),
) -> Result<bool, HubError> {
    // Whoever put something of their own there knows better; so do systems without links.
    let Ok(target) = std::fs::read_link(path) else { return Ok(true) };
    let etag = target.file_name().and_then(|name| Etag::parse(name.to_str()?));
    let Some(etag) = etag.filter(|etag| target == Path::new("../../blobs").join(etag.name())) else {
        return Ok(true);
    };
    let blob = folder.blob(&etag);
    if blob.metadata().is_ok_and(|metadata| metadata.len() > LARGE) {
        report(FetchEvent::Checking { file: name });
    }
    let checksums = etag.checksum().into_iter().chain(pinned(id, name));
    let Some(reason) = mismatch(&blob, None, checksums).map_err(write_error(&blob))? else { return Ok(true) };
    tracing::warn!(path = %blob.display(), reason, "a damaged file of the cache is removed");
    remove_file(path)?;
    remove_file(&blob)?;
    Ok(false)
}

fn explain(hub: &Hub, id: &str, file: &str, failure: Failure) -> HubError {
    let (id, file, endpoint) = (id.to_owned(), file.to_owned(), hub.endpoint.clone());
    match failure {
        Failure::Status { status: 401 | 403, code: Some(code), .. } if code == "GatedRepo" => {
            HubError::Gated { id, endpoint }
        }
        Failure::Status { status: 404, code: Some(code), .. } if code == "RevisionNotFound" => {
            HubError::MissingCommit { id, endpoint }
        }
        // To the anonymous the hub says 401 also for what doesn't exist.
        Failure::Status { status: 401, .. } if hub.token.is_none() => HubError::NoSuchModel { id, endpoint },
        Failure::Status { status: 404, .. } => HubError::NoSuchModel { id, endpoint },
        Failure::Status { status: status @ (401 | 403), .. } => HubError::Refused { id, endpoint, status },
        Failure::Status { status: 429, wait, .. } => {
            HubError::TooManyRequests { endpoint, seconds: wait.map(|wait| wait.as_secs()) }
        }
        Failure::Moved => HubError::Moved(id),
        Failure::Write(error) => error,
        Failure::Damaged(reason) => HubError::Damaged { id, file, reason },
        failure @ Failure::Answer(_) => HubError::Answer { id, file, endpoint, reason: failure.to_string() },
        failure @ (Failure::Status { .. } | Failure::Connection(_) | Failure::Stalled) => {
            HubError::Network { id, file, endpoint, reason: failure.to_string() }
        }
    }
}
