//! What workers tell the user of files and of what was done with them.

use std::io::ErrorKind;

use crate::library::{LibraryError, OutsideRoot};
use crate::picture::PictureError;

/// What is said of a file that is not where it was.
pub(super) const NO_LONGER_THERE: &str = "no longer there";

/// What is said of a file of which only a store tells.
pub(super) const NOT_REACHABLE: &str = "not reachable from here";

/// Why a file is not opened, moved or handed on.
pub(crate) fn refusal(error: &OutsideRoot) -> String {
    match error {
        OutsideRoot::Io(error) if error.kind() == ErrorKind::NotFound => NO_LONGER_THERE.into(),
        error => error.to_string(),
    }
}

/// Why a picture is not shown.
pub(super) fn reason(error: &PictureError) -> String {
    match error {
        PictureError::Io(error) if error.kind() == ErrorKind::NotFound => NO_LONGER_THERE.into(),
        error => error.to_string(),
    }
}

/// How it went: what was `done`, what then stands in the `index` unless that took it in, and the first `failure`.
pub(super) fn report(
    done: String,
    (index, taken_in): (&str, Result<(), LibraryError>),
    failure: Option<String>,
) -> String {
    let mut words = done;
    if let Err(error) = taken_in {
        words = format!("{words}, but {index}: {:#}", anyhow::Error::new(error));
    }
    if let Some(failure) = failure {
        words = format!("{words}; {failure}");
    }
    words
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_missing_file_is_told_in_the_same_words_everywhere() {
        let missing = || io::Error::from(ErrorKind::NotFound);
        assert_eq!(refusal(&OutsideRoot::Io(missing())), NO_LONGER_THERE);
        assert_eq!(reason(&PictureError::Io(missing())), NO_LONGER_THERE);
        assert!(refusal(&OutsideRoot::Link).contains("-L"));
    }

    #[test]
    fn a_report_has_what_was_done_first() {
        let done = || "2 pictures moved".to_owned();
        assert_eq!(report(done(), ("-", Ok(())), None), "2 pictures moved");
        assert_eq!(report(done(), ("-", Ok(())), Some("a: b".into())), "2 pictures moved; a: b");
        let words =
            report(done(), ("the index has them", Err(LibraryError::NoEmbedding)), Some("a: b".into()));
        assert!(words.starts_with("2 pictures moved, but the index has them: ") && words.ends_with("; a: b"));
    }
}
