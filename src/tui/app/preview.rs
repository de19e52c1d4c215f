//! The pictures that are shown or wanted, and what is known of their files.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use ratatui::layout::Size;

use crate::library::Tag;
use crate::tui::graphics::EncodedPicture;
use crate::tui::layout::Arrangement;

/// The preview pane.
#[derive(Debug, Default)]
pub(crate) struct Preview {
    /// The picture that was asked for last.
    pub wanted: Option<PreviewKey>,
    /// The picture that is shown; an older one stays until the next is ready.
    pub shown: Option<(PreviewKey, PreviewContent)>,
}

/// The small pictures of the contact sheet.
#[derive(Debug, Default)]
pub(crate) struct Thumbnails {
    /// The pictures whose cells are on the screen.
    pub wanted: Vec<PreviewKey>,
    /// Those of them that are ready.
    pub shown: HashMap<PreviewKey, PreviewContent>,
}

/// The details of the selected picture.
#[derive(Debug, Default)]
pub(crate) struct Details {
    /// Whether they are shown.
    pub visible: bool,
    /// The lines that they have room for: as many as those of any picture took since the panes were last laid out anew, so
    /// that the picture does not change its size whenever another one is selected.
    pub lines: u16,
    /// The panes for which that is.
    pub lines_of: Option<(Size, Arrangement)>,
    /// The file whose metadata was asked for last; absolute.
    pub wanted: Option<PathBuf>,
    /// The metadata that was read last, and of which file.
    pub known: Option<(PathBuf, Metadata)>,
    /// Whether the words that are nearest to the picture are shown among them.
    pub has_words: bool,
    /// The id of the picture whose words were asked for last.
    pub wanted_words: Option<i64>,
    /// The words that were found last, nearest first, and the id of their picture.
    pub words: Option<(i64, Vec<Tag>)>,
}

impl Details {
    /// The words for a picture, if they are to be shown.
    pub(crate) fn words_of(&self, id: i64) -> Option<String> {
        let found = self.words.as_ref().filter(|(of, _)| *of == id);
        let words = |tags: &[Tag]| {
            let words = tags.iter().map(|tag| format!("{} {:.2}", tag.word, tag.score));
            words.collect::<Vec<_>>().join(", ")
        };
        self.has_words.then(|| found.map_or_else(|| "...".to_owned(), |(_, tags)| words(tags)))
    }
}

/// Names and values of what a file says about its picture, in the order in which they are shown.
pub(crate) type Metadata = Vec<(&'static str, String)>;

/// A picture at a size in cells.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct PreviewKey {
    /// The absolute path of the file.
    pub path: PathBuf,
    /// The room for the picture in columns and rows.
    pub size: Size,
}

/// What became of a picture that was asked for.
#[derive(Debug, Clone)]
pub(crate) enum PreviewContent {
    /// The picture, encoded for the terminal, and the size of the whole picture in pixels.
    Picture { drawn: Drawn, width: u32, height: u32 },
    /// The reason why there is nothing to see.
    Unreadable(String),
}

/// A picture encoded for the terminal; cheap to clone.
#[derive(Clone)]
pub(crate) struct Drawn(pub Arc<EncodedPicture>);

impl fmt::Debug for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Drawn({})", self.0.size())
    }
}
