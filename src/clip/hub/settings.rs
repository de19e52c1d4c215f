//! Where models come from and go to, as the environment says.

use std::path::PathBuf;
use std::time::Duration;

/// How long a connection may stand still unless the environment says otherwise: as long as Python lets it.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Where models come from, and the folder they go to.
#[derive(Debug, Clone)]
pub struct Hub {
    /// The cache folder, `~/.cache/huggingface/hub` unless told otherwise.
    pub cache: PathBuf,
    /// Address of the hub, without a slash at the end.
    pub endpoint: String,
    /// Token that opens private and gated models.
    pub token: Option<String>,
    /// Whether the network must not be used.
    pub offline: bool,
    /// How long to wait for a connection, and for data on it, before it is given up.
    pub timeout: Duration,
}

impl Hub {
    /// Settings from `HF_HOME`, `HF_HUB_CACHE`, `HF_ENDPOINT`, `HF_TOKEN`, `HF_HUB_OFFLINE` and `HF_HUB_DOWNLOAD_TIMEOUT`,
    /// with the defaults of `huggingface_hub`.
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
        let timeout = text("HF_HUB_DOWNLOAD_TIMEOUT").and_then(|seconds| seconds.parse().ok());
        let timeout = timeout.filter(|seconds| (0.1..=3600.0).contains(seconds));
        let offline = text("HF_HUB_OFFLINE").unwrap_or_default().to_ascii_lowercase();
        Self {
            cache: var("HF_HUB_CACHE").map(expand).unwrap_or_else(|| home.join("hub")),
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            token: token.filter(|token| !token.is_empty()),
            offline: ["1", "true", "yes", "on"].contains(&offline.as_str()),
            timeout: timeout.map_or(TIMEOUT, Duration::from_secs_f32),
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
        let timeout = |text| hub(&[("HF_HUB_DOWNLOAD_TIMEOUT", text)]).timeout;
        assert_eq!(timeout("30"), Duration::from_secs(30));
        assert_eq!(["", "0", "-1", "inf", "NaN", "soon"].map(timeout), [TIMEOUT; 6]);
    }
}
