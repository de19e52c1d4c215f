//! Downloads from the hub into the local cache, through hf-hub.

use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use hf_hub::api::Progress;
use hf_hub::api::sync::{ApiBuilder, ApiError, ApiRepo};
use hf_hub::{Cache, Repo, RepoType};
use sha2::{Digest, Sha256};

use super::cache::revisions;
use super::error::HubError;
use super::id::is_valid_id;
use super::known::known;
use super::settings::Hub;
use crate::clip::error::ModelError;
use crate::clip::files::{
    self, CONFIG, PREPROCESSOR, PROCESSOR, SENTENCEPIECE, TOKENIZER, TOKENIZER_CONFIG, WEIGHTS,
    WEIGHTS_INDEX, shard_names,
};
use crate::clip::siglip::{TokenizerClass, TokenizerConfig};

/// How far the download of one file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchProgress<'a> {
    /// The file's name.
    pub file: &'a str,
    /// Bytes that have arrived.
    pub received: u64,
    /// Bytes of the whole file.
    pub total: u64,
}

impl Hub {
    /// Downloads those of the model's files that pixseek needs into the local cache, and returns the folder with them.
    /// `progress` is called on this thread. Files that are in the cache are not downloaded again; a download that was
    /// stopped goes on.
    ///
    /// # Errors
    /// See [`HubError`].
    pub fn fetch(&self, id: &str, progress: &dyn Fn(FetchProgress<'_>)) -> Result<PathBuf, ModelError> {
        if !is_valid_id(id) {
            return Err(ModelError::NoSuchModel(id.to_owned()));
        }
        if let Ok(snapshot) = self.find(id) {
            return Ok(snapshot.folder);
        }
        if self.offline {
            return Err(HubError::Offline(id.to_owned()).into());
        }
        let revision = revisions(id).next().unwrap_or("main");
        let download = Download::new(self, id, revision, progress)?;
        let config = download.required(CONFIG)?;
        download.tokenizer(&config)?;
        if download.file(PREPROCESSOR)?.is_none() {
            download.file(PROCESSOR)?.ok_or_else(|| download.missing(PREPROCESSOR))?;
        }
        if download.file(WEIGHTS)?.is_none() {
            let index = download.file(WEIGHTS_INDEX)?.ok_or_else(|| download.missing(WEIGHTS))?;
            for shard in shard_names(&files::read_json(&index)?, &index)? {
                download.file(&shard)?.ok_or_else(|| download.missing(&shard))?;
            }
        }
        let folder = config.parent().map(Path::to_owned).unwrap_or_default();
        match files::missing_file(&folder)? {
            None => Ok(folder),
            // `main` moved to another commit between two files.
            Some(file) => Err(ModelError::PartlyDownloaded { id: id.to_owned(), file }),
        }
    }
}

/// The download of one model.
struct Download<'a> {
    hub: &'a Hub,
    id: &'a str,
    revision: &'a str,
    repo: ApiRepo,
    api: hf_hub::api::sync::Api,
    progress: &'a dyn Fn(FetchProgress<'_>),
}

impl<'a> Download<'a> {
    fn new(
        hub: &'a Hub,
        id: &'a str,
        revision: &'a str,
        progress: &'a dyn Fn(FetchProgress<'_>),
    ) -> Result<Self, HubError> {
        let api = ApiBuilder::from_cache(Cache::new(hub.cache.clone()))
            .with_endpoint(hub.endpoint.clone())
            .with_token(hub.token.clone())
            .with_progress(false)
            .with_user_agent("pixseek", env!("CARGO_PKG_VERSION"))
            .build()
            .map_err(|error| HubError::Network {
                id: id.to_owned(),
                file: CONFIG.to_owned(),
                endpoint: hub.endpoint.clone(),
                reason: error.to_string(),
            })?;
        let repo = api.repo(Repo::with_revision(id.to_owned(), RepoType::Model, revision.to_owned()));
        Ok(Self { hub, id, revision, repo, api, progress })
    }

    /// Gets the files that texts are turned into tokens with.
    fn tokenizer(&self, config: &Path) -> Result<(), ModelError> {
        if files::is_siglip(&files::read_json(config)?) {
            let path = self.required(TOKENIZER_CONFIG)?;
            let tokenizer = TokenizerConfig::parse(&files::read_json(&path)?, &path)?;
            let class = tokenizer.class().map_err(|reason| ModelError::invalid(&path, reason))?;
            if class == TokenizerClass::Siglip && self.file(SENTENCEPIECE)?.is_some() {
                return Ok(());
            }
        }
        self.required(TOKENIZER)?;
        Ok(())
    }

    fn missing(&self, file: &str) -> HubError {
        HubError::MissingFile { id: self.id.to_owned(), file: file.to_owned() }
    }

    fn required(&self, file: &str) -> Result<PathBuf, HubError> {
        self.file(file)?.ok_or_else(|| {
            if file == CONFIG {
                // The hub says 404 to a model it doesn't have and to a file the model doesn't have.
                HubError::NoSuchModel { id: self.id.to_owned(), endpoint: self.hub.endpoint.clone() }
            } else {
                self.missing(file)
            }
        })
    }

    /// Gets one file into the cache, and returns its path; none when the model has no such file.
    fn file(&self, name: &str) -> Result<Option<PathBuf>, HubError> {
        if let Some(snapshot) = self.hub.snapshot(self.id, self.revision) {
            let path = snapshot.folder.join(name);
            if path.exists() {
                return Ok(Some(path));
            }
        }
        let metadata = match self.api.metadata(&self.repo.url(name)) {
            Ok(metadata) => metadata,
            Err(error) if status(&error) == Some(404) => return Ok(None),
            Err(error) => return Err(self.explain(name, error)),
        };
        let mut received = 0;
        let path = loop {
            let adapter = ProgressAdapter {
                file: name,
                received: 0,
                total: 0,
                most: &mut received,
                report: self.progress,
            };
            let before = *adapter.most;
            match self.repo.download_with_progress(name, adapter) {
                Ok(path) => break path,
                // The part file is left of an older download of something else.
                Err(ApiError::InvalidResume) => self.remove_part(metadata.etag())?,
                // The connection broke, but not before it brought something: go on from there.
                Err(error) if is_connection(&error) && received > before => {}
                Err(error) => return Err(self.explain(name, error)),
            }
        };
        self.verify(name, &path, metadata.size() as u64, metadata.etag())?;
        Ok(Some(path))
    }

    /// Compares length and SHA-256 with what the hub (whose etag it is for large files) and the table
    /// of known models say; hf-hub checks neither.
    fn verify(&self, name: &str, path: &Path, size: u64, etag: &str) -> Result<(), HubError> {
        let write = |reason| HubError::Write { path: path.to_owned(), reason };
        let pinned = known().iter().find(|m| m.id == self.id && name == WEIGHTS).and_then(|m| m.sha256);
        let is_sha256 = etag.len() == 64 && etag.bytes().all(|b| b.is_ascii_hexdigit());
        let length = path.metadata().map_err(write)?.len();
        let mut reason = (length != size).then(|| format!("{length} bytes instead of {size}"));
        let expected: Vec<&str> = pinned.into_iter().chain(is_sha256.then_some(etag)).collect();
        if reason.is_none() && !expected.is_empty() {
            let found = sha256(path).map_err(write)?;
            if expected.iter().any(|sum| !sum.eq_ignore_ascii_case(&found)) {
                reason = Some(format!("SHA-256 {found}"));
            }
        }
        let Some(reason) = reason else { return Ok(()) };
        if let Ok(blob) = path.canonicalize() {
            std::fs::remove_file(blob).map_err(write)?;
        }
        if path.symlink_metadata().is_ok() {
            std::fs::remove_file(path).map_err(write)?;
        }
        Err(HubError::Damaged { id: self.id.to_owned(), file: name.to_owned(), reason })
    }

    fn remove_part(&self, etag: &str) -> Result<(), HubError> {
        let part = Cache::new(self.hub.cache.clone())
            .repo(Repo::model(self.id.to_owned()))
            .blob_path(etag)
            .with_extension("part");
        std::fs::remove_file(&part).map_err(|reason| HubError::Write { path: part, reason })
    }

    fn explain(&self, file: &str, error: ApiError) -> HubError {
        let (id, file, endpoint) = (self.id.to_owned(), file.to_owned(), self.hub.endpoint.clone());
        match (status(&error), error) {
            // To the anonymous the hub says 401 also for what doesn't exist.
            (Some(401), _) if self.hub.token.is_none() => HubError::NoSuchModel { id, endpoint },
            (Some(status @ (401 | 403)), _) => HubError::Refused { id, endpoint, status },
            (_, ApiError::LockAcquisition(_)) => HubError::Busy { id, file },
            (_, ApiError::IoError(reason)) if !is_network(reason.kind()) => {
                HubError::Write { path: self.hub.cache.clone(), reason }
            }
            (_, error) => HubError::Network { id, file, endpoint, reason: error.to_string() },
        }
    }
}

/// The HTTP status of an error that has one.
fn status(error: &ApiError) -> Option<u16> {
    match error {
        ApiError::RequestError(error) => match **error {
            ureq::Error::StatusCode(status) => Some(status),
            _ => None,
        },
        _ => None,
    }
}

fn is_connection(error: &ApiError) -> bool {
    match error {
        ApiError::RequestError(_) => status(error).is_none(),
        ApiError::IoError(error) => is_network(error.kind()),
        _ => false,
    }
}

/// While the body is copied, errors of the connection and of the disk come as the same type.
fn is_network(kind: ErrorKind) -> bool {
    use ErrorKind::{
        BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, NetworkDown,
        NetworkUnreachable, NotConnected, Other, TimedOut, UnexpectedEof,
    };
    // `Other` is how ureq wraps errors of its own.
    matches!(
        kind,
        BrokenPipe
            | ConnectionAborted
            | ConnectionRefused
            | ConnectionReset
            | HostUnreachable
            | NetworkDown
            | NetworkUnreachable
            | NotConnected
            | Other
            | TimedOut
            | UnexpectedEof
    )
}

/// Lower-case hexadecimal SHA-256 of a file.
fn sha256(path: &Path) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    let mut file = std::fs::File::open(path)?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            length => hasher.update(&buffer[..length]),
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Passes hf-hub's progress on as [`FetchProgress`].
struct ProgressAdapter<'a> {
    file: &'a str,
    received: u64,
    total: u64,
    /// Most bytes that ever arrived, over all attempts.
    most: &'a mut u64,
    report: &'a dyn Fn(FetchProgress<'_>),
}

impl Progress for ProgressAdapter<'_> {
    fn init(&mut self, size: usize, _: &str) {
        self.total = size as u64;
        self.received = 0;
    }

    fn update(&mut self, size: usize) {
        self.received += size as u64;
        *self.most = (*self.most).max(self.received);
        (self.report)(FetchProgress { file: self.file, received: self.received, total: self.total });
    }

    fn finish(&mut self) {}
}
