//! Where everything is on a screen of a given size. The view draws by it, and the state machine moves and clicks by it.

use ratatui::layout::{Rect, Size};
use serde::Deserialize;

/// The smallest screen that the browser works on; on smaller ones it only says that it needs more room.
pub(super) const SMALLEST: Size = Size { width: 40, height: 10 };
/// The width from which on a list and a picture are side by side.
const SIDE_BY_SIDE: u16 = 70;
/// The height from which on a picture is below a list, on screens too narrow for both side by side.
const STACKED: u16 = 18;
/// The height from which on the useful keys have a line.
const WITH_KEYS: u16 = 14;
/// The height of the caption under a picture.
const CAPTION: u16 = 2;
/// The height of the caption when it has the details.
const DETAILS: u16 = 9;

/// Which panes are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Arrangement {
    /// The list, and the selected picture beside or below it.
    #[default]
    ListAndPicture,
    /// The contact sheet: small pictures in rows and columns.
    #[serde(rename = "sheet")]
    Grid,
    /// The selected picture alone.
    Picture,
    /// The list alone.
    List,
}

impl Arrangement {
    /// The name in the settings.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ListAndPicture => "list-and-picture",
            Self::Grid => "sheet",
            Self::Picture => "picture",
            Self::List => "list",
        }
    }

    /// The arrangement that follows this one.
    pub(super) fn next(self) -> Self {
        match self {
            Self::ListAndPicture => Self::Grid,
            Self::Grid => Self::Picture,
            Self::Picture => Self::List,
            Self::List => Self::ListAndPicture,
        }
    }
}

/// The parts of the screen; they don't overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Panes {
    /// The line of the query.
    pub query: Rect,
    /// The line for a message or a hint; a rule while there is none.
    pub message: Rect,
    /// Everything between the message and the status line; the panes below are parts of it.
    pub body: Rect,
    /// The list of results.
    pub list: Option<Rect>,
    /// The contact sheet.
    pub sheet: Option<Rect>,
    /// The line between the list and the picture; vertical or horizontal.
    pub divider: Option<Rect>,
    /// The selected picture without its caption.
    pub picture: Option<Rect>,
    /// The caption of the selected picture, or its details.
    pub caption: Option<Rect>,
    /// The status line.
    pub status: Rect,
    /// The line of useful keys, on screens that have room for it.
    pub keys: Option<Rect>,
}

/// Lays the panes out on a screen of `size`, with room for the details of the selected picture or without. `None` if the
/// screen is too small.
pub(super) fn panes(size: Size, arrangement: Arrangement, details: bool) -> Option<Panes> {
    let Size { width, height } = size;
    if width < SMALLEST.width || height < SMALLEST.height {
        return None;
    }
    let keys = (height >= WITH_KEYS).then(|| Rect::new(0, height - 1, width, 1));
    let height = height - keys.map_or(0, |keys| keys.height);
    let body = Rect::new(0, 2, width, height - 3);
    let (list, divider, preview) = match arrangement {
        Arrangement::List => (Some(body), None, None),
        Arrangement::Picture | Arrangement::Grid => (None, None, Some(body)),
        Arrangement::ListAndPicture if width >= SIDE_BY_SIDE => {
            let left = (width / 5 * 2).clamp(32, 76);
            (
                Some(Rect { width: left - 1, ..body }),
                Some(Rect { x: left, width: 1, ..body }),
                Some(Rect { x: left + 2, width: width - left - 2, ..body }),
            )
        }
        Arrangement::ListAndPicture if height >= STACKED => {
            let top = body.height / 5 * 2;
            let (line, below) = (body.y + top, body.height - top - 1);
            (
                Some(Rect { height: top, ..body }),
                Some(Rect { y: line, height: 1, ..body }),
                Some(Rect { y: line + 1, height: below, ..body }),
            )
        }
        // Neither way has much room, but a small picture tells more than none.
        Arrangement::ListAndPicture => {
            let left = width / 2;
            (
                Some(Rect { width: left - 1, ..body }),
                Some(Rect { x: left, width: 1, ..body }),
                Some(Rect { x: left + 2, width: width - left - 2, ..body }),
            )
        }
    };
    // A list alone has a caption only when that has the details.
    let (list, captioned) = match (list, preview) {
        (Some(list), None) if details => {
            let below = DETAILS.min(list.height / 2);
            (Some(Rect { height: list.height - below, ..list }), Some((list, below)))
        }
        (list, Some(pane)) if details => (list, Some((pane, DETAILS.min(pane.height / 2)))),
        (list, preview) => (list, preview.map(|pane| (pane, CAPTION))),
    };
    let caption = captioned.map(|(pane, height)| Rect { y: pane.bottom() - height, height, ..pane });
    let above =
        preview.zip(caption).map(|(pane, caption)| Rect { height: pane.height - caption.height, ..pane });
    let is_grid = arrangement == Arrangement::Grid;
    Some(Panes {
        query: Rect::new(0, 0, width, 1),
        message: Rect::new(0, 1, width, 1),
        body,
        list,
        divider,
        sheet: above.filter(|_| is_grid),
        picture: above.filter(|_| !is_grid),
        caption,
        status: Rect::new(0, height - 1, width, 1),
        keys,
    })
}

/// The place of a box in the middle of the screen, with room for this many columns and lines inside its border, as far as the
/// screen has it.
pub(super) fn popup(columns: usize, lines: usize, screen: Size) -> Rect {
    let size = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
    // The border takes two columns and two lines, the padding two columns.
    let width = size(columns.saturating_add(4)).min(screen.width);
    let height = size(lines.saturating_add(2)).min(screen.height);
    Rect { x: (screen.width - width) / 2, y: (screen.height - height) / 2, width, height }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panes_fill_every_size_without_overlap() {
        for width in 0..260 {
            for height in 0..90 {
                let arrangements =
                    [Arrangement::ListAndPicture, Arrangement::Picture, Arrangement::List, Arrangement::Grid];
                for (arrangement, details) in arrangements.iter().flat_map(|a| [(*a, false), (*a, true)]) {
                    let Some(panes) = panes(Size { width, height }, arrangement, details) else {
                        assert!(width < SMALLEST.width || height < SMALLEST.height);
                        continue;
                    };
                    let screen = Rect::new(0, 0, width, height);
                    let parts: Vec<Rect> = [panes.query, panes.message, panes.status]
                        .into_iter()
                        .chain(
                            [
                                panes.list,
                                panes.divider,
                                panes.picture,
                                panes.sheet,
                                panes.caption,
                                panes.keys,
                            ]
                            .into_iter()
                            .flatten(),
                        )
                        .collect();
                    for (at, part) in parts.iter().enumerate() {
                        assert!(!part.is_empty(), "{part} at {screen}");
                        assert_eq!(screen.intersection(*part), *part, "{part} at {screen}");
                        for other in &parts[at + 1..] {
                            assert!(!part.intersects(*other), "{part} and {other} at {screen}");
                        }
                    }
                }
            }
        }
    }
}
