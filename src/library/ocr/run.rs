//! Runs the program on one picture and takes the text that it writes.

use std::collections::HashSet;
use std::io::{self, ErrorKind, Write};
use std::thread;
use std::time::Instant;

use image::RgbImage;

use super::clean::clean;
use super::error::OcrError;
use super::reader::TextReader;
use super::stop::{Running, StopReading};
use super::tsv;
use crate::base::child::Ended;
use crate::base::child_output::{Unfinished, last_line, take_output};
use crate::catalog::TextRead;

/// The most that a program may write for a picture, in bytes.
const MOST_OUTPUT: usize = 4 << 20;

/// What became of a picture.
#[derive(Debug)]
pub(super) enum Reading {
    /// The program read it, or gave up on it.
    Done(TextRead),
    /// The program said that it failed, for this reason, which may have nothing to do with the picture.
    Failed(String),
    /// It was stopped.
    Stopped,
}

/// Has the program read a picture: as it is, or, as tesseract, in each of the renditions of [`TextReader::looks`], whose lines
/// come together.
///
/// # Errors
/// When the program can't be started.
pub(super) fn run(reader: &TextReader, pixels: &RgbImage, stop: &StopReading) -> Result<Reading, OcrError> {
    let deadline = Instant::now() + reader.timeout;
    let mut text = String::new();
    for (rendition, arguments) in reader.looks() {
        let png = match rendition.png(pixels) {
            Ok(png) => png,
            Err(reason) => return Ok(Reading::Done(TextRead::Failed(reason))),
        };
        match run_once(reader, arguments, png, deadline, stop)? {
            Reading::Done(TextRead::Text(more)) => add_lines(&mut text, &more),
            other => return Ok(other),
        }
    }
    Ok(Reading::Done(TextRead::Text(text)))
}

/// Adds the lines that have a word which the text lacks.
fn add_lines(text: &mut String, more: &str) {
    let words = |text: &str| -> HashSet<String> {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.map(str::to_lowercase).collect()
    };
    let known = words(text);
    for line in more.lines().filter(|line| !words(line).is_subset(&known)) {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(line);
    }
}

/// Runs the program on one rendition of a picture.
fn run_once(
    reader: &TextReader,
    arguments: &[&str],
    png: Vec<u8>,
    deadline: Instant,
    stop: &StopReading,
) -> Result<Reading, OcrError> {
    // Removed when it is dropped.
    let file = if reader.takes_file() { Some(draft(&png).map_err(OcrError::System)?) } else { None };
    let mut command = reader.command(file.as_ref().map(|file| file.path()));
    command.args(arguments);
    let started = stop.start(&mut command).map_err(|reason| match reason.kind() {
        ErrorKind::NotFound => {
            OcrError::NotInstalled { program: reader.program().to_owned(), is_own: !reader.is_tesseract }
        }
        _ => OcrError::NoStart { program: reader.program().to_owned(), reason },
    })?;
    let Some(Running { child, .. }) = &started else { return Ok(Reading::Stopped) };
    child.give_way(reader.timeout);
    if let Some(mut pipe) = child.take_stdin() {
        // Nobody waits for it: a program may end without reading all of it, or hang before.
        let write = move || drop(pipe.write_all(&png));
        thread::Builder::new().name("ocr-input".into()).spawn(write).map_err(OcrError::System)?;
    }
    let mut output = Vec::new();
    let taken = take_output(child, deadline, |bytes| {
        output.extend(bytes);
        if output.len() > MOST_OUTPUT { Err(()) } else { Ok(()) }
    });
    let ended = child.end();
    if stop.is_stopped() {
        return Ok(Reading::Stopped);
    }
    let complaint = match taken {
        Ok(complaint) => complaint,
        Err(Unfinished::TooSlow) => {
            let words = format!("takes longer than {} s", reader.timeout.as_secs_f32());
            return Ok(Reading::Done(TextRead::Failed(words)));
        }
        Err(Unfinished::Refused(())) => {
            let words = format!("wrote more than the limit of {} MB", MOST_OUTPUT >> 20);
            return Ok(Reading::Done(TextRead::Failed(words)));
        }
        Err(Unfinished::NoThread(reason)) => return Err(OcrError::System(reason)),
    };
    let Ended { status, .. } = ended;
    if let Some(status) = status.filter(|status| !status.success()) {
        return Ok(Reading::Failed(last_line(&complaint).unwrap_or_else(|| status.to_string())));
    }
    let text = if reader.is_tesseract { clean(tsv::text(&output).as_bytes()) } else { clean(&output) };
    Ok(Reading::Done(TextRead::Text(text)))
}

/// A file with the picture that only this user can read.
fn draft(png: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix("pixseek-").suffix(".png").tempfile()?;
    file.write_all(png)?;
    file.flush()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_is_not_added_again() {
        let mut text = "Boarding PASS\nGate 7".to_owned();
        add_lines(&mut text, "BOARDING pass!\ngate 8\n7 Boarding");
        assert_eq!(text, "Boarding PASS\nGate 7\ngate 8");
        let mut nothing = String::new();
        add_lines(&mut nothing, "one\ntwo");
        assert_eq!(nothing, "one\ntwo");
    }
}
