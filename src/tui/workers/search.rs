//! The thread that has the index in memory and answers the newest question.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::base::latest::{LatestSlot, Received, Receiver, latest_slot};
use crate::clip::Checkpoint;
use crate::library::{BackgroundMaintenance, Collection, EmbeddedTerm, Hit, Searcher, model_key};
use crate::tui::app::effect::{FoundSubject, FoundTerm, Question};
use crate::tui::app::event::Event;
use crate::tui::display::counted;

/// How often the catalogue is checked for changes by other processes.
const RECHECK: Duration = Duration::from_secs(1);

/// What the worker is to do next. A newer question replaces an older one.
#[derive(Default)]
struct Request {
    question: Option<(u64, Question)>,
    refresh: bool,
}

/// A handle to the thread.
pub(crate) struct SearchWorker(LatestSlot<Request>);

impl SearchWorker {
    /// Starts the thread, which first loads the index. Answers have at most `top` hits. The thread calls `send` with
    /// [`Event::Answered`], [`Event::EmbedFailed`], [`Event::SearchFailed`] and [`Event::Notice`].
    pub(crate) fn spawn(
        collection: Collection,
        checkpoint: Checkpoint,
        top: usize,
        send: impl Fn(Event) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (slot, receiver) = latest_slot();
        std::thread::Builder::new().name("search".into()).spawn(move || {
            let work = || serve(&collection, &checkpoint, top, &receiver, &send);
            match catch_unwind(AssertUnwindSafe(work)) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => send(Event::SearchFailed(format!("{error:#}"))),
                Err(_) => send(Event::SearchFailed("the search crashed: start pixseek again".into())),
            }
        })?;
        Ok(Self(slot))
    }

    /// Asks a question. An older one that was not begun is dropped.
    pub(crate) fn ask(&self, generation: u64, question: Question) {
        self.0.send(|request| request.question = Some((generation, question)));
    }

    /// Asks for what was committed to be read. If it changes anything, the last question is answered again.
    pub(crate) fn refresh(&self) {
        self.0.send(|request| request.refresh = true);
    }
}

fn serve(
    collection: &Collection,
    checkpoint: &Checkpoint,
    top: usize,
    receiver: &Receiver<Request>,
    send: &dyn Fn(Event),
) -> anyhow::Result<()> {
    let mut catalog = collection.catalog()?;
    let key = model_key(checkpoint);
    let mut searcher = Searcher::load(collection, &mut catalog, &key)?;
    let mut maintenance = BackgroundMaintenance::start(collection, &catalog, &key, &mut searcher)?;
    let mut last: Option<(u64, Question)> = None;
    let mut refresh_failed = false;
    let mut checked = Instant::now();
    loop {
        let timeout = if maintenance.is_busy() { Duration::ZERO } else { RECHECK };
        let refresh = match receiver.wait(timeout) {
            Received::Closed => return Ok(()),
            Received::TimedOut => {
                if let Some(pictures) = maintenance.step(&mut searcher, &catalog) {
                    send(Event::Notice(format!(
                        "preparing quicker search of {}",
                        counted(pictures, "picture")
                    )));
                }
                checked.elapsed() >= RECHECK
            }
            Received::Latest(Request { question, refresh }) => {
                if let Some((generation, question)) = question {
                    send(answer(&searcher, generation, &question, top));
                    last = Some((generation, question));
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
                if let Some((generation, question)) = last.as_ref().filter(|_| changed) {
                    send(answer(&searcher, *generation, question, top));
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

fn answer(searcher: &Searcher, generation: u64, question: &Question, top: usize) -> Event {
    let hits: Vec<Hit> = match question {
        Question::Terms(terms) => match fitting(searcher, terms, top) {
            Ok(hits) => hits,
            Err((term, reason)) => return Event::EmbedFailed { generation, term, reason },
        },
        Question::Newest => searcher.newest(top),
        Question::Nearest(vector) => searcher.search(vector, top),
        Question::SimilarTo(ids) => searcher.similar(ids, top),
    };
    Event::Answered { generation, hits, pictures: searcher.len(), at: Instant::now() }
}

/// The pictures that fit several terms best; or the index of the term that spoils it, if it is one, and the reason.
fn fitting(
    searcher: &Searcher,
    terms: &[FoundTerm],
    top: usize,
) -> Result<Vec<Hit>, (Option<usize>, String)> {
    let mut embedded = Vec::with_capacity(terms.len());
    for (number, term) in terms.iter().enumerate() {
        let (is_picture, vector) = match &term.subject {
            FoundSubject::Text(vector) => (false, vector.to_vec()),
            FoundSubject::Picture(vector) => (true, vector.to_vec()),
            FoundSubject::Indexed(id) => match searcher.embedding(*id) {
                Some(vector) => (true, vector),
                None => return Err((Some(number), "this picture is gone".to_owned())),
            },
        };
        embedded.push(EmbeddedTerm { sign: term.sign, weight: term.weight, is_picture, vector });
    }
    searcher.search_terms(&embedded, top).map_err(|error| (None, error.to_string()))
}
