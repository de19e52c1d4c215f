//! Moves pictures to the trash of the system, and takes them out of the index.

use std::path::PathBuf;

use super::restore::file_id;
use super::words::{refusal, report};
use crate::base::paths;
use crate::library::{Boundary, Collection};
use crate::tui::app::event::Event;
use crate::tui::app::trashed::TrashedPicture;
use crate::tui::display::counted;

/// Starts a thread that moves the pictures that lie within `boundary`, given by id and absolute path, and then sends
/// [`Event::Trashed`]. Without a collection, there is no index yet that has them.
pub(crate) fn spawn(
    collection: Option<Collection>,
    boundary: Boundary,
    pictures: Vec<(i64, PathBuf)>,
    send: impl Fn(Event) + Send + 'static,
) -> std::io::Result<()> {
    std::thread::Builder::new().name("trash".into()).spawn(move || {
        let (moved, failure) = move_all(&boundary, pictures);
        let ids: Vec<i64> = moved.iter().map(|picture| picture.id).collect();
        let taken_out = collection.map_or(Ok(()), |collection| collection.mark_removed(&ids));
        let done = format!("{} moved to the trash", counted(ids.len(), "picture"));
        let words = report(done, ("the index still has them", taken_out), failure);
        send(Event::Trashed { pictures: moved, words });
    })?;
    Ok(())
}

/// Moves the pictures. Returns those that were moved, and why the first of the others was not.
fn move_all(boundary: &Boundary, pictures: Vec<(i64, PathBuf)>) -> (Vec<TrashedPicture>, Option<String>) {
    let (mut moved, mut failure) = (Vec::new(), None);
    for (id, path) in pictures {
        // The file system is asked just before: the catalogue may be from a stranger, and a folder may be a link by now.
        let resolved = boundary.resolve(&path).map_err(|error| refusal(&error));
        let place = resolved.and_then(|place| {
            let file = file_id(&place);
            trash::delete(&place).map_err(|error| error.to_string())?;
            Ok((place, file))
        });
        match place {
            Ok((place, file)) => moved.push(TrashedPicture { id, path, place, file }),
            Err(error) => {
                tracing::warn!("'{}' can't be moved to the trash: {error}", paths::display(&path));
                failure.get_or_insert_with(|| format!("{} was not moved: {error}", paths::display(&path)));
            }
        }
    }
    (moved, failure)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_lies_outside_the_folder_is_not_moved() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let root = folder.path().canonicalize().unwrap();
        let outside = elsewhere.path().canonicalize().unwrap().join("a.png");
        fs::write(&outside, "").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(elsewhere.path(), root.join("link")).unwrap();
        for path in [outside.clone(), root.join("../a.png"), root.clone(), root.join("link/a.png")] {
            let (moved, failure) = move_all(&Boundary::new(&root, false), vec![(1, path.clone())]);
            assert!(moved.is_empty() && failure.is_some(), "{path:?}");
        }
        assert!(outside.exists());
    }
}
