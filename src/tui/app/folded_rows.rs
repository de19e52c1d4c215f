//! Which results stand for others that look like them, and which of these are shown.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::library::{Folded, Hit};

/// Which results stand for others, and which of these are shown beneath them.
#[derive(Debug)]
pub(crate) struct Folding {
    /// Whether look-alikes are folded in the results of a query.
    pub on: bool,
    /// What is folded beneath the rows of the next answer, which comes after it.
    pub next: Arc<Folded>,
    /// What is folded beneath the rows of the answer.
    pub beneath: Arc<Folded>,
    /// The rows that are open where others are closed, or the other way round, by the ids of their pictures.
    pub toggled: HashSet<i64>,
    /// Of each picture that is shown beneath a row, the picture of that row.
    pub row_of: HashMap<i64, i64>,
}

impl Default for Folding {
    fn default() -> Self {
        Self {
            on: true,
            next: Arc::default(),
            beneath: Arc::default(),
            toggled: HashSet::new(),
            row_of: HashMap::new(),
        }
    }
}

/// What a result is among its look-alikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FoldPart {
    /// A row that stands for so many other pictures, which are shown beneath it if it is open.
    Row { others: usize, is_open: bool },
    /// A picture that is shown beneath its row.
    Beneath,
}

/// The view of the groups of look-alikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LookAlikesView {
    /// The picture that was selected when the view was opened; it is selected again when the user goes back.
    pub asked_from: Option<i64>,
}

impl Folding {
    /// Takes in the rows of an answer. Returns them with what is shown beneath those that are open.
    pub(crate) fn take_in(&mut self, rows: Vec<Hit>, all_open: bool) -> Vec<Hit> {
        self.beneath = std::mem::take(&mut self.next);
        self.unfold(rows, all_open)
    }

    /// The rows, with what is shown beneath those that are open.
    pub(crate) fn unfold(&mut self, rows: Vec<Hit>, all_open: bool) -> Vec<Hit> {
        self.row_of.clear();
        if self.beneath.is_empty() {
            return rows;
        }
        let mut hits = Vec::with_capacity(rows.len());
        for row in rows {
            let id = row.id;
            hits.push(row);
            let Some(beneath) = self.beneath.get(&id) else { continue };
            // Another picture may stand for a group than when it was opened.
            let is_toggled = self.toggled.contains(&id)
                || !all_open && beneath.iter().any(|hit| self.toggled.contains(&hit.id));
            if is_toggled != all_open {
                self.row_of.extend(beneath.iter().map(|hit| (hit.id, id)));
                hits.extend(beneath.iter().cloned());
            }
        }
        hits
    }

    /// The picture of the row that stands for this one, if it is folded beneath one.
    pub(crate) fn row_above(&self, id: i64) -> Option<i64> {
        let is_beneath = |(_, beneath): &(&i64, &Vec<Hit>)| beneath.iter().any(|hit| hit.id == id);
        self.row_of.get(&id).copied().or_else(|| self.beneath.iter().find(is_beneath).map(|(row, _)| *row))
    }

    /// The number of pictures of the answer that are not shown.
    pub(crate) fn folded(&self) -> usize {
        self.beneath.values().map(Vec::len).sum::<usize>() - self.row_of.len()
    }

    /// The number of groups, and of pictures in them.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.beneath.len(), self.beneath.values().map(|others| others.len() + 1).sum())
    }

    /// What a picture is among its look-alikes; `None` if there are none.
    pub(crate) fn part(&self, id: i64) -> Option<FoldPart> {
        if self.row_of.contains_key(&id) {
            return Some(FoldPart::Beneath);
        }
        let beneath = self.beneath.get(&id)?;
        let is_open = beneath.first().is_some_and(|hit| self.row_of.get(&hit.id) == Some(&id));
        Some(FoldPart::Row { others: beneath.len(), is_open })
    }
}
