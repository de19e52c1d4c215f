//! The changes of the query, which can be taken back.

use super::reading::Bindings;

/// The number of steps that are kept.
const MAX_STEPS: usize = 200;

/// A change of the query.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// The query before the change.
    pub before: String,
    /// What its numbers referred to.
    pub bindings: Bindings,
    /// What changed it.
    pub kind: Kind,
}

/// What changed the query.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// Typing, and whatever else edits a line.
    Edit,
    /// Pictures that results should be more like, or less, made this text.
    Refinement {
        /// The text that was made.
        after: String,
        /// The picture that was selected.
        selected: Option<i64>,
    },
}

/// The changes of the query, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct QuerySteps {
    steps: Vec<Step>,
}

impl QuerySteps {
    /// Notes a change. Letters of one word are one step, and so are letters that are deleted one after another.
    pub(crate) fn note(&mut self, before: &str, bindings: &Bindings, after: &str, kind: Kind) {
        if kind == Kind::Edit && self.steps.last().is_some_and(|last| continues(last, before, after)) {
            return;
        }
        if self.steps.len() == MAX_STEPS {
            self.steps.remove(0);
        }
        self.steps.push(Step { before: before.to_owned(), bindings: bindings.clone(), kind });
    }

    /// Takes the last change out.
    pub(crate) fn pop(&mut self) -> Option<Step> {
        self.steps.pop()
    }

    /// The text that a refinement made, if that was the last change.
    pub(crate) fn last_refined(&self) -> Option<&str> {
        match &self.steps.last()?.kind {
            Kind::Refinement { after, .. } => Some(after),
            Kind::Edit => None,
        }
    }
}

/// Whether an edit goes on with the last one: it makes a word longer, or deletes on.
fn continues(last: &Step, before: &str, after: &str) -> bool {
    if last.kind != Kind::Edit {
        return false;
    }
    let typed = |shorter: &str, longer: &str| {
        let start = shorter.bytes().zip(longer.bytes()).take_while(|(a, b)| a == b).count();
        let length = longer.len().checked_sub(shorter.len()).filter(|length| *length > 0)?;
        let new = longer.get(start..start + length)?;
        (shorter.get(start..) == longer.get(start + length..)).then(|| new.to_owned())
    };
    let is_one = |text: &str| text.chars().count() == 1;
    if let Some(new) = typed(before, after) {
        // The first letter behind a blank begins another step, so that whole words are taken back.
        let begins_word = before.ends_with(char::is_whitespace) || before.is_empty();
        return is_one(&new) && !begins_word && typed(&last.before, before).is_some();
    }
    typed(after, before).is_some_and(|gone| is_one(&gone)) && typed(before, &last.before).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_do_not_grow_without_end() {
        let mut undo = QuerySteps::default();
        for number in 0..2 * MAX_STEPS {
            undo.note(&format!("{number}"), &Bindings::new(), &format!("{number} x"), Kind::Edit);
        }
        assert!(undo.steps.len() <= MAX_STEPS);
    }
}
