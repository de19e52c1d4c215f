//! How reading a filter's value can fail.

use super::error::Problem;

/// Why a filter's value can't be read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ValueError {
    /// It is the beginning of a right value.
    Partial,
    /// It is none of the values that the filter takes.
    Wrong,
    /// It looks right, but means nothing, for this reason.
    Because(Problem),
}

/// A value, or why there is none.
pub(super) type Value<T> = Result<T, ValueError>;

/// A number without a sign or an exponent, such as `12` or `0.5`.
pub(super) fn decimal(text: &str) -> Value<f64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    match text.parse::<f64>() {
        Ok(number) if is_plain && number.is_finite() => Ok(number),
        _ if text.is_empty() || text == "." => Err(ValueError::Partial),
        _ => Err(ValueError::Wrong),
    }
}

/// A whole number without a sign.
pub(super) fn whole<T: std::str::FromStr>(text: &str) -> Value<T> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(number) if is_plain => Ok(number),
        _ if text.is_empty() => Err(ValueError::Partial),
        _ => Err(ValueError::Wrong),
    }
}

/// One of several words, in any case. Beginnings of them are partial.
pub(super) fn one_of<T: Copy>(text: &str, words: &[(&str, T)]) -> Value<T> {
    let lower = text.to_lowercase();
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == lower) {
        return Ok(*value);
    }
    let begins = words.iter().any(|(word, _)| word.starts_with(&lower));
    Err(if begins { ValueError::Partial } else { ValueError::Wrong })
}
