//! The terminal's part of `pixseek doctor`.

use serde::Serialize;

use crate::tui::{self, Environment, GraphicsProtocol, TerminalFacts};

/// A line of the report: what it is about, and what was found.
pub(super) type Line = (&'static str, String);

/// What was found of the terminal. What is not known is left out.
#[derive(Serialize, Default)]
pub(super) struct TerminalReport {
    /// Why there is no terminal to ask, or why the browser can't use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    unusable: Option<String>,
    term: String,
    colorterm: String,
    term_program: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    multiplexer: Option<String>,
    /// The name and version that the terminal reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answers: Option<Answers>,
    #[serde(skip_serializing_if = "Option::is_none")]
    colours: Option<&'static str>,
    /// Whether its sixteen colours are known.
    palette_known: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    protocol: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Columns and rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<(u16, u16)>,
    /// Width and height of a cell in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    cell: Option<(u16, u16)>,
    locale: String,
    utf8: bool,
    clipboard: Vec<String>,
}

/// What the terminal answered to questions.
#[derive(Serialize)]
struct Answers {
    in_time: bool,
    kitty: bool,
    sixel: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    all_colours: Option<bool>,
}

/// Asks the terminal, if there is one.
pub(super) fn examine(protocol: GraphicsProtocol) -> TerminalReport {
    let mut unusable = tui::check_terminal().err().map(|error| error.to_string());
    let mut asked = None;
    if unusable.is_none() {
        match tui::probe_terminal(protocol) {
            Ok(facts) => asked = Some(facts),
            Err(error) => unusable = Some(format!("the terminal can't be asked: {error}")),
        }
    }
    let environment = Environment::of_process();
    let report = TerminalReport {
        unusable,
        term: environment.term.clone(),
        colorterm: environment.colorterm.clone(),
        term_program: environment.term_program.clone(),
        multiplexer: environment.multiplexer().map(|multiplexer| multiplexer.name().to_owned()),
        locale: environment.locale.clone(),
        utf8: environment.is_utf8(),
        clipboard: tui::clipboard_ways(),
        ..TerminalReport::default()
    };
    match asked {
        Some(facts) => with_answers(report, &facts, protocol),
        None => report,
    }
}

fn with_answers(report: TerminalReport, facts: &TerminalFacts, protocol: GraphicsProtocol) -> TerminalReport {
    let capabilities = facts.capabilities(protocol);
    let palette = &capabilities.encoder.palette;
    let version = facts.tmux.as_ref().map(|tmux| tmux.version.as_str()).filter(|version| !version.is_empty());
    TerminalReport {
        multiplexer: report.multiplexer.map(|name| match version {
            Some(version) => format!("{name} {version}"),
            None => name,
        }),
        version: facts.terminal().map(str::to_owned),
        answers: Some(Answers {
            in_time: facts.replies.is_finished,
            kitty: facts.replies.kitty,
            sixel: facts.replies.sixel(),
            all_colours: facts.replies.all_colours,
        }),
        colours: Some(palette.support().words()),
        palette_known: palette.is_reported(),
        protocol: Some(capabilities.encoder.method.name()),
        reason: Some(capabilities.reason),
        size: crossterm::terminal::size().ok().filter(|(columns, rows)| *columns > 0 && *rows > 0),
        cell: facts.cell(),
        ..report
    }
}

/// The report in words.
pub(super) fn lines(report: &TerminalReport) -> Vec<Line> {
    let or = |text: &str, other: &str| if text.is_empty() { other.to_owned() } else { text.to_owned() };
    let yes = |is: bool| if is { "yes" } else { "no" };
    let mut lines: Vec<Line> = Vec::new();
    if let Some(words) = &report.unusable {
        lines.push(("browser", format!("{words}; `pixseek search` needs none")));
    }
    lines.push(("TERM", or(&report.term, "not set")));
    lines.push(("COLORTERM", or(&report.colorterm, "not set")));
    if !report.term_program.is_empty() {
        lines.push(("program", report.term_program.clone()));
    }
    lines.extend(report.multiplexer.clone().map(|name| ("inside", name)));
    lines.extend(report.version.clone().map(|name| ("reports as", name)));
    if let Some(answers) = &report.answers {
        let late = if answers.in_time { "" } else { ", and not all answers came in time" };
        let (kitty, sixel) = (yes(answers.kitty), yes(answers.sixel));
        lines.push(("answers", format!("kitty's graphics: {kitty}, sixels: {sixel}{late}")));
    }
    if let Some(colours) = report.colours {
        let known = if report.palette_known { ", its own sixteen are known" } else { "" };
        lines.push(("colours", format!("{colours}{known}")));
    }
    if let (Some(protocol), Some(reason)) = (report.protocol, &report.reason) {
        lines.push(("pictures", format!("{protocol}: {reason}")));
    }
    if let Some((columns, rows)) = report.size {
        let cell = report.cell.map_or_else(
            || "whose size in pixels is not known".to_owned(),
            |(width, height)| format!("of {width} x {height} pixels"),
        );
        lines.push(("size", format!("{columns} x {rows} cells {cell}")));
    } else if report.answers.is_some() {
        lines.push(("size", "not reported: 80 x 24 cells are assumed".into()));
    }
    if report.answers.is_some() {
        let words = "clicks and the wheel are asked for; most terminals select text with shift";
        lines.push(("mouse", words.into()));
    }
    lines.push(("clipboard", report.clipboard.join(", ")));
    let utf8 = if report.utf8 { "UTF-8" } else { "not UTF-8: names and pictures may look wrong" };
    lines.push(("text", format!("{utf8} (locale: {})", or(&report.locale, "not set"))));
    lines
}
