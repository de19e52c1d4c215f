//! Downloads of models from the hub into the local cache.
//!
//! The addresses and the layout of the cache are hf-hub's. Its transfers are not used: hf-hub 0.5 takes the hub's word
//! for the names of files, checks no contents, waits for ever, and sends the token along to other hosts.

use std::path::{Path, PathBuf};

use hf_hub::Repo;

use super::cache::revisions;
use super::client::Client;
use super::error::HubError;
use super::etag::{Checksum, Etag};
use super::events::FetchEvent;
use super::failure::{Failure, NO_FILE};
use super::folder::{ModelFolder, remove_file, write_error};
use super::id::is_valid_id;
use super::known::known;
use super::settings::Hub;
use super::transfer::{LARGE, Remote, Transfer, mismatch};
use crate::clip::error::ModelError;
use crate::clip::files::{
    self, CONFIG, MAX_JSON_BYTES, PREPROCESSOR, PROCESSOR, TOKENIZER, WEIGHTS, WEIGHTS_INDEX, shard_names,
};

/// Number of times that a model is begun again because its branch moved to another commit meanwhile.
const MOST_MOVES: usize = 3;

impl Hub {
    /// Downloads those of the model's files that pixseek needs into the local cache, and returns the folder with them.
    /// `report` is called on this thread. Files that are in the cache are checked and not downloaded again; a download
    /// that was stopped goes on.
    ///
    /// # Errors
    /// See [`HubError`].
    pub fn fetch(&self, id: &str, report: &dyn Fn(FetchEvent<'_>)) -> Result<PathBuf, ModelError> {
        if !is_valid_id(id) {
            return Err(ModelError::NoSuchModel(id.to_owned()));
        }
        let folder = ModelFolder::new(&self.cache, id);
        if let Ok(snapshot) = self.find(id) {
            let mut damaged = false;
            for name in files::present(&snapshot.folder)? {
                damaged |= !is_intact(id, &folder, &snapshot.folder.join(&name), &name, report)?;
            }
            if !damaged {
                return Ok(snapshot.folder);
            }
        }
        if self.offline {
            return Err(HubError::Offline(id.to_owned()).into());
        }
        let revision = revisions(id).next().unwrap_or("main");
        let mut download = Download::new(self, id, revision, folder, report)?;
        for _ in 1..MOST_MOVES {
            match download.model() {
                Err(ModelError::Hub(HubError::Moved(_))) => download.commit = None,
                done => return done,
            }
        }
        download.model()
    }
}

/// The download of one model.
struct Download<'a> {
    hub: &'a Hub,
    id: &'a str,
    revision: &'a str,
    repo: Repo,
    client: Client,
    folder: ModelFolder,
    /// The commit that all files are of, once it is known.
    commit: Option<String>,
    /// Whether the hub has the model, as far as its answers tell.
    exists: bool,
    report: &'a dyn Fn(FetchEvent<'_>),
}

impl<'a> Download<'a> {
    fn new(
        hub: &'a Hub,
        id: &'a str,
        revision: &'a str,
        folder: ModelFolder,
        report: &'a dyn Fn(FetchEvent<'_>),
    ) -> Result<Self, HubError> {
        let client = Client::new(hub).map_err(|failure| explain(hub, id, CONFIG, failure))?;
        let repo = Repo::model(id.to_owned());
        // A pinned commit is known; which one a branch leads to, the hub has to say.
        let commit = is_pinned(id, revision).then(|| revision.to_owned());
        Ok(Self { hub, id, revision, repo, client, folder, commit, exists: false, report })
    }

    /// Gets all files that a model needs, and returns the folder with them.
    fn model(&mut self) -> Result<PathBuf, ModelError> {
        let config = self.file(CONFIG)?.ok_or_else(|| {
            // Some hubs say the same of a model that they don't have and of a file that the model doesn't have.
            let (id, endpoint) = (self.id.to_owned(), self.hub.endpoint.clone());
            if self.exists { self.missing(CONFIG) } else { HubError::NoSuchModel { id, endpoint } }
        })?;
        self.required(TOKENIZER)?;
        if self.file(PREPROCESSOR)?.is_none() {
            self.file(PROCESSOR)?.ok_or_else(|| self.missing(PREPROCESSOR))?;
        }
        if self.file(WEIGHTS)?.is_none() {
            let index = self.file(WEIGHTS_INDEX)?.ok_or_else(|| self.missing(WEIGHTS))?;
            for shard in shard_names(&files::read_json(&index)?, &index)? {
                self.required(&shard)?;
            }
        }
        let folder = config.parent().map(Path::to_owned).unwrap_or_default();
        if let Some(file) = files::missing_file(&folder)? {
            return Err(ModelError::PartlyDownloaded { id: self.id.to_owned(), file });
        }
        self.folder.remove_partials();
        Ok(folder)
    }

    fn missing(&self, file: &str) -> HubError {
        HubError::MissingFile { id: self.id.to_owned(), file: file.to_owned() }
    }

    fn required(&mut self, file: &str) -> Result<PathBuf, HubError> {
        self.file(file)?.ok_or_else(|| self.missing(file))
    }

    /// Gets one file into the cache, and returns its path; none when the model has no such file.
    fn file(&mut self, name: &str) -> Result<Option<PathBuf>, HubError> {
        if let Some(commit) = &self.commit {
            let path = self.folder.file(commit, name);
            if path.exists() && is_intact(self.id, &self.folder, &path, name, self.report)? {
                return Ok(Some(path));
            }
        }
        let transfer = Transfer {
            client: &self.client,
            folder: &self.folder,
            file: name,
            url: self.url(name),
            pinned: pinned(self.id, name),
            timeout: self.hub.timeout,
            report: self.report,
        };
        let explain = |failure| explain(self.hub, self.id, name, failure);
        let remote = match transfer.probe() {
            Err(Failure::Status { status: 404, code, .. })
                if code.as_ref().is_none_or(|code| code == NO_FILE) =>
            {
                self.exists |= code.is_some();
                return Ok(None);
            }
            remote => remote.map_err(explain)?,
        };
        self.check_commit(name, &remote)?;
        let path = self.folder.file(&remote.commit, name);
        if !path.exists() || !is_intact(self.id, &self.folder, &path, name, self.report)? {
            if name.ends_with(".json") && remote.size > MAX_JSON_BYTES {
                return Err(explain(Failure::Answer(format!("it has {} bytes", remote.size))));
            }
            transfer.fetch(&remote).map_err(explain)?;
            self.folder.link(&remote.commit, name, &remote.etag)?;
        }
        self.exists = true;
        if self.commit.is_none() {
            self.folder.write_ref(self.revision, &remote.commit)?;
            self.commit = Some(remote.commit);
        }
        Ok(Some(path))
    }

    /// Compares the commit that a file is of with that of the files before it.
    fn check_commit(&self, name: &str, remote: &Remote) -> Result<(), HubError> {
        match &self.commit {
            Some(commit) if *commit != remote.commit && is_pinned(self.id, self.revision) => {
                let failure =
                    Failure::Answer(format!("it is of commit '{}' instead of {commit}", remote.commit));
                Err(explain(self.hub, self.id, name, failure))
            }
            Some(commit) if *commit != remote.commit => Err(HubError::Moved(self.id.to_owned())),
            _ => Ok(()),
        }
    }

    /// A file's address.
    fn url(&self, name: &str) -> String {
        let revision =
            Repo::with_revision(self.id.to_owned(), hf_hub::RepoType::Model, self.revision.to_owned());
        format!("{}/{}/resolve/{}/{name}", self.hub.endpoint, self.repo.url(), revision.url_revision())
    }
}

/// Whether a revision is the commit that is pinned for a known model.
fn is_pinned(id: &str, revision: &str) -> bool {
    known().iter().any(|model| model.id == id && model.revision == Some(revision))
}

/// The checksum of a file that the table of known models has.
fn pinned(id: &str, file: &str) -> Option<Checksum> {
    let sha256 = known().iter().find(|model| model.id == id && file == WEIGHTS)?.sha256?;
    Some(Checksum::Sha256(sha256.to_owned()))
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
