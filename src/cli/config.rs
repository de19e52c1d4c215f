//! Settings from `pixseek/config.toml`. Every key is optional, and an unknown one is an error.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use serde::Deserialize;

use super::config_errors;
use super::secret::Secret;
use crate::base::paths;
use crate::library::{OcrSettings, StoreUrl};
use crate::picture::ExternalDecoder;
use crate::query::Searches;
use crate::tui::{Action, Command, GraphicsProtocol, Key, ThemeSettings, ViewSettings};

/// The settings file.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    /// The model for collections that were never indexed: `demo`, a hub id or a folder.
    pub(super) model: Option<String>,
    /// The store for folders of which none was chosen: `milvus://HOST:PORT/NAME`.
    pub(super) store: Option<StoreUrl>,
    /// The token for stores, unless PIXSEEK_STORE_TOKEN has it: `USER:PASSWORD`, or an API key.
    pub(super) store_token: Option<Secret>,
    /// A file with certificates (PEM) of those who may vouch for a store's server.
    pub(super) store_authorities: Option<PathBuf>,
    /// Whether stores are to keep a thumbnail of each picture (yes unless it says no).
    pub(super) store_thumbnails: Option<bool>,
    /// Where this machine has the roots that stores name.
    #[serde(default)]
    pub(super) roots: BTreeMap<String, PathBuf>,
    /// How pictures are drawn: `auto`, `kitty`, `kitty-direct`, `iterm2`, `sixel`, `sextants`, `quadrants` or `halfblocks`.
    pub(super) protocol: Option<GraphicsProtocol>,
    /// Actions of the browser's keys that differ from the defaults.
    #[serde(default)]
    pub(super) keys: HashMap<Key, Action>,
    /// How the browser shows results at its start, whatever it was when it was left last.
    #[serde(default)]
    pub(super) browser: ViewSettings,
    /// The browser's styles.
    #[serde(default)]
    pub(super) theme: ThemeSettings,
    /// Saved searches, which `search:NAME` in a query stands for.
    #[serde(default)]
    pub(super) searches: Searches,
    /// Commands for the browser's menu.
    #[serde(default, rename = "action")]
    pub(super) actions: Vec<Command>,
    /// Whether and how the text in pictures is read.
    #[serde(default)]
    pub(super) ocr: OcrSettings,
    /// Commands that decode formats of the user's own.
    #[serde(default, rename = "decoder")]
    pub(super) decoders: Vec<ExternalDecoder>,
}

impl Config {
    /// Reads the settings. Without a file, they are the defaults.
    ///
    /// # Errors
    /// When the file is there and can't be read, or has a wrong line, which is named.
    pub(super) fn load() -> Result<Self> {
        let Ok(path) = paths::config_file() else { return Ok(Self::default()) };
        Self::load_from(&path)
    }

    fn load_from(path: &Path) -> Result<Self> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if is_out_of_reach(&error, path) => return Ok(Self::default()),
            Err(error) => return Err(error).with_context(|| format!("settings '{}'", paths::display(path))),
        };
        Self::parse(&text, path)
    }

    /// Reads settings that are, or are to be, in the file at `path`.
    ///
    /// # Errors
    /// When a line is wrong, which is named.
    pub(super) fn parse(text: &str, path: &Path) -> Result<Self> {
        let wrong = |at: usize, words: String| {
            let line = config_errors::line(text, at);
            anyhow!("settings '{}', line {line}: {words}", paths::display(path))
        };
        let config = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            wrong(at, config_errors::in_words(error.message()))
        })?;
        match config_errors::bound_twice(text) {
            Some((span, words)) => Err(wrong(span.start, words)),
            None => Ok(config),
        }
    }
}

/// Whether there is no such file for us: its folder may be none (`HOME=/dev/null`), or another user's, as under `sudo -u`. A
/// file that is there and may not be read is an error.
fn is_out_of_reach(error: &std::io::Error, path: &Path) -> bool {
    match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => true,
        std::io::ErrorKind::PermissionDenied => path.symlink_metadata().is_err(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Config> {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("config.toml");
        std::fs::write(&path, text)?;
        Config::load_from(&path)
    }

    #[test]
    fn a_missing_file_means_defaults() {
        assert_eq!(Config::load_from(Path::new("/nowhere/config.toml")).unwrap(), Config::default());
    }

    #[test]
    fn known_keys_are_read() {
        let config = load("model = \"demo\"\nprotocol = \"iterm2\"\n").unwrap();
        assert_eq!(config.model.as_deref(), Some("demo"));
        assert_eq!(config.protocol, Some(GraphicsProtocol::Iterm2));
    }

    #[test]
    fn the_browser_can_be_made_ones_own() {
        let config = load(
            "[keys]\n\"ctrl-g\" = \"leave\"\n\"f5\" = \"page-down\"\n[theme]\naccent = \"bold #88c0d0\"\n\
             [[action]]\nname = \"edit\"\ncommand = \"gimp {}\"\nkey = \"alt-g\"\n[browser]\nlayout = \"sheet\"\nscore_bars = false\n[[action]]\nname = \"x\"\ncommand = \"y\"\n",
        )
        .unwrap();
        assert_eq!(config.keys.len(), 2);
        assert!(config.browser.layout.is_some() && config.browser.score_bars == Some(false));
        assert_eq!(config.actions.len(), 2);
        assert!(config.theme.accent.is_some() && config.theme.quiet.is_none());
    }

    #[test]
    fn formats_of_ones_own_have_decoders() {
        let config = load(
            "[[decoder]]\nextensions = [\"xcf\"]\ncommand = \"magick {} png:-\"\n[[decoder]]\nextensions = [\".DJVU\"]\n\
             command = [\"ddjvu\", \"-format=ppm\"]\ntimeout = 90.5\n",
        )
        .unwrap();
        assert_eq!(config.decoders.len(), 2);
    }

    #[test]
    fn text_in_pictures_is_read_where_it_is_wanted() {
        assert!(!load("").unwrap().ocr.enabled);
        assert!(load("ocr = true\n").unwrap().ocr.enabled);
        let ocr = load("[ocr]\ncommand = [\"ocr\", \"{}\"]\nlanguages = \"eng+deu\"\n").unwrap().ocr;
        assert!(!ocr.enabled && ocr.command.is_some());
    }

    #[test]
    fn wrong_keys_styles_and_actions_name_their_lines() {
        for (text, line, word) in [
            ("\n[keys]\n\"ctrl-g\" = \"leav\"\n", "line 3", "'leav' is no action: did you mean `leave`?"),
            ("[keys]\n\"ctrl-g\" = \"leave\"\n\"<C-g>\" = \"up\"\n", "line 3", "in line 2 as 'ctrl-g'"),
            ("[keys]\n\"j\" = \"down\"\n", "line 2", "'j'"),
            ("[theme]\nquiet = \"dim\"\naccent = \"blod\"\n", "line 3", "blod"),
            ("model = \"demo\"\nprotocol = \"kity\"\n", "line 2", "did you mean `kitty`?"),
            ("[browser]\nlayout = \"sheets\"\n", "line 2", "sheet"),
            ("[searches]\nx = \"a boat\"\ny = \"width>=banana\"\n", "line 3", "column 1"),
            ("[searches]\nx = 3\n", "line 2", "string"),
            ("[[action]]\nname = \"x\"\ncomand = \"y\"\n", "line 3", "comand"),
            ("[[action]]\nname = \"x\"\ncommand = \"y\"\nkey = \"q\"\n", "line 4", "'q'"),
            ("model = \"demo\"\nocr = 3\n", "line 2", "a table [ocr]"),
            ("[ocr]\nenabled = true\nlanguage = \"deu\"\n", "line 3", "did you mean `languages`?"),
            ("[ocr]\nlanguages = \"--psm\"\n", "line 2", "eng+deu"),
            ("[ocr]\ncommand = \"\"\n", "line 2", "empty"),
            ("[[decoder]]\nextensions = [\"a.b\"]\ncommand = \"y\"\n", "line 2", "'a.b'"),
            ("[[decoder]]\nextensions = [\"x\"]\ncommand = \"\"\n", "line 3", "empty"),
            ("[[decoder]]\nextensions = [\"x\"]\ncommand = 7\n", "line 3", "list of its words"),
            ("[[decoder]]\nextensions = [\"x\"]\ncommand = \"y\"\ntimeout = 0\n", "line 4", "seconds"),
            ("[[decoder]]\nextensions = [\"x\"]\ncommand = \"y\"\nshell = true\n", "line 4", "shell"),
        ] {
            let message = load(text).unwrap_err().to_string();
            assert!(message.contains(line) && message.contains(word), "{text}: {message}");
        }
    }

    #[test]
    fn an_unknown_key_names_its_line() {
        let message = load("model = \"demo\"\nmodle = \"x\"\n").unwrap_err().to_string();
        assert!(message.contains("line 2") && message.contains("did you mean `model`?"), "{message}");
    }
}
