//! The file that keeps from run to run how the results are shown.

use std::fs;
use std::io::{self, Write};

use serde::Deserialize;

use crate::base::atomic::{self, Access};
use crate::base::dirs;
use crate::tui::app::state::State;
use crate::tui::layout::Arrangement;

/// How results are shown, as far as it is set: the section `[browser]` of the settings, and what the file keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ViewSettings {
    /// Which panes are shown: `list-and-picture`, `sheet`, `picture` or `list`.
    pub layout: Option<Arrangement>,
    /// Whether the details of the selected picture are shown.
    pub details: Option<bool>,
    /// The width of the contact sheet's pictures, about, in columns.
    pub sheet_width: Option<u16>,
    /// Whether the list has bars for scores.
    pub score_bars: Option<bool>,
    /// Whether look-alikes are folded.
    pub fold: Option<bool>,
}

impl ViewSettings {
    /// How the state shows results now.
    pub(super) fn of(state: &State) -> Self {
        Self {
            layout: Some(state.arrangement),
            details: Some(state.details.visible),
            sheet_width: Some(state.sheet_width),
            score_bars: Some(state.score_bars),
            fold: Some(state.results.folding.on),
        }
    }

    /// Has the state show results in this way, as far as it is set.
    pub(super) fn apply(&self, state: &mut State) {
        state.arrangement = self.layout.unwrap_or(state.arrangement);
        state.details.visible = self.details.unwrap_or(state.details.visible);
        state.sheet_width = self.sheet_width.unwrap_or(state.sheet_width);
        state.score_bars = self.score_bars.unwrap_or(state.score_bars);
        let folding = &mut state.results.folding;
        folding.on = self.fold.unwrap_or(folding.on);
    }

    /// These settings, and those of `others` where nothing is set.
    pub(super) fn over(self, others: Self) -> Self {
        Self {
            layout: self.layout.or(others.layout),
            details: self.details.or(others.details),
            sheet_width: self.sheet_width.or(others.sheet_width),
            score_bars: self.score_bars.or(others.score_bars),
            fold: self.fold.or(others.fold),
        }
    }

    fn to_toml(self) -> String {
        let mut text = String::new();
        if let Some(layout) = self.layout {
            text.push_str(&format!("layout = \"{}\"\n", layout.name()));
        }
        let flags = [("details", self.details), ("score_bars", self.score_bars), ("fold", self.fold)];
        for (name, flag) in flags {
            text.extend(flag.map(|flag| format!("{name} = {flag}\n")));
        }
        text.extend(self.sheet_width.map(|width| format!("sheet_width = {width}\n")));
        text
    }
}

/// How results were shown when the browser was left last; the defaults if that is not known.
pub(super) fn load() -> ViewSettings {
    let text = dirs::view_file().map_err(io::Error::other).and_then(fs::read_to_string);
    text.ok().and_then(|text| toml::from_str(&text).ok()).unwrap_or_default()
}

/// Keeps how results are shown. A failure is only logged: the user loses little.
pub(super) fn save(settings: ViewSettings) {
    let path = dirs::view_file().map_err(io::Error::other);
    let written = path.and_then(|path| {
        atomic::write(&path, Access::AsFolder, |file| file.write_all(settings.to_toml().as_bytes()))
    });
    if let Err(error) = written {
        tracing::info!(%error, "how results are shown can't be kept");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        for layout in
            [Arrangement::ListAndPicture, Arrangement::Grid, Arrangement::Picture, Arrangement::List]
        {
            let settings = ViewSettings {
                layout: Some(layout),
                details: Some(true),
                sheet_width: Some(31),
                score_bars: Some(false),
                fold: Some(false),
            };
            assert_eq!(toml::from_str::<ViewSettings>(&settings.to_toml()).unwrap(), settings);
        }
        assert_eq!(ViewSettings::default().to_toml(), "");
    }
}
