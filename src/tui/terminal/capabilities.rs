//! What the terminal can do, from the environment and its answers.

use super::environment::{Environment, Multiplexer};
use super::replies::Replies;
use super::tmux::TmuxFacts;
use crate::tui::graphics::{
    ColourSupport, DrawingMethod, GraphicsEncoder, GraphicsProtocol, Palette, USUAL_CELL,
};

/// What the terminal can do, and how that was found out.
#[derive(Debug, Clone)]
pub(crate) struct Capabilities {
    /// How pictures are drawn.
    pub encoder: GraphicsEncoder,
    /// Why they are drawn so.
    pub reason: String,
    /// Whether the user would expect more, and is to be told the reason.
    pub is_surprising: bool,
}

/// A way to draw pictures, with its reason.
struct Choice {
    method: DrawingMethod,
    reason: String,
    is_surprising: bool,
}

impl Choice {
    fn new(method: DrawingMethod, reason: impl Into<String>) -> Self {
        Self { method, reason: reason.into(), is_surprising: false }
    }

    /// A choice that is worse than the terminal itself would let expect.
    fn surprising(method: DrawingMethod, reason: impl Into<String>) -> Self {
        Self { is_surprising: true, ..Self::new(method, reason) }
    }
}

/// Everything that is known of a terminal.
#[derive(Debug, Clone, Default)]
pub(crate) struct TerminalFacts {
    /// What the environment says.
    pub environment: Environment,
    /// What tmux says, if this program runs in it.
    pub tmux: Option<TmuxFacts>,
    /// What the terminal answered.
    pub replies: Replies,
    /// Width and height of a cell in pixels, as the operating system knows them.
    pub pixels: Option<(u16, u16)>,
}

impl TerminalFacts {
    /// What the terminal can do.
    pub(crate) fn capabilities(&self, protocol: GraphicsProtocol) -> Capabilities {
        let choice = match protocol.forced() {
            Some(method) => Choice::new(method, "chosen with --protocol or in the settings"),
            None => self.choose(),
        };
        let is_tmux = self.environment.multiplexer() == Some(Multiplexer::Tmux);
        let encoder = GraphicsEncoder {
            method: choice.method,
            cell: self.cell().unwrap_or(USUAL_CELL),
            in_tmux: is_tmux,
            palette: self.palette(),
        };
        Capabilities { encoder, reason: choice.reason, is_surprising: choice.is_surprising }
    }

    /// Width and height of a cell in pixels, if anybody knows them.
    pub(crate) fn cell(&self) -> Option<(u16, u16)> {
        self.replies.cell.or(self.pixels).filter(|(width, height)| *width > 0 && *height > 0)
    }

    /// The name and version of the terminal itself, around a multiplexer too, if it told them.
    pub(crate) fn terminal(&self) -> Option<&str> {
        let around = self.tmux.as_ref().map(|tmux| tmux.terminal.as_str()).filter(|name| !name.is_empty());
        around.or(self.replies.version.as_deref())
    }

    fn is(&self, name: &str) -> bool {
        self.terminal().is_some_and(|terminal| terminal.to_lowercase().starts_with(name))
    }

    fn choose(&self) -> Choice {
        match self.environment.multiplexer() {
            Some(Multiplexer::Screen) => {
                Choice::surprising(self.blocks(), "GNU screen passes no pictures on to the terminal")
            }
            Some(Multiplexer::Zellij) if self.replies.sixel() && self.cell().is_some() => {
                Choice::new(DrawingMethod::Sixel, "zellij reports sixels")
            }
            Some(Multiplexer::Zellij) => {
                Choice::surprising(self.blocks(), "zellij passes on sixels only, and this terminal has none")
            }
            Some(Multiplexer::Tmux) => self.choose_in_tmux(&self.tmux.clone().unwrap_or_default()),
            None => self.choose_directly(),
        }
    }

    fn choose_in_tmux(&self, tmux: &TmuxFacts) -> Choice {
        let blocks = self.blocks();
        let old = tmux.number().is_none_or(|number| number < (3, 3));
        let is_web = self.is("xterm.js");
        if old {
            let version =
                if tmux.version.is_empty() { "this tmux" } else { &format!("tmux {}", tmux.version) };
            Choice::surprising(blocks, format!("{version} is older than 3.3, which passes pictures on"))
        } else if self.cell().is_none() {
            Choice::new(blocks, "the size of a cell is not known")
        } else if self.replies.kitty && is_old_kitty(self.terminal()) {
            Choice::surprising(blocks, "kitty before 0.28 shows no pictures within tmux")
        } else if self.replies.kitty && !tmux.features.contains("RGB") {
            let words = "tmux does not know that the terminal has all colours, which kitty's pictures need: add \
                         `set -as terminal-features ',*:RGB'` to tmux.conf";
            Choice::surprising(blocks, words)
        } else if self.replies.kitty {
            Choice::new(DrawingMethod::Kitty, "the terminal around tmux reports kitty's graphics")
        } else if self.is("iterm2") || self.is("wezterm") {
            Choice::new(DrawingMethod::Iterm2, "the terminal around tmux is iTerm2 or WezTerm")
        } else if is_web {
            Choice::surprising(
                blocks,
                "the terminal of VS Code and others in browsers loses pictures in tmux",
            )
        } else if self.replies.sixel() {
            Choice::new(DrawingMethod::Sixel, "the terminal around tmux reports sixels")
        } else if tmux.terminal.is_empty() && (self.environment.is_iterm2 || self.environment.is_wezterm) {
            Choice::new(DrawingMethod::Iterm2, "tmux was started in iTerm2 or WezTerm")
        } else {
            Choice::new(blocks, "the terminal around tmux reports no graphics")
        }
    }

    fn choose_directly(&self) -> Choice {
        let Environment { term_program, lc_terminal, .. } = &self.environment;
        let (kitty, sixel) = (self.replies.kitty, self.replies.sixel());
        if self.environment.is_linux_console() {
            return Choice::new(
                DrawingMethod::HALFBLOCKS,
                "the console of Linux has no graphics, and few characters",
            );
        }
        if self.cell().is_none() {
            return Choice::new(self.blocks(), "the terminal does not say how large its cells are");
        }
        if term_program == "vscode" || self.is("xterm.js") {
            return if sixel {
                Choice::new(DrawingMethod::Iterm2, "VS Code's terminal shows images")
            } else {
                let words = "VS Code shows pictures when its setting terminal.integrated.enableImages is on";
                Choice::surprising(self.blocks(), words)
            };
        }
        if self.environment.is_konsole || self.is("konsole") {
            return if kitty {
                Choice::new(DrawingMethod::KittyDirect, "Konsole has kitty's graphics, but no placeholders")
            } else {
                Choice::new(self.blocks(), "this Konsole has no kitty graphics")
            };
        }
        // A terminal of another name has only inherited the variables of the one that it was started from.
        let other = |name: &str| self.terminal().is_some() && !self.is(name);
        let is_iterm2 = self.is("iterm2") || term_program.starts_with("iTerm") && !other("iterm2");
        let is_wezterm = self.is("wezterm") || term_program == "WezTerm" && !other("wezterm");
        // ssh passes LC_TERMINAL on, and mosh in between shows no pictures: the terminal has to answer too.
        let is_distant = lc_terminal.starts_with("iTerm") && sixel && !other("iterm2");
        if is_iterm2 || is_wezterm || is_distant {
            let name = if is_wezterm { "WezTerm" } else { "iTerm2" };
            return Choice::new(DrawingMethod::Iterm2, format!("the terminal is {name}"));
        }
        if kitty && is_old_kitty(self.terminal()) {
            return Choice::new(DrawingMethod::KittyDirect, "kitty before 0.28 has no placeholders");
        }
        let has_files = ["mintty", "Tabby", "Hyper", "rio", "Bobcat", "WarpTerminal"];
        if let Some(name) = has_files.iter().find(|name| term_program.contains(**name)) {
            return Choice::new(DrawingMethod::Iterm2, format!("{name} has iTerm2's graphics"));
        }
        if kitty {
            return Choice::new(DrawingMethod::Kitty, "the terminal reports kitty's graphics");
        }
        if sixel {
            return Choice::new(DrawingMethod::Sixel, "the terminal reports sixels");
        }
        if self.replies.is_finished {
            Choice::new(self.blocks(), "the terminal reports no graphics")
        } else {
            Choice::surprising(self.blocks(), "the terminal did not answer in time")
        }
    }

    /// The characters that pictures of text are made of. Sextants are rare in fonts, so the terminal has to be one that
    /// draws them by itself. Of 256 colours, two for a whole cell are further off than one for each half
    /// (docs/design/browser.md has the comparison).
    fn blocks(&self) -> DrawingMethod {
        let is_near_its_colours = self.palette().support() != ColourSupport::TwoHundredFiftySix;
        let draws = ["vte", "kitty", "wezterm", "ghostty", "foot", "contour", "iterm2", "konsole"];
        let has_sextants = draws.iter().any(|name| self.is(name)) || self.environment.is_windows_terminal;
        if self.environment.is_linux_console() || !self.environment.is_utf8() || !is_near_its_colours {
            DrawingMethod::HALFBLOCKS
        } else if has_sextants {
            DrawingMethod::SEXTANTS
        } else {
            DrawingMethod::QUADRANTS
        }
    }

    /// The colours, as far as they are known.
    fn palette(&self) -> Palette {
        let has_256 = self.environment.term.contains("256");
        let by_name = if has_256 { ColourSupport::TwoHundredFiftySix } else { ColourSupport::Sixteen };
        let support = match (self.environment.multiplexer(), &self.tmux) {
            (Some(Multiplexer::Tmux), Some(tmux)) if tmux.features.contains("RGB") => ColourSupport::True,
            (Some(Multiplexer::Tmux), Some(tmux)) if !tmux.features.is_empty() => {
                let has_256 = tmux.features.contains("256");
                if has_256 { ColourSupport::TwoHundredFiftySix } else { ColourSupport::Sixteen }
            }
            // tmux before 3.2 says nothing, and finds other colours where the terminal lacks them.
            (Some(Multiplexer::Tmux | Multiplexer::Zellij), _) => ColourSupport::True,
            (Some(Multiplexer::Screen), _) => by_name,
            (None, _) if self.environment.promises_all_colours() => ColourSupport::True,
            (None, _) if self.replies.all_colours == Some(true) => ColourSupport::True,
            (None, _) => by_name,
        };
        let sixteen: Vec<[u8; 3]> = self.replies.palette.iter().copied().flatten().collect();
        match <[[u8; 3]; 16]>::try_from(sixteen) {
            Ok(sixteen) => Palette::reported(support, sixteen),
            Err(_) => Palette::new(support),
        }
    }
}

/// Whether this is a kitty that reports its graphics but lacks placeholders. Those came with 0.28
/// (<https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders>).
fn is_old_kitty(terminal: Option<&str>) -> bool {
    let version = terminal.and_then(|name| name.strip_prefix("kitty(")).and_then(|rest| rest.split_once(')'));
    let mut numbers = version.into_iter().flat_map(|(version, _)| version.split('.')).map(str::parse::<u32>);
    matches!((numbers.next(), numbers.next()), (Some(Ok(0)), Some(Ok(..28))))
}

#[cfg(test)]
mod tests;
