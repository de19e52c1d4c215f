//! What values of arguments are completed to.

use std::ffi::OsStr;
use std::path::Path;

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter};

use crate::clip::DEMO_MODEL;
use crate::clip::hub::{self, Hub};
use crate::library::Collection;
use crate::picture;
use crate::query;

/// For a model: ids that pixseek knows or that are on this disk, else a folder.
pub(super) fn model() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let mut found = models(typed);
        if found.is_empty() || typed.as_encoded_bytes().contains(&b'/') {
            found.extend(PathCompleter::dir().complete(typed));
        }
        found
    })
}

/// For an indexed folder, which need not exist any more: those that have an index, else any folder.
pub(super) fn collection() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let indexed = Collection::all().unwrap_or_default();
        let roots = indexed.into_iter().map(|(root, _)| root.into_os_string());
        let begins =
            |root: &std::ffi::OsString| root.as_encoded_bytes().starts_with(typed.as_encoded_bytes());
        let found: Vec<_> = roots.filter(begins).map(CompletionCandidate::new).collect();
        if found.is_empty() { PathCompleter::dir().complete(typed) } else { found }
    })
}

/// For a picture's file.
pub(super) fn picture() -> ArgValueCompleter {
    ArgValueCompleter::new(pictures)
}

/// For a word that is a folder or a picture, or part of a query.
pub(super) fn folder_or_word() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| words_of_query(typed).unwrap_or_else(|| pictures(typed)))
}

/// For a word that is a folder or part of a query.
pub(super) fn query_word() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        words_of_query(typed).unwrap_or_else(|| {
            let mut found = PathCompleter::dir().complete(typed);
            found.extend(filter_names(&typed.to_string_lossy()));
            found
        })
    })
}

fn models(typed: &OsStr) -> Vec<CompletionCandidate> {
    let cached = Hub::from_env().cached().into_iter().map(|model| model.id);
    let known = hub::known().iter().map(|model| model.id.to_owned());
    let mut ids: Vec<String> = [DEMO_MODEL.to_owned()].into_iter().chain(known).chain(cached).collect();
    ids.sort();
    ids.dedup();
    ids.retain(|id| id.as_bytes().starts_with(typed.as_encoded_bytes()));
    ids.into_iter().map(CompletionCandidate::new).collect()
}

/// Pictures, and the folders on the way to them.
fn pictures(typed: &OsStr) -> Vec<CompletionCandidate> {
    PathCompleter::any().filter(|path| path.is_dir() || picture::has_picture_extension(path)).complete(typed)
}

/// What a word is completed to that can't be the beginning of a path: `@PICTURE`, or a filter whose values are few words.
fn words_of_query(typed: &OsStr) -> Option<Vec<CompletionCandidate>> {
    let text = typed.to_str().filter(|text| !Path::new(text).exists())?;
    if let Some(path) = text.strip_prefix('@') {
        let found = pictures(OsStr::new(path));
        return Some(found.into_iter().map(|candidate| candidate.add_prefix("@")).collect());
    }
    let (name, value) = text.split_once(':')?;
    let (sign, name) = name.strip_prefix('-').map_or(("", name), |name| ("-", name));
    let values = query::completion::words(name, value)?;
    Some(values.into_iter().map(|value| CompletionCandidate::new(format!("{sign}{name}:{value}"))).collect())
}

/// The names of filters that begin so, without those that a shell would take for a redirection.
fn filter_names(typed: &str) -> Vec<CompletionCandidate> {
    if typed.is_empty() {
        return Vec::new();
    }
    let names = query::completion::names(typed).into_iter().filter(|name| name.ends_with(':'));
    names.map(CompletionCandidate::new).collect()
}
