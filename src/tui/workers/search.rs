//! The thread that has the index in memory and answers the newest question.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::look_alikes::LookAlikes;
use super::scores::Scores;
use crate::base::latest::{LatestSlot, Received, Receiver, latest_slot};
use crate::clip::Checkpoint;
use crate::library::{
    BackgroundMaintenance, Catalog, Collection, EmbeddedTerm, Folded, Hit, Narrowing, PathSet, Searcher,
    Target, model_key,
};
use crate::query::{Filter, Test};
use crate::tui::app::effect::{FoundSubject, FoundTerm, Question};
use crate::tui::app::event::Event;
use crate::tui::app::results::Days;
use crate::tui::display::counted;

/// How often the catalogue is checked for changes by other processes.
const RECHECK: Duration = Duration::from_secs(1);

/// How long nothing has to be asked before the facts that filters compare are read ahead.
const SETTLED: Duration = Duration::from_millis(200);

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

/// A handle to the thread.
pub(crate) struct SearchWorker(LatestSlot<Request>);

impl SearchWorker {
    /// Starts the thread, which first loads the index. Answers have at most `top` hits, all of them from the list `among` if
    /// there is one. The thread calls `send` with
    /// [`Event::Calibrated`], [`Event::Dated`], [`Event::Folded`], [`Event::Answered`], [`Event::Completions`], [`Event::EmbedFailed`], [`Event::SearchFailed`] and [`Event::Notice`].
    pub(crate) fn spawn(
        collection: Collection,
        checkpoint: Checkpoint,
        (top, among): (usize, Option<Arc<PathSet>>),
        send: impl Fn(Event) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (slot, receiver) = latest_slot();
        std::thread::Builder::new().name("search".into()).spawn(move || {
            let work = || serve(&collection, &checkpoint, (top, among.clone()), &receiver, &send);
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
    collection: &Collection,
    checkpoint: &Checkpoint,
    (top, among): (usize, Option<Arc<PathSet>>),
    receiver: &Receiver<Request>,
    send: &dyn Fn(Event),
) -> anyhow::Result<()> {
    let mut catalog = collection.catalog()?;
    let key = model_key(checkpoint);
    let mut searcher = Searcher::load(collection, &mut catalog, &key)?;
    searcher.set_among(among);
    let mut maintenance = BackgroundMaintenance::start(collection, &catalog, &key, &mut searcher)?;
    let mut look_alikes = LookAlikes::new(collection);
    let mut last: Option<Asked> = None;
    let mut scores = Scores::default();
    let mut facts_read = false;
    let mut refresh_failed = false;
    let mut checked = Instant::now();
    let mut asked_at = Instant::now();
    let mut to_count: Option<(u64, String)> = None;
    loop {
        scores.begin_if_due(&searcher);
        let timeout = match (facts_read, maintenance.is_busy()) {
            (false, _) => SETTLED,
            (true, true) => Duration::ZERO,
            (true, false) => {
                let recheck = look_alikes.recheck();
                scores.wait(asked_at.elapsed()).map_or(recheck, |wait| wait.min(recheck))
            }
        };
        let timeout = if to_count.is_some() { timeout.min(UNHURRIED) } else { timeout };
        let refresh = match receiver.wait(timeout) {
            Received::Closed => return Ok(()),
            Received::TimedOut if to_count.is_some() => {
                if let Some((generation, text)) = to_count.take() {
                    let count = catalog.count_with_phrase(&text).unwrap_or_default();
                    send(Event::TextsCounted { generation, count });
                }
                false
            }
            Received::TimedOut if !facts_read => {
                facts_read = true;
                scores.embed_neutral_texts(checkpoint.clone());
                // Should it fail, the first filter tries again, and tells.
                let _ = searcher.refresh_facts(&catalog);
                false
            }
            Received::TimedOut => {
                if let Some(cutoff) = scores.step(&searcher, asked_at.elapsed()) {
                    send(Event::Calibrated { cutoff, at: Instant::now() });
                }
                if let Some(pictures) = maintenance.step(&mut searcher, &catalog) {
                    send(Event::Notice(format!(
                        "preparing quicker search of {}",
                        counted(pictures, "picture")
                    )));
                }
                if look_alikes.step(&mut searcher, &catalog)
                    && let Some(asked) = &last
                {
                    answer(&mut searcher, &catalog, &look_alikes, asked, top, send);
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
                    look_alikes.fold(on, &mut searcher);
                    if let Some(asked) = last.as_ref().filter(|_| question.is_none()) {
                        answer(&mut searcher, &catalog, &look_alikes, asked, top, send);
                    }
                }
                if let Some(asked) = last.as_ref().filter(|_| again && question.is_none()) {
                    answer(&mut searcher, &catalog, &look_alikes, asked, top, send);
                }
                if let Some(asked) = question {
                    answer(&mut searcher, &catalog, &look_alikes, &asked, top, send);
                    last = Some(asked);
                }
                let vector_of = vector_of.and_then(|id| Some((id, searcher.embedding(id)?)));
                if let Some((id, vector)) = vector_of {
                    send(Event::Vector { id, vector: vector.into() });
                }
                if let Some(id) = text_of {
                    // What can't be read is as good as no text: the next question tells.
                    send(Event::PictureText { id, text: catalog.text_of(id).unwrap_or_default() });
                }
                to_count = count_texts.or(to_count);
                if let Some(Completion { text, name, typed }) = completion {
                    send(match searcher.values(&catalog, name, &typed) {
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
        match searcher.refresh(&mut catalog) {
            Ok(changed) => {
                refresh_failed = false;
                if changed {
                    maintenance.note_change();
                }
                if let Some(asked) = last.as_ref().filter(|_| changed) {
                    answer(&mut searcher, &catalog, &look_alikes, asked, top, send);
                }
            }
            // Another process may lock the catalogue for a while. The user is told once; each check tries again.
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
fn answer(
    searcher: &mut Searcher,
    catalog: &Catalog,
    look_alikes: &LookAlikes,
    asked: &Asked,
    top: usize,
    send: &dyn Fn(Event),
) {
    let generation = asked.generation;
    let found = match asked.question {
        Question::LookAlikes => match look_alikes.all(searcher) {
            Some((best, others)) => Ok((best, others, Days::new())),
            None => return,
        },
        _ => found(searcher, catalog, asked, top),
    };
    match found {
        Ok((hits, folded, days)) => {
            let asks_text = |filter: &Filter| matches!(filter.test, Test::Text(_));
            if hits.is_empty()
                && asked.narrowing.filters.iter().any(asks_text)
                && catalog.has_texts().is_ok_and(|has| !has)
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
            send(Event::Answered { generation, hits, pictures: searcher.len(), at: Instant::now() });
        }
        Err((term, reason)) => send(Event::EmbedFailed { generation, term, reason }),
    }
}

/// The answer to a question, and what is folded beneath it; or the index of the term that spoils it, if it is one, and the reason.
fn found(
    searcher: &mut Searcher,
    catalog: &Catalog,
    asked: &Asked,
    top: usize,
) -> Result<Found, (Option<usize>, String)> {
    let terms;
    let target = match &asked.question {
        Question::Newest | Question::LookAlikes => Target::Anything,
        Question::Nearest(vector) => Target::Vector(vector),
        Question::Terms(found) => {
            terms = embedded(searcher, found)?;
            Target::Terms(&terms)
        }
        Question::SimilarTo(ids) => {
            let similar = searcher.similar(catalog, ids, top);
            let similar = similar.map_err(|error| (None, error.to_string()));
            return similar.map(|(hits, folded)| (hits, folded, Days::new()));
        }
    };
    let answer = searcher.answer(catalog, target, &asked.narrowing, top);
    answer.map(|answer| (answer.hits, answer.folded, answer.days)).map_err(|error| (None, error.to_string()))
}

/// The vectors of terms; or the index of the one whose picture is gone, and these words.
fn embedded(searcher: &Searcher, terms: &[FoundTerm]) -> Result<Vec<EmbeddedTerm>, (Option<usize>, String)> {
    let embedded = terms.iter().enumerate().map(|(number, term)| {
        let (is_picture, vector) = match &term.subject {
            FoundSubject::Text(vector) => (false, vector.to_vec()),
            FoundSubject::Picture(vector) => (true, vector.to_vec()),
            FoundSubject::Indexed(id) => match searcher.embedding(*id) {
                Some(vector) => (true, vector),
                None => return Err((Some(number), "this picture is gone".to_owned())),
            },
        };
        Ok(EmbeddedTerm { sign: term.sign, weight: term.weight, is_picture, vector })
    });
    embedded.collect()
}
