//! What the environment says of the terminal.

/// A program between this one and the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Multiplexer {
    /// tmux.
    Tmux,
    /// GNU screen.
    Screen,
    /// Zellij.
    Zellij,
}

impl Multiplexer {
    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tmux => "tmux",
            Self::Screen => "GNU screen",
            Self::Zellij => "zellij",
        }
    }
}

/// The variables that say something of the terminal; empty where they are not set.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    /// `TERM`: the kind of terminal.
    pub term: String,
    /// `COLORTERM`: `truecolor` where there are all colours.
    pub colorterm: String,
    /// `TERM_PROGRAM`: the name of the terminal, or of tmux.
    pub term_program: String,
    /// `LC_TERMINAL`: the name of the terminal, which ssh passes on.
    pub lc_terminal: String,
    /// `TMUX_PANE`: tmux's name for where this program runs.
    pub tmux_pane: String,
    /// `LC_ALL`, `LC_CTYPE` or `LANG`, the first that is set.
    pub locale: String,
    is_tmux: bool,
    is_screen: bool,
    is_zellij: bool,
    /// Whether a variable of Konsole's is set.
    pub is_konsole: bool,
    /// Whether a variable of WezTerm's is set.
    pub is_wezterm: bool,
    /// Whether a variable of iTerm2's is set.
    pub is_iterm2: bool,
    /// Whether a variable of Windows Terminal's is set.
    pub is_windows_terminal: bool,
}

impl Environment {
    /// The environment of this process.
    pub(crate) fn of_process() -> Self {
        Self::of(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    /// The environment in which variables have these values.
    pub(crate) fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name: &str| variable(name).unwrap_or_default();
        let is_set = |name: &str| !value(name).is_empty();
        let locale =
            ["LC_ALL", "LC_CTYPE", "LANG"].iter().map(|name| value(name)).find(|set| !set.is_empty());
        Self {
            term: value("TERM"),
            colorterm: value("COLORTERM"),
            term_program: value("TERM_PROGRAM"),
            lc_terminal: value("LC_TERMINAL"),
            tmux_pane: value("TMUX_PANE"),
            locale: locale.unwrap_or_default(),
            is_tmux: is_set("TMUX") || value("TERM").starts_with("tmux") || value("TERM_PROGRAM") == "tmux",
            is_screen: is_set("STY"),
            is_zellij: is_set("ZELLIJ"),
            is_konsole: is_set("KONSOLE_VERSION"),
            is_wezterm: is_set("WEZTERM_EXECUTABLE") || is_set("WEZTERM_PANE"),
            is_iterm2: is_set("ITERM_SESSION_ID"),
            is_windows_terminal: is_set("WT_SESSION"),
        }
    }

    /// The multiplexer that this program runs in. Of tmux in screen and screen in tmux, `TERM` tells the inner one.
    pub(crate) fn multiplexer(&self) -> Option<Multiplexer> {
        let says_tmux = self.term.starts_with("tmux") || self.term_program == "tmux";
        if self.is_zellij {
            Some(Multiplexer::Zellij)
        } else if self.is_tmux && (says_tmux || !self.is_screen) {
            Some(Multiplexer::Tmux)
        } else if self.is_screen || self.term.starts_with("screen") {
            Some(Multiplexer::Screen)
        } else {
            None
        }
    }

    /// Whether this is the console of Linux, whose font has few characters.
    pub(crate) fn is_linux_console(&self) -> bool {
        self.term == "linux"
    }

    /// Whether the terminal can move its cursor, as far as `TERM` tells.
    pub(crate) fn can_move_its_cursor(&self) -> bool {
        cfg!(windows) || !["", "dumb", "unknown", "cons25-dumb", "emacs"].contains(&self.term.as_str())
    }

    /// Whether the variables promise all colours. Inside a multiplexer, they speak of the terminal around it.
    pub(crate) fn promises_all_colours(&self) -> bool {
        let known = ["kitty", "alacritty", "foot", "ghostty", "wezterm", "contour", "direct"];
        let programs = ["iterm.app", "wezterm", "ghostty", "vscode"];
        self.multiplexer().is_none()
            && (["truecolor", "24bit"].contains(&self.colorterm.to_lowercase().as_str())
                || known.iter().any(|name| self.term.contains(name))
                || programs.contains(&self.term_program.to_lowercase().as_str())
                || self.is_windows_terminal
                || cfg!(windows))
    }

    /// Whether text is UTF-8 by the locale; so it is assumed where none is set.
    pub(crate) fn is_utf8(&self) -> bool {
        let locale = self.locale.to_lowercase();
        locale.is_empty()
            || locale.contains("utf-8")
            || locale.contains("utf8")
            || cfg!(any(windows, target_os = "macos"))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An environment of variables and their values.
    pub(crate) fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::of(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_inner_multiplexer_counts() {
        let tmux = ("TMUX", "/tmp/tmux-0/default,1,0");
        let screen = ("STY", "1.pts-0.host");
        let of = |variables: &[(&str, &str)]| environment(variables).multiplexer();
        assert_eq!(of(&[("TERM", "xterm-256color")]), None);
        assert_eq!(of(&[("TERM", "screen-256color"), tmux]), Some(Multiplexer::Tmux), "an old tmux");
        assert_eq!(of(&[("TERM", "screen.xterm-256color"), screen]), Some(Multiplexer::Screen));
        assert_eq!(of(&[("TERM", "screen"), screen, tmux]), Some(Multiplexer::Screen), "screen in tmux");
        assert_eq!(of(&[("TERM", "tmux-256color"), screen, tmux]), Some(Multiplexer::Tmux), "tmux in screen");
        assert_eq!(of(&[("TERM", "xterm-kitty"), ("ZELLIJ", "0")]), Some(Multiplexer::Zellij));
    }

    #[test]
    fn dumb_terminals_are_known() {
        for (term, can) in [("dumb", false), ("", false), ("linux", true), ("xterm", true), ("vt100", true)] {
            assert_eq!(environment(&[("TERM", term)]).can_move_its_cursor(), can || cfg!(windows), "{term}");
        }
    }

    #[test]
    fn a_multiplexer_keeps_no_promise_of_the_terminal_around_it() {
        let colours = ("COLORTERM", "truecolor");
        assert!(environment(&[("TERM", "xterm-256color"), colours]).promises_all_colours());
        assert!(!environment(&[("TERM", "screen-256color"), colours, ("STY", "1")]).promises_all_colours());
        assert!(environment(&[("TERM", "xterm-kitty")]).promises_all_colours());
        assert_eq!(environment(&[("TERM", "xterm-256color")]).promises_all_colours(), cfg!(windows));
    }
}
