//! What went to the trash since the browser was opened.

use std::path::PathBuf;

/// A picture that was moved to the trash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TrashedPicture {
    /// Its id in the catalogue; below 0 if only its name is known.
    pub id: i64,
    /// Its absolute path, as the results have it.
    pub path: PathBuf,
    /// The path that the trash knows: the same, its folder resolved.
    pub place: PathBuf,
    /// The device and the number of its file, by which it is told from others of the same path; `None` where the system has
    /// no such.
    pub file: Option<(u64, u64)>,
}

/// What can be brought back from the trash: the moves of this session, the last one at the end.
#[derive(Debug, Default)]
pub(crate) struct TrashHistory {
    moves: Vec<Move>,
}

/// The pictures that went to the trash together.
#[derive(Debug)]
pub(crate) struct Move {
    /// The pictures.
    pub pictures: Vec<TrashedPicture>,
    /// The ids of those that were marked.
    pub marked: Vec<i64>,
}

impl TrashHistory {
    /// Notes a move.
    pub(crate) fn push(&mut self, last: Move) {
        self.moves.push(last);
    }

    /// Takes the last move out.
    pub(crate) fn pop(&mut self) -> Option<Move> {
        self.moves.pop()
    }

    /// Puts back what could not be undone: after older moves, which it must not stand in the way of.
    pub(crate) fn put_back(&mut self, kept: Move) {
        self.moves.insert(0, kept);
    }
}
