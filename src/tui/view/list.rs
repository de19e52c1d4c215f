//! The list of results: selection, mark, score or day, score bar, file name, folder.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::parts::{centred_text, thin_bar};
use super::theme::Theme;
use crate::base::escape;
use crate::library::{Hit, Omitted};
use crate::query::completion::{Completing, Part, completing};
use crate::tui::app::folded_rows::FoldPart;
use crate::tui::app::indexing::Indexing;
use crate::tui::app::keymap::Action;
use crate::tui::app::relevance;
use crate::tui::app::state::State;
use crate::tui::display::{self, counted};

/// The width of a score bar in columns, in wide lists and in narrower ones.
const BAR: usize = 6;
const SHORT_BAR: usize = 4;
/// The widths from which on a list has bars: long ones, and short ones. Names come first.
const WITH_BAR: u16 = 56;
const WITH_SHORT_BAR: u16 = 28;
/// The width from which on a list has the scores as numbers too.
const WITH_SCORE: u16 = 44;
/// The smallest difference of cosines that fills a whole bar, so that noise does not look like a difference.
const SMALLEST_SPAN: f32 = 0.02;

/// Draws the visible part of the list.
pub(super) fn draw(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let results = &state.results;
    let rows = results.hits.iter().enumerate().skip(results.offset).take(usize::from(area.height));
    let scale = Scale::of(rows.clone().map(|(_, hit)| hit));
    let relevant = relevance::count(state);
    for (y, (at, hit)) in (area.y..).zip(rows) {
        let row = Rect { y, height: 1, ..area };
        draw_row(state, at, hit, &scale, theme, row, buffer);
        // A rule under the last picture that is about the query takes no row of its own.
        if relevant == Some(at + 1) && at + 1 < results.hits.len() {
            buffer.set_style(row, Modifier::UNDERLINED);
        }
    }
}

/// Draws a row. The selected one has its style from end to end, behind a mark that is seen without colours too.
fn draw_row(
    state: &State,
    at: usize,
    hit: &Hit,
    scale: &Scale,
    theme: &Theme,
    row: Rect,
    buffer: &mut Buffer,
) {
    let selected = at == state.results.selected;
    let mut pen = Pen { x: row.x, row, buffer };
    pen.write(if selected { "▌" } else { " " }, theme.accent);
    if selected {
        let rest = Rect { x: pen.x, width: row.right().saturating_sub(pen.x), ..row };
        pen.buffer.set_style(rest, theme.selected);
    }
    // Colours and dimmed text are hard to read on the ground of the selected row.
    let style = |style: Style| if selected { theme.selected } else { style };
    pen.write(if state.is_marked(hit.id) { "●" } else { " " }, style(theme.marked));
    if let Some(score) = hit.score {
        if row.width >= WITH_SCORE || (!state.score_bars && row.width >= WITH_SHORT_BAR) {
            pen.write(&format!("{} ", display::score(score, 2)), style(theme.quiet));
        }
        let bar = match row.width {
            WITH_BAR.. => BAR,
            WITH_SHORT_BAR.. => SHORT_BAR,
            _ => 0,
        };
        if state.score_bars && bar > 0 {
            pen.write(&thin_bar(scale.fraction(score), bar), style(theme.accent));
            pen.write(" ", style(Style::new()));
        }
    } else if let Some(day) = state.results.day(at).filter(|_| row.width >= WITH_SCORE) {
        pen.write(&format!("{day} "), style(theme.quiet));
    }
    let (before, after) = fold_marks(state.fold_part(at));
    pen.write(before, style(theme.quiet));
    let name = display::caption(&hit.path, pen.room().saturating_sub(display::columns(&after)));
    let is_beyond = relevance::is_beyond(state, hit);
    pen.write(&name, style(if is_beyond { theme.quiet } else { Style::new() }));
    pen.write(&after, style(theme.accent));
    let folder = hit.path.parent().map(escape::path).unwrap_or_default();
    if !folder.is_empty() && pen.room() > 8 {
        let folder = display::truncate_start(&folder, pen.room() - 2);
        pen.write("  ", style(Style::new()));
        pen.write(&folder, style(theme.quiet));
    }
}

/// What stands before the name of a result that is beneath another, and behind the name of one that stands for others.
pub(super) fn fold_marks(part: Option<FoldPart>) -> (&'static str, String) {
    match part {
        None => ("", String::new()),
        Some(FoldPart::Beneath) => ("└ ", String::new()),
        Some(FoldPart::Row { others, is_open: false }) => ("", format!(" +{others}")),
        Some(FoldPart::Row { others, is_open: true }) => ("", format!(" ▾{others}")),
    }
}

/// A writer along a row, which never goes past its end.
struct Pen<'a> {
    x: u16,
    row: Rect,
    buffer: &'a mut Buffer,
}

impl Pen<'_> {
    fn room(&self) -> usize {
        usize::from(self.row.right().saturating_sub(self.x))
    }

    fn write(&mut self, text: &str, style: Style) {
        (self.x, _) = self.buffer.set_stringn(self.x, self.row.y, text, self.room(), style);
    }
}

/// A scale from cosines to bars: of the results on the screen, the best fills its bar, and the last one has next to none.
struct Scale {
    best: f32,
    span: f32,
}

impl Scale {
    fn of<'a>(hits: impl Iterator<Item = &'a Hit>) -> Self {
        let scores = hits.filter_map(|hit| hit.score).filter(|score| score.is_finite());
        // In another order than by score, neither is at an end.
        let range = scores.fold(None, |range: Option<(f32, f32)>, score| {
            let (least, best) = range.unwrap_or((score, score));
            Some((least.min(score), best.max(score)))
        });
        let (least, best) = range.unwrap_or_default();
        Self { best, span: (best - least).max(SMALLEST_SPAN) }
    }

    /// The part of a bar that a score fills, 0 to 1.
    fn fraction(&self, score: f32) -> f32 {
        if score.is_finite() { (1.0 - (self.best - score) / self.span).clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// Draws the reason why there are no results.
pub(super) fn draw_why_empty(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let folder = escape::path(&state.folder);
    let text = match (state.message.error(), &state.indexing) {
        (Some(error), _) => return centred_text(&escape::text(error), theme.error, area, buffer),
        _ if state.look_alikes.is_some() => look_alikes_or_none(state),
        _ if state.pictures.is_none() || state.results.pending() => "opening…".to_owned(),
        // It had been listed, and its row is another's or nobody's by now.
        _ if state.pictures > Some(1) && !state.similar_to.is_empty() => {
            "this picture has changed meanwhile, or is gone".to_owned()
        }
        _ if state.pictures > Some(0) && !state.results.asked_narrowing.filters.is_empty() => {
            none_fits(state)
        }
        _ if state.pictures > Some(0) && relevance::count(state) == Some(0) => {
            let all = state.keys.label(Action::OnlyRelevant).map(|key| format!(": {key} shows the nearest"));
            format!("nothing here really matches{}", all.unwrap_or_default())
        }
        _ if state.pictures.is_some_and(|pictures| pictures > 0) => "no picture fits the query".to_owned(),
        _ if state.download.is_some() => format!("no pictures in {folder}"),
        (None, Indexing::Running { .. }) => format!("reading {folder}: pictures show up as they are read"),
        (None, Indexing::Failed(_)) => "nothing to search: the indexing failed".to_owned(),
        (None, Indexing::Finished(summary) | Indexing::Polling { summary, .. }) => {
            format!("no pictures in {folder}{}", why_left_out(&summary.omitted))
        }
        (None, Indexing::Off) => format!("nothing indexed yet: run pixseek index {folder}"),
    };
    centred_text(&text, theme.quiet, area, buffer);
}

/// That there are no look-alikes, or that they are being looked for.
fn look_alikes_or_none(state: &State) -> String {
    if state.results.pending() {
        "looking for look-alikes…".into()
    } else {
        "no pictures look alike".into()
    }
}

/// That the filters leave nothing. Words are whole words, so that this is seen while one is being typed.
fn none_fits(state: &State) -> String {
    let pictures = counted(state.pictures.unwrap_or_default(), "picture");
    let filters = match state.results.asked_narrowing.filters.len() {
        1 => "filter",
        _ => "filters",
    };
    // The filters whose values the collection knows.
    let is_value = |completing: Completing| {
        matches!(completing.part, Part::Value("in" | "ext" | "camera" | "lens" | "tag"))
    };
    let way_on = if state.query.is_at_end() && completing(state.query.text()).is_some_and(is_value) {
        "; the right arrow completes it"
    } else {
        ""
    };
    format!("none of {pictures} fits the {filters}{way_on}")
}

/// Why there may be pictures nevertheless, with the options of the command line that include them.
fn why_left_out(omitted: &Omitted) -> String {
    let folders = omitted.unwanted_folders;
    let undecoded: usize = omitted.unsupported.values().sum();
    let reasons: Vec<_> = [
        (omitted.hidden, "hidden (-H)"),
        (omitted.ignored, "ignored (-I)"),
        (omitted.excluded, "excluded (--no-exclude)"),
        (omitted.links, if omitted.links == 1 { "link (-L)" } else { "links (-L)" }),
        (
            folders,
            if folders == 1 {
                "unwanted folder (--no-ignore-defaults)"
            } else {
                "unwanted folders (--no-ignore-defaults)"
            },
        ),
        (undecoded, "in formats that are not read"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, reason)| format!("{count} {reason}"))
    .collect();
    let at_least = if omitted.at_least { "at least " } else { "" };
    if reasons.is_empty() { String::new() } else { format!("; left out: {at_least}{}", reasons.join(", ")) }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use ratatui::layout::Size;

    use super::*;
    use crate::library::Narrowing;

    #[test]
    fn bars_are_scaled_by_the_best_wherever_it_stands() {
        let hit = |score| Hit { id: 1, path: "a".into(), score };
        let scale = Scale::of(
            [hit(Some(0.2)), hit(None), hit(Some(0.6)), hit(Some(f32::NAN)), hit(Some(0.4))].iter(),
        );
        let fractions = [0.2, 0.4, 0.6].map(|score| (scale.fraction(score) * 100.0).round());
        assert_eq!(fractions, [0.0, 50.0, 100.0]);
        assert_eq!(Scale::of([].iter()).fraction(0.0), 1.0);
    }

    #[test]
    fn filters_that_leave_nothing_are_blamed_rather_than_the_folder() {
        let said = |query: &str| {
            let mut state = State::new(Path::new("/p"), "demo", query, Size::new(80, 24));
            state.pictures = Some(24);
            let query = crate::query::parse(query).unwrap();
            state.results.asked_narrowing = Arc::new(Narrowing::of(&query));
            none_fits(&state)
        };
        assert_eq!(said("boat tag:bo"), "none of 24 pictures fits the filter; the right arrow completes it");
        assert_eq!(said("rating>4 on:2020"), "none of 24 pictures fits the filters");
        assert_eq!(said("tag:bo boat"), "none of 24 pictures fits the filter");
    }

    #[test]
    fn an_empty_folder_says_which_options_find_more() {
        assert_eq!(why_left_out(&Omitted::default()), "");
        let omitted = Omitted { hidden: 3, ignored: 4, at_least: true, films: 9, ..Omitted::default() };
        assert_eq!(why_left_out(&omitted), "; left out: at least 3 hidden (-H), 4 ignored (-I)");
        let omitted =
            Omitted { unwanted_folders: 1, unsupported: [("xcf".into(), 2)].into(), ..Omitted::default() };
        let expected = "; left out: 1 unwanted folder (--no-ignore-defaults), 2 in formats that are not read";
        assert_eq!(why_left_out(&omitted), expected);
    }

    #[test]
    fn the_best_result_and_its_equals_fill_their_bars() {
        let hit = |score| Hit { id: 0, path: "a".into(), score: Some(score) };
        let scale = Scale::of([hit(0.25), hit(0.31), hit(0.21)].iter());
        assert_eq!(scale.fraction(0.31), 1.0);
        assert_eq!(scale.fraction(0.21), 0.0);
        assert!((scale.fraction(0.26) - 0.5).abs() < 1e-4);
        assert_eq!(Scale::of([hit(0.3), hit(0.3)].iter()).fraction(0.3), 1.0);
        assert_eq!(Scale::of([].iter()).fraction(f32::NAN), 0.0);
    }
}
