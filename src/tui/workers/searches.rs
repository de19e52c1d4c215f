//! Saves and deletes searches.

use std::sync::Arc;

use crate::tui::app::event::Event;
use crate::tui::search_store::SearchStore;

/// What is to be done with a saved search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// Save a query under a name.
    Save { name: String, query: String },
    /// Delete the search of a name.
    Delete { name: String },
}

/// Starts a thread that changes a saved search and then sends [`Event::Searches`], or [`Event::Notice`] if that fails.
pub(crate) fn spawn(
    store: Option<Arc<dyn SearchStore>>,
    change: Change,
    send: impl Fn(Event) + Send + 'static,
) -> std::io::Result<()> {
    std::thread::Builder::new().name("searches".into()).spawn(move || {
        let Some(store) = store else {
            send(Event::Notice("searches can't be saved here".into()));
            return;
        };
        let (changed, words) = match &change {
            Change::Save { name, query } => {
                (store.save(name, query), format!("saved: search:{name} stands for it in a query"))
            }
            Change::Delete { name } => (store.delete(name), format!("deleted the saved search '{name}'")),
        };
        send(match changed {
            Ok(searches) => Event::Searches { searches, words },
            Err(reason) => Event::Notice(reason),
        });
    })?;
    Ok(())
}
