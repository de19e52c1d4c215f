//! Which colours the terminal has, as far as the environment tells.

use crate::tui::graphics::ColourSupport;

/// What the environment says.
pub(super) fn from_environment() -> ColourSupport {
    of(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
}

fn of(variable: impl Fn(&str) -> Option<String>) -> ColourSupport {
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
        ColourSupport::True
    } else if term.contains("256") {
        ColourSupport::TwoHundredFiftySix
    } else {
        ColourSupport::Sixteen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_which() {
        let support = |variables: &[(&str, &str)]| {
            of(|name| {
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
}
