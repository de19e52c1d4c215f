//! Printing a query, so that reading it again gives the same query.

use std::fmt;

use super::comparison::print_bytes;
use super::expression::{Query, Sign, Subject, Term};
use super::filters::{Filter, Test};
use super::keyword::Keyword;
use super::parser::{Options, read};
use super::scan::quote;
use super::weight;

impl fmt::Display for Query {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = self.plain_text()
            && read(text, Options::default()).is_ok_and(|parsed| parsed.query == *self)
        {
            return out.write_str(text);
        }
        let mut separator = "";
        for (number, term) in self.terms.iter().enumerate() {
            out.write_str(separator)?;
            if number > 0 || term.sign == Sign::Minus {
                write!(out, "{} ", term.sign.as_char())?;
            }
            write!(out, "{term}")?;
            separator = " ";
        }
        for filter in &self.filters {
            write!(out, "{separator}{filter}")?;
            separator = " ";
        }
        if let Some(sort) = self.sort {
            write!(out, "{separator}sort:{}", sort.as_str())?;
            separator = " ";
        }
        if let Some(saved) = &self.saved {
            write!(out, "{separator}search:{}", value(saved))?;
        }
        Ok(())
    }
}

/// The term without its sign.
impl fmt::Display for Term {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_weighed = self.weight != 1.0;
        if is_weighed {
            write!(out, "{}:", self.weight)?;
        }
        match &self.subject {
            Subject::Text(text) if needs_quotes(text, is_weighed) => out.write_str(&quote(text)),
            Subject::Text(text) => out.write_str(text),
            // A number alone means a result.
            Subject::Picture(path) if path.bytes().all(|byte| byte.is_ascii_digit()) => {
                write!(out, "@{}", quote(path))
            }
            Subject::Picture(path) => write!(out, "@{}", value(path)),
            Subject::Result(number) => write!(out, "@{number}"),
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", if self.negated { "-" } else { "" }, self.test)
    }
}

impl fmt::Display for Test {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())?;
        match self {
            Self::In(folder) => write!(out, ":{}", value(&folder.to_string())),
            Self::Path(glob) => write!(out, ":{}", value(glob.as_str())),
            Self::Name(text)
            | Self::Camera(text)
            | Self::Lens(text)
            | Self::Tag(text)
            | Self::Caption(text)
            | Self::Text(text) => write!(out, ":{}", value(text)),
            Self::Extension(extensions) => write!(out, ":{extensions}"),
            Self::After(period) | Self::Before(period) | Self::On(period) => write!(out, ":{period}"),
            Self::Size(size) => write!(out, "{}{}", size.operator.as_str(), print_bytes(size.number)),
            Self::Width(pixels) | Self::Height(pixels) => write!(out, "{pixels}"),
            Self::Megapixels(millions) => write!(out, "{millions}"),
            Self::Iso(iso) => write!(out, "{iso}"),
            Self::Rating(stars) => write!(out, "{stars}"),
            Self::Shape(shape) => write!(out, ":{}", shape.as_str()),
            Self::Near(near) => write!(out, ":{near}"),
        }
    }
}

/// A value as it stands after a filter's operator.
pub(super) fn value(text: &str) -> String {
    let is_one_word = !text.is_empty() && !text.contains(char::is_whitespace) && !text.starts_with('"');
    if is_one_word { text.to_owned() } else { quote(text) }
}

/// Whether a text, as one term among others, would be read as something else.
fn needs_quotes(text: &str, is_weighed: bool) -> bool {
    let means_more = |word: &str| {
        matches!(word, "+" | "-") || Keyword::at_start(word.strip_prefix('-').unwrap_or(word)).is_some()
    };
    text.is_empty()
        || text.trim() != text
        || text.starts_with(['"', '@'])
        || (is_weighed && text.starts_with(char::is_numeric))
        || weight::at_start(text).is_some()
        || text.split_whitespace().any(means_more)
}
