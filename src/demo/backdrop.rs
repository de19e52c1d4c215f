//! Draws what lies behind the things: paper, or a place in its light and weather.

use tiny_skia::Transform;

use super::art::objects;
use super::scene::Backdrop;
use super::sheet::{Paints, Sheet, mixed, rgb, scaled, varied};
use super::words::{Colour, Mood, Pattern, Place};
use crate::base::rng::Rng;

/// Paints everything behind the things.
pub(super) fn paint(sheet: &mut Sheet, backdrop: Backdrop, rng: &mut Rng) {
    match backdrop {
        Backdrop::Paper(colour) => {
            let base = varied(paper(colour), rng);
            sheet.fill_gradient(
                "R 0 0 100 100",
                0.0,
                100.0,
                &[mixed(base, [255, 255, 255], 0.06), scaled(base, 0.96)],
            );
        }
        Backdrop::Place(Place::Room, _) => room(sheet, rng),
        Backdrop::Place(Place::Space, _) => space(sheet, rng),
        Backdrop::Place(place, mood) => {
            sky(sheet, mood, rng);
            land(sheet, place, mood, rng);
        }
    }
}

/// Paints what falls in front of the things.
pub(super) fn paint_weather(sheet: &mut Sheet, backdrop: Backdrop, rng: &mut Rng) {
    match backdrop {
        Backdrop::Place(_, Mood::Snow) => {
            for _ in 0..70 {
                let (x, y, r) = (rng.range(0.0, 100.0), rng.range(0.0, 100.0), rng.range(0.5, 1.3));
                sheet.fill(&format!("E {x} {y} {r} {r}"), [255, 255, 255], 0.9);
            }
        }
        Backdrop::Place(_, Mood::Rain) => {
            for _ in 0..75 {
                let (x, y, length) = (rng.range(0.0, 105.0), rng.range(-5.0, 100.0), rng.range(4.0, 8.0));
                let path = format!("M {x} {y} L {} {}", x - length * 0.3, y + length);
                sheet.stroke(&path, 0.6, [214, 230, 250], 0.75);
            }
        }
        _ => {}
    }
}

/// Paper is paler than paint of the same name, so that neither is taken for the other.
fn paper(colour: Colour) -> [u8; 3] {
    match colour {
        Colour::Black => colour.rgb(),
        Colour::White => [250, 250, 250],
        Colour::Gray => [178, 180, 186],
        _ => mixed(colour.rgb(), [255, 255, 255], 0.30),
    }
}

fn sky(sheet: &mut Sheet, mood: Mood, rng: &mut Rng) {
    let colours: &[u32] = match mood {
        Mood::Day => &[0x6fbdf5, 0xbfe4fb, 0xe9f6fd],
        Mood::Night => &[0x0a1030, 0x18225a, 0x34407e],
        Mood::Sunset => &[0x5b3c86, 0xe2616b, 0xffb054, 0xffd98a],
        Mood::Snow => &[0xb9c8d8, 0xd9e3ec, 0xeef3f7],
        Mood::Rain => &[0x5a6877, 0x7f8d9b, 0xa3afba],
    };
    let colours: Vec<[u8; 3]> = colours.iter().map(|&hex| rgb(hex)).collect();
    sheet.fill_gradient("R 0 0 100 100", 0.0, 66.0, &colours);
    match mood {
        Mood::Night => {
            stars(sheet, 40, 60.0, rng);
            let (x, y) =
                (if rng.chance(0.5) { 14.0 } else { 86.0 } + rng.range(-3.0, 3.0), rng.range(10.0, 14.0));
            let place =
                Transform::from_scale(0.16, 0.16).post_translate(x - 8.0, y - 8.0).post_concat(sheet.scale);
            sheet.fill(&format!("E {x} {y} 11 11"), [250, 244, 210], 0.15);
            sheet.art(objects::MOON, place, &Paints::new([0; 3], Pattern::Plain, true));
        }
        Mood::Sunset => {
            let x = if rng.chance(0.5) { 24.0 } else { 76.0 } + rng.range(-6.0, 6.0);
            sheet.fill(&format!("E {x} 50 19 19"), [255, 226, 130], 0.30);
            sheet.fill(&format!("E {x} 50 13 13"), [255, 232, 120], 1.0);
        }
        Mood::Rain => {
            for _ in 0..5 {
                let (x, y) = (rng.range(0.0, 100.0), rng.range(0.0, 8.0));
                sheet.fill(&format!("E {x} {y} 22 8"), [74, 84, 96], 0.8);
            }
        }
        Mood::Day | Mood::Snow => {}
    }
}

fn stars(sheet: &mut Sheet, n: usize, lowest: f32, rng: &mut Rng) {
    for _ in 0..n {
        let (x, y, r) = (rng.range(0.0, 100.0), rng.range(0.0, lowest), rng.range(0.3, 0.8));
        sheet.fill(&format!("E {x} {y} {r} {r}"), [255, 255, 240], 0.95);
    }
}

/// The daylight colour as it looks in this mood.
fn lit(hex: u32, mood: Mood) -> [u8; 3] {
    let colour = rgb(hex);
    match mood {
        Mood::Day => colour,
        Mood::Night => mixed(scaled(colour, 0.42), [24, 32, 92], 0.35),
        Mood::Sunset => mixed(scaled(colour, 0.82), [240, 120, 60], 0.28),
        Mood::Snow => mixed(colour, [246, 249, 253], 0.45),
        Mood::Rain => mixed(scaled(colour, 0.72), [112, 124, 136], 0.40),
    }
}

/// The ground, which snow covers.
fn ground(hex: u32, mood: Mood) -> [u8; 3] {
    match mood {
        Mood::Snow => mixed(rgb(hex), [248, 251, 255], 0.88),
        _ => lit(hex, mood),
    }
}

fn land(sheet: &mut Sheet, place: Place, mood: Mood, rng: &mut Rng) {
    match place {
        Place::Meadow => {
            hill(sheet, 56.0, 6.0, ground(0x86bf62, mood), rng);
            hill(sheet, 63.0, 5.0, ground(0x6aae4a, mood), rng);
            let blade = scaled(ground(0x4c8f35, mood), 0.96);
            for _ in 0..26 {
                let (x, y) = (rng.range(0.0, 100.0), rng.range(70.0, 99.0));
                let path = format!("M {x} {y} L {} {} M {x} {y} L {} {}", x - 1.2, y - 2.6, x + 1.2, y - 2.6);
                sheet.stroke(&path, 0.6, blade, 0.8);
            }
        }
        Place::Forest => {
            sheet.fill("R 0 58 100 42", ground(0x55803c, mood), 1.0);
            forest(sheet, mood, rng);
        }
        Place::Mountains => mountains(sheet, mood, rng),
        Place::Desert => {
            hill(sheet, 55.0, 7.0, lit_sand(0xe9c98a, mood), rng);
            hill(sheet, 64.0, 7.0, lit_sand(0xe0b76e, mood), rng);
            hill(sheet, 78.0, 5.0, lit_sand(0xd6a658, mood), rng);
        }
        Place::Beach => {
            sheet.fill("R 0 48 100 24", lit(0x2f8fc9, mood), 1.0);
            sheet.fill("M 0 66 Q 25 62 50 66 Q 75 70 100 65 L 100 70 0 71 Z", lit(0xf4fafc, mood), 0.9);
            sheet.fill(
                "M 0 69 Q 25 65 50 69 Q 75 73 100 68 L 100 100 0 100 Z",
                lit_sand(0xf0d9a0, mood),
                1.0,
            );
        }
        Place::Sea => sea(sheet, mood, rng),
        Place::City => city(sheet, mood, rng),
        Place::Road => {
            sheet.fill("R 0 56 100 44", ground(0x7fb25c, mood), 1.0);
            let tar = if mood == Mood::Snow { [150, 156, 166] } else { lit(0x62666e, mood) };
            sheet.fill("M 40 56 L 60 56 108 100 -8 100 Z", tar, 1.0);
            let paint = lit(0xf6f2e2, mood);
            sheet.fill("M 49.5 58 L 50.5 58 50.8 64 49.2 64 Z M 49 68 L 51 68 51.4 77 48.6 77 Z", paint, 1.0);
            sheet.fill("M 48.3 82 L 51.7 82 52.4 96 47.6 96 Z", paint, 1.0);
            sheet.stroke("M 39 56 L -9 100 M 61 56 L 109 100", 1.6, paint, 0.9);
        }
        Place::Room | Place::Space => {}
    }
}

/// The sand, which snow only half covers.
fn lit_sand(hex: u32, mood: Mood) -> [u8; 3] {
    if mood == Mood::Snow { mixed(rgb(hex), [248, 251, 255], 0.55) } else { lit(hex, mood) }
}

fn hill(sheet: &mut Sheet, top: f32, height: f32, colour: [u8; 3], rng: &mut Rng) {
    let (a, b) = (top + rng.range(-height, height), top + rng.range(-height, height));
    let path = format!("M 0 {top} C 30 {a} 60 {b} 100 {top} L 100 100 0 100 Z");
    sheet.fill_gradient(&path, top - height, 100.0, &[colour, scaled(colour, 0.86)]);
}

fn forest(sheet: &mut Sheet, mood: Mood, rng: &mut Rng) {
    let shade = match mood {
        Mood::Night => [14, 22, 52],
        Mood::Sunset => [120, 62, 48],
        Mood::Snow => [240, 245, 250],
        Mood::Rain => [96, 110, 118],
        Mood::Day => [150, 200, 150],
    };
    for (row, bottom) in [(0, 62.0), (1, 70.0)] {
        for column in 0..6 {
            let side = rng.range(26.0, 34.0) + 4.0 * row as f32;
            let x = column as f32 * 19.0 - 14.0 + 9.0 * row as f32 + rng.range(-3.0, 3.0);
            let art = if (column + row) % 2 == 0 { objects::PINE } else { objects::TREE };
            let unit = side / 100.0;
            let place =
                Transform::from_scale(unit, unit).post_translate(x, bottom - side).post_concat(sheet.scale);
            sheet.art(art, place, &Paints::new([0; 3], Pattern::Plain, true));
        }
        // Each row fades a little into the air, so that the things in front stand out.
        let fade = if matches!(mood, Mood::Night | Mood::Snow) { 0.40 } else { 0.22 };
        sheet.fill(&format!("R 0 {} 100 42", bottom - 42.0), shade, fade * if row == 0 { 1.0 } else { 0.5 });
    }
    let floor = ground(0x4f7a3a, mood);
    sheet.fill_gradient(
        "M 0 69 Q 50 64 100 69 L 100 100 0 100 Z",
        66.0,
        100.0,
        &[floor, scaled(floor, 0.82)],
    );
}

fn mountains(sheet: &mut Sheet, mood: Mood, rng: &mut Rng) {
    for (x, top, half, hex) in
        [(20.0, 26.0, 34.0, 0x8a97ab), (80.0, 22.0, 36.0, 0x7e8ba1), (50.0, 12.0, 38.0, 0x6d7b93)]
    {
        let (x, top) = (x + rng.range(-5.0, 5.0), top + rng.range(-4.0, 4.0));
        let rock = lit(hex, mood);
        let slope = half / (66.0 - top);
        sheet.fill(&format!("M {x} {top} L {} 66 {} 66 Z", x + half, x - half), rock, 1.0);
        sheet.fill(&format!("M {x} {top} L {} 66 {} 66 Z", x + half, x + 4.0), scaled(rock, 0.86), 1.0);
        let snow = |down: f32, across: f32| format!("{} {}", x + across * slope * down, top + down);
        let path = format!(
            "M {x} {top} L {} {} {} {} {} Z",
            snow(15.0, 1.0),
            snow(10.0, 0.4),
            snow(16.0, 0.0),
            snow(10.0, -0.4),
            snow(15.0, -1.0)
        );
        sheet.fill(&path, lit(0xfafcff, mood), 1.0);
    }
    hill(sheet, 64.0, 4.0, ground(0x6fa052, mood), rng);
}

fn sea(sheet: &mut Sheet, mood: Mood, rng: &mut Rng) {
    let (top, deep) = (lit(0x3f9fd8, mood), lit(0x155a9a, mood));
    let (top, deep) = if mood == Mood::Snow { (rgb(0x7fa9c6), rgb(0x4d7d9f)) } else { (top, deep) };
    sheet.fill_gradient("R 0 52 100 48", 52.0, 100.0, &[top, deep]);
    for row in 0..7 {
        let y = 56.0 + 6.5 * row as f32;
        for _ in 0..4 {
            let x = rng.range(-5.0, 100.0);
            let path = format!(
                "M {x} {y} Q {} {} {} {y} Q {} {} {} {y}",
                x + 2.5,
                y - 2.4,
                x + 5.0,
                x + 7.5,
                y + 2.0,
                x + 10.0
            );
            sheet.stroke(&path, 0.7, mixed(top, [255, 255, 255], 0.55), 0.8);
        }
    }
}

fn city(sheet: &mut Sheet, mood: Mood, rng: &mut Rng) {
    let window = match mood {
        Mood::Night => [255, 224, 120],
        Mood::Sunset => [255, 206, 130],
        _ => lit(0xd9ecf7, mood),
    };
    let mut x = -4.0;
    while x < 100.0 {
        let (width, height) = (rng.range(12.0, 18.0), rng.range(24.0, 50.0));
        let top = 72.0 - height;
        let wall = varied(lit(*rng.pick(&[0x8c93a3, 0xa39a94, 0x7a8596, 0xb0a79c]), mood), rng);
        sheet.fill(&format!("R {x} {top} {width} {height}"), wall, 1.0);
        sheet.fill(&format!("R {} {top} 1.2 {height}", x + width - 1.2), scaled(wall, 0.75), 1.0);
        let mut windows = String::new();
        let (mut y, columns) = (top + 3.0, (width / 4.5) as usize);
        while y < 66.0 {
            for column in 0..columns {
                if rng.chance(0.8) {
                    windows.push_str(&format!("R {} {y} 2 2.8 ", x + 2.2 + 4.2 * column as f32));
                }
            }
            y += 5.2;
        }
        sheet.fill(&windows, window, 0.9);
        x += width + 0.6;
    }
    let pavement = if mood == Mood::Snow { [232, 237, 243] } else { lit(0x9a9b9f, mood) };
    sheet.fill_gradient("R 0 72 100 28", 72.0, 100.0, &[pavement, scaled(pavement, 0.88)]);
    sheet.fill("R 0 72 100 1.6", scaled(pavement, 0.7), 1.0);
}

fn room(sheet: &mut Sheet, rng: &mut Rng) {
    let wall = varied(rgb(*rng.pick(&[0xf1e3cd, 0xe9dfd2, 0xf3e6d6])), rng);
    sheet.fill("R 0 0 100 74", wall, 1.0);
    for column in 0..10 {
        sheet.fill(&format!("R {} 0 4 74", column as f32 * 10.0 + 3.0), scaled(wall, 0.96), 1.0);
    }
    let left = if rng.chance(0.5) { 8.0 } else { 66.0 };
    sheet.fill(&format!("R {left} 8 26 26"), [255, 255, 255], 1.0);
    sheet.fill_gradient(&format!("R {} 10 22 22", left + 2.0), 10.0, 32.0, &[rgb(0x8fcaf0), rgb(0xd6edf9)]);
    sheet.fill(&format!("R {} 8 2 26 R {left} 20 26 2", left + 12.0), [255, 255, 255], 1.0);
    let floor = rgb(0xb98756);
    sheet.fill_gradient("R 0 74 100 26", 74.0, 100.0, &[floor, scaled(floor, 0.85)]);
    for y in [79.0, 85.5, 93.0] {
        sheet.fill(&format!("R 0 {y} 100 0.5"), scaled(floor, 0.72), 1.0);
    }
    sheet.fill("R 0 72 100 2.4", rgb(0xfbf6ec), 1.0);
}

fn space(sheet: &mut Sheet, rng: &mut Rng) {
    sheet.fill_gradient("R 0 0 100 100", 0.0, 100.0, &[rgb(0x0b0820), rgb(0x1d1440), rgb(0x35215c)]);
    stars(sheet, 70, 100.0, rng);
    let (x, y) = if rng.chance(0.5) { (13.0, 86.0) } else { (87.0, 86.0) };
    sheet.fill(&format!("E {x} {y} 9 9"), rgb(0xd98b5f), 1.0);
    sheet.fill(&format!("E {x} {} 8 2", y - 2.0), rgb(0xeab48e), 0.9);
    sheet.stroke(&format!("E {x} {y} 15 3.4"), 1.2, rgb(0xf0d9b0), 0.9);
}
