//! The text of the query with its cursor, edited by whole graphemes (what a person calls one character).

use std::ops::Range;

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};
use unicode_width::UnicodeWidthStr;

/// The longest query. It is longer than what any model reads, and keeps a pasted book from slowing the editing.
const MAX_BYTES: usize = 4096;

/// One line of text and a cursor between two of its graphemes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct QueryLine {
    text: String,
    /// A byte offset, always on a grapheme boundary.
    cursor: usize,
}

impl QueryLine {
    /// A line holding `text`, the cursor at its end.
    pub(crate) fn new(text: &str) -> Self {
        let mut line = Self::default();
        line.insert(text);
        line
    }

    /// The whole text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether the cursor is behind the last character.
    pub(crate) fn is_at_end(&self) -> bool {
        self.cursor == self.text.len()
    }

    /// Replaces everything from the byte `start` on, and puts the cursor at the end.
    pub(crate) fn replace_from(&mut self, start: usize, text: &str) {
        self.cursor = self.text.len();
        self.delete_from(start);
        self.insert(text);
    }

    /// The text before the cursor.
    pub(crate) fn before_cursor(&self) -> &str {
        &self.text[..self.cursor]
    }

    /// Inserts text at the cursor. Line breaks and tabs become blanks, other control characters are dropped, and so is
    /// everything past the limit.
    pub(crate) fn insert(&mut self, text: &str) {
        let mut room = MAX_BYTES.saturating_sub(self.text.len());
        let clean: String = text
            .chars()
            .map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c })
            .filter(|c| !c.is_control())
            .take_while(|c| {
                let fits = c.len_utf8() <= room;
                room = room.saturating_sub(c.len_utf8());
                fits
            })
            .collect();
        self.text.insert_str(self.cursor, &clean);
        self.cursor += clean.len();
        // A combining character may have joined the grapheme after the cursor.
        if !self.is_boundary(self.cursor) {
            self.cursor = self.next_boundary(self.cursor);
        }
    }

    /// Moves the cursor one grapheme to the left.
    pub(crate) fn left(&mut self) {
        self.cursor = self.previous_boundary(self.cursor);
    }

    /// Moves the cursor one grapheme to the right.
    pub(crate) fn right(&mut self) {
        self.cursor = self.next_boundary(self.cursor);
    }

    /// Moves the cursor to the start of its word, or of the word before.
    pub(crate) fn word_left(&mut self) {
        self.cursor = self.word_start();
    }

    /// Moves the cursor to the end of its word, or of the word after.
    pub(crate) fn word_right(&mut self) {
        self.cursor = self.word_end();
    }

    /// Moves the cursor to the start of the line.
    pub(crate) fn start(&mut self) {
        self.cursor = 0;
    }

    /// Moves the cursor to the end of the line.
    pub(crate) fn end(&mut self) {
        self.cursor = self.text.len();
    }

    /// Deletes the grapheme before the cursor.
    pub(crate) fn delete_back(&mut self) {
        self.delete_from(self.previous_boundary(self.cursor));
    }

    /// Deletes the grapheme after the cursor.
    pub(crate) fn delete_forward(&mut self) {
        self.delete_to(self.next_boundary(self.cursor));
    }

    /// Deletes the word before the cursor.
    pub(crate) fn delete_word_back(&mut self) {
        self.delete_from(self.word_start());
    }

    /// Deletes the word after the cursor.
    pub(crate) fn delete_word_forward(&mut self) {
        self.delete_to(self.word_end());
    }

    /// Deletes everything before the cursor.
    pub(crate) fn delete_to_start(&mut self) {
        self.delete_from(0);
    }

    /// The place in the text, in bytes, of the part that fits into `width` columns and has the cursor in it, and the column
    /// of the cursor.
    pub(crate) fn window(&self, width: usize) -> (Range<usize>, usize) {
        let mut start = self.cursor;
        let mut columns = 0;
        // The cursor itself needs a column of its own after the text before it.
        for (at, grapheme) in self.before_cursor().grapheme_indices(true).rev() {
            if columns + grapheme.width() + 1 > width {
                break;
            }
            columns += grapheme.width();
            start = at;
        }
        let mut end = self.cursor;
        let mut filled = columns;
        for (at, grapheme) in self.text[self.cursor..].grapheme_indices(true) {
            filled += grapheme.width();
            if filled > width {
                break;
            }
            end = self.cursor + at + grapheme.len();
        }
        (start..end, columns)
    }

    /// Puts the cursor at this column of the part that [`Self::window`] gives, or at its end.
    pub(crate) fn place_cursor_in_window(&mut self, width: usize, column: usize) {
        let (shown, _) = self.window(width);
        let mut columns = 0;
        let graphemes = self.text[shown.clone()].grapheme_indices(true);
        let reached = graphemes.map(|(at, grapheme)| {
            columns += grapheme.width();
            (shown.start + at, columns)
        });
        let found = reached.into_iter().find(|(_, end)| *end > column).map(|(at, _)| at);
        self.place_cursor(found.unwrap_or(shown.end));
    }

    fn delete_from(&mut self, start: usize) {
        self.text.replace_range(start..self.cursor, "");
        self.place_cursor(start);
    }

    fn delete_to(&mut self, end: usize) {
        self.text.replace_range(self.cursor..end, "");
        self.place_cursor(self.cursor);
    }

    /// Puts the cursor at `at`; or, if what is left there has joined into one grapheme, behind that.
    fn place_cursor(&mut self, at: usize) {
        self.cursor = if self.is_boundary(at) { at } else { self.next_boundary(at) };
    }

    fn word_start(&self) -> usize {
        let before = self.before_cursor().trim_end();
        let blank = before.char_indices().rev().find(|(_, c)| c.is_whitespace());
        let start = blank.map_or(0, |(at, c)| at + c.len_utf8());
        // A blank can carry a combining mark.
        if self.is_boundary(start) { start } else { self.previous_boundary(start) }
    }

    fn word_end(&self) -> usize {
        let after = &self.text[self.cursor..];
        let blanks = after.len() - after.trim_start().len();
        let end = after[blanks..].find(char::is_whitespace);
        let end = end.map_or(self.text.len(), |at| self.cursor + blanks + at);
        if self.is_boundary(end) { end } else { self.next_boundary(end) }
    }

    fn is_boundary(&self, at: usize) -> bool {
        // The whole text is given as one chunk, so the cursor never asks for more context.
        GraphemeCursor::new(at, self.text.len(), true).is_boundary(&self.text, 0).unwrap_or(true)
    }

    fn previous_boundary(&self, at: usize) -> usize {
        let mut cursor = GraphemeCursor::new(at, self.text.len(), true);
        cursor.prev_boundary(&self.text, 0).ok().flatten().unwrap_or(0)
    }

    fn next_boundary(&self, at: usize) -> usize {
        let mut cursor = GraphemeCursor::new(at, self.text.len(), true);
        cursor.next_boundary(&self.text, 0).ok().flatten().unwrap_or(self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn deletes_whole_graphemes() {
        let mut line = QueryLine::new("a👩‍👩‍👧é");
        line.delete_back();
        assert_eq!(line.text(), "a👩‍👩‍👧");
        line.delete_back();
        assert_eq!(line.text(), "a");
        line.delete_back();
        line.delete_back();
        assert_eq!(line.text(), "");
    }

    #[test]
    fn moves_and_deletes_by_word() {
        let mut line = QueryLine::new("red  circle on sand");
        line.word_left();
        line.word_left();
        assert_eq!(line.before_cursor(), "red  circle ");
        line.delete_word_back();
        assert_eq!(line.text(), "red  on sand");
        line.delete_word_forward();
        assert_eq!(line.text(), "red   sand");
        line.word_right();
        assert_eq!(line.before_cursor(), "red   sand");
        line.delete_to_start();
        assert_eq!(line.text(), "");
    }

    #[test]
    fn inserts_in_the_middle_and_cleans_what_is_pasted() {
        let mut line = QueryLine::new("redcircle");
        line.start();
        for _ in 0..3 {
            line.right();
        }
        line.insert("\n\u{1b}[31m");
        assert_eq!(line.text(), "red [31mcircle");
        assert_eq!(line.before_cursor(), "red [31m");
    }

    #[test]
    fn pasting_a_book_stops_at_the_limit() {
        let line = QueryLine::new(&"é".repeat(10_000));
        assert_eq!(line.text().len(), MAX_BYTES);
    }

    fn window(line: &QueryLine, width: usize) -> (&str, usize) {
        let (shown, column) = line.window(width);
        (&line.text[shown], column)
    }

    #[test]
    fn the_window_follows_the_cursor() {
        let mut line = QueryLine::new("日本語abc");
        assert_eq!(window(&line, 20), ("日本語abc", 9));
        assert_eq!(window(&line, 6), ("語abc", 5));
        line.start();
        assert_eq!(window(&line, 5), ("日本", 0));
        assert_eq!(window(&QueryLine::new("abc"), 1), ("", 0));
    }

    proptest! {
        #[test]
        fn any_editing_keeps_the_cursor_on_a_boundary(
            text in "\\PC{0,12}",
            steps in proptest::collection::vec((0..11usize, "\\PC{0,3}"), 0..40),
        ) {
            let mut line = QueryLine::new(&text);
            for (step, inserted) in steps {
                match step {
                    0 => line.left(),
                    1 => line.right(),
                    2 => line.word_left(),
                    3 => line.word_right(),
                    4 => line.start(),
                    5 => line.end(),
                    6 => line.delete_back(),
                    7 => line.delete_forward(),
                    8 => line.delete_word_back(),
                    9 => line.delete_word_forward(),
                    _ => line.insert(&inserted),
                }
                prop_assert!(line.is_boundary(line.cursor));
                let (shown, column) = window(&line, 8);
                prop_assert!(shown.width() <= 8 || shown.graphemes(true).count() <= 8);
                prop_assert!(column < 8);
            }
        }
    }
}
