//! The ways to draw a picture on a terminal.

use super::glyphs::GlyphSet;

/// How pictures are to be drawn, in the user's words.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum GraphicsProtocol {
    /// By the best way that the terminal reports.
    #[default]
    Auto,
    /// By the protocol of kitty 0.28 and newer.
    Kitty,
    /// By the protocol of older kitties and of Konsole.
    KittyDirect,
    /// By the protocol of iTerm2.
    Iterm2,
    /// By sixels.
    Sixel,
    /// As text of blocks that divide a cell in six, which recent fonts have.
    Sextants,
    /// As text of blocks that divide a cell in four.
    Quadrants,
    /// As text, two coloured blocks a cell, which works everywhere.
    Halfblocks,
}

impl GraphicsProtocol {
    /// The way that the user chose; none when the terminal is to be asked.
    pub(crate) fn forced(self) -> Option<DrawingMethod> {
        Some(match self {
            Self::Auto => return None,
            Self::Kitty => DrawingMethod::Kitty,
            Self::KittyDirect => DrawingMethod::KittyDirect,
            Self::Iterm2 => DrawingMethod::Iterm2,
            Self::Sixel => DrawingMethod::Sixel,
            Self::Sextants => DrawingMethod::SEXTANTS,
            Self::Quadrants => DrawingMethod::QUADRANTS,
            Self::Halfblocks => DrawingMethod::HALFBLOCKS,
        })
    }
}

/// How pictures are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DrawingMethod {
    /// Kitty's protocol: the picture is sent once, and placeholders in the cells show its parts.
    Kitty,
    /// Kitty's protocol without placeholders: the picture is placed on the screen, and taken away again.
    KittyDirect,
    /// iTerm2's protocol: the picture is sent as a file.
    Iterm2,
    /// Sixels.
    Sixel,
    /// Text: characters of two colours each.
    Blocks(GlyphSet),
}

impl DrawingMethod {
    /// Blocks of half a cell.
    pub(crate) const HALFBLOCKS: Self = Self::Blocks(GlyphSet::Halves);
    /// Blocks of a quarter of a cell and larger ones.
    pub(crate) const QUADRANTS: Self = Self::Blocks(GlyphSet::Quadrants);
    /// Blocks of a sixth of a cell and larger ones.
    pub(crate) const SEXTANTS: Self = Self::Blocks(GlyphSet::Sextants);

    /// The name in the settings.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Kitty => "kitty",
            Self::KittyDirect => "kitty-direct",
            Self::Iterm2 => "iterm2",
            Self::Sixel => "sixel",
            Self::Blocks(GlyphSet::Sextants) => "sextants",
            Self::Blocks(GlyphSet::Quadrants) => "quadrants",
            Self::Blocks(GlyphSet::Halves) => "halfblocks",
        }
    }

    /// Whether pictures are text, which every multiplexer passes on.
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::Blocks(_))
    }
}
