//! The styles. By default they use the 16 colours of the terminal, so that they suit dark and light ones alike.

use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

/// The style of each kind of text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Theme {
    /// The prompt, the score bars, the edge of the selected row, and notices.
    pub accent: Style,
    /// The text of the selected row.
    pub selected: Style,
    /// Marks.
    pub marked: Style,
    /// Secondary text: folders, scores, rules, the status line.
    pub quiet: Style,
    /// Errors; `trouble` in the settings.
    pub error: Style,
    /// Names of keys and of what is asked about.
    pub strong: Style,
}

impl Theme {
    /// The default theme, with colours or without.
    pub(crate) fn new(colours: bool) -> Self {
        let coloured = |colour| if colours { Style::new().fg(colour) } else { Style::new() };
        Self {
            accent: coloured(Color::Cyan),
            selected: Style::new().add_modifier(Modifier::REVERSED),
            marked: coloured(Color::Magenta).add_modifier(Modifier::BOLD),
            quiet: Style::new().add_modifier(Modifier::DIM),
            error: coloured(Color::Red),
            strong: Style::new().add_modifier(Modifier::BOLD),
        }
    }

    /// The theme of the settings. If `NO_COLOR` is set and not empty, it has no colours.
    pub(crate) fn from_environment(settings: &ThemeSettings) -> Self {
        let colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        settings.over(Self::new(colours), colours)
    }
}

/// The section `[theme]` of the settings: any of the styles of a [`Theme`], in words.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ThemeSettings {
    /// The prompt, the score bars, the edge of the selected row, and notices.
    pub accent: Option<StyleInWords>,
    /// The text of the selected row.
    pub selected: Option<StyleInWords>,
    /// Marks.
    pub marked: Option<StyleInWords>,
    /// Secondary text: folders, scores, rules, the status line.
    pub quiet: Option<StyleInWords>,
    /// Errors.
    pub trouble: Option<StyleInWords>,
    /// Names of keys and of what is asked about.
    pub strong: Option<StyleInWords>,
}

impl ThemeSettings {
    fn over(&self, base: Theme, colours: bool) -> Theme {
        let or = |own: Option<StyleInWords>, base: Style| match own {
            Some(StyleInWords(style)) if colours => style,
            Some(StyleInWords(style)) => Style { fg: None, bg: None, ..style },
            None => base,
        };
        Theme {
            accent: or(self.accent, base.accent),
            selected: or(self.selected, base.selected),
            marked: or(self.marked, base.marked),
            quiet: or(self.quiet, base.quiet),
            error: or(self.trouble, base.error),
            strong: or(self.strong, base.strong),
        }
    }
}

/// A style in words such as `bold #88c0d0 on black`: a colour by name, number (0 to 255) or `#rrggbb`; the colour of the
/// background after `on`; and any of bold, dim, italic, underlined and reversed.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct StyleInWords(pub Style);

impl TryFrom<String> for StyleInWords {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut style = Style::new();
        let mut words = text.split_whitespace();
        while let Some(word) = words.next() {
            let modifier = match word {
                "bold" => Modifier::BOLD,
                "dim" => Modifier::DIM,
                "italic" => Modifier::ITALIC,
                "underlined" => Modifier::UNDERLINED,
                "reversed" => Modifier::REVERSED,
                "on" => {
                    let name = words.next().ok_or_else(|| format!("'{text}': on what?"))?;
                    style.bg = Some(colour(name)?);
                    continue;
                }
                name => {
                    style.fg = Some(colour(name)?);
                    continue;
                }
            };
            style = style.add_modifier(modifier);
        }
        Ok(Self(style))
    }
}

fn colour(name: &str) -> Result<Color, String> {
    Color::from_str(name).map_err(|_| {
        format!("'{name}' is not a colour: write red, light-blue, 0 to 255, #rrggbb, or bold, dim")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(text: &str) -> Result<Style, String> {
        StyleInWords::try_from(text.to_owned()).map(|style| style.0)
    }

    #[test]
    fn styles_are_read_from_words() {
        let expected =
            Style::new().fg(Color::Rgb(0x88, 0xc0, 0xd0)).bg(Color::Black).add_modifier(Modifier::BOLD);
        assert_eq!(style("bold #88c0d0 on black"), Ok(expected));
        assert_eq!(style("light-blue"), Ok(Style::new().fg(Color::LightBlue)));
        assert_eq!(style("214"), Ok(Style::new().fg(Color::Indexed(214))));
        assert!(style("blod red").unwrap_err().contains("blod"));
        assert!(style("red on").is_err());
    }

    #[test]
    fn without_colours_the_settings_have_none_either() {
        let accent = Some(StyleInWords::try_from("bold red on 17".to_owned()).unwrap());
        let settings = ThemeSettings { accent, ..ThemeSettings::default() };
        assert_eq!(settings.over(Theme::new(true), true).accent.fg, Some(Color::Red));
        let plain = settings.over(Theme::new(false), false).accent;
        assert_eq!((plain.fg, plain.bg), (None, None));
        assert!(plain.add_modifier.contains(Modifier::BOLD));
    }
}
