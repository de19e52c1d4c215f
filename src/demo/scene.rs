//! Scenes, which say what a picture shows, and which of them training never sees.

use super::kinds::{Habitat, KINDS, Tint};
use super::words::{Colour, Mood, Pattern, Place};
use crate::base::rng::{Rng, mix};

/// How large a lone thing is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(super) enum Size {
    Small,
    Medium,
    Big,
}

/// Where a lone small thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(super) enum Spot {
    Left,
    Right,
    Top,
    Bottom,
    Centre,
    TopLeft,
    TopRight,
    BottomLeft,
    BottomRight,
}

/// Things of one kind that look alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Thing {
    /// The kind, as an index into [`KINDS`].
    pub(super) kind: usize,
    /// The colour. `None` for kinds of [`Tint::Natural`].
    pub(super) colour: Option<Colour>,
    /// The pattern, which is plain for all kinds but those of [`Tint::Patterned`].
    pub(super) pattern: Pattern,
    /// The number of things, 1 to 5.
    pub(super) count: u8,
    /// The size, which is medium unless the thing is alone.
    pub(super) size: Size,
}

/// What lies behind the things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Backdrop {
    /// Paper of one colour.
    Paper(Colour),
    /// A drawn place, with [`Mood::Day`] where there is no sky.
    Place(Place, Mood),
}

/// How two things lie to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Arrangement {
    /// One thing or none, at a spot.
    At(Spot),
    /// Two things: the first on the left, the second on the right.
    Beside,
    /// Two things: the first above, the second below.
    Above,
}

/// What a picture shows, which is all that a caption may say of it. A drawing needs a seed besides.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Scene {
    /// What lies behind the things.
    pub(super) backdrop: Backdrop,
    /// No thing, one, or two of different kinds.
    pub(super) things: Vec<Thing>,
    /// Where the things are.
    pub(super) arrangement: Arrangement,
}

/// One combination in this many is held out from training.
const HELD_OUT_ONE_IN: u64 = 12;

impl Scene {
    /// Draws a scene at random.
    pub(super) fn random(rng: &mut Rng) -> Self {
        match rng.below(100) {
            0..26 => Self::alone(rng, false, true),
            26..44 => Self::alone(rng, false, false),
            44..70 => Self::alone(rng, true, false),
            70..83 => Self::pair_on_paper(rng),
            83..95 => Self::pair_in_place(rng),
            _ => Self {
                backdrop: random_place(rng),
                things: Vec::new(),
                arrangement: Arrangement::At(Spot::Centre),
            },
        }
    }

    fn alone(rng: &mut Rng, in_place: bool, shape: bool) -> Self {
        let backdrop = if in_place { random_place(rng) } else { random_paper(rng) };
        let mut thing = random_thing(rng, |habitat| match backdrop {
            Backdrop::Paper(_) => (habitat == Habitat::Paper) == shape,
            Backdrop::Place(place, _) => lives_in(habitat, place),
        });
        keep_off(rng, &mut thing, backdrop);
        let mut spot = Spot::Centre;
        if rng.chance(0.3) {
            thing.count = 2 + rng.below(if shape { 4 } else { 3 }) as u8;
        } else if rng.chance(0.4) {
            thing.size = *rng.pick(&[Size::Small, Size::Big]);
            if thing.size == Size::Small && !in_place && rng.chance(0.7) {
                spot = *rng.pick(&[
                    Spot::Left,
                    Spot::Right,
                    Spot::Top,
                    Spot::Bottom,
                    Spot::TopLeft,
                    Spot::TopRight,
                    Spot::BottomLeft,
                    Spot::BottomRight,
                ]);
            }
        }
        Self { backdrop, things: vec![thing], arrangement: Arrangement::At(spot) }
    }

    fn pair_on_paper(rng: &mut Rng) -> Self {
        let backdrop = random_paper(rng);
        let shapes = rng.chance(0.6);
        let mut things = Vec::new();
        while things.len() < 2 {
            let mut thing = random_thing(rng, |habitat| (habitat == Habitat::Paper) == shapes);
            keep_off(rng, &mut thing, backdrop);
            if things.iter().all(|other: &Thing| other.kind != thing.kind) {
                things.push(thing);
            }
        }
        if rng.chance(0.2) {
            things[rng.below(2)].count = 2 + rng.below(2) as u8;
        }
        let arrangement = *rng.pick(&[Arrangement::Beside, Arrangement::Beside, Arrangement::Above]);
        Self { backdrop, things, arrangement }
    }

    fn pair_in_place(rng: &mut Rng) -> Self {
        loop {
            let backdrop = random_place(rng);
            let Backdrop::Place(place, _) = backdrop else { continue };
            let mut first = random_thing(rng, |habitat| lives_in(habitat, place));
            let mut second = random_thing(rng, |habitat| lives_in(habitat, place));
            keep_off(rng, &mut first, backdrop);
            keep_off(rng, &mut second, backdrop);
            let flies =
                |thing: &Thing| matches!(KINDS[thing.kind].habitat, Habitat::Sky | Habitat::SkyOrSpace);
            if first.kind == second.kind || place.is_outdoors() && flies(&second) {
                continue;
            }
            if rng.chance(0.15) {
                second.count = 2;
            }
            let above = place.is_outdoors() && flies(&first);
            let arrangement = if above { Arrangement::Above } else { Arrangement::Beside };
            return Self { backdrop, things: vec![first, second], arrangement };
        }
    }

    /// The same scene with one thing about it changed, which a model confuses most easily.
    pub(super) fn changed(&self, rng: &mut Rng) -> Self {
        let mut scene = self.clone();
        if scene.things.len() == 2 && rng.chance(0.4) {
            let swappable = |thing: &Thing| thing.colour.is_some();
            if rng.chance(0.5) && scene.things.iter().all(swappable) {
                let colours = [scene.things[0].colour, scene.things[1].colour];
                scene.things[0].colour = colours[1];
                scene.things[1].colour = colours[0];
                return scene;
            }
            if scene.arrangement == Arrangement::Beside {
                scene.things.swap(0, 1);
                return scene;
            }
        }
        let backdrop = scene.backdrop;
        let lone = scene.things.len() == 1;
        let Some(last) = scene.things.len().checked_sub(1) else { return Self::random(rng) };
        let index = rng.below(last + 1);
        let thing = &mut scene.things[index];
        match rng.below(5) {
            0 if lone && thing.size == Size::Medium => {
                thing.count = 1 + (thing.count + rng.below(3) as u8) % 4;
            }
            1 if KINDS[thing.kind].tint == Tint::Patterned => thing.pattern = *rng.pick(&Pattern::ALL),
            2 if lone => match backdrop {
                Backdrop::Paper(_) => {
                    let paper = random_paper(rng);
                    if paper_colour(paper) != thing.colour {
                        scene.backdrop = paper;
                    }
                }
                Backdrop::Place(place, _) if place.is_outdoors() => {
                    let changed = Backdrop::Place(place, *rng.pick(&Mood::ALL));
                    keep_off(rng, thing, changed);
                    scene.backdrop = changed;
                }
                Backdrop::Place(..) => {}
            },
            _ if thing.colour.is_some() => {
                thing.colour = Some(*rng.pick(&Colour::ALL));
                keep_off(rng, thing, backdrop);
            }
            _ => {}
        }
        scene
    }

    /// Whether training never sees it: one in `HELD_OUT_ONE_IN` of all combinations of a kind with
    /// its colour, pattern and surroundings is reserved, and as many of the pairs of coloured things.
    pub(super) fn is_held_out(&self) -> bool {
        let surroundings = match self.backdrop {
            Backdrop::Paper(colour) => colour as u64,
            Backdrop::Place(place, mood) => 100 + 10 * place as u64 + mood as u64,
        };
        let look = |thing: &Thing| thing.kind as u64 * 16 + thing.colour.map_or(15, |colour| colour as u64);
        let reserved = |key: u64| mix(key).is_multiple_of(HELD_OUT_ONE_IN);
        let in_surroundings = |thing: &Thing| {
            reserved((1 << 40) | (look(thing) << 16) | ((thing.pattern as u64) << 12) | surroundings)
        };
        let pair = match self.things.as_slice() {
            [a, b] => {
                let (a, b) = (look(a).min(look(b)), look(a).max(look(b)));
                reserved((2 << 40) | (a << 16) | b)
            }
            _ => false,
        };
        pair || self.things.iter().any(in_surroundings)
    }
}

fn paper_colour(backdrop: Backdrop) -> Option<Colour> {
    match backdrop {
        Backdrop::Paper(colour) => Some(colour),
        Backdrop::Place(..) => None,
    }
}

fn random_paper(rng: &mut Rng) -> Backdrop {
    if rng.chance(0.35) { Backdrop::Paper(Colour::White) } else { Backdrop::Paper(*rng.pick(&Colour::ALL)) }
}

fn random_place(rng: &mut Rng) -> Backdrop {
    let place = *rng.pick(&Place::ALL);
    let mood = if place.is_outdoors() { *rng.pick(&Mood::ALL) } else { Mood::Day };
    Backdrop::Place(place, mood)
}

fn lives_in(habitat: Habitat, place: Place) -> bool {
    match habitat {
        Habitat::Paper => false,
        Habitat::Ground => place.is_outdoors() && place != Place::Sea,
        Habitat::GroundOrRoom => place != Place::Sea && place != Place::Space,
        Habitat::Room => place == Place::Room,
        Habitat::Sky => place.is_outdoors(),
        Habitat::SkyOrSpace => place.is_outdoors() || place == Place::Space,
        Habitat::Water | Habitat::Underwater => place == Place::Sea,
    }
}

fn random_thing(rng: &mut Rng, fits: impl Fn(Habitat) -> bool) -> Thing {
    let fitting: Vec<usize> = (0..KINDS.len()).filter(|&kind| fits(KINDS[kind].habitat)).collect();
    let kind = *rng.pick(&fitting);
    let tint = KINDS[kind].tint;
    let colour = (tint != Tint::Natural).then(|| *rng.pick(&Colour::ALL));
    let pattern =
        if tint == Tint::Patterned && rng.chance(0.3) { *rng.pick(&Pattern::ALL) } else { Pattern::Plain };
    Thing { kind, colour, pattern, count: 1, size: Size::Medium }
}

/// Changes what could not be seen: a thing of the paper's colour, a second moon or sun in the sky.
fn keep_off(rng: &mut Rng, thing: &mut Thing, backdrop: Backdrop) {
    while thing.colour.is_some() && thing.colour == paper_colour(backdrop) {
        thing.colour = Some(*rng.pick(&Colour::ALL));
    }
    let clashes = match backdrop {
        Backdrop::Paper(_) | Backdrop::Place(_, Mood::Day | Mood::Snow) => &[][..],
        Backdrop::Place(_, Mood::Rain) => &["sun", "moon"][..],
        Backdrop::Place(_, Mood::Night | Mood::Sunset) => &["sun", "moon", "rainbow"][..],
    };
    if clashes.contains(&KINDS[thing.kind].nouns[0]) {
        let cloud = KINDS.iter().position(|kind| kind.nouns[0] == "cloud");
        thing.kind = cloud.unwrap_or(thing.kind);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reasonable_share_is_held_out_whatever_the_count_and_order() {
        let mut rng = Rng::new(5);
        let scenes: Vec<Scene> = (0..5000).map(|_| Scene::random(&mut rng)).collect();
        let held_out = scenes.iter().filter(|scene| scene.is_held_out()).count();
        assert!((300..900).contains(&held_out), "{held_out}");
        for scene in scenes.iter().filter(|scene| scene.is_held_out()) {
            let mut turned = scene.clone();
            turned.things.reverse();
            for thing in &mut turned.things {
                thing.count = 3;
            }
            assert!(turned.is_held_out());
        }
    }

    #[test]
    fn nothing_is_drawn_in_the_colour_of_its_paper() {
        let mut rng = Rng::new(6);
        let mut scene = Scene::random(&mut rng);
        for round in 0..20_000 {
            scene = if round % 3 == 0 { Scene::random(&mut rng) } else { scene.changed(&mut rng) };
            if let Backdrop::Paper(colour) = scene.backdrop {
                assert!(scene.things.iter().all(|thing| thing.colour != Some(colour)), "{scene:?}");
            }
        }
    }
}
