//! The models in the local cache: `models--<owner>--<name>/{refs,snapshots/<commit>}`.

use std::path::PathBuf;

use super::etag::is_plain_name;
use super::id::is_valid_id;
use super::settings::Hub;
use super::table::{find_known, known};
use crate::clip::error::ModelError;
use crate::clip::layout;
use crate::clip::names::{DEFAULT_MODEL, EARLIER_DEFAULT_MODEL};

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
            match layout::missing_file(&snapshot.folder)? {
                None => return Ok(snapshot),
                Some(file) => first_missing = first_missing.or(Some(file)),
            }
        }
        Err(match first_missing {
            Some(file) => ModelError::PartlyDownloaded { id: id.to_owned(), file },
            None => ModelError::NotDownloaded(id.to_owned()),
        })
    }

    /// The model for photos when none is chosen: the recommended one. Where that is not here, it is another known one that
    /// is, best of all the one that earlier versions recommended.
    pub fn default_model(&self) -> &'static str {
        let runnable = known().iter().filter(|model| model.is_supported()).map(|model| model.id);
        let mut by_preference = [DEFAULT_MODEL, EARLIER_DEFAULT_MODEL].into_iter().chain(runnable);
        by_preference.find(|id| self.find(id).is_ok()).unwrap_or(DEFAULT_MODEL)
    }

    /// The models that pixseek can use and that are in the local cache in full, sorted by id.
    pub fn cached(&self) -> Vec<CachedModel> {
        let entries = std::fs::read_dir(&self.cache).into_iter().flatten().flatten();
        let mut models: Vec<CachedModel> = entries
            .filter_map(|entry| {
                let id = entry.file_name().to_str()?.strip_prefix("models--")?.replacen("--", "/", 1);
                let snapshot = self.find(&id).ok()?;
                layout::check_config(&snapshot.folder).ok()?;
                let bytes = layout::weight_files(&snapshot.folder)
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
        if !is_plain_name(&commit) {
            return None;
        }
        let folder = model.join("snapshots").join(&commit);
        folder.is_dir().then_some(Snapshot { revision: commit, folder })
    }
}

/// The revisions to look for, best first.
pub(super) fn revisions(id: &str) -> impl Iterator<Item = &'static str> {
    let pinned = find_known(id).and_then(|model| model.revision);
    pinned.into_iter().chain(["main"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_another_known_model_goes_on_with_it() {
        let cache = tempfile::tempdir().unwrap();
        let mut hub = Hub::from_env();
        hub.cache = cache.path().to_owned();
        let put = |id: &str| {
            let model = cache.path().join(format!("models--{}", id.replace('/', "--")));
            let folder = model.join("snapshots").join(revisions(id).next().unwrap());
            std::fs::create_dir_all(&folder).unwrap();
            for file in ["config.json", "preprocessor_config.json", "tokenizer.json", "model.safetensors"] {
                std::fs::write(folder.join(file), "{}").unwrap();
            }
        };
        assert_eq!(hub.default_model(), DEFAULT_MODEL);
        put("someone/unknown");
        assert_eq!(hub.default_model(), DEFAULT_MODEL);
        let other = "openai/clip-vit-base-patch16";
        put(other);
        assert_eq!(hub.default_model(), other);
        put(EARLIER_DEFAULT_MODEL);
        assert_eq!(hub.default_model(), EARLIER_DEFAULT_MODEL);
        put(DEFAULT_MODEL);
        assert_eq!(hub.default_model(), DEFAULT_MODEL);
    }

    #[test]
    fn a_ref_can_not_lead_out_of_the_cache() {
        let cache = tempfile::tempdir().unwrap();
        let mut hub = Hub::from_env();
        hub.cache = cache.path().to_owned();
        let model = cache.path().join("models--a--b");
        for folder in ["refs", "snapshots/abc"] {
            std::fs::create_dir_all(model.join(folder)).unwrap();
        }
        for (commit, is_found) in
            [("abc", true), ("abc\n", true), ("..", false), ("../snapshots/abc", false), ("", false)]
        {
            std::fs::write(model.join("refs/main"), commit).unwrap();
            assert_eq!(hub.snapshot("a/b", "main").is_some(), is_found, "{commit:?}");
        }
    }
}
