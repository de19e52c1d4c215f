//! The thread that turns queries into vectors; it answers the newest query only.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use super::recent::Recent;
use crate::base::causes;
use crate::base::latest::{LatestSlot, Receiver, latest_slot};
use crate::clip::Checkpoint;
use crate::library::{PictureEncoder, find_picture};
use crate::tui::app::effect::{FoundSubject, FoundTerm};
use crate::tui::app::event::Event;
use crate::tui::app::reading::{AskedSubject, AskedTerm};

/// The number of texts whose vectors are kept, at least: deleting letters and typing them again costs nothing, nor do the
/// other terms of a query that has as many as it may.
const REMEMBERED: usize = 1024;

/// The number of pictures whose vectors are kept.
const REMEMBERED_PICTURES: usize = 16;

/// The newest query that was not begun, with its generation.
type Request = Option<(u64, ToEmbed)>;
/// A vector of unit length.
type Embedding = Vec<f32>;

/// What is to be embedded.
enum ToEmbed {
    /// A query that is a text.
    Text(String),
    /// A query of several terms.
    Terms(Vec<AskedTerm>),
}

/// A handle to the thread. Nothing is answered after it was dropped.
pub(crate) struct TextWorker(LatestSlot<Request>);

impl TextWorker {
    /// Starts the thread, which first loads the text encoder and then waits for queries. The vision encoder is loaded when a
    /// query first names a picture's file, whose path may be relative to `folder`. The thread calls `send` with
    /// [`Event::ModelFailed`], [`Event::Unread`], [`Event::Embedded`], [`Event::TermsEmbedded`] and [`Event::EmbedFailed`].
    pub(crate) fn spawn(
        checkpoint: Checkpoint,
        folder: PathBuf,
        send: impl Fn(Event) + Send + Clone + 'static,
    ) -> std::io::Result<Self> {
        let mut pictures = Pictures {
            folder,
            encoder: PictureEncoder::new(checkpoint.clone()),
            remembered: Recent::new(REMEMBERED_PICTURES),
        };
        let tell = send.clone();
        let load = move || {
            let encoder = checkpoint.load_text().map_err(|error| error.to_string())?;
            Ok(move |text: &str| {
                if let Some(rest) = encoder.unread(text).map_err(|error| error.to_string())? {
                    tell(Event::Unread { text: text.to_owned(), rest: rest.to_owned() });
                }
                let mut embeddings = encoder.embed(&[text]).map_err(|error| error.to_string())?;
                embeddings.pop().ok_or_else(|| "the encoder gave no answer".to_owned())
            })
        };
        Self::spawn_with(load, move |path: &str| pictures.embed(path), send)
    }

    fn spawn_with<E>(
        load: impl FnOnce() -> Result<E, String> + Send + 'static,
        embed_file: impl FnMut(&str) -> Result<Embedding, String> + Send + 'static,
        send: impl Fn(Event) + Send + 'static,
    ) -> std::io::Result<Self>
    where
        E: Fn(&str) -> Result<Embedding, String>,
    {
        let (slot, receiver) = latest_slot();
        std::thread::Builder::new()
            .name("text-encoder".into())
            .spawn(move || run(&receiver, load, embed_file, &send))?;
        Ok(Self(slot))
    }

    /// Asks for the vector of `text`. An older query that was not begun is dropped unanswered.
    pub(crate) fn embed(&self, generation: u64, text: String) {
        self.0.send(|request| *request = Some((generation, ToEmbed::Text(text))));
    }

    /// Asks for the vectors of terms. An older query that was not begun is dropped unanswered.
    pub(crate) fn embed_terms(&self, generation: u64, terms: Vec<AskedTerm>) {
        self.0.send(|request| *request = Some((generation, ToEmbed::Terms(terms))));
    }
}

fn run<E>(
    receiver: &Receiver<Request>,
    load: impl FnOnce() -> Result<E, String>,
    mut embed_file: impl FnMut(&str) -> Result<Embedding, String>,
    send: &dyn Fn(Event),
) where
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
    let mut remembered: Recent<String, Embedding> = Recent::new(REMEMBERED);
    let mut embed_text = |text: String| {
        if let Some(embedding) = remembered.get(&text) {
            return Ok(embedding);
        }
        let embedding = match &encode {
            Ok(encode) => catching_panics(|| encode(&text))?,
            Err(reason) => return Err(reason.clone()),
        };
        remembered.put(text, embedding.clone());
        Ok(embedding)
    };
    let is_overtaken = || receiver.is_closed() || receiver.with(|request| request.is_some());
    while let Some((generation, to_embed)) = receiver.wait_for(Option::take) {
        send(match to_embed {
            ToEmbed::Text(text) => match embed_text(text) {
                Ok(embedding) => Event::Embedded { generation, vector: embedding.into() },
                Err(reason) => Event::EmbedFailed { generation, term: None, reason },
            },
            ToEmbed::Terms(terms) => match find(terms, &mut embed_text, &mut embed_file, is_overtaken) {
                Ok(terms) => Event::TermsEmbedded { generation, terms },
                Err(NotFound::Overtaken) => continue,
                Err(NotFound::Term(term, reason)) => {
                    Event::EmbedFailed { generation, term: Some(term), reason }
                }
            },
        });
    }
}

/// Why the vectors of a query's terms are not there.
enum NotFound {
    /// A newer query came. The vectors that were found are remembered.
    Overtaken,
    /// The term with this index can't be embedded, for this reason.
    Term(usize, String),
}

/// Embeds terms, as long as no newer query waits.
fn find(
    terms: Vec<AskedTerm>,
    mut embed_text: impl FnMut(String) -> Result<Embedding, String>,
    mut embed_file: impl FnMut(&str) -> Result<Embedding, String>,
    is_overtaken: impl Fn() -> bool,
) -> Result<Arc<[FoundTerm]>, NotFound> {
    let mut find_one = |subject| {
        Ok(match subject {
            AskedSubject::Text(text) => FoundSubject::Text(embed_text(text)?.into()),
            AskedSubject::File(path) => FoundSubject::Picture(catching_panics(|| embed_file(&path))?.into()),
            AskedSubject::Indexed(id) => FoundSubject::Indexed(id),
        })
    };
    let found = terms.into_iter().enumerate().map(|(number, AskedTerm { sign, weight, subject })| {
        if number > 0 && is_overtaken() {
            return Err(NotFound::Overtaken);
        }
        let subject = find_one(subject).map_err(|reason| NotFound::Term(number, reason))?;
        Ok(FoundTerm { sign, weight, subject })
    });
    found.collect()
}

/// The pictures in files that queries name.
struct Pictures {
    folder: PathBuf,
    encoder: PictureEncoder,
    /// By path and the file's time of change.
    remembered: Recent<(PathBuf, Option<SystemTime>), Embedding>,
}

impl Pictures {
    fn embed(&mut self, path: &str) -> Result<Embedding, String> {
        let path = find_picture(path, &self.folder).map_err(|problem| problem.to_string())?;
        let changed = std::fs::metadata(&path).and_then(|metadata| metadata.modified()).ok();
        let key = (path, changed);
        if let Some(embedding) = self.remembered.get(&key) {
            return Ok(embedding);
        }
        let embedding = self.encoder.embed(&key.0).map_err(|error| causes::in_words(&error))?;
        self.remembered.put(key, embedding.clone());
        Ok(embedding)
    }
}

/// Turns a panic into an error, so that whoever waits for an answer gets one.
fn catching_panics<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err("the encoder crashed".into()))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
    use std::time::Duration;

    use super::*;
    use crate::query::Sign;

    const SOON: Duration = Duration::from_secs(20);

    fn worker<E>(load: impl FnOnce() -> Result<E, String> + Send + 'static) -> (TextWorker, Receiver<Event>)
    where
        E: Fn(&str) -> Result<Embedding, String>,
    {
        let (sender, receiver) = channel();
        let embed_file = |path: &str| match path {
            "broken.jpg" => Err("it is no picture".to_owned()),
            "bad.jpg" => panic!("on purpose"),
            path => Ok(vec![path.len() as f32]),
        };
        let send = move |event| sender.send(event).unwrap();
        (TextWorker::spawn_with(load, embed_file, send).unwrap(), receiver)
    }

    /// The next answer: the generation, and the vector or the reason.
    #[track_caller]
    fn answer(events: &Receiver<Event>) -> (u64, Result<Vec<f32>, String>) {
        match events.recv_timeout(SOON).unwrap() {
            Event::Embedded { generation, vector } => (generation, Ok(vector.to_vec())),
            Event::EmbedFailed { generation, term: None, reason } => (generation, Err(reason)),
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
        assert_eq!(answer(&events), (1, Err("the encoder crashed".into())));
        crashing.embed(2, "good".into());
        assert_eq!(answer(&events), (2, Ok(vec![1.0])));
    }

    #[test]
    fn terms_are_embedded_in_their_order_or_the_bad_one_is_named() {
        let encode = |text: &str| Ok(vec![-(text.len() as f32)]);
        let (worker, events) = worker(move || Ok(encode));
        let term = |subject| AskedTerm { sign: Sign::Minus, weight: 2.0, subject };
        let file = |path: &str| term(AskedSubject::File(path.into()));
        let text = term(AskedSubject::Text("red".into()));
        worker.embed_terms(1, vec![text.clone(), file("a.jpg"), term(AskedSubject::Indexed(7))]);
        let event = events.recv_timeout(SOON).unwrap();
        let Event::TermsEmbedded { generation: 1, terms } = event else { panic!("{event:?}") };
        let expected = [
            FoundSubject::Text([-3.0].into()),
            FoundSubject::Picture([5.0].into()),
            FoundSubject::Indexed(7),
        ];
        let expected = expected.map(|subject| FoundTerm { sign: Sign::Minus, weight: 2.0, subject });
        assert_eq!(*terms, expected);
        for (path, expected) in [("broken.jpg", "it is no picture"), ("bad.jpg", "the encoder crashed")] {
            worker.embed_terms(2, vec![text.clone(), file(path)]);
            let event = events.recv_timeout(SOON).unwrap();
            let Event::EmbedFailed { generation: 2, term: Some(1), reason } = event else {
                panic!("{event:?}")
            };
            assert_eq!(reason, expected);
        }
    }

    #[test]
    fn a_newer_query_overtakes_between_terms_and_what_was_found_is_kept() {
        let (begun, has_begun) = channel();
        let (release, released) = channel::<()>();
        let encode = move |text: &str| {
            begun.send(text.to_owned()).unwrap();
            released.recv().unwrap();
            Ok(vec![text.len() as f32])
        };
        let (worker, events) = worker(move || Ok(encode));
        let term = |text: &str| {
            let subject = AskedSubject::Text(text.into());
            AskedTerm { sign: Sign::Plus, weight: 1.0, subject }
        };
        let next = || has_begun.recv_timeout(SOON).unwrap();
        worker.embed_terms(1, vec![term("a"), term("bb"), term("ccc")]);
        assert_eq!(next(), "a");
        worker.embed(2, "dddd".into());
        release.send(()).unwrap();
        assert_eq!(next(), "dddd");
        release.send(()).unwrap();
        assert_eq!(answer(&events), (2, Ok(vec![4.0])), "the overtaken query has no answer");
        worker.embed_terms(3, vec![term("a"), term("bb")]);
        assert_eq!(next(), "bb", "the first term was remembered");
        release.send(()).unwrap();
        let event = events.recv_timeout(SOON).unwrap();
        assert!(matches!(&event, Event::TermsEmbedded { generation: 3, .. }), "{event:?}");
    }

    #[test]
    fn dropping_the_worker_ends_the_thread() {
        let (worker, events) = worker(|| Ok(|_: &str| Ok(vec![1.0])));
        drop(worker);
        // The thread owns the sender: its end is the end of the channel.
        assert_eq!(events.recv_timeout(SOON).unwrap_err(), RecvTimeoutError::Disconnected);
    }
}
