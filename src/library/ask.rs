//! Searching by a query of the query language.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::LibraryError;
use super::expression::EmbeddedTerm;
use super::filters::check_available;
use super::look_alikes::Folds;
use super::neutral::neutral_texts;
use super::open::Library;
use super::query_error::{QueryFailure, QueryPart, QueryProblem};
use super::searcher::{Answer, Calibration, Cutoff, Narrowing, Target};
use crate::base::dirs;
use crate::clip::{Checkpoint, Embedding};
use crate::picture::PictureError;
use crate::query::{Query, Subject};

/// A query whose terms have their vectors.
#[derive(Debug, Clone)]
pub struct PreparedQuery {
    terms: Vec<EmbeddedTerm>,
    /// The ends of texts that the model did not read.
    unread: Vec<String>,
    narrowing: Narrowing,
}

impl PreparedQuery {
    /// Whether pictures are compared with something, rather than filtered alone.
    pub fn compares(&self) -> bool {
        !self.terms.is_empty()
    }
}

impl Library {
    /// The `k` pictures that fit a query best; ties in the order of their paths. Texts are embedded while the vectors are
    /// loaded. Without terms, the newest come first; another order is applied to the `k` best.
    ///
    /// # Errors
    /// [`LibraryError::Query`] when a part of the query can't be answered; others when the catalogue can't be read, or the
    /// model can't be loaded.
    ///
    /// # Examples
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # for (name, colour) in [("red.bmp", [220, 20, 20]), ("blue.bmp", [20, 20, 220]), ("dark-blue.bmp", [10, 10, 140])] {
    /// #     image::RgbImage::from_pixel(64, 64, image::Rgb(colour)).save(folder.path().join(name))?;
    /// # }
    /// # let folder = folder.path();
    /// use pixseek::clip::Checkpoint;
    /// use pixseek::library::Library;
    /// use pixseek::query::parse;
    ///
    /// let mut library = Library::open_beside(folder, Checkpoint::find("demo")?)?;
    /// library.update()?;
    /// let query = parse("blue name:dark width<=64")?;
    /// let answer = library.ask(&query, 10)?;
    /// assert!(answer.hits.len() == 1 && answer.hits[0].path.ends_with("dark-blue.bmp"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn ask(&mut self, query: &Query, k: usize) -> Result<Answer, LibraryError> {
        let prepared = self.prepare(query)?;
        self.answer(&prepared, k)
    }

    /// Embeds a query, so that it can be answered again and again.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub fn prepare(&mut self, query: &Query) -> Result<PreparedQuery, LibraryError> {
        check_available(query)?;
        let (terms, unread) = self.embedded_terms(query)?;
        Ok(PreparedQuery { terms, unread, narrowing: Narrowing::of(query) })
    }

    /// The `k` pictures that fit a query best by now, as [`Self::ask`] finds them.
    ///
    /// # Errors
    /// When the terms cancel out, or the catalogue can't be read.
    pub fn answer(&mut self, query: &PreparedQuery, k: usize) -> Result<Answer, LibraryError> {
        let target = if query.compares() { Target::Terms(&query.terms) } else { Target::Anything };
        let answer = self.store()?.answer(target, &query.narrowing, k)?;
        Ok(Answer { unread: query.unread.clone(), ..answer })
    }

    /// Has look-alikes folded beneath the first of each group in what [`Self::ask`] answers.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn fold_look_alikes(&mut self) -> Result<(), LibraryError> {
        let folds = Folds::find(&self.catalog, &self.collection.prefix_bytes())?;
        self.searcher()?.set_folds(Some(Arc::new(folds)));
        Ok(())
    }

    /// Where relevance ends, with this model and in this collection. None if there are too few pictures to tell. It takes as long as a few hundred searches.
    ///
    /// # Errors
    /// When the catalogue can't be read, or the model can't be loaded.
    pub fn cutoff(&mut self) -> Result<Option<Cutoff>, LibraryError> {
        let neutral = neutral_texts(&self.checkpoint)?;
        let mut store = self.store()?;
        let mut calibration = Calibration::new(Arc::new(neutral));
        while calibration.step_by(|text| {
            let answer = store.answer(Target::Vector(text), &Narrowing::default(), 1)?;
            Ok::<_, LibraryError>(answer.hits.first().and_then(|hit| hit.score))
        })? {}
        Ok(calibration.cutoff(store.pictures()))
    }

    /// The vectors of a query's terms, and what the model did not read of them.
    fn embedded_terms(&mut self, query: &Query) -> Result<(Vec<EmbeddedTerm>, Vec<String>), LibraryError> {
        // A misspelt path should not wait for a model.
        let folder = self.collection.folder();
        let paths: Vec<Option<PathBuf>> = (query.terms.iter().enumerate())
            .map(|(term, asked)| picture_path(term, &asked.subject, &folder))
            .collect::<Result<_, _>>()?;
        let texts: Vec<&str> = query.terms.iter().filter_map(|term| text(&term.subject)).collect();
        let checkpoint = self.checkpoint.clone();
        let (loaded, embedded) = std::thread::scope(|scope| {
            let embedded = scope.spawn(move || embed_texts(&checkpoint, &texts));
            let loaded = self.store().map(drop);
            (loaded, embedded.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        loaded?;
        let (embedded, unread) = embedded?;
        let mut texts = embedded.into_iter();
        let mut terms = Vec::with_capacity(query.terms.len());
        for (number, (asked, path)) in query.terms.iter().zip(&paths).enumerate() {
            let vector = match path {
                None => texts.next().ok_or(LibraryError::NoEmbedding)?,
                Some(path) => self.picture_embedding(path).map_err(|error| in_term(number, error))?,
            };
            let is_picture = path.is_some();
            terms.push(EmbeddedTerm { sign: asked.sign, weight: asked.weight, is_picture, vector });
        }
        Ok((terms, unread))
    }
}

/// The file that the path of a picture in a query means: `~/` is the home folder; a relative path is relative to the
/// current folder, or else to `folder`, the one that is searched.
///
/// # Errors
/// [`QueryProblem::NoSuchPicture`] when there is no such file.
pub fn find_picture(path: &str, folder: &Path) -> Result<PathBuf, QueryProblem> {
    let written = match path.strip_prefix("~/").and_then(|rest| Some(dirs::home()?.join(rest))) {
        Some(path) => path,
        None => PathBuf::from(path),
    };
    let candidates = [written.clone(), folder.join(&written)];
    let is_there = |path: &PathBuf| {
        // Whatever else the system says of the file is said when it is read.
        std::fs::metadata(path)
            .map_or_else(|error| error.kind() == io::ErrorKind::PermissionDenied, |data| data.is_file())
    };
    candidates.into_iter().find(is_there).ok_or(QueryProblem::NoSuchPicture(written))
}

fn text(subject: &Subject) -> Option<&str> {
    match subject {
        Subject::Text(text) => Some(text),
        Subject::Picture(_) | Subject::Result(_) => None,
    }
}

/// The file of a term that is a picture.
fn picture_path(term: usize, subject: &Subject, folder: &Path) -> Result<Option<PathBuf>, QueryFailure> {
    let path = match subject {
        Subject::Text(_) => return Ok(None),
        Subject::Picture(path) => find_picture(path, folder),
        Subject::Result(_) => Err(QueryProblem::NoResults),
    };
    path.map(Some).map_err(|reason| QueryFailure { part: QueryPart::Term(term), reason })
}

/// Says which term a picture that can't be read belongs to.
fn in_term(term: usize, error: LibraryError) -> LibraryError {
    match error {
        LibraryError::Picture { path, reason } => picture_failure(term, path, reason).into(),
        other => other,
    }
}

fn picture_failure(term: usize, path: PathBuf, reason: PictureError) -> QueryFailure {
    QueryFailure { part: QueryPart::Term(term), reason: QueryProblem::Unreadable { path, reason } }
}

/// Embeds texts one by one, so that a text has the same vector whatever stands beside it. Equal texts are embedded once. Returns
/// the vectors, and the ends of texts that the model does not read.
fn embed_texts(
    checkpoint: &Checkpoint,
    texts: &[&str],
) -> Result<(Vec<Embedding>, Vec<String>), LibraryError> {
    if texts.is_empty() {
        return Ok(Default::default());
    }
    let mut unread = Vec::new();
    let encoder = checkpoint.load_text()?;
    let mut known: HashMap<&str, Embedding> = HashMap::new();
    let mut embeddings = Vec::with_capacity(texts.len());
    for text in texts {
        let embedding = match known.get(text) {
            Some(embedding) => embedding.clone(),
            None => {
                let embedding = super::search::only(encoder.embed(&[text])?)?;
                known.insert(text, embedding.clone());
                unread.extend(encoder.unread(text)?.map(str::to_owned));
                embedding
            }
        };
        embeddings.push(embedding);
    }
    Ok((embeddings, unread))
}
