//! The models in the local cache: `models--<owner>--<name>/{refs,snapshots/<commit>}`.

use std::path::{Path, PathBuf};

use super::id::is_valid_id;
use super::known::known;
use super::settings::Hub;
use crate::clip::config::ClipConfig;
use crate::clip::error::ModelError;
use crate::clip::files::{self, CONFIG};

/// A model's files at one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The commit.
    pub revision: String,
    /// The folder with the files.
    pub folder: PathBuf,
}

/// A model that pixseek can use and that is in the local cache in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedModel {
    /// Hub id.
    pub id: String,
    /// The commit.
    pub revision: String,
    /// The folder with the files.
    pub folder: PathBuf,
    /// Size of the weights, in bytes.
    pub bytes: u64,
}

impl Hub {
    /// Finds a model in the local cache: at the commit that is pinned for a known one, else at `main`.
    ///
    /// # Errors
    /// When it isn't there, or not in full.
    pub fn find(&self, id: &str) -> Result<Snapshot, ModelError> {
        if !is_valid_id(id) {
            return Err(ModelError::NoSuchModel(id.to_owned()));
        }
        let mut first_missing = None;
        for revision in revisions(id) {
            let Some(snapshot) = self.snapshot(id, revision) else { continue };
            match files::missing_file(&snapshot.folder)? {
                None => return Ok(snapshot),
                Some(file) => first_missing = first_missing.or(Some(file)),
            }
        }
        Err(match first_missing {
            Some(file) => ModelError::PartlyDownloaded { id: id.to_owned(), file },
            None => ModelError::NotDownloaded(id.to_owned()),
        })
    }

    /// The models that pixseek can use and that are in the local cache in full, sorted by id.
    pub fn cached(&self) -> Vec<CachedModel> {
        let entries = std::fs::read_dir(&self.cache).into_iter().flatten().flatten();
        let mut models: Vec<CachedModel> = entries
            .filter_map(|entry| {
                let id = entry.file_name().to_str()?.strip_prefix("models--")?.replacen("--", "/", 1);
                let snapshot = self.find(&id).ok()?;
                let config = snapshot.folder.join(CONFIG);
                ClipConfig::parse(&files::read_json(&config).ok()?, &config).ok()?;
                let bytes = files::weight_files(&snapshot.folder)
                    .ok()?
                    .iter()
                    .filter_map(|name| snapshot.folder.join(name).metadata().ok())
                    .map(|metadata| metadata.len())
                    .sum();
                Some(CachedModel { id, revision: snapshot.revision, folder: snapshot.folder, bytes })
            })
            .collect();
        models.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        models
    }

    /// The folder that a branch or commit leads to, if it exists.
    pub(super) fn snapshot(&self, id: &str, revision: &str) -> Option<Snapshot> {
        let model = self.cache.join(format!("models--{}", id.replace('/', "--")));
        let commit = match std::fs::read_to_string(model.join("refs").join(revision)) {
            Ok(commit) => commit.trim().to_owned(),
            // Python writes no ref for a commit.
            Err(_) => revision.to_owned(),
        };
        // A commit, not a way out of the folder.
        if commit.is_empty() || Path::new(&commit).components().count() != 1 || commit.starts_with('.') {
            return None;
        }
        let folder = model.join("snapshots").join(&commit);
        folder.is_dir().then_some(Snapshot { revision: commit, folder })
    }
}

/// The revisions to look for, best first.
pub(super) fn revisions(id: &str) -> impl Iterator<Item = &'static str> {
    let pinned = known().iter().find(|model| model.id == id).and_then(|model| model.revision);
    pinned.into_iter().chain(["main"])
}
