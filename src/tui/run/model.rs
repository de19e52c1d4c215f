//! The workers that need the model, and what gets it here where it is missing.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::sender::sender_of;
use crate::library::{Collection, PathSet};
use crate::tui::app::event::Event;
use crate::tui::app::reading::AskedTerm;
use crate::tui::options::{BrowseOptions, MissingModel, ModelSource, Searchable};
use crate::tui::workers::download::DownloadWorker;
use crate::tui::workers::index::IndexWorker;
use crate::tui::workers::listing;
use crate::tui::workers::nearest_words::WordsWorker;
use crate::tui::workers::search::{Asked, Completion, SearchWorker};
use crate::tui::workers::text::TextWorker;

/// The model, as far as it is there.
pub(super) struct Model {
    place: Place,
    /// The number of results at most.
    top: usize,
    /// The pictures that every answer is limited to.
    among: Option<Arc<PathSet>>,
    poll: Option<Duration>,
    sender: mpsc::Sender<Event>,
}

/// Where the model is.
enum Place {
    /// On this machine; the workers use it.
    Here(Workers),
    /// On the hub.
    Missing { model: MissingModel, attempt: Option<DownloadWorker> },
}

/// The workers that need the model.
struct Workers {
    text: TextWorker,
    search: SearchWorker,
    words: WordsWorker,
    collection: Collection,
    _index: Option<IndexWorker>,
}

impl Model {
    /// Starts the workers, if the model is here.
    pub(super) fn new(options: &BrowseOptions, sender: &mpsc::Sender<Event>) -> io::Result<Self> {
        let BrowseOptions { top, poll, .. } = *options;
        let among = options.among.clone();
        let place = match &options.model {
            ModelSource::Here(searchable) => {
                Place::Here(Workers::spawn(searchable, (top, among.clone()), poll, sender)?)
            }
            ModelSource::Missing(model) => Place::Missing { model: model.clone(), attempt: None },
        };
        Ok(Self { place, top, among, poll, sender: sender.clone() })
    }

    /// Lists the names of the pictures, for as long as the model is missing.
    pub(super) fn list_names(&self) -> io::Result<()> {
        let Place::Missing { model: MissingModel { root, folder, walk, .. }, .. } = &self.place else {
            return Ok(());
        };
        listing::spawn(root.clone(), folder.clone(), walk.clone(), self.top, sender_of(&self.sender))
    }

    /// Begins an attempt to download the model that is missing.
    pub(super) fn download(&mut self, generation: u64) -> io::Result<()> {
        if let Place::Missing { model, attempt } = &mut self.place {
            let send = sender_of(&self.sender);
            *attempt = Some(DownloadWorker::spawn(model.provider.clone(), generation, send)?);
        }
        Ok(())
    }

    /// Starts the workers with the model that the last attempt brought.
    pub(super) fn use_download(&mut self) -> io::Result<()> {
        if let Place::Missing { attempt: Some(attempt), .. } = &self.place
            && let Some(searchable) = attempt.take()
        {
            let answers = (self.top, self.among.clone());
            self.place = Place::Here(Workers::spawn(&searchable, answers, self.poll, &self.sender)?);
        }
        Ok(())
    }

    /// Turns a query into a vector. Nothing is asked before the model is here.
    pub(super) fn embed(&self, generation: u64, text: String) {
        if let Place::Here(workers) = &self.place {
            workers.text.embed(generation, text);
        }
    }

    /// Turns the terms of a query into vectors. Nothing is asked before the model is here.
    pub(super) fn embed_terms(&self, generation: u64, terms: Vec<AskedTerm>) {
        if let Place::Here(workers) = &self.place {
            workers.text.embed_terms(generation, terms);
        }
    }

    /// Asks the index. Nothing is asked before the model is here.
    pub(super) fn search(&self, asked: Asked) {
        if let Place::Here(workers) = &self.place {
            workers.search.ask(asked);
        }
    }

    /// Looks for values of a filter. Nothing is asked before the model is here.
    pub(super) fn complete(&self, text: String, name: &'static str, typed: String) {
        if let Place::Here(workers) = &self.place {
            workers.search.complete(Completion { text, name, typed });
        }
    }

    /// Looks for the vector of a picture. Nothing is asked before the model is here.
    pub(super) fn find_vector(&self, id: i64) {
        if let Place::Here(workers) = &self.place {
            workers.search.find_vector(id);
        }
    }

    /// Looks for the words that are nearest to a picture. Nothing is asked before the model is here.
    pub(super) fn nearest_words(&self, id: i64, vector: Arc<[f32]>) {
        if let Place::Here(workers) = &self.place {
            workers.words.request(id, vector);
        }
    }

    /// Has the index read what was committed.
    pub(super) fn refresh(&self) {
        if let Place::Here(workers) = &self.place {
            workers.search.refresh();
        }
    }

    /// Has the pictures counted that have these words in their text.
    pub(super) fn count_texts(&self, generation: u64, text: String) {
        if let Place::Here(workers) = &self.place {
            workers.search.count_texts(generation, text);
        }
    }

    /// Looks for the text of a picture. Nothing is asked before the model is here.
    pub(super) fn read_text(&self, id: i64) {
        if let Place::Here(workers) = &self.place {
            workers.search.read_text(id);
        }
    }

    /// Has the last question answered again.
    pub(super) fn answer_again(&self) {
        if let Place::Here(workers) = &self.place {
            workers.search.answer_again();
        }
    }

    /// Folds look-alikes in the answers, or not.
    pub(super) fn fold(&self, on: bool) {
        if let Place::Here(workers) = &self.place {
            workers.search.fold(on);
        }
    }

    /// The collection that is searched; none while there is no model.
    pub(super) fn collection(&self) -> Option<&Collection> {
        match &self.place {
            Place::Here(workers) => Some(&workers.collection),
            Place::Missing { .. } => None,
        }
    }
}

impl Workers {
    fn spawn(
        searchable: &Searchable,
        answers: (usize, Option<Arc<PathSet>>),
        poll: Option<Duration>,
        sender: &mpsc::Sender<Event>,
    ) -> io::Result<Self> {
        let Searchable { collection, checkpoint, shared, index, texts } = searchable;
        let send = sender_of(sender);
        let spawn_index =
            |index| IndexWorker::spawn(collection, checkpoint, (index, texts.as_ref()), poll, send.clone());
        Ok(Self {
            text: TextWorker::spawn(checkpoint.clone(), collection.folder(), send.clone())?,
            search: SearchWorker::spawn(
                (collection.clone(), checkpoint.clone(), shared.clone()),
                answers,
                send.clone(),
            )?,
            words: WordsWorker::spawn(checkpoint.clone(), send.clone())?,
            collection: collection.clone(),
            _index: index.as_ref().map(spawn_index).transpose()?,
        })
    }
}
