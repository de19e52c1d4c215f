//! Moves pictures to the system's trash, and tells the catalogue, behind the browser.

use std::path::PathBuf;

use crate::collection::Collection;
use crate::paths;
use crate::tui::display::counted;
use crate::tui::event::Event;

/// Starts a thread that moves the pictures, given by id and absolute path, and then sends [`Event::Trashed`].
///
/// # Errors
/// When the system has no thread left.
pub(super) fn spawn(
    collection: Collection,
    pictures: Vec<(i64, PathBuf)>,
    send: impl Fn(Event) + Send + 'static,
) -> std::io::Result<()> {
    std::thread::Builder::new().name("trash".into()).spawn(move || {
        let (ids, failure) = move_all(pictures);
        let mut words = format!("{} moved to the trash", counted(ids.len(), "picture"));
        if let Err(error) = collection.remove(&ids) {
            words = format!("{words}, but the index still has them: {error:#}");
        }
        if let Some(failure) = failure {
            words = format!("{words}; {failure}");
        }
        send(Event::Trashed { ids, words });
    })?;
    Ok(())
}

/// The ids of those that were moved, and what was wrong with the first that was not.
fn move_all(pictures: Vec<(i64, PathBuf)>) -> (Vec<i64>, Option<String>) {
    let (mut moved, mut failure) = (Vec::new(), None);
    for (id, path) in pictures {
        match trash::delete(&path) {
            Ok(()) => moved.push(id),
            Err(error) => {
                tracing::warn!("'{}' can't be moved to the trash: {error}", path.display());
                failure.get_or_insert_with(|| format!("not {}: {error}", paths::display(&path)));
            }
        }
    }
    (moved, failure)
}
