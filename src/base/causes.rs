//! Errors in words.

use std::error::Error;
use std::iter::successors;

/// The text of an error and of its causes.
pub(crate) fn in_words(error: &(dyn Error + 'static)) -> String {
    let causes = successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
