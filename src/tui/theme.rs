//! The styles, all from the terminal's own 16 colours, so that they suit dark and light ones alike.

use ratatui::style::{Color, Modifier, Style};

/// How each kind of text looks.
#[derive(Debug, Clone, Copy)]
pub struct Theme {
    /// The prompt, the score bars and the selection's mark.
    pub accent: Style,
    /// The selected row.
    pub selected: Style,
    /// Marked pictures.
    pub marked: Style,
    /// What matters less: folders, scores, rules, the status line.
    pub quiet: Style,
    /// What went wrong.
    pub trouble: Style,
    /// Headings and key names.
    pub strong: Style,
}

impl Theme {
    /// The theme; without colours if the user said so (`NO_COLOR`).
    pub fn new(colours: bool) -> Self {
        let coloured = |colour| if colours { Style::new().fg(colour) } else { Style::new() };
        Self {
            accent: coloured(Color::Cyan),
            selected: Style::new().add_modifier(Modifier::BOLD),
            marked: coloured(Color::Magenta).add_modifier(Modifier::BOLD),
            quiet: Style::new().add_modifier(Modifier::DIM),
            trouble: coloured(Color::Red),
            strong: Style::new().add_modifier(Modifier::BOLD),
        }
    }

    /// As the environment asks: `NO_COLOR` set and not empty turns colours off.
    pub fn from_environment() -> Self {
        Self::new(std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()))
    }
}
