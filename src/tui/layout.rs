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
/// The most lines that details may take.
const MOST_DETAILS: u16 = 14;
/// The width of the full picture from which the original of "more like this" is beside it.
const WITH_ORIGINAL: u16 = 60;
/// The height of a list from which the original of "more like this" is below it.
const WITH_ORIGINAL_BELOW: u16 = 22;

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

/// What the panes have to have room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Contents {
    /// Which panes are shown.
    pub arrangement: Arrangement,
    /// The lines of the selected picture's details, if they are shown.
    pub details: Option<u16>,
    /// Whether there is an original, to which the results are similar.
    pub original: bool,
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
    /// The picture that the results are similar to, and the line that names it.
    pub original: Option<(Rect, Rect)>,
    /// The status line.
    pub status: Rect,
    /// The line of useful keys, on screens that have room for it.
    pub keys: Option<Rect>,
}

/// Lays the panes out on a screen of `size`. `None` if the screen is too small.
pub(super) fn panes(size: Size, contents: Contents) -> Option<Panes> {
    let Size { width, height } = size;
    let arrangement = contents.arrangement;
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
    let (list, original) = match list.filter(|_| contents.original && preview.is_some()) {
        Some(list) if list.height >= WITH_ORIGINAL_BELOW => {
            let (list, original) = below_list(list);
            (Some(list), Some(original))
        }
        _ => (list, None),
    };
    // A list alone has a caption only when that has the details.
    let below = |pane: Rect, lines: u16| lines.clamp(CAPTION, MOST_DETAILS).min(pane.height / 2);
    let (list, captioned) = match (list, preview, contents.details) {
        (Some(list), None, Some(lines)) => {
            let below = below(list, lines);
            (Some(Rect { height: list.height - below, ..list }), Some((list, below)))
        }
        (list, Some(pane), Some(lines)) => (list, Some((pane, below(pane, lines)))),
        (list, preview, None) => (list, preview.map(|pane| (pane, CAPTION))),
        (list, None, Some(_)) => (list, None),
    };
    let caption = captioned.map(|(pane, height)| Rect { y: pane.bottom() - height, height, ..pane });
    let above =
        preview.zip(caption).map(|(pane, caption)| Rect { height: pane.height - caption.height, ..pane });
    let full = above.zip(caption).filter(|_| contents.original && arrangement == Arrangement::Picture);
    if let Some((above, caption)) = full.filter(|(above, _)| above.width >= WITH_ORIGINAL) {
        return Some(beside_original(above, caption, base(size, body, keys)));
    }
    let is_grid = arrangement == Arrangement::Grid;
    Some(Panes {
        list,
        divider,
        sheet: above.filter(|_| is_grid),
        picture: above.filter(|_| !is_grid),
        caption,
        original,
        ..base(size, body, keys)
    })
}

/// The lines at the top and at the bottom, around an empty body.
fn base(size: Size, body: Rect, keys: Option<Rect>) -> Panes {
    let line = |y| Rect::new(0, y, size.width, 1);
    Panes {
        query: line(0),
        message: line(1),
        body,
        list: None,
        sheet: None,
        divider: None,
        picture: None,
        caption: None,
        original: None,
        status: line(body.bottom()),
        keys,
    }
}

/// The original below a list: what is left of the list, the original, and the line above it that names it.
fn below_list(list: Rect) -> (Rect, (Rect, Rect)) {
    let height = list.height / 5 * 2;
    let name = Rect { y: list.bottom() - height - 1, height: 1, ..list };
    let original = Rect { y: name.bottom(), height, ..list };
    (Rect { height: list.height - height - 1, ..list }, (original, name))
}

/// The original to the left of the full picture, as large as that; each has its name below.
fn beside_original(above: Rect, caption: Rect, panes: Panes) -> Panes {
    let left = (above.width - 1) / 2;
    let divider = above.x + left;
    let on_left = |pane: Rect| Rect { width: left, ..pane };
    let on_right = |pane: Rect| Rect { x: divider + 1, width: pane.width - left - 1, ..pane };
    Panes {
        divider: Some(Rect { x: divider, width: 1, ..panes.body }),
        picture: Some(on_right(above)),
        caption: Some(on_right(caption)),
        original: Some((on_left(above), Rect { height: 1, ..on_left(caption) })),
        ..panes
    }
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

    fn every_contents() -> Vec<Contents> {
        let arrangements =
            [Arrangement::ListAndPicture, Arrangement::Picture, Arrangement::List, Arrangement::Grid];
        let details = [None, Some(0), Some(5), Some(90)];
        let both = |arrangement| {
            details.into_iter().flat_map(move |details| {
                [false, true].map(|original| Contents { arrangement, details, original })
            })
        };
        arrangements.into_iter().flat_map(both).collect()
    }

    #[test]
    fn the_original_is_as_large_as_the_full_picture() {
        let contents = Contents { arrangement: Arrangement::Picture, details: Some(6), original: true };
        let panes = panes(Size { width: 101, height: 40 }, contents).unwrap();
        let (original, name) = panes.original.unwrap();
        assert_eq!(
            (panes.picture.unwrap().as_size(), original.as_size()),
            (original.as_size(), Size::new(50, 30))
        );
        assert_eq!((name.y, name.height), (panes.caption.unwrap().y, 1));
        let narrow = super::panes(Size { width: 59, height: 40 }, contents).unwrap();
        assert_eq!((narrow.original, narrow.picture.unwrap().width), (None, 59));
    }

    #[test]
    fn wherever_a_list_and_a_picture_are_asked_for_both_have_room() {
        for width in SMALLEST.width..90 {
            for height in SMALLEST.height..40 {
                let contents =
                    Contents { arrangement: Arrangement::ListAndPicture, details: None, original: false };
                let panes = panes(Size { width, height }, contents).unwrap();
                let picture = panes.picture.unwrap();
                assert!(picture.width >= 17 && picture.height >= 4, "{picture} at {width} x {height}");
            }
        }
    }

    #[test]
    fn panes_fill_every_size_without_overlap() {
        for width in 0..260 {
            for height in 0..90 {
                for contents in every_contents() {
                    let Some(panes) = panes(Size { width, height }, contents) else {
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
                        .chain(panes.original.into_iter().flat_map(|(picture, name)| [picture, name]))
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
