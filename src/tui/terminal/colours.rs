//! Which colours the terminal has. Others are replaced by the nearest of those.

use ratatui::buffer::Buffer;
use ratatui::style::Color;

/// The colours that a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColourSupport {
    /// The 16 of the palette.
    Sixteen,
    /// The palette, and the 6 x 6 x 6 cube and 24 greys of xterm.
    TwoHundredFiftySix,
    /// Every mixture of red, green and blue.
    True,
}

/// The first sixteen colours of xterm. Those of most terminals are similar.
const SIXTEEN: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];
/// The steps of red, green and blue in the cube.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

impl ColourSupport {
    /// What the environment says.
    pub(crate) fn from_environment() -> Self {
        Self::of(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let term = variable("TERM").unwrap_or_default();
        let says = |name: &str, values: &[&str]| {
            variable(name).is_some_and(|value| values.contains(&value.to_lowercase().as_str()))
        };
        // tmux and these terminals have all colours, but COLORTERM gets lost on the way (ssh, sudo).
        let known = ["kitty", "alacritty", "foot", "ghostty", "wezterm", "contour", "direct"];
        if says("COLORTERM", &["truecolor", "24bit"])
            || known.iter().any(|name| term.contains(name))
            || says("TERM_PROGRAM", &["iterm.app", "wezterm", "ghostty", "vscode", "tmux"])
            || ["TMUX", "WT_SESSION"].iter().any(|name| variable(name).is_some())
            || cfg!(windows)
        {
            Self::True
        } else if term.contains("256") {
            Self::TwoHundredFiftySix
        } else {
            Self::Sixteen
        }
    }

    /// Replaces the colours on a screen that the terminal does not have.
    pub(crate) fn reduce(self, buffer: &mut Buffer) {
        if self == Self::True {
            return;
        }
        for cell in &mut buffer.content {
            cell.fg = self.nearest(cell.fg);
            cell.bg = self.nearest(cell.bg);
        }
    }

    fn nearest(self, colour: Color) -> Color {
        match (self, colour) {
            (Self::TwoHundredFiftySix, Color::Rgb(r, g, b)) => Color::Indexed(nearest_of_256((r, g, b))),
            (Self::Sixteen, Color::Rgb(r, g, b)) => Color::Indexed(nearest_of_16((r, g, b))),
            (Self::Sixteen, Color::Indexed(index)) if index >= 16 => {
                Color::Indexed(nearest_of_16(rgb(index)))
            }
            _ => colour,
        }
    }
}

fn distance(a: (u8, u8, u8), b: (u8, u8, u8)) -> u32 {
    [(a.0, b.0), (a.1, b.1), (a.2, b.2)].iter().map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum()
}

fn nearest_of_16(wanted: (u8, u8, u8)) -> u8 {
    (0..).zip(SIXTEEN).min_by_key(|(_, known)| distance(wanted, *known)).map_or(0, |(index, _)| index)
}

fn nearest_of_256(wanted: (u8, u8, u8)) -> u8 {
    let step = |value: u8| (0..6).min_by_key(|at| STEPS[usize::from(*at)].abs_diff(value)).unwrap_or(0);
    let cube = 16 + 36 * step(wanted.0) + 6 * step(wanted.1) + step(wanted.2);
    let mean = (u32::from(wanted.0) + u32::from(wanted.1) + u32::from(wanted.2)) / 3;
    let grey = 232 + (mean.saturating_sub(3) / 10).min(23) as u8;
    if distance(wanted, rgb(grey)) < distance(wanted, rgb(cube)) { grey } else { cube }
}

/// The red, green and blue that xterm shows for an index.
fn rgb(index: u8) -> (u8, u8, u8) {
    match index {
        0..16 => SIXTEEN[usize::from(index)],
        16..232 => {
            let step = |at: u8| STEPS[usize::from(at % 6)];
            let index = index - 16;
            (step(index / 36), step(index / 6), step(index))
        }
        232.. => {
            let grey = 8 + 10 * (index - 232);
            (grey, grey, grey)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_which() {
        let support = |variables: &[(&str, &str)]| {
            ColourSupport::of(|name| {
                let known = variables.iter().find(|(known, _)| *known == name);
                known.map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(support(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]), ColourSupport::True);
        assert_eq!(support(&[("TERM", "xterm-kitty")]), ColourSupport::True);
        assert_eq!(support(&[("TERM", "screen-256color"), ("TMUX", "/tmp/tmux")]), ColourSupport::True);
        if !cfg!(windows) {
            assert_eq!(support(&[("TERM", "xterm-256color")]), ColourSupport::TwoHundredFiftySix);
            assert_eq!(support(&[("TERM", "linux")]), ColourSupport::Sixteen);
        }
    }

    #[test]
    fn every_colour_of_the_palette_is_its_own_nearest() {
        for index in 16..=255 {
            assert_eq!(rgb(nearest_of_256(rgb(index))), rgb(index), "{index}");
        }
        for (index, known) in (0..).zip(SIXTEEN) {
            assert_eq!(nearest_of_16(known), index);
        }
    }

    #[test]
    fn a_screen_keeps_only_colours_of_the_terminal() {
        let mut buffer = Buffer::empty(ratatui::layout::Rect::new(0, 0, 2, 1));
        buffer.content[0].set_fg(Color::Rgb(250, 3, 7)).set_bg(Color::Indexed(196));
        buffer.content[1].set_fg(Color::Cyan);
        ColourSupport::Sixteen.reduce(&mut buffer);
        assert_eq!((buffer.content[0].fg, buffer.content[0].bg), (Color::Indexed(9), Color::Indexed(9)));
        assert_eq!(buffer.content[1].fg, Color::Cyan);
    }
}
