//! Looking closer at the picture that is shown alone.

use std::path::PathBuf;

use ratatui::layout::{Position, Rect};

use super::effect::Effect;
use super::preview::PreviewContent;
use super::state::State;
use super::zoomed::{Zoom, ZoomedPart};
use crate::tui::layout::Arrangement;

/// The largest scale: so many pixels of the screen for each one of the picture.
const LARGEST: f64 = 16.0;
/// The part of what is visible that one step moves by.
const STEP: f64 = 0.25;
/// Scales closer together than this are the same.
const SAME: f64 = 1.02;

/// A change of the scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scaling {
    /// One step closer.
    Closer,
    /// One step away, at last to the whole picture.
    Away,
    /// To one pixel of the screen for each pixel of the picture.
    Actual,
    /// To the whole picture.
    Whole,
}

/// Changes the scale. The point of the picture under `pointer`, or else in the middle, stays where it is.
pub(crate) fn scale(state: &mut State, scaling: Scaling, pointer: Option<Position>) {
    let Some((pane, pixels)) = pane(state) else { return };
    let Some((path, picture)) = shown_picture(state) else { return };
    let whole = whole_scale(picture, pixels);
    let before = state.zoomed.zoom.take().filter(|zoom| zoom.path == path);
    let present = before.as_ref().map_or(whole, |zoom| zoom.scale);
    let next = match scaling {
        Scaling::Whole => return,
        Scaling::Actual if whole * SAME >= 1.0 => {
            state.message.notify("the whole picture is shown as large as it is, or larger");
            return;
        }
        Scaling::Actual => 1.0,
        Scaling::Closer => step_up(present).min(LARGEST.max(present)),
        Scaling::Away => step_down(present),
    };
    if next <= whole * SAME {
        return;
    }
    let middle = (f64::from(picture.0) / 2.0, f64::from(picture.1) / 2.0);
    let mut centre = before.map_or(middle, |zoom| zoom.centre);
    if let Some(pointer) = pointer.filter(|pointer| pane.contains(*pointer)) {
        // From the middle of the pane to the middle of the cell, in pixels of the screen.
        let away = |at: u16, start: u16, cells: u16, pixels: f64| {
            (f64::from(at - start) + 0.5 - f64::from(cells) / 2.0) / f64::from(cells.max(1)) * pixels
        };
        let across = away(pointer.x, pane.x, pane.width, pixels.0);
        let down = away(pointer.y, pane.y, pane.height, pixels.1);
        centre = (centre.0 + across / present - across / next, centre.1 + down / present - down / next);
    }
    let zoom = Zoom { path, picture, scale: next, centre };
    state.zoomed.zoom = Some(zoom.within(pixels));
}

/// Moves over the picture by this number of steps to the right and down.
pub(crate) fn pan(state: &mut State, right: f64, down: f64) {
    let Some((_, pixels)) = pane(state) else { return };
    if let Some(zoom) = state.zoomed.zoom.take() {
        let step = |steps: f64, pixels: f64| steps * STEP * pixels / zoom.scale;
        let centre = (zoom.centre.0 + step(right, pixels.0), zoom.centre.1 + step(down, pixels.1));
        state.zoomed.zoom = Some(Zoom { centre, ..zoom }.within(pixels));
    }
}

/// Asks for the part that is looked at, if another was asked for last. Whoever goes to another picture, or leaves the full
/// picture, sees the whole again.
pub(crate) fn request(state: &mut State, effects: &mut Vec<Effect>) {
    let path = state.results.selected_hit().map(|hit| state.root.join(&hit.path));
    let pane = pane(state);
    state.zoomed.zoom =
        state.zoomed.zoom.take().filter(|zoom| Some(&zoom.path) == path.as_ref() && pane.is_some());
    let wanted =
        state.zoomed.zoom.as_ref().zip(pane).map(|(zoom, (area, pixels))| zoom.part(area.as_size(), pixels));
    if wanted != state.zoomed.wanted {
        effects.push(Effect::ZoomedPart(wanted.clone()));
        state.zoomed.wanted = wanted;
    }
    let path = state.zoomed.wanted.as_ref().map(|part| &part.path);
    if state.zoomed.shown.as_ref().map(|(part, _)| &part.path) != path {
        state.zoomed.shown = None;
    }
}

/// Takes in a part, if it is still wanted.
pub(crate) fn receive(state: &mut State, part: ZoomedPart, content: PreviewContent) {
    if state.zoomed.wanted.as_ref() == Some(&part) {
        state.zoomed.shown = Some((part, content));
    }
}

/// The scale in words; none while the whole picture is shown.
pub(crate) fn in_words(state: &State) -> Option<String> {
    let percent = state.zoomed.zoom.as_ref()?.scale * 100.0;
    Some(format!("{percent:.0} %"))
}

/// The pane of the full picture, and its width and height in pixels; none if the picture is not shown alone.
fn pane(state: &State) -> Option<(Rect, (f64, f64))> {
    let area = state.panes()?.picture.filter(|_| state.arrangement == Arrangement::Picture)?;
    let side = |cells: u16, pixels: u16| f64::from(cells) * f64::from(pixels.max(1));
    Some((area, (side(area.width, state.cell_pixels.width), side(area.height, state.cell_pixels.height))))
}

/// The selected picture and its size, once it is shown.
fn shown_picture(state: &State) -> Option<(PathBuf, (u32, u32))> {
    let path = state.root.join(&state.results.selected_hit()?.path);
    match &state.preview.shown {
        Some((key, PreviewContent::Picture { width, height, .. })) if key.path == path => {
            Some((path, ((*width).max(1), (*height).max(1))))
        }
        _ => None,
    }
}

/// The scale at which the whole picture fills the pane.
fn whole_scale(picture: (u32, u32), pixels: (f64, f64)) -> f64 {
    (pixels.0 / f64::from(picture.0)).min(pixels.1 / f64::from(picture.1))
}

/// The next larger of the scales, which are the powers of the root of two. One is among them.
fn step_up(scale: f64) -> f64 {
    2_f64.powf(((scale * SAME).log2() * 2.0).floor() / 2.0 + 0.5)
}

/// The next smaller of the scales.
fn step_down(scale: f64) -> f64 {
    2_f64.powf(((scale / SAME).log2() * 2.0).ceil() / 2.0 - 0.5)
}

#[cfg(test)]
mod tests;
