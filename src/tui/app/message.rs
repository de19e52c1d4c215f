//! The line that tells the user what was done or what went wrong.

/// The message to the user; one at a time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Message {
    /// There is nothing to tell.
    #[default]
    None,
    /// Something was done. It shows until the next key; then the failure that it covers shows again.
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
    /// Shows a notice, over a failure too.
    pub(crate) fn notify(&mut self, text: impl Into<String>) {
        let covered = self.take_failure();
        *self = Self::Notice { text: text.into(), covered };
    }

    /// Shows a failure instead of a notice or a failure of the same or lower rank.
    pub(crate) fn fail(&mut self, failure: Failure) {
        let known = self.take_failure().filter(|known| known.is_of_model() && !failure.is_of_model());
        *self = Self::Failed(known.unwrap_or(failure));
    }

    /// Ends a notice.
    pub(crate) fn end_notice(&mut self) {
        if let Self::Notice { covered, .. } = self {
            *self = covered.take().map_or(Self::None, Self::Failed);
        }
    }

    /// Ends the failure of a question: another was asked, or it was answered after all.
    pub(crate) fn end_question_failure(&mut self) {
        match self {
            Self::Failed(Failure::Question(_)) => *self = Self::None,
            Self::Notice { covered, .. } => *covered = covered.take().filter(Failure::is_of_model),
            Self::Failed(Failure::Model(_)) | Self::None => {}
        }
    }

    /// The notice, if one is shown.
    pub(crate) fn notice(&self) -> Option<&str> {
        match self {
            Self::Notice { text, .. } => Some(text),
            Self::Failed(_) | Self::None => None,
        }
    }

    /// The reason of the failure, even while a notice covers it.
    pub(crate) fn error(&self) -> Option<&str> {
        match self {
            Self::Failed(failure) | Self::Notice { covered: Some(failure), .. } => Some(failure.reason()),
            Self::Notice { covered: None, .. } | Self::None => None,
        }
    }

    fn take_failure(&mut self) -> Option<Failure> {
        match std::mem::take(self) {
            Self::Failed(failure) => Some(failure),
            Self::Notice { covered, .. } => covered,
            Self::None => None,
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
        assert_eq!(message, Message::None);
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
