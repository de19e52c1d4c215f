//! The thread that has the index in memory and answers the newest question.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::latest::{LatestSlot, Received, Receiver, latest_slot};
use crate::clip::Checkpoint;
use crate::library::{
    BrowsedStore, Collection, EmbeddedTerm, Folded, Hit, Narrowing, PathSet, SharedPlace, Target,
    open_browsed,
};
use crate::query::{Filter, Test};
use crate::tui::app::effect::{FoundSubject, FoundTerm, Question};
use crate::tui::app::event::Event;
use crate::tui::app::results::Days;
use crate::tui::display::counted;

/// How often the index is checked for changes by other processes.
const RECHECK: Duration = Duration::from_secs(1);

/// How long nothing has to be asked before texts are counted: whoever types on is not to wait for that.
const UNHURRIED: Duration = Duration::from_millis(60);

/// A question, with its generation and what narrows the answer.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The generation.
    pub generation: u64,
    /// The question.
    pub question: Question,
    /// The filters and the order.
    pub narrowing: Arc<Narrowing>,
}

/// The beginning of a filter's value, to which values are looked for.
#[derive(Debug)]
pub(crate) struct Completion {
    /// The whole query.
    pub text: String,
    /// The filter's name.
    pub name: &'static str,
    /// The beginning of the value.
    pub typed: String,
}

/// What the worker is to do next. A newer question replaces an older one.
#[derive(Default)]
struct Request {
    question: Option<Asked>,
    completion: Option<Completion>,
    /// The picture whose vector is wanted.
    vector_of: Option<i64>,
    /// The picture whose text is wanted.
    text_of: Option<i64>,
    /// The generation of a question, and its text, for which pictures with this text in them are to be counted.
    count_texts: Option<(u64, String)>,
    refresh: bool,
    /// Whether the last question is to be answered again.
    again: bool,
    fold: Option<bool>,
}

/// What is searched with which model: the index of a collection, or a store elsewhere in its place.
pub(crate) type Searched = (Collection, Checkpoint, Option<SharedPlace>);

/// A handle to the thread.
pub(crate) struct SearchWorker(LatestSlot<Request>);

impl SearchWorker {
    /// Starts the thread, which first loads the index. Answers have at most `top` hits, all of them from the list `among` if
    /// there is one. The thread calls `send` with
    /// [`Event::Calibrated`], [`Event::Dated`], [`Event::Folded`], [`Event::Answered`], [`Event::Completions`], [`Event::EmbedFailed`], [`Event::SearchFailed`] and [`Event::Notice`].
    pub(crate) fn spawn(
        searched: Searched,
        (top, among): (usize, Option<Arc<PathSet>>),
        send: impl Fn(Event) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (slot, receiver) = latest_slot();
        std::thread::Builder::new().name("search".into()).spawn(move || {
            let work = || serve(&searched, (top, among.clone()), &receiver, &send);
            match catch_unwind(AssertUnwindSafe(work)) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => send(Event::SearchFailed(format!("{error:#}"))),
                Err(_) => send(Event::SearchFailed("the search crashed: start pixseek again".into())),
            }
        })?;
        Ok(Self(slot))
    }

    /// Asks a question. An older one that was not begun is dropped.
    pub(crate) fn ask(&self, asked: Asked) {
        self.0.send(|request| request.question = Some(asked));
    }

    /// Asks for the values of a filter.
    pub(crate) fn complete(&self, completion: Completion) {
        self.0.send(|request| request.completion = Some(completion));
    }

    /// Asks for the vector of a picture.
    pub(crate) fn find_vector(&self, id: i64) {
        self.0.send(|request| request.vector_of = Some(id));
    }

    /// Asks for the text of a picture.
    pub(crate) fn read_text(&self, id: i64) {
        self.0.send(|request| request.text_of = Some(id));
    }

    /// Asks how many pictures have the words of a text, one after the other, in theirs.
    pub(crate) fn count_texts(&self, generation: u64, text: String) {
        self.0.send(|request| request.count_texts = Some((generation, text)));
    }

    /// Asks for the last question to be answered again.
    pub(crate) fn answer_again(&self) {
        self.0.send(|request| request.again = true);
    }

    /// Has answers folded by look-alikes from now on, or not, and the last question answered again.
    pub(crate) fn fold(&self, on: bool) {
        self.0.send(|request| request.fold = Some(on));
    }

    /// Asks for what was committed to be read. If it changes anything, the last question is answered again.
    pub(crate) fn refresh(&self) {
        self.0.send(|request| request.refresh = true);
    }
}

fn serve(
    (collection, checkpoint, shared): &Searched,
    (top, among): (usize, Option<Arc<PathSet>>),
    receiver: &Receiver<Request>,
    send: &dyn Fn(Event),
) -> anyhow::Result<()> {
    let mut store = open_browsed(collection, checkpoint, shared.as_ref())?;
    let store = store.as_mut();
    store.limit_to(among)?;
    let mut last: Option<Asked> = None;
    let mut refresh_failed = false;
    let mut checked = Instant::now();
    let mut asked_at = Instant::now();
    let mut to_count: Option<(u64, String)> = None;
    loop {
        let timeout = store.wait(asked_at.elapsed());
        let timeout = if to_count.is_some() { timeout.min(UNHURRIED) } else { timeout };
        let refresh = match receiver.wait(timeout) {
            Received::Closed => return Ok(()),
            Received::TimedOut if to_count.is_some() => {
                if let Some((generation, text)) = to_count.take() {
                    let count = store.count_with_text(&text).unwrap_or_default();
                    send(Event::TextsCounted { generation, count });
                }
                false
            }
            Received::TimedOut => {
                let step = store.step(asked_at.elapsed());
                if let Some(cutoff) = step.calibrated {
                    send(Event::Calibrated { cutoff, at: Instant::now() });
                }
                if let Some(pictures) = step.preparing {
                    send(Event::Notice(format!(
                        "preparing quicker search of {}",
                        counted(pictures, "picture")
                    )));
                }
                if let Some(asked) = last.as_ref().filter(|_| step.changed) {
                    answer(store, asked, top, send);
                }
                checked.elapsed() >= RECHECK
            }
            Received::Latest(request) => {
                let Request { question, completion, vector_of, text_of, count_texts, refresh, again, fold } =
                    request;
                if question.is_some() {
                    (asked_at, to_count) = (Instant::now(), None);
                }
                if let Some(on) = fold {
                    store.fold(on);
                    if let Some(asked) = last.as_ref().filter(|_| question.is_none()) {
                        answer(store, asked, top, send);
                    }
                }
                if let Some(asked) = last.as_ref().filter(|_| again && question.is_none()) {
                    answer(store, asked, top, send);
                }
                if let Some(asked) = question {
                    answer(store, &asked, top, send);
                    last = Some(asked);
                }
                if let Some(id) = vector_of {
                    match store.vector(id) {
                        Ok(Some(vector)) => send(Event::Vector { id, vector: vector.into() }),
                        Ok(None) => {}
                        Err(error) => send(Event::Notice(error.to_string())),
                    }
                }
                if let Some(id) = text_of {
                    // What can't be read is as good as no text: the next question tells.
                    send(Event::PictureText { id, text: store.text(id).unwrap_or_default() });
                }
                to_count = count_texts.or(to_count);
                if let Some(Completion { text, name, typed }) = completion {
                    send(match store.values(name, &typed) {
                        Ok(values) => Event::Completions { text, values, at: Instant::now() },
                        Err(error) => Event::Notice(error.to_string()),
                    });
                }
                refresh
            }
        };
        if !refresh {
            continue;
        }
        checked = Instant::now();
        match store.refresh() {
            Ok(changed) => {
                refresh_failed = false;
                if let Some(asked) = last.as_ref().filter(|_| changed) {
                    answer(store, asked, top, send);
                }
            }
            // Another process may lock the catalogue for a while, or a server be gone. The user is told once; each check tries again.
            Err(error) if !refresh_failed => {
                refresh_failed = true;
                send(Event::SearchFailed(format!("{:#}", anyhow::Error::new(error))));
            }
            Err(_) => {}
        }
    }
}

/// Results, what is folded beneath them, and the days of all of these if they are in that order.
type Found = (Vec<Hit>, Folded, Days);

/// Sends the answer to a question, behind the days of its pictures if they are in that order, and behind what is folded
/// beneath them. About look-alikes there is none before they were found.
fn answer(store: &mut dyn BrowsedStore, asked: &Asked, top: usize, send: &dyn Fn(Event)) {
    let generation = asked.generation;
    let found = match asked.question {
        Question::LookAlikes => match store.look_alikes() {
            Some((best, others)) => Ok((best, others, Days::new())),
            None => return,
        },
        _ => found(store, asked, top),
    };
    match found {
        Ok((hits, folded, days)) => {
            let asks_text = |filter: &Filter| matches!(filter.test, Test::Text(_));
            if hits.is_empty()
                && asked.narrowing.filters.iter().any(asks_text)
                && store.has_texts().is_ok_and(|has| !has)
            {
                send(Event::Notice(
                    "no text was read in these pictures yet: `pixseek index --ocr` does".into(),
                ));
            }
            if !days.is_empty() {
                send(Event::Dated { generation, days: Arc::new(days) });
            }
            if !folded.is_empty() {
                send(Event::Folded { generation, folded: Arc::new(folded) });
            }
            send(Event::Answered { generation, hits, pictures: store.pictures(), at: Instant::now() });
        }
        Err((term, reason)) => send(Event::EmbedFailed { generation, term, reason }),
    }
}

/// The answer to a question, and what is folded beneath it; or the index of the term that spoils it, if it is one, and the reason.
fn found(store: &mut dyn BrowsedStore, asked: &Asked, top: usize) -> Result<Found, (Option<usize>, String)> {
    let terms;
    let target = match &asked.question {
        Question::Newest | Question::LookAlikes => Target::Anything,
        Question::Nearest(vector) => Target::Vector(vector),
        Question::Terms(found) => {
            terms = embedded(store, found)?;
            Target::Terms(&terms)
        }
        Question::SimilarTo(ids) => {
            let similar = store.similar(ids, top).map_err(|error| (None, error.to_string()));
            return similar.map(|(hits, folded)| (hits, folded, Days::new()));
        }
    };
    let answer = store.answer(target, &asked.narrowing, top);
    answer.map(|answer| (answer.hits, answer.folded, answer.days)).map_err(|error| (None, error.to_string()))
}

/// The vectors of terms; or the index of the one whose picture is gone, and these words.
fn embedded(
    store: &mut dyn BrowsedStore,
    terms: &[FoundTerm],
) -> Result<Vec<EmbeddedTerm>, (Option<usize>, String)> {
    let embedded = terms.iter().enumerate().map(|(number, term)| {
        let (is_picture, vector) = match &term.subject {
            FoundSubject::Text(vector) => (false, vector.to_vec()),
            FoundSubject::Picture(vector) => (true, vector.to_vec()),
            FoundSubject::Indexed(id) => match store.vector(*id) {
                Ok(Some(vector)) => (true, vector),
                Ok(None) => return Err((Some(number), "this picture is gone".to_owned())),
                Err(error) => return Err((Some(number), error.to_string())),
            },
        };
        Ok(EmbeddedTerm { sign: term.sign, weight: term.weight, is_picture, vector })
    });
    embedded.collect()
}
