//! The thread that finds the words that are nearest to a picture; the newest request only.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::base::causes;
use crate::base::latest::{LatestSlot, latest_slot};
use crate::clip::Checkpoint;
use crate::library::{TagList, own_words};
use crate::tui::app::event::Event;

/// The number of words for a picture.
const WORDS: usize = 8;

/// A picture by its id, and its vector.
type Request = Option<(i64, Arc<[f32]>)>;

/// A handle to the thread. Nothing is answered after it was dropped.
pub(crate) struct WordsWorker(LatestSlot<Request>);

impl WordsWorker {
    /// Starts the thread, which gets the vectors of the words at the first request. It calls `send` with [`Event::Words`],
    /// and with [`Event::Notice`] while the words are prepared, or if they can't be.
    pub(crate) fn spawn(
        checkpoint: Checkpoint,
        send: impl Fn(Event) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (slot, receiver) = latest_slot::<Request>();
        std::thread::Builder::new().name("words".into()).spawn(move || {
            let mut list: Option<Result<TagList, String>> = None;
            while let Some((id, vector)) = receiver.wait_for(Option::take) {
                match list.get_or_insert_with(|| load(&checkpoint, &send)) {
                    Ok(list) => send(Event::Words { id, words: list.nearest(&vector, WORDS) }),
                    Err(reason) => send(Event::Notice(format!("no words for pictures: {reason}"))),
                }
            }
        })?;
        Ok(Self(slot))
    }

    /// Asks for the words of a picture. An older request that was not begun is dropped.
    pub(crate) fn request(&self, id: i64, vector: Arc<[f32]>) {
        self.0.send(|request| *request = Some((id, vector)));
    }
}

fn load(checkpoint: &Checkpoint, send: &impl Fn(Event)) -> Result<TagList, String> {
    let words = own_words(checkpoint);
    let count = words.len();
    let waiting = || send(Event::Notice(format!("preparing {count} words, once for this model")));
    let load = || TagList::load(checkpoint, words, waiting);
    match catch_unwind(AssertUnwindSafe(load)) {
        Ok(loaded) => loaded.map_err(|error| causes::in_words(&error)),
        Err(_) => Err("the encoder crashed".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;
    use crate::library::embed_text;

    #[test]
    fn a_picture_gets_the_words_of_the_model() {
        let checkpoint = Checkpoint::find("demo").unwrap();
        let vector = embed_text(&checkpoint, "a lighthouse").unwrap();
        let (sender, events) = channel();
        let worker = WordsWorker::spawn(checkpoint, move |event| sender.send(event).unwrap()).unwrap();
        worker.request(7, vector.into());
        loop {
            match events.recv_timeout(Duration::from_secs(60)).unwrap() {
                Event::Words { id, words } => {
                    assert_eq!((id, words[0].word.as_str(), words.len()), (7, "lighthouse", WORDS));
                    break;
                }
                event => assert!(matches!(event, Event::Notice(_)), "{event:?}"),
            }
        }
    }
}
