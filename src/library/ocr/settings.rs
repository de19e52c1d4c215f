//! The setting `ocr` of config.toml: `ocr = true`, or a table `[ocr]`.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use crate::picture::{read_command, read_time_limit};

/// The time limit for a picture where the settings name none. Much of it is spent waiting where others want the processor.
const TIME_LIMIT: Duration = Duration::from_secs(180);
/// The languages that are read where the settings name none, as tesseract calls them.
const LANGUAGES: &str = "eng";

/// How text in pictures is read.
#[derive(Debug, Clone, PartialEq)]
pub struct OcrSettings {
    /// Whether it is read whenever pictures are indexed.
    pub enabled: bool,
    /// The program that reads it, and its arguments; `None` for tesseract. `{}` stands for the path of a PNG file, which else
    /// comes on standard input, and `{languages}` for the languages.
    pub command: Option<Vec<String>>,
    /// The languages, with `+` between them, as tesseract calls them.
    pub languages: String,
    /// The longest time for one picture. In the settings it is in seconds.
    pub timeout: Duration,
}

impl Default for OcrSettings {
    fn default() -> Self {
        Self { enabled: false, command: None, languages: LANGUAGES.to_owned(), timeout: TIME_LIMIT }
    }
}

/// The table `[ocr]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    enabled: bool,
    #[serde(default, deserialize_with = "command")]
    command: Option<Vec<String>>,
    #[serde(default = "default_languages", deserialize_with = "languages")]
    languages: String,
    #[serde(default = "default_time_limit", deserialize_with = "read_time_limit")]
    timeout: Duration,
}

impl<'de> Deserialize<'de> for OcrSettings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SwitchOrTable)
    }
}

struct SwitchOrTable;

impl<'de> Visitor<'de> for SwitchOrTable {
    type Value = OcrSettings;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("true, false, or a table [ocr]")
    }

    fn visit_bool<E: Error>(self, enabled: bool) -> Result<OcrSettings, E> {
        Ok(OcrSettings { enabled, ..OcrSettings::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OcrSettings, A::Error> {
        let Table { enabled, command, languages, timeout } =
            Table::deserialize(MapAccessDeserializer::new(map))?;
        Ok(OcrSettings { enabled, command, languages, timeout })
    }
}

fn default_languages() -> String {
    LANGUAGES.to_owned()
}

fn default_time_limit() -> Duration {
    TIME_LIMIT
}

fn command<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    read_command(deserializer).map(Some)
}

/// Languages as tesseract calls them, such as `eng+chi_sim` or `script/Latin`: nothing that it would take for an option.
fn languages<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '/' | '-'))
    };
    if text.split('+').all(is_name) {
        Ok(text)
    } else {
        Err(Error::custom(format_args!("'{text}' are no languages: write them as \"eng+deu\"")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The settings' own format is the command line's affair; JSON goes through the same code.
    fn parse(text: &str) -> Result<OcrSettings, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_switch_and_a_table_are_read() {
        assert_eq!(parse("true").unwrap(), OcrSettings { enabled: true, ..OcrSettings::default() });
        assert_eq!(parse("{}").unwrap(), OcrSettings::default());
        let all =
            parse(r#"{"enabled": true, "command": "ocr '{}'", "languages": "eng+chi_sim", "timeout": 5}"#);
        let expected = OcrSettings {
            enabled: true,
            command: Some(vec!["ocr".into(), "{}".into()]),
            languages: "eng+chi_sim".into(),
            timeout: Duration::from_secs(5),
        };
        assert_eq!(all.unwrap(), expected);
    }

    #[test]
    fn wrong_settings_are_told_what_is_wrong() {
        for (text, word) in [
            ("3", "true, false, or a table [ocr]"),
            (r#"{"comand": "x"}"#, "comand"),
            (r#"{"command": ""}"#, "empty"),
            (r#"{"languages": "-psm"}"#, "'-psm' are no languages"),
            (r#"{"languages": "eng+"}"#, "no languages"),
            (r#"{"languages": "eng deu"}"#, "eng+deu"),
            (r#"{"timeout": 0}"#, "seconds"),
        ] {
            let message = parse(text).unwrap_err();
            assert!(message.contains(word), "{text}: {message}");
        }
    }
}
