//! What fuzzers and tests hold of every text.

use super::{Options, errors, read};

/// Reads a text as a query, and panics unless what is read is the same when it is printed and read again, and all errors
/// point into the text.
pub(crate) fn assert_read_or_refused(text: &str) {
    for numbered_results in [false, true] {
        let options = Options { numbered_results };
        match read(text, options) {
            Ok(parsed) => {
                let printed = parsed.query.to_string();
                let again = read(&printed, options).map(|parsed| parsed.query);
                assert_eq!(again.as_ref(), Ok(&parsed.query), "{printed:?}");
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
        for error in errors(text, options) {
            assert!(text.get(error.span.clone()).is_some(), "{error:?}");
            assert!(error.column <= text.chars().count() + 1, "{error:?}");
        }
    }
}
