//! The part of a picture that is looked at.

use std::path::PathBuf;

use ratatui::layout::Size;

use super::preview::PreviewContent;

/// How closely a picture is looked at, and where.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Zoom {
    /// The absolute path of the picture.
    pub(super) path: PathBuf,
    /// Its width and height in pixels, as displayed.
    pub(super) picture: (u32, u32),
    /// Pixels of the screen for one pixel of the picture.
    pub(super) scale: f64,
    /// The point in the middle of the pane, in pixels of the picture.
    pub(super) centre: (f64, f64),
}

/// A part of a picture, as large as the pane has room for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ZoomedPart {
    /// The absolute path of the file.
    pub path: PathBuf,
    /// The room in columns and rows.
    pub room: Size,
    /// The left and upper edge in pixels of the picture, as displayed.
    pub origin: (u32, u32),
    /// The width and height in pixels of the picture, each at least 1.
    pub extent: (u32, u32),
}

/// The part of a picture that is shown or wanted.
#[derive(Debug, Default)]
pub(crate) struct Zoomed {
    /// How closely the selected picture is looked at; none while the whole of it is shown.
    pub zoom: Option<Zoom>,
    /// The part that was asked for last.
    pub wanted: Option<ZoomedPart>,
    /// The part that is shown; an older one of the same picture stays until the next is ready.
    pub shown: Option<(ZoomedPart, PreviewContent)>,
}

impl Zoom {
    /// The width and height of what is visible, in pixels of the picture.
    fn visible(&self, pixels: (f64, f64)) -> (f64, f64) {
        let side = |picture: u32, pixels: f64| (pixels / self.scale).min(f64::from(picture)).max(1.0);
        (side(self.picture.0, pixels.0), side(self.picture.1, pixels.1))
    }

    /// The same zoom, with nothing visible that is beside the picture.
    pub(super) fn within(self, pixels: (f64, f64)) -> Self {
        let (width, height) = self.visible(pixels);
        let clamp = |at: f64, visible: f64, picture: u32| {
            at.clamp(visible / 2.0, (f64::from(picture) - visible / 2.0).max(visible / 2.0))
        };
        let centre =
            (clamp(self.centre.0, width, self.picture.0), clamp(self.centre.1, height, self.picture.1));
        Self { centre, ..self }
    }

    /// The part that is visible in a pane of `room` cells and `pixels` pixels.
    pub(super) fn part(&self, room: Size, pixels: (f64, f64)) -> ZoomedPart {
        let (width, height) = self.visible(pixels);
        let side = |visible: f64, picture: u32| (visible.round() as u32).clamp(1, picture.max(1));
        let extent = (side(width, self.picture.0), side(height, self.picture.1));
        let edge = |centre: f64, extent: u32, picture: u32| {
            let edge = (centre - f64::from(extent) / 2.0).round().max(0.0) as u32;
            edge.min(picture.saturating_sub(extent))
        };
        let origin =
            (edge(self.centre.0, extent.0, self.picture.0), edge(self.centre.1, extent.1, self.picture.1));
        ZoomedPart { path: self.path.clone(), room, origin, extent }
    }
}
