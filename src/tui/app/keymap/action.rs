//! What a key can do besides typing.

use std::str::FromStr;

use clap::ValueEnum;
use serde::Deserialize;

use crate::base::closest::closest;

/// What a key can do besides typing. The settings and `--bind` know the actions by these names in kebab case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Action {
    /// Chooses the marked pictures, or else the selected one.
    Accept,
    /// Goes back from the list of the marked, from similar pictures or from the full picture; takes marks away; or leaves.
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
    /// Marks all results.
    MarkAll,
    /// Marks the results that are not marked, and takes the marks of the others away.
    InvertMarks,
    /// Takes all marks away; without marks, brings back those that were taken away last.
    Unmark,
    /// Lists the marked pictures, or goes back to the results.
    ShowMarked,
    /// In the full picture, goes to the next one.
    NextPicture,
    /// In the full picture, goes to the previous one.
    PreviousPicture,
    /// In the full picture, looks closer.
    ZoomIn,
    /// In the full picture, looks less closely.
    ZoomOut,
    /// In the full picture, shows a pixel of the picture by each pixel of the screen.
    ActualSize,
    /// In the full picture, shows the whole of it.
    WholePicture,
    /// Moves over the picture to the left.
    PanLeft,
    /// Moves over the picture to the right.
    PanRight,
    /// Moves over the picture upwards.
    PanUp,
    /// Moves over the picture downwards.
    PanDown,
    /// In the full picture, has the keys type the query.
    TypeQuery,
    /// Opens or closes the group of look-alikes that the selected row stands for.
    OpenGroup,
    /// Marks the selected picture with all that look like it.
    MarkGroup,
    /// Folds look-alikes, or gives every picture a row.
    Fold,
    /// Shows all groups of look-alikes.
    LookAlikes,
    /// Among the look-alikes, asks whether all but the best of the selected group go to the trash.
    TrashRest,
    /// Among the look-alikes, asks whether all but the best of all groups go to the trash.
    TrashAllRest,
    /// Shows pictures similar to the marked ones, or else to the selected one.
    Like,
    /// Adds the marked pictures, or else the selected one, to the query: more like them.
    MoreLike,
    /// Adds the marked pictures, or else the selected one, to the query: less like them.
    LessLike,
    /// Takes the last change of the query back.
    UndoQuery,
    /// Asks for a name and saves the query under it.
    SaveSearch,
    /// Lists the saved searches.
    Searches,
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
    /// Shows the list with the selected picture beside it.
    LayoutBoth,
    /// Shows the contact sheet.
    LayoutSheet,
    /// Shows the selected picture alone.
    LayoutPicture,
    /// Shows the list alone.
    LayoutList,
    /// Shows only the pictures that really match the query, or all again.
    OnlyRelevant,
    /// Shows or hides the bars of the scores.
    ScoreBars,
    /// Stops the browser until the shell continues it.
    Suspend,
    /// Shows or hides the details of the selected picture.
    Details,
    /// Shows or hides the words that are nearest to the selected picture, among its details.
    Words,
    /// Shows the pictures that have the query in their text.
    ShowText,
    /// Scrolls up the text among the details of the selected picture.
    TextUp,
    /// Scrolls it down.
    TextDown,
    /// Opens the menu of actions.
    Menu,
    /// Asks whether to move the marked pictures, or else the selected one, to the trash.
    Trash,
    /// Brings back from the trash what went there last.
    Undo,
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

/// What actions are for. The help and the documents list them by this, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// To go from result to result.
    Results,
    /// To mark pictures.
    Marks,
    /// To do something with pictures.
    Pictures,
    /// To change what is seen.
    Layout,
    /// To edit the query.
    Query,
    /// To leave, and the like.
    Program,
}

impl Group {
    /// All groups.
    pub(crate) const ALL: [Self; 6] =
        [Self::Results, Self::Marks, Self::Pictures, Self::Layout, Self::Query, Self::Program];

    /// The heading.
    pub(crate) fn heading(self) -> &'static str {
        match self {
            Self::Results => "Results",
            Self::Marks => "Marks",
            Self::Pictures => "Pictures",
            Self::Layout => "Layout",
            Self::Query => "Query",
            Self::Program => "Program",
        }
    }
}

impl Action {
    /// What the action is for.
    pub(crate) fn group(self) -> Group {
        match self {
            Self::Up
            | Self::Down
            | Self::PageUp
            | Self::PageDown
            | Self::First
            | Self::Last
            | Self::NextPicture
            | Self::PreviousPicture => Group::Results,
            Self::OpenGroup | Self::Fold => Group::Results,
            Self::LookAlikes | Self::TrashRest | Self::TrashAllRest => Group::Pictures,
            Self::MarkDown
            | Self::MarkUp
            | Self::MarkGroup
            | Self::MarkAll
            | Self::InvertMarks
            | Self::Unmark
            | Self::ShowMarked => Group::Marks,
            Self::Accept
            | Self::Like
            | Self::MoreLike
            | Self::LessLike
            | Self::Copy
            | Self::Open
            | Self::Trash
            | Self::Undo
            | Self::Menu => Group::Pictures,
            Self::Arrange
            | Self::LayoutBoth
            | Self::LayoutSheet
            | Self::LayoutPicture
            | Self::LayoutList
            | Self::OnlyRelevant
            | Self::ScoreBars
            | Self::Details
            | Self::Words
            | Self::TextUp
            | Self::TextDown
            | Self::ZoomIn
            | Self::ZoomOut
            | Self::ActualSize
            | Self::WholePicture
            | Self::PanLeft
            | Self::PanRight
            | Self::PanUp
            | Self::PanDown
            | Self::SheetLarger
            | Self::SheetSmaller
            | Self::SheetUsual => Group::Layout,
            Self::HistoryBack
            | Self::HistoryForward
            | Self::UndoQuery
            | Self::SaveSearch
            | Self::Searches
            | Self::ShowText
            | Self::TypeQuery
            | Self::Left
            | Self::Right
            | Self::CursorLeft
            | Self::CursorRight
            | Self::Complete
            | Self::WordLeft
            | Self::WordRight
            | Self::LineStart
            | Self::LineEnd
            | Self::DeleteBack
            | Self::DeleteForward
            | Self::DeleteWordBack
            | Self::DeleteWordForward
            | Self::DeleteToStart => Group::Query,
            Self::Back | Self::Leave | Self::Suspend | Self::Retry | Self::Help | Self::Nothing => {
                Group::Program
            }
        }
    }
}

/// What other programs, fzf above all, call some of the actions.
const ELSEWHERE: [(&str, Action); 25] = [
    ("abort", Action::Leave),
    ("cancel", Action::Back),
    ("quit", Action::Leave),
    ("exit", Action::Leave),
    ("close", Action::Leave),
    ("toggle", Action::MarkDown),
    ("toggle-down", Action::MarkDown),
    ("toggle-up", Action::MarkUp),
    ("select", Action::MarkDown),
    ("mark", Action::MarkDown),
    ("select-all", Action::MarkAll),
    ("deselect-all", Action::Unmark),
    ("toggle-all", Action::InvertMarks),
    ("top", Action::First),
    ("bottom", Action::Last),
    ("previous-history", Action::HistoryBack),
    ("next-history", Action::HistoryForward),
    ("similar", Action::Like),
    ("yank", Action::Copy),
    ("layout", Action::Arrange),
    ("toggle-preview", Action::Arrange),
    ("ignore", Action::Nothing),
    ("unix-line-discard", Action::DeleteToStart),
    ("unix-word-rubout", Action::DeleteWordBack),
    ("kill-word", Action::DeleteWordForward),
];

impl Action {
    /// The name that the settings know the action by.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

impl FromStr for Action {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        ValueEnum::from_str(name, false).map_err(|_| {
            let elsewhere = ELSEWHERE.iter().find(|(known, _)| *known == name);
            let names: Vec<String> = Self::value_variants().iter().map(|action| action.name()).collect();
            let meant = elsewhere
                .map(|(_, action)| action.name())
                .or_else(|| closest(name, names.iter().map(String::as_str)).map(str::to_owned));
            match meant {
                Some(meant) => format!("'{name}' is no action: did you mean `{meant}`?"),
                None => format!("'{name}' is no action; there are {}", names.join(", ")),
            }
        })
    }
}

impl TryFrom<String> for Action {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        <Self as FromStr>::from_str(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_a_name_that_is_read_again() {
        for action in Action::value_variants() {
            assert_eq!(action.name().parse(), Ok(*action));
        }
        assert_eq!(Action::DeleteWordBack.name(), "delete-word-back");
    }

    #[test]
    fn a_name_that_is_none_says_which_was_meant() {
        for (wrong, meant) in
            [("quit", "`leave`"), ("abort", "`leave`"), ("leav", "`leave`"), ("page_up", "`page-up`")]
        {
            assert!(wrong.parse::<Action>().unwrap_err().contains(meant), "{wrong}");
        }
        assert!("frobnicate".parse::<Action>().unwrap_err().contains("accept, back, leave"));
    }
}
