//! What the browser knows of the text in pictures.

use crate::tui::details::ScrolledText;

/// What is known of the text in pictures.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    /// How many pictures have the query in their text, and the generation of the question that this is about.
    pub matches: Option<(u64, usize)>,
    /// How far the reading is: what is done, and how many in all; `None` while nothing is read.
    pub reading: Option<(usize, usize)>,
    /// Why nothing is read.
    pub failed: Option<String>,
    /// The id of the picture whose text was asked for last.
    pub wanted: Option<i64>,
    /// The text that came last, and the id of its picture.
    pub known: Option<(i64, String)>,
    /// The first line of it that is shown.
    pub first: usize,
}

impl Texts {
    /// The text of a picture, if it has one and that is known.
    pub(crate) fn of(&self, id: i64) -> Option<ScrolledText<'_>> {
        let (of, text) = self.known.as_ref()?;
        (*of == id && !text.is_empty()).then_some(ScrolledText { text, first: self.first })
    }
}
