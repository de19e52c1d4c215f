//! `pixseek search --explain`: how a query was read and answered.

use std::fmt::Write as _;

use crate::library::{Answer, Method};
use crate::query::{Query, Sort, Subject};

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
    for filter in &query.filters {
        let only = Query { filters: vec![filter.clone()], ..Query::default() };
        line("filter", only.to_string());
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
