//! Pictures that are not as they should be, in groups by what is wrong with them.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use super::output::{self, Reader};
use crate::base::{escape, paths};
use crate::catalog::{Failure, NO_TEXT};
use crate::picture::FailureKind;

/// What is wrong with a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Group {
    /// It can't be searched.
    Failed(FailureKind),
    /// It can't be searched, and an older version did not note why in a way that can be told.
    Unknown,
    /// It can be searched, but only a part of it is there.
    Partial,
    /// It can be searched, but the text in it could not be read.
    NoText,
}

impl Group {
    pub(super) fn of(failure: &Failure) -> Self {
        match failure.kind.as_deref().and_then(FailureKind::from_name) {
            _ if failure.kind.as_deref() == Some(NO_TEXT) => Self::NoText,
            _ if failure.searchable => Self::Partial,
            Some(kind) => Self::Failed(kind),
            None => Self::Unknown,
        }
    }

    /// Its name for scripts.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Failed(kind) => kind.name(),
            Self::Unknown => "unreadable",
            Self::Partial => "partly there",
            Self::NoText => NO_TEXT,
        }
    }

    /// What is wrong with `count` pictures.
    fn heading(self, count: usize) -> String {
        let (one, several) = match self {
            Self::Failed(FailureKind::CutShort) => ("file is cut short", "files are cut short"),
            Self::Failed(FailureKind::Damaged) => ("file is damaged", "files are damaged"),
            Self::Failed(FailureKind::Unsupported) => (
                "file is of a kind that pixseek does not read",
                "files are of kinds that pixseek does not read",
            ),
            Self::Failed(FailureKind::NotAPicture) => ("file is no picture", "files are no pictures"),
            Self::Failed(FailureKind::Empty) => ("file is empty", "files are empty"),
            Self::Failed(FailureKind::TooLarge) => ("picture is too large", "pictures are too large"),
            Self::Failed(FailureKind::TooSlow) => {
                ("picture takes too long to decode", "pictures take too long to decode")
            }
            Self::Failed(FailureKind::NotReadable) => ("file can't be opened", "files can't be opened"),
            Self::Failed(FailureKind::Command) => (
                "file gives no picture by its [[decoder]] in config.toml",
                "files give no picture by their [[decoder]] in config.toml",
            ),
            Self::Unknown => ("file can't be read", "files can't be read"),
            Self::Partial => (
                "picture is searchable, but only a part of it is there",
                "pictures are searchable, but only a part of each is there",
            ),
            Self::NoText => (
                "picture is searchable, but the text in it could not be read",
                "pictures are searchable, but the text in them could not be read",
            ),
        };
        format!("{count} {}", if count == 1 { one } else { several })
    }
}

/// A picture as JSON; scripts depend on these names.
#[derive(Serialize)]
pub(super) struct JsonFailure {
    /// Lossy where the name is not UTF-8.
    path: String,
    /// Base64 of the true bytes, only where `path` is lossy.
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
    reason: String,
    group: &'static str,
}

impl JsonFailure {
    pub(super) fn new(root: &Path, failure: &Failure) -> Self {
        let path = root.join(paths::from_bytes(&failure.path));
        Self {
            path: path.to_string_lossy().into(),
            path_bytes: output::odd_bytes(&path),
            reason: failure.reason.clone(),
            group: Group::of(failure).name(),
        }
    }
}

/// Orders pictures by group, the largest first, and by path within.
pub(super) fn sort(failures: &mut [Failure]) {
    let mut sizes: HashMap<Group, usize> = HashMap::new();
    for failure in &*failures {
        *sizes.entry(Group::of(failure)).or_default() += 1;
    }
    failures.sort_by(|a, b| {
        let key = |failure| (Reverse(sizes.get(&Group::of(failure))), Group::of(failure));
        key(a).cmp(&key(b)).then_with(|| a.path.cmp(&b.path))
    });
}

/// Prints pictures that [`sort`] has ordered. People get the groups with their headings; programs get a line for each:
/// path and reason, the path with its own bytes.
///
/// # Errors
/// When the writer fails.
pub(super) fn print(
    out: &mut impl Write,
    root: &Path,
    failures: &[Failure],
    reader: Reader,
) -> io::Result<()> {
    for group in failures.chunk_by(|a, b| Group::of(a) == Group::of(b)) {
        let (indent, between) = match reader {
            Reader::Terminal => {
                let heading = group.first().map(|first| Group::of(first).heading(group.len()));
                writeln!(out, "{}:", heading.unwrap_or_default())?;
                ("  ", &b"  "[..])
            }
            Reader::Program => ("", &b"\t"[..]),
        };
        for failure in group {
            let path = root.join(paths::from_bytes(&failure.path));
            out.write_all(indent.as_bytes())?;
            output::path(out, &path, reader)?;
            out.write_all(between)?;
            writeln!(out, "{}", escape::text(&failure.reason))?;
        }
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(path: &str, kind: Option<FailureKind>, searchable: bool) -> Failure {
        let kind = kind.map(|kind| kind.name().to_owned());
        Failure { path: path.into(), reason: format!("reason {path}"), kind, searchable }
    }

    fn printed(reader: Reader) -> String {
        let mut failures = vec![
            failure("a", Some(FailureKind::Empty), false),
            failure("b", Some(FailureKind::CutShort), false),
            failure("c", None, true),
            failure("d", Some(FailureKind::CutShort), false),
            failure("e", None, false),
        ];
        sort(&mut failures);
        let mut out = Vec::new();
        print(&mut out, Path::new("/pics"), &failures, reader).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn people_get_groups_the_largest_first() {
        assert_eq!(
            printed(Reader::Terminal),
            "2 files are cut short:\n  /pics/b  reason b\n  /pics/d  reason d\n1 file is empty:\n  /pics/a  reason a\n1 file \
             can't be read:\n  /pics/e  reason e\n1 picture is searchable, but only a part of it is there:\n  /pics/c  \
             reason c\n"
        );
    }

    #[test]
    fn programs_get_lines_in_that_order() {
        assert_eq!(
            printed(Reader::Program),
            "/pics/b\treason b\n/pics/d\treason d\n/pics/a\treason a\n/pics/e\treason e\n/pics/c\treason c\n"
        );
    }
}
