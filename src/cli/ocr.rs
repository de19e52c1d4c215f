//! Reading the text in pictures: what reads it, and a pass over a folder with progress.

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::context::Context;
use super::output;
use super::progress::Reporter;
use crate::base::escape;
use crate::library::{Library, OcrError, ReadReport, StopReading, TextCounts, TextReader};
use crate::tui::TextsWanted;

/// What `--json` says of the text in pictures; scripts depend on these names.
#[derive(Debug, Serialize)]
pub(super) struct JsonTexts {
    /// With text: of `index` the contents that were read in this run, of `status` all pictures.
    pub(super) with_text: usize,
    /// Without anything to read.
    pub(super) without: usize,
    /// Not to be read.
    pub(super) failed: usize,
    /// Not read yet.
    pub(super) left: usize,
}

impl JsonTexts {
    pub(super) fn of(report: ReadReport) -> Self {
        let ReadReport { with_text, without, failed, left } = report;
        Self { with_text, without, failed, left }
    }

    /// Of all searchable pictures, whose number is `pictures`; `None` where none was read.
    pub(super) fn of_pictures(counts: TextCounts, pictures: usize) -> Option<Self> {
        let TextCounts { with_text, without, failed } = counts;
        let read = with_text + without + failed;
        (read > 0).then(|| Self { with_text, without, failed, left: pictures.saturating_sub(read) })
    }
}

impl Context {
    /// What reads the text in pictures, and when; or why nothing can.
    pub(super) fn text_reader_in_words(&self) -> String {
        let settings = &self.config.ocr;
        let when = if settings.enabled { "whenever they are indexed" } else { "with `pixseek index --ocr`" };
        match TextReader::find(settings) {
            Ok(reader) => format!("in pictures is read by {}, {when}", reader.in_words()),
            Err(error) => format!("in pictures can't be read: {}", with_way_out(&error)),
        }
    }

    /// How text in pictures is read in the background, if the settings want it read.
    pub(super) fn texts_wanted(&self) -> Option<TextsWanted> {
        let settings = self.config.ocr.clone();
        settings.enabled.then_some(TextsWanted { settings, explain: with_way_out })
    }

    /// What reads the text in pictures, if the settings or `asked` want it read; else `None`. The other part is what the user
    /// is to know if nothing on this machine can.
    pub(super) fn text_reader(&self, asked: bool) -> (Option<TextReader>, Option<String>) {
        let settings = &self.config.ocr;
        if !(asked || settings.enabled) {
            return (None, None);
        }
        match TextReader::find(settings) {
            Ok(reader) => (Some(reader), None),
            Err(error) => (None, Some(format!("text in pictures is not read: {}", with_way_out(&error)))),
        }
    }
}

/// The text of an error, with what can be done about it.
pub(super) fn with_way_out(error: &OcrError) -> String {
    let words = escape::text(&error.to_string());
    match error {
        OcrError::NotInstalled { is_own: false, .. } => format!("{words}: {HOW_TO_GET}"),
        OcrError::NotInstalled { is_own: true, .. } => {
            format!("{words}: install it, or leave `command` out, for tesseract")
        }
        OcrError::NoLanguage { language, .. } => format!(
            "{words}: install it (on Debian `apt install tesseract-ocr-{}`), or set `languages` in [ocr] of config.toml",
            escape::text(&language.replace('_', "-"))
        ),
        OcrError::KeepsFailing { .. } => {
            format!("{words}: nothing is noted of these pictures; see [ocr] in config.toml")
        }
        _ => words,
    }
}

/// How to get tesseract.
const HOW_TO_GET: &str = if cfg!(target_os = "macos") {
    "`brew install tesseract`"
} else if cfg!(windows) {
    "`winget install UB-Mannheim.TesseractOCR`, and put its folder on the PATH"
} else {
    "`apt install tesseract-ocr`, `dnf install tesseract` or `pacman -S tesseract tesseract-data-eng`"
};

/// Reads the text in the pictures of a folder, with progress on stderr, until ctrl-c. `None` where another pixseek is at it or
/// nothing can be kept.
///
/// # Errors
/// When the program fails with every picture, or the catalogue can't be read or written.
pub(super) fn read(
    context: &Context,
    library: &mut Library,
    reader: &TextReader,
    again: bool,
) -> Result<Option<(ReadReport, StopReading)>> {
    let stop = StopReading::default();
    let handle = stop.clone();
    ctrlc::set_handler(move || handle.stop()).context("signals can't be received")?;
    let reporter = std::cell::OnceCell::new();
    let progress = |report: ReadReport, total| {
        reporter.get_or_init(|| Reporter::new(context.quiet)).reading_texts(report.done(), total);
    };
    let read = library.read_texts(reader, again, &stop, &progress);
    if let Some(reporter) = reporter.get() {
        reporter.finish();
    }
    match read {
        Ok(report) => Ok(Some((report, stop))),
        Err(error @ (OcrError::Busy | OcrError::Readonly)) => {
            output::note(with_way_out(&error));
            Ok(None)
        }
        Err(OcrError::Catalog(error)) => Err(error.into()),
        Err(error) => Err(anyhow::anyhow!(with_way_out(&error))),
    }
}

/// What a pass came to, in words; `None` where there was nothing to do.
pub(super) fn in_words(report: ReadReport) -> Option<String> {
    let ReadReport { with_text, without, failed, left } = report;
    if report.done() + left == 0 {
        return None;
    }
    let mut words = format!("text read in {with_text} pictures; {without} have none");
    if failed > 0 {
        words += &format!("; {failed} can't be read (`pixseek status --failed` lists them)");
    }
    if left > 0 {
        words += &format!("; {left} are left for the next run");
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_are_told_in_words() {
        assert_eq!(in_words(ReadReport::default()), None);
        let report = ReadReport { with_text: 3, without: 2, failed: 0, left: 0 };
        assert_eq!(in_words(report).unwrap(), "text read in 3 pictures; 2 have none");
        let stopped = in_words(ReadReport { failed: 1, left: 9, ..report }).unwrap();
        assert!(
            stopped.contains("; 1 can't be read (`pixseek status --failed` lists them); 9 are left"),
            "{stopped}"
        );
    }

    #[test]
    fn whoever_lacks_something_is_told_how_to_get_it() {
        let missing = OcrError::NotInstalled { program: "tesseract".into(), is_own: false };
        assert!(with_way_out(&missing).starts_with("tesseract is not installed, or not on the PATH: `"));
        let own = OcrError::NotInstalled { program: "x\u{1b}".into(), is_own: true };
        assert!(with_way_out(&own).contains("'x\\u{1b}', the command of [ocr] in config.toml, is not"));
        let language = OcrError::NoLanguage { language: "chi_sim".into(), available: vec!["eng".into()] };
        let words = with_way_out(&language);
        assert!(words.contains("(it has eng)") && words.contains("tesseract-ocr-chi-sim"), "{words}");
    }
}
