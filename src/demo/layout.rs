//! Lays out a scene: where each of its things is drawn. The picture is 100 units wide and 100 high.

use super::kinds::{Habitat, KINDS};
use super::scene::{Arrangement, Backdrop, Scene, Size, Spot, Thing};
use super::words::{Colour, Pattern, Place};
use crate::base::rng::Rng;

/// One drawn thing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Instance {
    /// The kind, as an index into [`KINDS`].
    pub(super) kind: usize,
    /// The colour, as [`Thing`] has it.
    pub(super) colour: Option<Colour>,
    /// The pattern, as [`Thing`] has it.
    pub(super) pattern: Pattern,
    /// The centre, from the left.
    pub(super) x: f32,
    /// The centre, from the top.
    pub(super) y: f32,
    /// The side of its square box.
    pub(super) side: f32,
    /// Whether it stands on something, and so has a shadow under it.
    pub(super) stands: bool,
}

/// A rectangle: left, top, width and height.
type Area = [f32; 4];

/// Lays out a scene. Things further back come first.
pub(super) fn instances(scene: &Scene, rng: &mut Rng) -> Vec<Instance> {
    let mut all = Vec::new();
    for (index, thing) in scene.things.iter().enumerate() {
        let home = Home::of(thing, scene.backdrop);
        let lone = scene.things.len() == 1 && thing.count == 1;
        let boxes = match scene.arrangement {
            Arrangement::At(spot) if lone => vec![alone(thing.size, home, spot, rng)],
            Arrangement::At(_) => rows(usize::from(thing.count), home.area(), home, rng),
            Arrangement::Beside => rows(usize::from(thing.count), home.half(index), home, rng),
            Arrangement::Above => rows(usize::from(thing.count), home.level(index), home, rng),
        };
        all.extend(boxes.into_iter().map(|(x, y, side)| Instance {
            kind: thing.kind,
            colour: thing.colour,
            pattern: thing.pattern,
            x,
            y,
            side,
            stands: home == Home::Ground,
        }));
    }
    all.sort_by(|a, b| (a.y + a.side / 2.0).total_cmp(&(b.y + b.side / 2.0)));
    all
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Home {
    Free,
    Ground,
    Sky,
    Surface,
    Deep,
}

impl Home {
    fn of(thing: &Thing, backdrop: Backdrop) -> Self {
        match (backdrop, KINDS[thing.kind].habitat) {
            (Backdrop::Paper(_) | Backdrop::Place(Place::Space, _), _) => Self::Free,
            (_, Habitat::Sky | Habitat::SkyOrSpace) => Self::Sky,
            (_, Habitat::Water) => Self::Surface,
            (_, Habitat::Underwater) => Self::Deep,
            _ => Self::Ground,
        }
    }

    fn area(self) -> Area {
        match self {
            Self::Free => [5.0, 5.0, 90.0, 90.0],
            Self::Ground => [4.0, 40.0, 92.0, 55.0],
            Self::Sky => [4.0, 4.0, 92.0, 48.0],
            Self::Surface => [4.0, 34.0, 92.0, 46.0],
            Self::Deep => [4.0, 56.0, 92.0, 40.0],
        }
    }

    fn half(self, index: usize) -> Area {
        let [_, y, _, h] = match self {
            Self::Free => [0.0, 12.0, 0.0, 76.0],
            other => other.area(),
        };
        [if index == 0 { 3.0 } else { 52.0 }, y, 45.0, h]
    }

    fn level(self, index: usize) -> Area {
        match (self, index) {
            (Self::Free, 0) => [12.0, 3.0, 76.0, 45.0],
            (Self::Free, _) => [12.0, 52.0, 76.0, 45.0],
            (_, 0) => [12.0, 3.0, 76.0, 40.0],
            (Self::Surface, _) => [12.0, 44.0, 76.0, 42.0],
            (Self::Deep, _) => [12.0, 57.0, 76.0, 40.0],
            _ => [12.0, 47.0, 76.0, 49.0],
        }
    }
}

fn alone(size: Size, home: Home, spot: Spot, rng: &mut Rng) -> (f32, f32, f32) {
    let sides = match (home, size) {
        (Home::Free, Size::Small) => (23.0, 29.0),
        (Home::Free, Size::Medium) => (46.0, 58.0),
        (Home::Free, Size::Big) => (78.0, 88.0),
        (Home::Ground, Size::Small) => (21.0, 26.0),
        (Home::Ground, Size::Medium) => (42.0, 52.0),
        (Home::Ground, Size::Big) => (72.0, 82.0),
        (_, Size::Small) => (17.0, 21.0),
        (_, Size::Medium) => (30.0, 38.0),
        (Home::Deep, Size::Big) => (44.0, 48.0),
        (_, Size::Big) => (54.0, 62.0),
    };
    let side = rng.range(sides.0, sides.1);
    let jitter: f32 = match size {
        Size::Big => 2.5,
        _ => 5.0,
    };
    let (x, y) = match home {
        Home::Free => {
            let (left, right) = (21.0, 79.0);
            match spot {
                Spot::Centre => (50.0, 50.0),
                Spot::Left => (left, 50.0),
                Spot::Right => (right, 50.0),
                Spot::Top => (50.0, left),
                Spot::Bottom => (50.0, right),
                Spot::TopLeft => (left, left),
                Spot::TopRight => (right, left),
                Spot::BottomLeft => (left, right),
                Spot::BottomRight => (right, right),
            }
        }
        Home::Ground => (50.0, 92.0 - side / 2.0),
        Home::Sky => (50.0, (side / 2.0 + 5.0).max(29.0)),
        Home::Surface => (50.0, 76.0 - side / 2.0),
        Home::Deep => (50.0, 75.0),
    };
    let wide = if home == Home::Free { jitter } else { 1.8 * jitter };
    let high = match home {
        Home::Free => jitter,
        Home::Deep if size == Size::Big => 1.0,
        _ => jitter.min(3.0),
    };
    (x + rng.range(-wide, wide), y + rng.range(-high, high), side)
}

fn rows(n: usize, area: Area, home: Home, rng: &mut Rng) -> Vec<(f32, f32, f32)> {
    let [left, top, width, height] = area;
    let wide = width > 1.4 * height;
    let rows: &[usize] = match (n, wide) {
        (0..=1, _) => &[1],
        (2, true) => &[2],
        (2, false) if width < 60.0 => &[1, 1],
        (2, false) => &[2],
        (3, true) => &[3],
        (3, false) => &[1, 2],
        (4, _) => &[2, 2],
        _ => &[2, 3],
    };
    let cell_height = height / rows.len() as f32;
    let widest = rows.iter().copied().max().unwrap_or(1) as f32;
    let side = (width / widest).min(cell_height) * rng.range(0.86, 0.95);
    let mut boxes = Vec::with_capacity(n);
    for (row, &columns) in rows.iter().enumerate() {
        let cell_width = (width / columns as f32).min(1.35 * width / widest);
        let start = left + (width - cell_width * columns as f32) / 2.0;
        for column in 0..columns {
            let room_x = ((cell_width - side) / 2.0).max(0.0);
            let room_y = ((cell_height - side) / 2.0).max(0.0);
            let x = start + (column as f32 + 0.5) * cell_width + rng.range(-room_x, room_x).clamp(-3.0, 3.0);
            let middle = top + (row as f32 + 0.5) * cell_height;
            let y = match home {
                Home::Ground | Home::Surface => middle + room_y - rng.range(0.0, 2.0),
                _ => middle + rng.range(-room_y, room_y).clamp(-4.0, 4.0),
            };
            boxes.push((x, y, side * rng.range(0.95, 1.0)));
        }
    }
    boxes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_stay_in_the_picture() {
        let mut rng = Rng::new(9);
        for _ in 0..5000 {
            let scene = Scene::random(&mut rng);
            let placed = instances(&scene, &mut rng);
            assert_eq!(
                placed.len(),
                scene.things.iter().map(|thing| usize::from(thing.count)).sum::<usize>()
            );
            for one in placed {
                let half = one.side / 2.0;
                let inside = |centre: f32| {
                    (-0.5..=100.5).contains(&(centre - half)) && (-0.5..=100.5).contains(&(centre + half))
                };
                assert!(inside(one.x) && inside(one.y), "{one:?} in {scene:?}");
            }
        }
    }
}
