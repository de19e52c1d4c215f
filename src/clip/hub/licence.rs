//! What the licences of models allow.

use std::borrow::Cow;

/// What a licence allows, as far as it matters before a download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terms {
    /// Any use, with conditions on passing the model on at most.
    Free,
    /// No commercial use.
    NonCommercial,
    /// Research only.
    Research,
    /// Terms of their own, which have to be read.
    Own,
    /// No licence is named.
    Unknown,
}

/// The licence of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Licence {
    /// Its name, as the hub writes it (`mit`, `cc-by-nc-4.0`); a stranger's text. Empty where none is named.
    pub name: Cow<'static, str>,
    /// What it allows.
    pub terms: Terms,
}

impl Licence {
    /// The licence of this name.
    pub fn named(name: impl Into<Cow<'static, str>>) -> Self {
        let name = name.into();
        let lower = name.to_ascii_lowercase();
        let words: Vec<&str> = lower.split(['-', '_', ' ', '.']).collect();
        let has = |word: &str| words.contains(&word);
        let terms = if lower.is_empty() || lower == "unknown" {
            Terms::Unknown
        } else if has("nc") || has("noncommercial") || (has("non") && has("commercial")) {
            Terms::NonCommercial
        } else if has("research") || lower == "apple-amlr" {
            Terms::Research
        } else if FREE.contains(&lower.as_str()) {
            Terms::Free
        } else {
            Terms::Own
        };
        Self { name, terms }
    }

    /// The licence that a model card (the `README.md` of a model) names in the lines between its first two `---`.
    pub(super) fn of_card(card: &str) -> Self {
        let mut lines = card.trim_start_matches('\u{feff}').lines().map(str::trim_end);
        let front: Vec<&str> = match lines.next() {
            Some("---") => lines.take_while(|line| *line != "---").collect(),
            _ => Vec::new(),
        };
        let value = |key: &str| -> Option<String> {
            let at = front
                .iter()
                .position(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))?;
            let value = front[at].split_once(':')?.1;
            // A list of one, in either way of writing it.
            let value = match value.trim() {
                "" => front.get(at + 1)?.trim_start().strip_prefix('-')?,
                value => value.trim_start_matches('[').trim_end_matches(']'),
            };
            let value = value.split(" #").next()?.trim().trim_matches(['"', '\'']);
            Some(value.chars().take(MAX_NAME).collect())
        };
        let name = match value("license") {
            Some(other) if other == "other" => value("license_name").unwrap_or(other),
            name => name.unwrap_or_default(),
        };
        Self::named(name)
    }

    /// Whether somebody has to say yes before the model is downloaded.
    pub fn needs_consent(&self) -> bool {
        !matches!(self.terms, Terms::Free | Terms::Unknown)
    }
}

/// Longest name that is taken from a card, in characters.
const MAX_NAME: usize = 80;

/// Licences that allow any use, by their names on the hub.
const FREE: [&str; 26] = [
    "mit",
    "apache-2.0",
    "bsd",
    "bsd-2-clause",
    "bsd-3-clause",
    "bsd-3-clause-clear",
    "isc",
    "zlib",
    "unlicense",
    "wtfpl",
    "cc0-1.0",
    "cc-by-2.0",
    "cc-by-2.5",
    "cc-by-3.0",
    "cc-by-4.0",
    "cc-by-sa-3.0",
    "cc-by-sa-4.0",
    "afl-3.0",
    "artistic-2.0",
    "bsl-1.0",
    "ecl-2.0",
    "mpl-2.0",
    "lgpl-3.0",
    "gpl-3.0",
    "agpl-3.0",
    "pddl",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_restricts_use_needs_a_yes() {
        for (name, terms) in [
            ("mit", Terms::Free),
            ("MIT", Terms::Free),
            ("apache-2.0", Terms::Free),
            ("cc-by-4.0", Terms::Free),
            ("cc-by-nc-4.0", Terms::NonCommercial),
            ("cc-by-nc-sa-4.0", Terms::NonCommercial),
            ("fair-noncommercial-research-license", Terms::NonCommercial),
            ("my-non-commercial", Terms::NonCommercial),
            ("apple-amlr", Terms::Research),
            ("some-research-license", Terms::Research),
            ("openrail", Terms::Own),
            ("other", Terms::Own),
            ("mit-but-not-really", Terms::Own),
            ("", Terms::Unknown),
            ("unknown", Terms::Unknown),
        ] {
            let licence = Licence::named(name);
            assert_eq!(licence.terms, terms, "{name}");
            assert_eq!(licence.needs_consent(), !matches!(terms, Terms::Free | Terms::Unknown));
        }
    }

    #[test]
    fn cards_are_read_as_people_write_them() {
        let name = |card: &str| Licence::of_card(card).name;
        assert_eq!(name("---\nlanguage: en\nlicense: mit\n---\n# Model\nlicense: wrong\n"), "mit");
        assert_eq!(name("\u{feff}---\r\nlicense: \"cc-by-nc-4.0\"  # really\r\n---\r\n"), "cc-by-nc-4.0");
        assert_eq!(name("---\nlicense:\n- apache-2.0\n---\n"), "apache-2.0");
        assert_eq!(name("---\nlicense: [mit]\n---\n"), "mit");
        assert_eq!(name("---\nlicense: other\nlicense_name: apple-amlr\n---\n"), "apple-amlr");
        assert_eq!(name("---\nlicense_name: x\nlicense: other\n"), "x");
        assert_eq!(name("---\nlicense: other\n---\n"), "other");
        assert_eq!(name(&format!("---\nlicense: {}\n---\n", "x".repeat(1000))).len(), MAX_NAME);
        for none in [
            "",
            "# Model\nlicense: mit\n",
            "---\ntags: x\n---\n",
            "---\nlicense:\n---\n",
            "---\n license: mit",
        ] {
            assert_eq!(Licence::of_card(none).terms, Terms::Unknown, "{none:?}");
        }
    }
}
