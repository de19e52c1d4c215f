//! The last question and the newest answer.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::civil::Date;

use super::folded_rows::Folding;
use super::reading::Meaning;
use crate::library::{Hit, Narrowing};

/// Pictures for which more like them are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SimilarTo {
    /// The pictures, at least one: id and path relative to the root.
    pub pictures: Vec<(i64, PathBuf)>,
    /// The picture that was selected when this was asked for; it is selected again when the user goes back.
    pub asked_from: Option<i64>,
}

impl SimilarTo {
    /// The ids of the pictures.
    pub(crate) fn ids(&self) -> Vec<i64> {
        self.pictures.iter().map(|(id, _)| *id).collect()
    }
}

/// Whether this is the id of a picture whose name is known and nothing else: it is not in the catalogue, whose ids are
/// positive.
pub(crate) fn is_listed_only(id: i64) -> bool {
    id < 0
}

/// The days on which pictures were taken, by the ids of the pictures.
pub(crate) type Days = HashMap<i64, Date>;

/// The last question, and the newest answer, which stays until the next one is there.
#[derive(Debug, Default)]
pub(crate) struct Results {
    /// The number of questions asked so far: the generation of the last one.
    pub asked: u64,
    /// What the query meant at the last question.
    pub asked_meaning: Meaning,
    /// The filters and the order of the last question.
    pub asked_narrowing: Arc<Narrowing>,
    /// The ids that the last question was about, if it asked for similar pictures.
    pub asked_similar: Option<Vec<i64>>,
    /// Whether only what is about the query was wanted at the last question.
    pub asked_only_relevant: bool,
    /// When the last question was asked; `None` once it is answered or has failed.
    pub asked_at: Option<Instant>,
    /// The generation of the question that `hits` answer.
    pub answered: u64,
    /// The hits, best first.
    pub hits: Vec<Hit>,
    /// Which of the hits stand for others that look alike.
    pub folding: Folding,
    /// Whether the last question was about the groups of look-alikes.
    pub asked_look_alikes: bool,
    /// The days of the hits by their ids, if they are in the order of their dates.
    pub days: Arc<Days>,
    /// The days of the next answer, which come before it.
    pub next_days: Arc<Days>,
    /// The index of the selected hit; 0 when there are none.
    pub selected: usize,
    /// The index of the first visible hit.
    pub offset: usize,
    /// Whether the user moved the selection since the last question. If so, it stays on its picture when others come or
    /// go; else it stays on the best one.
    pub moved: bool,
    /// The id of the picture to select once the answer is there.
    pub select_when_answered: Option<i64>,
    /// Whether enter was pressed before the answer was there; the best picture is chosen then.
    pub accept_when_answered: bool,
    /// The time from the last key press to its answer.
    pub took: Option<Duration>,
}

impl Results {
    /// Whether the last question has no answer yet.
    pub(crate) fn pending(&self) -> bool {
        self.answered < self.asked
    }

    /// Whether the query asked for the newest pictures and nothing else.
    pub(crate) fn asked_for_newest(&self) -> bool {
        self.asked_meaning == Meaning::Newest && self.asked_narrowing.is_empty()
    }

    /// The day of the hit at this index, if the hits are in the order of their dates.
    pub(crate) fn day(&self, at: usize) -> Option<Date> {
        if self.days.is_empty() {
            return None;
        }
        self.days.get(&self.hits.get(at)?.id).copied()
    }

    /// The selected hit.
    pub(crate) fn selected_hit(&self) -> Option<&Hit> {
        self.hits.get(self.selected)
    }
}
