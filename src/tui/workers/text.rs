//! The thread that turns queries into vectors; it answers the newest query only.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::base::latest::{LatestSlot, Receiver, latest_slot};
use crate::clip::Checkpoint;
use crate::tui::app::event::Event;

/// The number of queries whose vectors are kept: deleting letters and typing them again costs nothing.
const REMEMBERED: usize = 128;

/// The newest query that was not begun, with its generation.
type Request = Option<(u64, String)>;
/// A vector of unit length.
type Embedding = Vec<f32>;

/// A handle to the thread. Nothing is answered after it was dropped.
pub(crate) struct TextWorker(LatestSlot<Request>);

impl TextWorker {
    /// Starts the thread, which first loads the text encoder and then waits for queries. It calls `send` with
    /// [`Event::ModelFailed`], [`Event::Embedded`] and [`Event::EmbedFailed`].
    pub(crate) fn spawn(
        checkpoint: Checkpoint,
        send: impl Fn(Event) + Send + 'static,
    ) -> std::io::Result<Self> {
        let load = move || {
            let encoder = checkpoint.load_text().map_err(|error| error.to_string())?;
            Ok(move |text: &str| {
                let mut embeddings = encoder.embed(&[text]).map_err(|error| error.to_string())?;
                embeddings.pop().ok_or_else(|| "the encoder gave no answer".to_owned())
            })
        };
        Self::spawn_with(load, send)
    }

    fn spawn_with<E>(
        load: impl FnOnce() -> Result<E, String> + Send + 'static,
        send: impl Fn(Event) + Send + 'static,
    ) -> std::io::Result<Self>
    where
        E: Fn(&str) -> Result<Embedding, String>,
    {
        let (slot, receiver) = latest_slot();
        std::thread::Builder::new().name("text-encoder".into()).spawn(move || run(&receiver, load, &send))?;
        Ok(Self(slot))
    }

    /// Asks for the vector of `text`. An older query that was not begun is dropped unanswered.
    pub(crate) fn embed(&self, generation: u64, text: String) {
        self.0.send(|request| *request = Some((generation, text)));
    }
}

fn run<E>(receiver: &Receiver<Request>, load: impl FnOnce() -> Result<E, String>, send: &dyn Fn(Event))
where
    E: Fn(&str) -> Result<Embedding, String>,
{
    let send = |event| {
        if !receiver.is_closed() {
            send(event);
        }
    };
    let encode = catching_panics(load);
    if let Err(reason) = &encode {
        send(Event::ModelFailed(reason.clone()));
    }
    let mut remembered: VecDeque<(String, Embedding)> = VecDeque::new();
    while let Some((generation, text)) = receiver.wait_for(Option::take) {
        let known = remembered.iter().position(|(known, _)| *known == text);
        let result = match (known.and_then(|at| remembered.remove(at)), &encode) {
            (Some((_, embedding)), _) => Ok(embedding),
            (None, Ok(encode)) => catching_panics(|| encode(&text)),
            (None, Err(reason)) => Err(reason.clone()),
        };
        send(match result {
            Ok(embedding) => {
                remembered.truncate(REMEMBERED - 1);
                remembered.push_front((text, embedding.clone()));
                Event::Embedded { generation, vector: embedding.into() }
            }
            Err(reason) => Event::EmbedFailed { generation, reason },
        });
    }
}

/// Turns a panic into an error, so that whoever waits for an answer gets one.
fn catching_panics<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err("the text encoder crashed".into()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
    use std::time::Duration;

    use super::*;

    const SOON: Duration = Duration::from_secs(20);

    fn worker<E>(load: impl FnOnce() -> Result<E, String> + Send + 'static) -> (TextWorker, Receiver<Event>)
    where
        E: Fn(&str) -> Result<Embedding, String>,
    {
        let (sender, receiver) = channel();
        (TextWorker::spawn_with(load, move |event| sender.send(event).unwrap()).unwrap(), receiver)
    }

    /// The next answer: the generation, and the vector or the reason.
    #[track_caller]
    fn answer(events: &Receiver<Event>) -> (u64, Result<Vec<f32>, String>) {
        match events.recv_timeout(SOON).unwrap() {
            Event::Embedded { generation, vector } => (generation, Ok(vector.to_vec())),
            Event::EmbedFailed { generation, reason } => (generation, Err(reason)),
            event => panic!("{event:?}"),
        }
    }

    #[test]
    fn only_the_newest_waiting_query_is_answered() {
        let (begun, has_begun) = channel();
        let (release, released) = channel::<()>();
        let encode = move |text: &str| {
            begun.send(()).unwrap();
            released.recv().unwrap();
            Ok(vec![text.len() as f32])
        };
        let (worker, events) = worker(move || Ok(encode));
        worker.embed(1, "a".into());
        has_begun.recv_timeout(SOON).unwrap();
        worker.embed(2, "ab".into());
        worker.embed(3, "abc".into());
        release.send(()).unwrap();
        release.send(()).unwrap();
        assert_eq!(answer(&events), (1, Ok(vec![1.0])));
        assert_eq!(answer(&events), (3, Ok(vec![3.0])));
    }

    #[test]
    fn a_query_seen_before_is_not_encoded_again() {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let encode = move |_: &str| Ok(vec![counted.fetch_add(1, Ordering::SeqCst) as f32]);
        let (worker, events) = worker(move || Ok(encode));
        for (generation, text, value) in [(1, "x", 0.0), (2, "y", 1.0), (3, "x", 0.0)] {
            worker.embed(generation, text.into());
            assert_eq!(answer(&events), (generation, Ok(vec![value])));
        }
        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn failures_and_crashes_are_answers() {
        let (failed, events) = worker(|| Err::<fn(&str) -> Result<Embedding, String>, _>("no file".into()));
        let event = events.recv_timeout(SOON).unwrap();
        assert!(matches!(&event, Event::ModelFailed(reason) if reason == "no file"), "{event:?}");
        failed.embed(7, "x".into());
        assert_eq!(answer(&events), (7, Err("no file".into())));

        let encode = |text: &str| if text == "bad" { panic!("on purpose") } else { Ok(vec![1.0]) };
        let (crashing, events) = worker(move || Ok(encode));
        crashing.embed(1, "bad".into());
        assert_eq!(answer(&events), (1, Err("the text encoder crashed".into())));
        crashing.embed(2, "good".into());
        assert_eq!(answer(&events), (2, Ok(vec![1.0])));
    }

    #[test]
    fn dropping_the_worker_ends_the_thread() {
        let (worker, events) = worker(|| Ok(|_: &str| Ok(vec![1.0])));
        drop(worker);
        // The thread owns the sender: its end is the end of the channel.
        assert_eq!(events.recv_timeout(SOON).unwrap_err(), RecvTimeoutError::Disconnected);
    }
}
