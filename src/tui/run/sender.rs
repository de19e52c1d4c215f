//! How the workers reach the loop.

use tokio::sync::mpsc;

use crate::tui::app::event::Event;

/// A function that sends events to the loop. Once the browser is left nobody listens, and events are dropped.
pub(super) fn sender_of(sender: &mpsc::Sender<Event>) -> impl Fn(Event) + Send + Sync + Clone + 'static {
    let sender = sender.clone();
    move |event| drop(sender.blocking_send(event))
}
