//! Hugging Face: the local cache that it shares with Python, and downloads into it.
//!
//! [`Hub`] (settings from the environment) -> `cache` (what is here) and `fetch` (get one).

mod cache;
mod fetch;

use std::path::PathBuf;

pub use cache::{CachedModel, Snapshot};
pub use fetch::{FetchProgress, HubError};

use crate::clip::ModelError;

/// A model that pixseek knows by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownModel {
    /// Hub id.
    pub id: &'static str,
    /// One line for `pixseek models list`.
    pub about: &'static str,
    /// The commit to use; none is whatever `main` is.
    pub revision: Option<&'static str>,
    /// SHA-256 of `model.safetensors` at that commit.
    pub sha256: Option<&'static str>,
}

/// The named models.
///
/// Commits and sums of base-patch32 (a safetensors conversion: its `main` has only
/// `pytorch_model.bin`) and large-patch14 are as several public projects pin them; those projects
/// agree with each other, but the files have not been downloaded by us. For base-patch16 no commit
/// with a `model.safetensors` is known to us, so it follows `main`.
const KNOWN: [KnownModel; 3] = [
    KnownModel {
        id: "openai/clip-vit-base-patch32",
        about: "the default: quick, 605 MB",
        revision: Some("b33cedfd0df4e43b8238760678fcc89e1a0d38b3"),
        sha256: Some("99d28a652e6ec46629ab7047a0ac82c69b1fe11e0ce672c43af65d3a9a3fc05d"),
    },
    KnownModel {
        id: "openai/clip-vit-base-patch16",
        about: "finer patches: better, about 4 times slower",
        revision: None,
        sha256: None,
    },
    KnownModel {
        id: "openai/clip-vit-large-patch14",
        about: "the best of the three: about 20 times slower, 1.7 GB",
        revision: Some("32bd64288804d66eefd0ccbe215aa642df71cc41"),
        sha256: Some("a2bf730a0c7debf160f7a6b50b3aaf3703e7e88ac73de7a314903141db026dcb"),
    },
];

/// The named models.
pub fn known() -> &'static [KnownModel] {
    &KNOWN
}

/// The models in the local cache, see [`Hub::cached`].
pub fn cached() -> Vec<CachedModel> {
    Hub::from_env().cached()
}

/// The folder of a model in the local cache, see [`Hub::find`].
///
/// # Errors
/// As [`Hub::find`].
pub fn path(id: &str) -> Result<PathBuf, ModelError> {
    Ok(Hub::from_env().find(id)?.folder)
}

/// Downloads a model, see [`Hub::fetch`].
///
/// # Errors
/// As [`Hub::fetch`].
pub fn fetch(id: &str, progress: &dyn Fn(FetchProgress<'_>)) -> Result<PathBuf, ModelError> {
    Hub::from_env().fetch(id, progress)
}

/// Whether this can be the id of a model on the hub: `name` or `owner/name`.
pub fn is_valid_id(id: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
            && !part.contains("--")
            && !part.contains("..")
    };
    id.len() <= 96 && id.split('/').count() <= 2 && id.split('/').all(is_part)
}

/// Where models come from and go to.
#[derive(Debug, Clone)]
pub struct Hub {
    /// The cache folder, `~/.cache/huggingface/hub` unless told otherwise.
    pub cache: PathBuf,
    /// Address of the hub, without a slash at the end.
    pub endpoint: String,
    /// For private and gated models.
    pub token: Option<String>,
    /// Never use the network.
    pub offline: bool,
}

impl Hub {
    /// Settings from `HF_HOME`, `HF_HUB_CACHE`, `HF_ENDPOINT`, `HF_TOKEN` and `HF_HUB_OFFLINE`, with
    /// the defaults of `huggingface_hub`.
    pub fn from_env() -> Self {
        Self::from_vars(&|name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from))
    }

    fn from_vars(var: &dyn Fn(&str) -> Option<PathBuf>) -> Self {
        let text = |name: &str| var(name).map(|v| v.to_string_lossy().trim().to_owned());
        let user = etcetera::home_dir().unwrap_or_default();
        let expand = |path: PathBuf| match path.strip_prefix("~") {
            Ok(rest) => user.join(rest),
            Err(_) => path,
        };
        let home = var("HF_HOME").map(expand).unwrap_or_else(|| {
            var("XDG_CACHE_HOME").unwrap_or_else(|| user.join(".cache")).join("huggingface")
        });
        let token = text("HF_TOKEN").or_else(|| {
            let file = var("HF_TOKEN_PATH").map(expand).unwrap_or_else(|| home.join("token"));
            std::fs::read_to_string(file).ok().map(|token| token.trim().to_owned())
        });
        let endpoint = text("HF_ENDPOINT").unwrap_or_else(|| "https://huggingface.co".into());
        let offline = text("HF_HUB_OFFLINE").unwrap_or_default().to_ascii_lowercase();
        Self {
            cache: var("HF_HUB_CACHE").map(expand).unwrap_or_else(|| home.join("hub")),
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            token: token.filter(|token| !token.is_empty()),
            offline: ["1", "true", "yes", "on"].contains(&offline.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub(vars: &[(&str, &str)]) -> Hub {
        Hub::from_vars(&|name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| PathBuf::from(v)))
    }

    #[test]
    fn the_environment_is_read_as_huggingface_hub_does() {
        let defaults = hub(&[("XDG_CACHE_HOME", "/c")]);
        assert_eq!(defaults.cache, PathBuf::from("/c/huggingface/hub"));
        assert_eq!(defaults.endpoint, "https://huggingface.co");
        assert!(!defaults.offline);
        assert_eq!(hub(&[("HF_HOME", "/h")]).cache, PathBuf::from("/h/hub"));
        assert_eq!(hub(&[("HF_HOME", "/h"), ("HF_HUB_CACHE", "/x")]).cache, PathBuf::from("/x"));
        let set = hub(&[("HF_ENDPOINT", "http://mirror/"), ("HF_TOKEN", "t"), ("HF_HUB_OFFLINE", "TRUE")]);
        assert_eq!((set.endpoint.as_str(), set.token.as_deref()), ("http://mirror", Some("t")));
        assert!(set.offline && !hub(&[("HF_HUB_OFFLINE", "0")]).offline);
    }

    #[test]
    fn ids_are_names_or_owner_and_name() {
        for good in ["gpt2", "openai/clip-vit-base-patch32", "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"] {
            assert!(is_valid_id(good), "{good}");
        }
        for bad in ["", "/", "a/b/c", "../x", "a/..", "/a", "a/", "./a", "~/m", "a b", "a--b/c", "ü/x"] {
            assert!(!is_valid_id(bad), "{bad}");
        }
    }

    #[test]
    fn the_named_rows_are_well_formed() {
        let is_hex = |s: &str, n| s.len() == n && s.chars().all(|c| c.is_ascii_hexdigit());
        for model in known() {
            assert!(is_valid_id(model.id));
            assert!(model.revision.is_none_or(|r| is_hex(r, 40)));
            assert!(model.sha256.is_none_or(|s| is_hex(s, 64)));
            assert!(model.sha256.is_none() || model.revision.is_some());
        }
        assert_eq!(known()[0].id, crate::clip::DEFAULT_MODEL);
    }
}
