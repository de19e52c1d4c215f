//! `pixseek dupes`: groups of pictures that look alike.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use super::args::FolderArgs;
use super::context::Context;
use super::indexed::NotSearchable;
use super::opened::Opened;
use super::outcome::Outcome;
use super::output::{self, Reader};
use super::progress::Reporter;
use crate::base::{escape, paths};
use crate::library::{self, LOOK_ALIKE, LookAlike};

/// The arguments of `pixseek dupes`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixseek dupes ~/photos                    groups, the best of each first
  pixseek dupes ~/photos --rest             all but the best of each group
  pixseek dupes ~/photos --rest -0 | xargs -0 gio trash
  pixseek dupes ~/photos --threshold 0.99   the same but for the file
  pixseek dupes ~/photos --json | jq -r '.pictures[1:][].path'

The best picture of a group has the most pixels; of several the oldest is the best. Copies are found whether they were \
re-encoded, resized, cropped by up to 5 % or recoloured a little; identical files are among them. Groups come from the \
index, whatever its model; pictures indexed by an earlier version are looked at first, once. Exit code 1: there are none.")]
pub(super) struct DupesArgs {
    #[command(flatten)]
    pub(super) folder: FolderArgs,
    /// How similar pictures have to look to the best of their group: 1 is the same, 0.9 finds copies, 0.8 frames of a burst
    /// and some pictures that only have much in common.
    #[arg(long, value_name = "T", default_value_t = LOOK_ALIKE, value_parser = parse_threshold)]
    pub(super) threshold: f32,
    /// Leave out the best picture of each group, and print the others.
    #[arg(long)]
    pub(super) rest: bool,
    /// Print one JSON object a group: its number and pictures with path, width, height, bytes, similarity.
    #[arg(long, conflicts_with = "print0")]
    pub(super) json: bool,
    /// Print only the paths, each ended by NUL, without anything between groups.
    #[arg(long, short = '0')]
    pub(super) print0: bool,
}

/// Parses a similarity.
fn parse_threshold(text: &str) -> Result<f32, String> {
    let threshold = text.parse().ok().filter(|threshold| (0.5..=1.0).contains(threshold));
    threshold.ok_or_else(|| "a number from 0.5 (hardly alike) to 1 (the same)".to_owned())
}

/// A group as JSON; scripts depend on these names.
#[derive(Serialize)]
struct JsonGroup {
    /// From 1.
    group: usize,
    pictures: Vec<JsonPicture>,
}

#[derive(Serialize)]
struct JsonPicture {
    /// The absolute path, lossy where it is not UTF-8.
    path: String,
    /// Base64 of the true bytes, only where `path` is lossy.
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
    bytes: u64,
    similarity: f32,
}

pub(super) fn run(context: &Context, args: &DupesArgs) -> Result<Outcome> {
    context.log_to_stderr();
    let folder = args.folder.path();
    let Some(Opened { collection, mut catalog }) = Opened::find(&folder)? else {
        return Err(NotSearchable::not_indexed(&folder, context.model.as_deref()).into());
    };
    let reporter = Reporter::new(context.quiet);
    let left = library::prepare_look_alikes(&collection, &mut catalog, &reporter, &AtomicBool::new(false));
    reporter.finish();
    let left = left?;
    if left > 0 && !context.quiet {
        let why = if catalog.is_readonly() {
            "the index can't be written, and they were indexed by an earlier version"
        } else {
            "their files are gone or have changed since they were indexed: `pixseek index` helps"
        };
        output::note(format_args!("{} not compared: {why}", counted(left, "picture")));
    }
    let mut groups = library::find_look_alikes(&collection, &catalog, args.threshold)?;
    let boundary = collection.boundary(&catalog)?;
    let mut printable = boundary.printable();
    for group in &mut groups {
        group.retain(|picture| printable.allows(&picture.path));
    }
    groups.retain(|group| group.len() > 1);
    if groups.is_empty() {
        if !context.quiet {
            output::note(format_args!("no look-alikes in '{}'", paths::display(&collection.folder())));
        }
        return Ok(Outcome::Nothing);
    }
    let told = in_words(&groups);
    if args.rest {
        groups.iter_mut().for_each(|group| drop(group.remove(0)));
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    print(&mut out, &collection.root, &groups, args)?;
    out.flush()?;
    drop(out);
    if !context.quiet && io::stderr().is_terminal() {
        output::note(told);
    }
    Ok(Outcome::Done)
}

/// Prints the groups, whose paths are relative to `root`.
fn print(out: &mut impl Write, root: &Path, groups: &[Vec<LookAlike>], args: &DupesArgs) -> Result<()> {
    let reader = Reader::of_stdout();
    for (number, group) in groups.iter().enumerate() {
        if args.json {
            escape::json(&mut *out, &json_group(root, number + 1, group))?;
            out.write_all(b"\n")?;
            continue;
        }
        // Between the others there is nothing to tell groups apart for, and `xargs` would take an empty line for a name.
        if number > 0 && !args.print0 && !args.rest {
            out.write_all(b"\n")?;
        }
        for picture in group {
            let path = root.join(&picture.path);
            match (args.print0, reader) {
                (true, _) => output::line(out, &path, b'\0', reader)?,
                (false, Reader::Program) => output::line(out, &path, b'\n', reader)?,
                (false, Reader::Terminal) => table_line(out, &path, picture)?,
            }
        }
    }
    Ok(())
}

fn json_group(root: &Path, group: usize, pictures: &[LookAlike]) -> JsonGroup {
    let picture = |picture: &LookAlike| {
        let path = root.join(&picture.path);
        let (width, height) = picture.dimensions.unzip();
        let (path_bytes, path) = (output::odd_bytes(&path), path.to_string_lossy().into());
        JsonPicture { path, path_bytes, width, height, bytes: picture.bytes, similarity: picture.similarity }
    };
    JsonGroup { group, pictures: pictures.iter().map(picture).collect() }
}

/// A picture for people: similarity, width and height, size, path.
fn table_line(out: &mut impl Write, path: &Path, picture: &LookAlike) -> io::Result<()> {
    let pixels = picture.dimensions.map(|(width, height)| format!("{width} x {height}")).unwrap_or_default();
    let (similarity, bytes) = (picture.similarity, file_size(picture.bytes));
    writeln!(out, "{similarity:>5.3}  {pixels:>13}  {bytes:>8}  {}", paths::display(path))
}

/// What the groups are, and what could be saved.
fn in_words(groups: &[Vec<LookAlike>]) -> String {
    let pictures: usize = groups.iter().map(Vec::len).sum();
    let rest: u64 = groups.iter().flat_map(|group| group.iter().skip(1)).map(|picture| picture.bytes).sum();
    format!(
        "{} of {} that look alike; all but the best of each take {}",
        counted(groups.len(), "group"),
        counted(pictures, "picture"),
        file_size(rest)
    )
}

/// A number of bytes in the units of file managers: a kB is 1000 bytes.
fn file_size(bytes: u64) -> String {
    let size = bytes as f64;
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..999_950 => format!("{:.1} kB", size / 1e3),
        999_950..999_950_000 => format!("{:.1} MB", size / 1e6),
        _ => format!("{:.1} GB", size / 1e9),
    }
}

fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(path: &str, similarity: f32) -> LookAlike {
        LookAlike { id: 1, path: path.into(), dimensions: Some((40, 30)), bytes: 1_500, similarity }
    }

    fn printed(rest: bool, print0: bool, json: bool) -> String {
        let groups = [
            vec![picture("a.jpg", 1.0), picture("b.jpg", 0.98)],
            vec![picture("c.jpg", 1.0), picture("d.jpg", 1.0), picture("e.jpg", 0.92)],
        ];
        let groups: Vec<Vec<LookAlike>> =
            groups.iter().map(|group| group.iter().skip(usize::from(rest)).cloned().collect()).collect();
        let folder = FolderArgs { folder: None, dir: None };
        let args = DupesArgs { folder, threshold: LOOK_ALIKE, rest, json, print0 };
        let mut out = Vec::new();
        print(&mut out, Path::new("/p"), &groups, &args).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn groups_are_printed_for_programs() {
        assert_eq!(printed(false, false, false), "/p/a.jpg\n/p/b.jpg\n\n/p/c.jpg\n/p/d.jpg\n/p/e.jpg\n");
        assert_eq!(printed(true, false, false), "/p/b.jpg\n/p/d.jpg\n/p/e.jpg\n");
        assert_eq!(printed(true, true, false), "/p/b.jpg\0/p/d.jpg\0/p/e.jpg\0");
        assert_eq!(printed(false, true, false), "/p/a.jpg\0/p/b.jpg\0/p/c.jpg\0/p/d.jpg\0/p/e.jpg\0");
        let json = printed(false, false, true);
        let first: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
        assert_eq!((json.lines().count(), &first["group"]), (2, &1.into()));
        assert_eq!(first["pictures"][1]["path"], "/p/b.jpg");
        assert_eq!(first["pictures"][0]["width"], 40);
    }

    #[test]
    fn a_line_for_people_has_what_tells_the_best() {
        let mut out = Vec::new();
        table_line(&mut out, Path::new("/p/a\nb.jpg"), &picture("", 0.981)).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "0.981        40 x 30    1.5 kB  /p/a\\nb.jpg\n");
    }

    #[test]
    fn thresholds_are_similarities() {
        assert_eq!(parse_threshold("0.8"), Ok(0.8));
        for wrong in ["", "2", "0.1", "90%", "nan"] {
            assert!(parse_threshold(wrong).is_err(), "{wrong}");
        }
    }
}
