//! What can lie over the results.

use std::path::PathBuf;

use super::saved_boxes::{Naming, Picker};

/// A box over the results that takes the keys; one at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Overlay {
    /// The help; the index of its first visible row, and the text that its rows have to have.
    Help { first: usize, sought: String },
    /// The menu of actions; the index of the selected entry.
    Menu { selected: usize },
    /// The question whether these pictures, by id and absolute path, are to go to the trash.
    ConfirmTrash { pictures: Vec<(i64, PathBuf)> },
    /// The question under which name the query is to be saved.
    Naming(Naming),
    /// The list of saved searches.
    Picker(Picker),
    /// Why the model could not be downloaded, and what can be done.
    DownloadFailed,
}
