//! The table of keys.

use crossterm::event::KeyCode;

use super::action::Action;
use super::key::Key;

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Binding {
    /// The keys, each of which does the action.
    pub keys: &'static [Key],
    /// The action.
    pub action: Action,
    /// When the keys do this. Of two rows with the same key, one for a special case comes first.
    pub when: When,
    /// What the help says about the action.
    pub help: &'static str,
}

/// When the keys of a row do its action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// Whenever no row for a special case has the key.
    Always,
    /// While the query is empty.
    NoQuery,
    /// While the query has text and the arrow keys edit it.
    Edits,
    /// While the picture is shown alone and nothing is typed.
    FullPicture,
    /// While a part of that picture is shown.
    Zoomed,
}

/// What the meaning of a key depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Situation {
    /// Whether the query is empty.
    pub query_is_empty: bool,
    /// Whether the arrow keys edit the query.
    pub edits: bool,
    /// Whether letters are commands on the picture that is shown alone.
    pub full_picture: bool,
    /// Whether only a part of that picture is shown.
    pub zoomed: bool,
}

impl When {
    pub(super) fn holds(self, situation: Situation) -> bool {
        match self {
            Self::Always => true,
            Self::NoQuery => situation.query_is_empty,
            Self::Edits => situation.edits && !situation.query_is_empty,
            Self::FullPicture => situation.full_picture,
            Self::Zoomed => situation.zoomed,
        }
    }
}

const fn bind(keys: &'static [Key], action: Action, help: &'static str) -> Binding {
    bind_when(When::Always, keys, action, help)
}

const fn bind_when(when: When, keys: &'static [Key], action: Action, help: &'static str) -> Binding {
    Binding { keys, action, when, help }
}

/// A letter of the full picture.
const fn letter(c: char) -> Key {
    Key::plain(KeyCode::Char(c))
}

/// The table, with the keys of other pickers (fzf, television): typing always goes to the query, but in the full picture.
/// The rows of a group follow one another.
pub(crate) const BINDINGS: &[Binding] = &[
    bind(&[Key::plain(KeyCode::Up), Key::ctrl('p'), Key::ctrl('k')], Action::Up, "previous result"),
    bind(&[Key::plain(KeyCode::Down), Key::ctrl('n'), Key::ctrl('j')], Action::Down, "next result"),
    bind(&[Key::plain(KeyCode::PageUp)], Action::PageUp, "page up"),
    bind(&[Key::plain(KeyCode::PageDown)], Action::PageDown, "page down"),
    bind(&[Key::with_ctrl(KeyCode::Home), Key::plain(KeyCode::Home)], Action::First, "first result"),
    bind(&[Key::with_ctrl(KeyCode::End), Key::plain(KeyCode::End)], Action::Last, "last result"),
    bind_when(When::FullPicture, &[letter('n'), letter(' ')], Action::NextPicture, "full picture: next"),
    bind_when(When::FullPicture, &[letter('p')], Action::PreviousPicture, "full picture: previous"),
    bind(&[Key::alt(KeyCode::Char('g'))], Action::OpenGroup, "open or close a group of look-alikes (+N)"),
    bind(&[Key::alt(KeyCode::Char('l'))], Action::Fold, "fold look-alikes, or a row for each"),
    bind(&[Key::plain(KeyCode::Tab)], Action::MarkDown, "mark and go down"),
    bind(&[Key::plain(KeyCode::BackTab)], Action::MarkUp, "mark and go up"),
    bind(&[Key::alt(KeyCode::Char('k'))], Action::MarkGroup, "mark with all look-alikes, and go down"),
    bind(&[Key::alt(KeyCode::Char('a'))], Action::MarkAll, "mark all results"),
    bind(&[Key::alt(KeyCode::Char('i'))], Action::InvertMarks, "mark the results that are not marked"),
    bind(&[Key::alt(KeyCode::Char('u'))], Action::Unmark, "unmark all; once more: mark them again"),
    bind(&[Key::alt(KeyCode::Char('m'))], Action::ShowMarked, "list of the marked pictures"),
    bind(&[Key::plain(KeyCode::Enter)], Action::Accept, "print the selected or marked paths"),
    bind(&[Key::ctrl('s')], Action::Like, "more like this (esc goes back)"),
    bind(&[Key::alt(KeyCode::Char('y'))], Action::MoreLike, "add to the query: more like this"),
    bind(&[Key::alt(KeyCode::Char('n'))], Action::LessLike, "add to the query: less like this"),
    bind(&[Key::ctrl('y')], Action::Copy, "copy the selected or marked paths"),
    bind(&[Key::ctrl('o')], Action::Open, "open with the viewer"),
    bind(&[Key::ctrl('x')], Action::Menu, "menu of actions"),
    bind(
        &[Key::with_ctrl(KeyCode::Delete), Key::plain(KeyCode::F(8))],
        Action::Trash,
        "move to the trash (asks first)",
    ),
    bind(&[Key::plain(KeyCode::F(6))], Action::LookAlikes, "look-alikes: all groups, to clean up"),
    bind(
        &[Key::alt(KeyCode::Char('r'))],
        Action::TrashRest,
        "look-alikes: keep the best of the group (asks)",
    ),
    bind(&[Key::alt(KeyCode::Char('z'))], Action::Undo, "undo the last move to the trash"),
    bind(&[Key::ctrl('l')], Action::Arrange, "next layout"),
    bind(&[Key::plain(KeyCode::F(2))], Action::LayoutBoth, "list with the picture"),
    bind(&[Key::plain(KeyCode::F(3))], Action::LayoutSheet, "contact sheet"),
    bind(&[Key::plain(KeyCode::F(4))], Action::LayoutPicture, "full picture"),
    bind(&[Key::plain(KeyCode::F(5))], Action::LayoutList, "list alone"),
    bind(&[Key::alt(KeyCode::Char('o'))], Action::OnlyRelevant, "only what really matches, or all"),
    bind(&[Key::alt(KeyCode::Char('s'))], Action::ScoreBars, "bars of the scores on or off"),
    bind(&[Key::ctrl('t')], Action::Details, "details of the selected picture"),
    bind(&[Key::alt(KeyCode::Char('t'))], Action::Words, "words for the selected picture, in its details"),
    bind(&[Key::alt(KeyCode::Up)], Action::TextUp, "details: scroll the text of the picture up"),
    bind(&[Key::alt(KeyCode::Down)], Action::TextDown, "details: scroll it down"),
    bind(
        &[Key::alt(KeyCode::Char('+')), Key::alt(KeyCode::Char('='))],
        Action::SheetLarger,
        "larger pictures in the sheet",
    ),
    bind(&[Key::alt(KeyCode::Char('-'))], Action::SheetSmaller, "smaller pictures in the sheet"),
    bind(&[Key::alt(KeyCode::Char('0'))], Action::SheetUsual, "usual size in the sheet"),
    bind_when(When::FullPicture, &[letter('+')], Action::ZoomIn, "full picture: closer (the wheel too)"),
    bind_when(When::FullPicture, &[letter('-')], Action::ZoomOut, "full picture: less close"),
    bind_when(When::FullPicture, &[letter('=')], Action::ActualSize, "full picture: pixel by pixel"),
    bind_when(When::FullPicture, &[letter('0')], Action::WholePicture, "full picture: the whole of it"),
    bind_when(
        When::Zoomed,
        &[Key::plain(KeyCode::Left), letter('h')],
        Action::PanLeft,
        "closer: to the left",
    ),
    bind_when(
        When::Zoomed,
        &[Key::plain(KeyCode::Right), letter('l')],
        Action::PanRight,
        "closer: to the right",
    ),
    bind_when(When::Zoomed, &[Key::plain(KeyCode::Up), letter('k')], Action::PanUp, "closer: up"),
    bind_when(When::Zoomed, &[Key::plain(KeyCode::Down), letter('j')], Action::PanDown, "closer: down"),
    bind(&[Key::with_ctrl(KeyCode::Up)], Action::HistoryBack, "previous query"),
    bind(&[Key::with_ctrl(KeyCode::Down)], Action::HistoryForward, "next query"),
    bind(
        &[Key::ctrl('_'), Key::ctrl('/'), Key::ctrl('7')],
        Action::UndoQuery,
        "undo the last change of the query",
    ),
    bind(&[Key::alt(KeyCode::Char('w'))], Action::SaveSearch, "save the query under a name"),
    bind(&[Key::alt(KeyCode::Char('q'))], Action::Searches, "list of the saved searches"),
    bind(&[Key::plain(KeyCode::F(7))], Action::ShowText, "pictures with the query written in them"),
    bind_when(When::FullPicture, &[letter('/')], Action::TypeQuery, "full picture: type a query"),
    bind(&[Key::plain(KeyCode::Left)], Action::Left, "cursor left; in the sheet, picture before"),
    bind(&[Key::plain(KeyCode::Right)], Action::Right, "cursor right; in the sheet, next picture"),
    bind(&[Key::ctrl('b')], Action::CursorLeft, "cursor left"),
    bind(&[Key::ctrl('f')], Action::CursorRight, "cursor right"),
    bind(&[Key::ctrl(' ')], Action::Complete, "complete a filter (so does right at the end)"),
    bind(
        &[Key::with_ctrl(KeyCode::Left), Key::alt(KeyCode::Char('b')), Key::alt(KeyCode::Left)],
        Action::WordLeft,
        "cursor one word left",
    ),
    bind(
        &[Key::with_ctrl(KeyCode::Right), Key::alt(KeyCode::Char('f')), Key::alt(KeyCode::Right)],
        Action::WordRight,
        "cursor one word right",
    ),
    bind_when(
        When::Edits,
        &[Key::plain(KeyCode::Home)],
        Action::LineStart,
        "start of the query, while it has text",
    ),
    bind_when(
        When::Edits,
        &[Key::plain(KeyCode::End)],
        Action::LineEnd,
        "end of the query, while it has text",
    ),
    bind(&[Key::ctrl('a')], Action::LineStart, "start of the query"),
    bind(&[Key::ctrl('e')], Action::LineEnd, "end of the query"),
    bind(&[Key::plain(KeyCode::Backspace), Key::ctrl('h')], Action::DeleteBack, "delete character before"),
    bind(&[Key::plain(KeyCode::Delete), Key::ctrl('d')], Action::DeleteForward, "delete character after"),
    bind(
        &[Key::ctrl('w'), Key::alt(KeyCode::Backspace), Key::with_ctrl(KeyCode::Backspace)],
        Action::DeleteWordBack,
        "delete word before",
    ),
    bind(&[Key::alt(KeyCode::Char('d'))], Action::DeleteWordForward, "delete word after"),
    bind(&[Key::ctrl('u')], Action::DeleteToStart, "delete to the start"),
    bind(&[Key::plain(KeyCode::Esc), Key::ctrl('g')], Action::Back, "go back, unmark, or leave"),
    bind(&[Key::ctrl('c')], Action::Leave, "leave"),
    bind(&[Key::ctrl('z')], Action::Suspend, "suspend (fg continues)"),
    bind(&[Key::ctrl('r')], Action::Retry, "try a failed download again"),
    bind(&[Key::plain(KeyCode::F(1)), Key::alt(KeyCode::Char('h'))], Action::Help, "help"),
    bind_when(When::NoQuery, &[letter('?')], Action::Help, "help, while the query is empty"),
];
