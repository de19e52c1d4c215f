//! Draws a scene: the scene and a seed give the picture.

use image::RgbImage;
use tiny_skia::Transform;

use super::backdrop;
use super::kinds::{Category, KINDS};
use super::layout::{Instance, instances};
use super::scene::{Backdrop, Scene};
use super::sheet::{Paints, Sheet, varied};
use super::words::{Colour, Mood, Place};
use crate::base::rng::Rng;

/// A drawn scene.
#[derive(Debug)]
pub(super) struct Drawing {
    /// The pixels, of a square.
    pub(super) picture: RgbImage,
    /// The things that were drawn, and where.
    pub(super) instances: Vec<Instance>,
}

/// Draws a scene at `side` x `side` pixels. Another seed draws the same scene anew.
pub(super) fn draw(scene: &Scene, seed: u64, side: u32) -> Drawing {
    let mut rng = Rng::new(seed);
    let instances = instances(scene, &mut rng);
    // A sheet of no pixels can't be made; one pixel can.
    let Some(mut sheet) = Sheet::new(side.max(1)) else {
        return Drawing { picture: RgbImage::new(side, side), instances };
    };
    backdrop::paint(&mut sheet, scene.backdrop, &mut rng);
    let halo = is_dark(scene.backdrop);
    for instance in &instances {
        thing(&mut sheet, instance, halo, &mut rng);
    }
    backdrop::paint_weather(&mut sheet, scene.backdrop, &mut rng);
    Drawing { picture: sheet.into_picture(), instances }
}

fn is_dark(backdrop: Backdrop) -> bool {
    match backdrop {
        Backdrop::Paper(colour) => colour == Colour::Black,
        Backdrop::Place(place, mood) => place == Place::Space || mood == Mood::Night,
    }
}

/// Draws one thing with its shadow, or with a halo on a dark backdrop.
fn thing(sheet: &mut Sheet, instance: &Instance, halo: bool, rng: &mut Rng) {
    let kind = &KINDS[instance.kind];
    let colour = instance.colour.unwrap_or(Colour::Gray);
    let paints = Paints::new(varied(colour.rgb(), rng), instance.pattern, colour != Colour::White);
    let tilt = match kind.category {
        Category::Shape => rng.range(-9.0, 9.0),
        _ if instance.stands => rng.range(-2.0, 2.0),
        _ => rng.range(-7.0, 7.0),
    };
    let turns_round = matches!(kind.category, Category::Vehicle | Category::Animal);
    let mirror = if turns_round && rng.chance(0.5) { -1.0 } else { 1.0 };
    let unit = instance.side / 100.0;
    let place = |dx: f32, dy: f32| {
        Transform::from_translate(-50.0, -50.0)
            .post_scale(mirror * unit, unit)
            .post_concat(Transform::from_rotate(tilt))
            .post_translate(instance.x + dx, instance.y + dy)
            .post_concat(sheet.scale)
    };
    let (here, shadow) = (place(0.0, 0.0), place(0.9, 1.4));
    if instance.stands {
        let (x, bottom) = (instance.x, instance.y + instance.side * 0.47);
        let path = format!("E {x} {bottom} {} {}", instance.side * 0.44, instance.side * 0.06);
        sheet.fill(&path, [0, 0, 0], 0.22);
    } else if !halo {
        sheet.silhouette(kind.art, shadow, 1.0, [0, 0, 0], 0.10);
    }
    if halo {
        sheet.silhouette(kind.art, here, 8.0, [255, 255, 255], 0.85);
    }
    sheet.art(kind.art, here, &paints);
}
