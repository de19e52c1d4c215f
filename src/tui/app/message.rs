//! The line that tells the user what was done or what went wrong.

use std::time::Duration;

/// How long a notice is shown at least.
const SHORTEST: Duration = Duration::from_secs(4);
/// How much longer it is shown for each of its characters.
const A_CHARACTER: Duration = Duration::from_millis(50);

/// The message to the user; one at a time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Message {
    shown: Shown,
    /// The number of notices so far.
    notices: u64,
}

/// What is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Shown {
    /// There is nothing to tell.
    #[default]
    Nothing,
    /// Something was done. It shows until the next key, or for a while; then the failure that it covers shows again.
    Notice { text: String, covered: Option<Failure> },
    /// Something does not work.
    Failed(Failure),
}

/// What does not work, and why. A failure of higher rank is not replaced by one of lower rank.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Failure {
    /// The last question got no answer; until the next question or a late answer.
    Question(String),
    /// No query can be answered, for as long as the browser runs.
    Model(String),
}

impl Failure {
    /// The reason, for the user.
    pub(crate) fn reason(&self) -> &str {
        match self {
            Self::Question(reason) | Self::Model(reason) => reason,
        }
    }

    fn is_of_model(&self) -> bool {
        matches!(self, Self::Model(_))
    }
}

impl Message {
    /// What is told.
    pub(crate) fn shown(&self) -> &Shown {
        &self.shown
    }

    /// Shows a notice, over a failure too.
    pub(crate) fn notify(&mut self, text: impl Into<String>) {
        let covered = self.take_failure();
        self.notices += 1;
        self.shown = Shown::Notice { text: text.into(), covered };
    }

    /// Shows a failure instead of a notice or a failure of the same or lower rank.
    pub(crate) fn fail(&mut self, failure: Failure) {
        let known = self.take_failure().filter(|known| known.is_of_model() && !failure.is_of_model());
        self.shown = Shown::Failed(known.unwrap_or(failure));
    }

    /// Ends a notice.
    pub(crate) fn end_notice(&mut self) {
        if let Shown::Notice { covered, .. } = &mut self.shown {
            self.shown = covered.take().map_or(Shown::Nothing, Shown::Failed);
        }
    }

    /// Ends the notice of this number, if it is still shown.
    pub(crate) fn expire(&mut self, number: u64) {
        if number == self.notices {
            self.end_notice();
        }
    }

    /// Ends the failure of a question: another was asked, or it was answered after all.
    pub(crate) fn end_question_failure(&mut self) {
        match &mut self.shown {
            Shown::Failed(Failure::Question(_)) => self.shown = Shown::Nothing,
            Shown::Notice { covered, .. } => *covered = covered.take().filter(Failure::is_of_model),
            Shown::Failed(Failure::Model(_)) | Shown::Nothing => {}
        }
    }

    /// The notice, if one is shown.
    pub(crate) fn notice(&self) -> Option<&str> {
        match &self.shown {
            Shown::Notice { text, .. } => Some(text),
            Shown::Failed(_) | Shown::Nothing => None,
        }
    }

    /// The number of notices so far, which is the number of the last one.
    pub(crate) fn notices(&self) -> u64 {
        self.notices
    }

    /// The number of the notice that is shown, and how long it is to be shown.
    pub(crate) fn time_of_notice(&self) -> Option<(u64, Duration)> {
        let length = u32::try_from(self.notice()?.chars().count()).unwrap_or(u32::MAX);
        Some((self.notices, SHORTEST.saturating_add(A_CHARACTER.saturating_mul(length))))
    }

    /// The reason of the failure, even while a notice covers it.
    pub(crate) fn error(&self) -> Option<&str> {
        match &self.shown {
            Shown::Failed(failure) | Shown::Notice { covered: Some(failure), .. } => Some(failure.reason()),
            Shown::Notice { covered: None, .. } | Shown::Nothing => None,
        }
    }

    fn take_failure(&mut self) -> Option<Failure> {
        match std::mem::take(&mut self.shown) {
            Shown::Failed(failure) => Some(failure),
            Shown::Notice { covered, .. } => covered,
            Shown::Nothing => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(reason: &str) -> Failure {
        Failure::Question(reason.into())
    }

    #[test]
    fn a_notice_covers_a_failure_until_the_next_key() {
        let mut message = Message::default();
        message.fail(question("locked"));
        message.notify("copied");
        assert_eq!((message.notice(), message.error()), (Some("copied"), Some("locked")));
        message.end_notice();
        assert_eq!((message.notice(), message.error()), (None, Some("locked")));
        message.notify("copied");
        message.end_question_failure();
        message.end_notice();
        assert_eq!(message.shown, Shown::Nothing);
    }

    #[test]
    fn only_the_notice_that_is_shown_expires() {
        let mut message = Message::default();
        message.notify("one");
        let first = message.time_of_notice().unwrap();
        message.notify("a longer one");
        let second = message.time_of_notice().unwrap();
        assert!(first.0 != second.0 && first.1 < second.1);
        message.expire(first.0);
        assert_eq!(message.notice(), Some("a longer one"));
        message.fail(question("locked"));
        message.expire(second.0);
        assert_eq!(message.error(), Some("locked"));
        message.notify("copied");
        message.expire(message.notices());
        assert_eq!((message.notice(), message.error()), (None, Some("locked")));
    }

    #[test]
    fn a_failed_model_outranks_a_failed_question_and_stays() {
        let mut message = Message::default();
        message.fail(question("locked"));
        message.fail(Failure::Model("no file".into()));
        message.fail(question("locked"));
        message.notify("copied");
        message.end_question_failure();
        message.end_notice();
        message.end_question_failure();
        assert_eq!(message.error(), Some("no file"));
    }
}
