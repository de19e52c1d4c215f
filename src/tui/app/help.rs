//! The lines of the help: the user's commands, the keys by groups, examples of queries.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::cheat_sheet;
use super::keymap::Group;
use super::state::State;
use crate::base::escape;
use crate::tui::layout;

/// The blanks between the keys and what they do.
const GAP: usize = 2;
/// The blanks between two columns.
const BETWEEN: usize = 4;
/// The columns that the border and the padding of the box take.
const BORDER: usize = 4;

/// One line of the help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HelpLine {
    /// The name of a group.
    Heading(&'static str),
    /// Keys or an example, and what they do.
    Row(String, String),
    /// The gap before a heading.
    Blank,
}

/// The help as it fits on a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HelpPage {
    /// The columns, from left to right; one or two.
    pub columns: Vec<Vec<HelpLine>>,
    /// The width of the keys of each column.
    pub keys: usize,
    /// The width of each column with its keys.
    pub width: usize,
    /// The box.
    pub area: Rect,
    /// The number of lines that fit into the box.
    pub visible: usize,
}

impl HelpPage {
    /// The number of lines of the longest column.
    pub(crate) fn len(&self) -> usize {
        self.columns.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// The index of the first visible line when the end is in view.
    pub(crate) fn last_first(&self) -> usize {
        self.len().saturating_sub(self.visible)
    }

    /// The blanks between two columns.
    pub(crate) const fn between() -> usize {
        BETWEEN
    }
}

/// Lays the help out on the screen: with the rows that have the text `sought` in any case, in two columns if there is room, and
/// with as many of the keys of each row as there is room for.
pub(crate) fn page(state: &State, sought: &str) -> HelpPage {
    let width = usize::from(state.size.width).saturating_sub(BORDER);
    let layouts = [(2, usize::MAX), (2, 2), (1, usize::MAX), (1, 2), (1, 1)];
    let pages = layouts.map(|(columns, keys)| (columns, groups(state, sought, keys)));
    let fits = |columns: usize, groups: &[Vec<HelpLine>]| {
        columns * width_of(groups).1 + (columns - 1) * BETWEEN <= width && (columns == 1 || groups.len() > 1)
    };
    let chosen = pages.iter().find(|(columns, groups)| fits(*columns, groups)).unwrap_or(&pages[4]);
    let (columns, groups) = chosen;
    let (keys, column) = width_of(groups);
    let columns = if *columns == 2 { split(groups) } else { vec![joined(groups)] };
    let lines = columns.iter().map(Vec::len).max().unwrap_or(0);
    let across = columns.len() * column + (columns.len() - 1) * BETWEEN;
    let area = layout::popup(across, lines, state.size);
    HelpPage { columns, keys, width: column, area, visible: usize::from(area.height.saturating_sub(2)) }
}

/// The groups, each with its heading, that have rows with the text `sought`. Each row has at most `most` of its keys.
fn groups(state: &State, sought: &str, most: usize) -> Vec<Vec<HelpLine>> {
    let row = |keys: &[String], help: &str| {
        (keys[..keys.len().min(most)].join(", "), keys.join(", "), escape::text(help))
    };
    let commands = state.commands.iter().enumerate().filter_map(|(at, command)| {
        let keys = state.keys.labels_of_command(at);
        (!keys.is_empty()).then(|| row(&keys, &command.name))
    });
    let mut groups = vec![("Your commands", commands.collect::<Vec<_>>())];
    for group in Group::ALL {
        let rows = state.keys.rows(group);
        groups.push((group.heading(), rows.iter().map(|(keys, help)| row(keys, help)).collect()));
    }
    let examples = cheat_sheet::ROWS.iter().map(|(typed, help)| row(&[(*typed).to_owned()], help));
    groups.push(("Examples of queries", examples.collect()));
    let sought = sought.to_lowercase();
    let matches = |text: &str| text.to_lowercase().contains(&sought);
    let lines = |(heading, rows): (&'static str, Vec<(String, String, String)>)| {
        let found =
            rows.into_iter().filter(|(_, keys, help)| matches(heading) || matches(keys) || matches(help));
        let rows: Vec<HelpLine> = found.map(|(keys, _, help)| HelpLine::Row(keys, help)).collect();
        (!rows.is_empty()).then(|| [vec![HelpLine::Heading(heading)], rows].concat())
    };
    groups.into_iter().filter_map(lines).collect()
}

/// The width of the keys, and that of a column with them.
fn width_of(groups: &[Vec<HelpLine>]) -> (usize, usize) {
    let (mut keys, mut help, mut heading) = (0, 0, 0);
    for line in groups.iter().flatten() {
        match line {
            HelpLine::Row(names, words) => (keys, help) = (keys.max(names.width()), help.max(words.width())),
            HelpLine::Heading(name) => heading = heading.max(name.width()),
            HelpLine::Blank => {}
        }
    }
    (keys, (keys + GAP + help).max(heading))
}

/// The groups one below the other.
fn joined(groups: &[Vec<HelpLine>]) -> Vec<HelpLine> {
    groups.join(&HelpLine::Blank)
}

/// The groups in two columns that are about equally long.
fn split(groups: &[Vec<HelpLine>]) -> Vec<Vec<HelpLine>> {
    let length = |first: usize| joined(&groups[..first]).len().max(joined(&groups[first..]).len());
    let first = (1..groups.len()).min_by_key(|first| length(*first)).unwrap_or(groups.len());
    vec![joined(&groups[..first]), joined(&groups[first..])]
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use ratatui::layout::Size;

    use super::*;

    fn page_on(width: u16, height: u16, sought: &str) -> HelpPage {
        page(&State::new(Path::new("/p"), "demo", "", Size { width, height }), sought)
    }

    fn rows(page: &HelpPage) -> Vec<&str> {
        let mut rows = Vec::new();
        for line in page.columns.iter().flatten() {
            if let HelpLine::Row(_, help) = line {
                rows.push(help.as_str());
            }
        }
        rows
    }

    #[test]
    fn there_are_two_columns_where_they_fit_and_never_a_row_less() {
        let (narrow, wide) = (page_on(60, 30, ""), page_on(160, 50, ""));
        assert_eq!((narrow.columns.len(), wide.columns.len()), (1, 2));
        assert_eq!(rows(&narrow), rows(&wide));
        let [left, right] = [&wide.columns[0], &wide.columns[1]].map(Vec::len);
        assert!(left.abs_diff(right) < 20, "{left} and {right} lines");
        assert!(wide.columns.iter().all(|column| matches!(column[0], HelpLine::Heading(_))));
        for width in 40..260 {
            let page = page_on(width, 30, "");
            let across = page.columns.len() * page.width + (page.columns.len() - 1) * BETWEEN + BORDER;
            assert!(page.columns.len() == 1 || across <= usize::from(width), "{width}");
        }
    }

    #[test]
    fn a_sought_text_leaves_the_rows_that_have_it() {
        let found = page_on(100, 30, "TRASH");
        assert_eq!(rows(&found), ["move to the trash (asks first)", "undo the last move to the trash"]);
        assert_eq!(found.columns[0][0], HelpLine::Heading("Pictures"));
        assert!(
            rows(&page_on(100, 30, "ctrl-j")).contains(&"next result"),
            "keys that are not shown count too"
        );
        let page = page_on(100, 30, "no such words");
        assert_eq!((page.len(), page.last_first()), (0, 0));
    }
}
