//! A text encoder on a thread of its own, which answers the newest query only.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::embedding::Embedding;
use super::encoder::TextEncoder;
use super::error::ModelError;

/// Queries whose embeddings are kept: deleting letters and typing them again costs nothing.
const REMEMBERED: usize = 128;

/// What the worker tells; called on its thread.
#[derive(Debug, Clone, PartialEq)]
pub enum TextAnswer {
    /// The encoder is ready.
    Loaded,
    /// The encoder could not be loaded: every query will fail with the same message.
    LoadFailed(String),
    /// The answer to the query that was submitted with this generation.
    Embedded {
        /// As submitted.
        generation: u64,
        /// Unit length.
        result: Result<Embedding, String>,
    },
}

/// A thread that turns queries into embeddings. Dropping it ends the thread without waiting for it:
/// nothing is answered after that.
pub struct TextWorker {
    shared: Arc<Shared>,
}

struct Shared {
    inbox: Mutex<Inbox>,
    changed: Condvar,
}

#[derive(Default)]
struct Inbox {
    /// The newest query that was not begun.
    query: Option<(u64, String)>,
    closed: bool,
}

impl TextWorker {
    /// Starts the thread, which first calls `load` and then waits for queries. `answer` is called on
    /// that thread and must not block for long.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn spawn(
        load: impl FnOnce() -> Result<TextEncoder, ModelError> + Send + 'static,
        answer: impl Fn(TextAnswer) + Send + 'static,
    ) -> std::io::Result<Self> {
        Self::spawn_with(
            move || {
                let encoder = load().map_err(|error| error.to_string())?;
                Ok(move |text: &str| {
                    let mut embeddings = encoder.embed(&[text]).map_err(|error| error.to_string())?;
                    embeddings.pop().ok_or_else(|| "the encoder gave no answer".to_owned())
                })
            },
            answer,
        )
    }

    fn spawn_with<E>(
        load: impl FnOnce() -> Result<E, String> + Send + 'static,
        answer: impl Fn(TextAnswer) + Send + 'static,
    ) -> std::io::Result<Self>
    where
        E: Fn(&str) -> Result<Embedding, String>,
    {
        let shared = Arc::new(Shared { inbox: Mutex::default(), changed: Condvar::new() });
        let theirs = Arc::clone(&shared);
        std::thread::Builder::new().name("text-encoder".into()).spawn(move || theirs.run(load, &answer))?;
        Ok(Self { shared })
    }

    /// Asks for the embedding of `text`. An older query that was not begun is dropped unanswered.
    pub fn submit(&self, generation: u64, text: impl Into<String>) {
        self.shared.lock().query = Some((generation, text.into()));
        self.shared.changed.notify_one();
    }
}

impl Drop for TextWorker {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inbox> {
        // The inbox is consistent at every moment: a panic elsewhere can't have broken it.
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run<E>(&self, load: impl FnOnce() -> Result<E, String>, answer: &dyn Fn(TextAnswer))
    where
        E: Fn(&str) -> Result<Embedding, String>,
    {
        let answer = |message| {
            if !self.lock().closed {
                answer(message);
            }
        };
        let encode = guard(load);
        answer(match &encode {
            Ok(_) => TextAnswer::Loaded,
            Err(message) => TextAnswer::LoadFailed(message.clone()),
        });
        let mut remembered: VecDeque<(String, Embedding)> = VecDeque::new();
        while let Some((generation, text)) = self.next() {
            let known = remembered.iter().position(|(known, _)| *known == text);
            let result = match (known.and_then(|i| remembered.remove(i)), &encode) {
                (Some((_, embedding)), _) => Ok(embedding),
                (None, Ok(encode)) => guard(|| encode(&text)),
                (None, Err(message)) => Err(message.clone()),
            };
            if let Ok(embedding) = &result {
                remembered.truncate(REMEMBERED - 1);
                remembered.push_front((text, embedding.clone()));
            }
            answer(TextAnswer::Embedded { generation, result });
        }
    }

    /// Waits for a query; none is the end.
    fn next(&self) -> Option<(u64, String)> {
        let mut inbox = self.lock();
        loop {
            if inbox.closed {
                return None;
            }
            if let Some(query) = inbox.query.take() {
                return Some(query);
            }
            inbox = self.changed.wait(inbox).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Turns a panic into an error: whoever waits for an answer gets one.
fn guard<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err("the text encoder crashed".into()))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::time::Duration;

    use super::*;

    const SOON: Duration = Duration::from_secs(20);

    fn answers() -> (Sender<TextAnswer>, Receiver<TextAnswer>) {
        channel()
    }

    fn send(sender: Sender<TextAnswer>) -> impl Fn(TextAnswer) + Send + 'static {
        move |answer| sender.send(answer).unwrap()
    }

    fn embedded(generation: u64, value: f32) -> TextAnswer {
        TextAnswer::Embedded { generation, result: Ok(vec![value]) }
    }

    #[test]
    fn only_the_newest_waiting_query_is_answered() {
        let (sender, receiver) = answers();
        let (begun, has_begun) = channel();
        let (release, released) = channel::<()>();
        let encode = move |text: &str| {
            begun.send(()).unwrap();
            released.recv().unwrap();
            Ok(vec![text.len() as f32])
        };
        let worker = TextWorker::spawn_with(move || Ok(encode), send(sender)).unwrap();
        assert_eq!(receiver.recv_timeout(SOON).unwrap(), TextAnswer::Loaded);
        worker.submit(1, "a");
        has_begun.recv_timeout(SOON).unwrap();
        worker.submit(2, "ab");
        worker.submit(3, "abc");
        release.send(()).unwrap();
        release.send(()).unwrap();
        assert_eq!(receiver.recv_timeout(SOON).unwrap(), embedded(1, 1.0));
        assert_eq!(receiver.recv_timeout(SOON).unwrap(), embedded(3, 3.0));
    }

    #[test]
    fn a_query_seen_before_is_not_encoded_again() {
        let (sender, receiver) = answers();
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let encode = move |_: &str| Ok(vec![counted.fetch_add(1, Ordering::SeqCst) as f32]);
        let worker = TextWorker::spawn_with(move || Ok(encode), send(sender)).unwrap();
        assert_eq!(receiver.recv_timeout(SOON).unwrap(), TextAnswer::Loaded);
        for (generation, text, value) in [(1, "x", 0.0), (2, "y", 1.0), (3, "x", 0.0)] {
            worker.submit(generation, text);
            assert_eq!(receiver.recv_timeout(SOON).unwrap(), embedded(generation, value));
        }
        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn failures_and_crashes_are_answers() {
        let (sender, receiver) = answers();
        let load = || Err::<fn(&str) -> Result<Embedding, String>, _>("no file".into());
        let worker = TextWorker::spawn_with(load, send(sender)).unwrap();
        assert_eq!(receiver.recv_timeout(SOON).unwrap(), TextAnswer::LoadFailed("no file".into()));
        worker.submit(7, "x");
        let failed = TextAnswer::Embedded { generation: 7, result: Err("no file".into()) };
        assert_eq!(receiver.recv_timeout(SOON).unwrap(), failed);

        let (sender, receiver) = answers();
        let encode = |text: &str| if text == "bad" { panic!("on purpose") } else { Ok(vec![1.0]) };
        let worker = TextWorker::spawn_with(move || Ok(encode), send(sender)).unwrap();
        assert_eq!(receiver.recv_timeout(SOON).unwrap(), TextAnswer::Loaded);
        worker.submit(1, "bad");
        let crashed = TextAnswer::Embedded { generation: 1, result: Err("the text encoder crashed".into()) };
        assert_eq!(receiver.recv_timeout(SOON).unwrap(), crashed);
        worker.submit(2, "good");
        assert_eq!(receiver.recv_timeout(SOON).unwrap(), embedded(2, 1.0));
    }

    #[test]
    fn dropping_the_worker_ends_the_thread() {
        let (sender, receiver) = answers();
        let worker = TextWorker::spawn_with(|| Ok(|_: &str| Ok(vec![1.0])), send(sender)).unwrap();
        drop(worker);
        // The thread owns the sender: its end is the end of the channel.
        loop {
            match receiver.recv_timeout(SOON) {
                Ok(answer) => assert_eq!(answer, TextAnswer::Loaded),
                Err(error) => return assert_eq!(error, std::sync::mpsc::RecvTimeoutError::Disconnected),
            }
        }
    }
}
