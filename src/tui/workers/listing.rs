//! Lists the names of the folder's pictures, while there is no model to index them with.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use crate::library::{self, Hit, WalkOptions};
use crate::tui::app::event::Event;

/// Starts a thread that lists the `top` newest pictures of `folder`, which lies in (or is) `root`, and then sends
/// [`Event::Listed`] or [`Event::ListFailed`].
pub(crate) fn spawn(
    root: PathBuf,
    folder: PathBuf,
    walk: WalkOptions,
    top: usize,
    send: impl Fn(Event) + Send + 'static,
) -> std::io::Result<()> {
    std::thread::Builder::new().name("listing".into()).spawn(move || {
        let list = || library::list(&root, &folder, &walk, top);
        send(match catch_unwind(AssertUnwindSafe(list)) {
            Ok(Ok(listing)) => {
                // Ids of the catalogue are positive.
                let numbered = || (1..).map(|number: i64| -number).zip(&listing.newest);
                let days = numbered().filter_map(|(id, (_, day))| Some((id, (*day)?))).collect();
                let hit = |(id, (path, _)): (i64, &(PathBuf, _))| Hit { id, path: path.clone(), score: None };
                let hits = numbered().map(hit).collect();
                Event::Listed { hits, days: Arc::new(days), pictures: listing.total }
            }
            Ok(Err(error)) => Event::ListFailed(format!("{:#}", anyhow::Error::new(error))),
            Err(_) => Event::ListFailed("the listing of the folder crashed".into()),
        });
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;

    #[test]
    fn names_get_ids_that_no_catalogue_has() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for name in ["a.png", "b.png", "c.png"] {
            std::fs::write(root.join(name), "").unwrap();
        }
        let (sender, events) = channel();
        let send = move |event| sender.send(event).unwrap();
        spawn(root.clone(), root, WalkOptions::default(), 2, send).unwrap();
        let event = events.recv_timeout(Duration::from_secs(20)).unwrap();
        let Event::Listed { hits, days, pictures: 3 } = event else { panic!("{event:?}") };
        assert_eq!(hits.iter().map(|hit| hit.id).collect::<Vec<_>>(), [-1, -2]);
        assert!(days.contains_key(&-1) && days.len() == 2, "{days:?}");
    }
}
