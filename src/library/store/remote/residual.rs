//! The filters that the server can't tell, looked at here.

use std::path::Path;

use jiff::civil::Date;

use super::row::{FoundRow, texts};
use crate::base::paths;
use crate::catalog::{CatalogErrorKind, Run, WordColumn, WordSplitter};
use crate::library::searcher::seconds;
use crate::library::store::place::Place;
use crate::query::{Comparison, Filter, GlobMatcher, Test};

/// The pixels of a megapixel.
const MEGAPIXEL: f64 = 1e6;

/// Filters that are ready to be looked at.
pub(super) struct Residual<'a> {
    filters: Vec<Ready<'a>>,
    place: &'a Place,
    today: Date,
    splitter: &'a WordSplitter,
}

struct Ready<'a> {
    filter: &'a Filter,
    matcher: Option<GlobMatcher>,
    /// The runs of a filter by words, and its column.
    words: Option<(WordColumn, Vec<Run>)>,
}

impl<'a> Residual<'a> {
    /// The filters with these numbers.
    pub(super) fn new(
        filters: &'a [Filter],
        numbers: &[usize],
        place: &'a Place,
        today: Date,
        splitter: &'a WordSplitter,
    ) -> Result<Self, CatalogErrorKind> {
        let ready = |filter: &'a Filter| -> Result<Ready<'a>, CatalogErrorKind> {
            let column = match &filter.test {
                Test::Name(text) => Some((WordColumn::Name, text)),
                Test::Caption(text) => Some((WordColumn::Caption, text)),
                Test::Tag(text) => Some((WordColumn::Tag, text)),
                Test::Camera(text) => Some((WordColumn::Camera, text)),
                Test::Lens(text) => Some((WordColumn::Lens, text)),
                _ => None,
            };
            let words = match column {
                Some((column, text)) => Some((column, splitter.runs(text)?)),
                None => None,
            };
            let matcher = match &filter.test {
                Test::Path(glob) => Some(glob.matcher()),
                _ => None,
            };
            Ok(Ready { filter, matcher, words })
        };
        let filters = numbers.iter().filter_map(|number| filters.get(*number)).map(ready);
        Ok(Self { filters: filters.collect::<Result<_, _>>()?, place, today, splitter })
    }

    /// Whether nothing remains to be looked at.
    pub(super) fn is_empty(&self) -> bool {
        self.filters.is_empty()
    }

    /// Leaves the rows for which all filters hold.
    pub(super) fn retain(&self, rows: &mut Vec<FoundRow>) -> Result<(), CatalogErrorKind> {
        for ready in &self.filters {
            let holds: Vec<bool> = match &ready.words {
                Some((column, runs)) => self.have_words(rows, *column, runs)?,
                None => rows.iter().map(|row| self.holds(ready, row)).collect(),
            };
            let mut holds = holds.into_iter();
            rows.retain(|_| holds.next().unwrap_or(false) != ready.filter.negated);
        }
        Ok(())
    }

    /// Of each row, whether a column has all runs; of keywords, one of them.
    fn have_words(
        &self,
        rows: &[FoundRow],
        column: WordColumn,
        runs: &[Run],
    ) -> Result<Vec<bool>, CatalogErrorKind> {
        let of_row = |row: &FoundRow| match column {
            WordColumn::Tag if runs.len() > 1 || runs.iter().any(|run| run.words.len() > 1) => {
                row.facts.tags.clone()
            }
            _ => vec![texts(&row.path, &row.facts, column)],
        };
        let all: Vec<Vec<String>> = rows.iter().map(of_row).collect();
        let split = self.splitter.split(&all.concat())?;
        let mut split = split.iter();
        let has = |texts: &Vec<String>| {
            let words: Vec<&Vec<String>> = split.by_ref().take(texts.len()).collect();
            words.iter().any(|words| runs.iter().all(|run| run.is_in(words)))
        };
        Ok(all.iter().map(has).collect())
    }

    /// Whether a test that is no comparison of words is true of a row.
    fn holds(&self, ready: &Ready<'_>, row: &FoundRow) -> bool {
        let Some(path) = self.place.inward(&row.path) else { return false };
        let sides = row.dimensions;
        match &ready.filter.test {
            Test::In(folder) => folder.contains(&path),
            Test::Path(_) => {
                ready.matcher.as_ref().is_some_and(|matcher| matcher.matches(&paths::from_bytes(&path)))
            }
            Test::Extension(extensions) => {
                let path = paths::from_bytes(&path);
                let extension = Path::extension(&path).and_then(|extension| extension.to_str());
                extension.is_some_and(|extension| extensions.contains(extension))
            }
            test @ (Test::After(_) | Test::Before(_) | Test::On(_)) => {
                test.date_range(self.today).is_none_or(|range| {
                    let taken = row.taken.seconds;
                    range.from.is_none_or(|from| seconds(from) <= taken)
                        && range.until.is_none_or(|until| taken < seconds(until))
                })
            }
            Test::Size(size) => size.holds(row.size),
            Test::Width(width) => sides.is_some_and(|(wide, _)| width.holds(wide)),
            Test::Height(height) => sides.is_some_and(|(_, high)| height.holds(high)),
            Test::Megapixels(megapixels) => sides
                .is_some_and(|(wide, high)| megapixels.holds(f64::from(wide) * f64::from(high) / MEGAPIXEL)),
            Test::Shape(shape) => sides.is_some_and(|(wide, high)| shape.fits(wide, high)),
            Test::Iso(iso) => row.facts.iso.is_some_and(|fact| iso.holds(fact)),
            Test::Rating(Comparison { operator, number }) => {
                let rating = Comparison { operator: *operator, number: i16::from(*number) };
                row.facts.rating.is_some_and(|stars| rating.holds(stars.into()))
            }
            Test::Near(near) => {
                row.facts.place.is_some_and(|place| near.contains(place.latitude, place.longitude))
            }
            Test::Name(_)
            | Test::Caption(_)
            | Test::Tag(_)
            | Test::Camera(_)
            | Test::Lens(_)
            | Test::Text(_) => false,
        }
    }
}
