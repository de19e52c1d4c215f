//! `pixseek search --explain`: how a query was read and answered.

use std::fmt::Write as _;

use crate::library::{Answer, Method};
use crate::query::{Filter, Query, Sort, Subject};

/// The first filter that leaves no picture even alone, if there are others beside it.
pub(super) fn filter_that_leaves_nothing(query: &Query, answer: &Answer) -> Option<String> {
    let mut each = query.filters.iter().zip(&answer.left_by_each);
    let (filter, _) = each.find(|(_, left)| **left == 0).filter(|_| query.filters.len() > 1)?;
    Some(only(filter))
}

/// A filter as it is written.
fn only(filter: &Filter) -> String {
    Query { filters: vec![filter.clone()], ..Query::default() }.to_string()
}

/// How a query was read and answered, in lines. `pictures` counts the searchable ones.
pub(super) fn in_words(query: &Query, answer: &Answer, pictures: usize, top: usize) -> String {
    let mut lines = String::new();
    let mut line = |name: &str, words: String| {
        // Writing to a string can't fail.
        let _ = writeln!(lines, "{name:<8} {words}");
    };
    line("query", query.to_string());
    for term in &query.terms {
        let subject = match &term.subject {
            Subject::Text(text) => format!("text \"{text}\""),
            Subject::Picture(path) => format!("picture '{path}'"),
            Subject::Result(number) => format!("result {number}"),
        };
        line("term", format!("{} {subject}, weight {}", term.sign.as_char(), term.weight));
    }
    for (filter, left) in query.filters.iter().zip(&answer.left_by_each) {
        line("filter", format!("{}, which alone leaves {left}", only(filter)));
    }
    if !query.filters.is_empty() || answer.left < pictures {
        line("left", format!("{} of {pictures} pictures", answer.left));
    }
    let method = match answer.method {
        Method::Listing => "listing: nothing is compared".to_owned(),
        Method::Exact => format!("exact: all {pictures} pictures are compared"),
        Method::ExactOfSet => format!("exact: the {} pictures that are left are compared", answer.left),
        Method::Graphs => "approximate: graphs lead to the best".to_owned(),
    };
    line("search", method);
    let sort = match (query.sort.unwrap_or(Sort::Score), answer.method) {
        (Sort::Score, Method::Listing) => "newest first".to_owned(),
        (sort, Method::Listing) => sort.as_str().to_owned(),
        (Sort::Score, _) => "by score".to_owned(),
        (sort, _) => format!("{}, of the {top} best by meaning", sort.as_str()),
    };
    line("order", sort);
    lines
}
