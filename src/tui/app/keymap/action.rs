//! What a key can do besides typing.

use serde::Deserialize;

/// What a key can do besides typing. The settings know the actions by these names in kebab case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Action {
    /// Chooses the marked pictures, or else the selected one.
    Accept,
    /// Goes back from similar pictures, or leaves.
    Back,
    /// Leaves the browser.
    Leave,
    /// Selects the result above.
    Up,
    /// Selects the result below.
    Down,
    /// Moves up by a page.
    PageUp,
    /// Moves down by a page.
    PageDown,
    /// Selects the first result.
    First,
    /// Selects the last result.
    Last,
    /// Marks or unmarks the selected picture and moves down.
    MarkDown,
    /// Marks or unmarks the selected picture and moves up.
    MarkUp,
    /// Shows pictures similar to the marked ones, or else to the selected one.
    Like,
    /// Copies the paths of the marked pictures, or else of the selected one.
    Copy,
    /// Opens the marked pictures, or else the selected one.
    Open,
    /// Recalls the previous query.
    HistoryBack,
    /// Recalls the next query.
    HistoryForward,
    /// Changes to the next arrangement of the panes.
    Arrange,
    /// Stops the browser until the shell continues it.
    Suspend,
    /// Shows or hides the details of the selected picture.
    Details,
    /// Opens the menu of actions.
    Menu,
    /// Asks whether to move the marked pictures, or else the selected one, to the trash.
    Trash,
    /// Tries again to download the model.
    Retry,
    /// Opens the help.
    Help,
    /// Moves the cursor left; in the contact sheet and among full pictures, selects the picture before.
    Left,
    /// Moves the cursor right, or completes a filter; in the contact sheet and among full pictures, selects the next picture.
    Right,
    /// Makes the pictures of the contact sheet larger.
    SheetLarger,
    /// Makes the pictures of the contact sheet smaller.
    SheetSmaller,
    /// Gives the pictures of the contact sheet their usual size.
    SheetUsual,
    /// Moves the cursor left.
    CursorLeft,
    /// Moves the cursor right; at the end of the query, completes a filter.
    CursorRight,
    /// Completes the name or value of a filter at the end of the query.
    Complete,
    /// Moves the cursor left by a word.
    WordLeft,
    /// Moves the cursor right by a word.
    WordRight,
    /// Moves the cursor to the start of the query.
    LineStart,
    /// Moves the cursor to the end of the query.
    LineEnd,
    /// Deletes the character before the cursor.
    DeleteBack,
    /// Deletes the character after the cursor.
    DeleteForward,
    /// Deletes the word before the cursor.
    DeleteWordBack,
    /// Deletes the word after the cursor.
    DeleteWordForward,
    /// Deletes everything before the cursor.
    DeleteToStart,
    /// Takes its default action from a key.
    Nothing,
}
