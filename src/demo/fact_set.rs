//! Facts about pictures and captions, as sets of numbers.
//!
//! A caption is true of a picture when its facts are a subset of the picture's. Training learns from
//! that which captions of a batch match which pictures, and so never pushes a true pair apart.

use super::kinds::{Category, KINDS, Tint, by_name, plural};
use super::scene::{Arrangement, Backdrop, Scene, Size, Spot, Thing};
use super::words::{Colour, Mood, Pattern, Place};

/// The facts about one kind, in this order.
const PRESENT: usize = 0;
const COLOUR: usize = 1;
const PATTERN: usize = COLOUR + Colour::ALL.len();
const COUNT: usize = PATTERN + Pattern::ALL.len();
const MAX_COUNT: usize = 5;
const SEVERAL: usize = COUNT + MAX_COUNT;
const SIZE: usize = SEVERAL + 1;
const SPOT: usize = SIZE + 2;
const SPOTS: [&str; 5] = ["left", "right", "top", "bottom", "centre"];
const PER_KIND: usize = SPOT + SPOTS.len();

/// The facts about the whole picture, which come after those of all kinds.
const PLACE: usize = KINDS.len() * PER_KIND;
const MOOD: usize = PLACE + Place::ALL.len();
const PAPER: usize = MOOD + Mood::ALL.len();
const COLOUR_SEEN: usize = PAPER + Colour::ALL.len();
const CATEGORY: usize = COLOUR_SEEN + Colour::ALL.len();
const EMPTY: usize = CATEGORY + Category::ALL.len();
/// Number of facts, which are numbered from 0.
pub(super) const FACTS: usize = EMPTY + 1;

/// A set of facts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FactSet(Vec<u16>);

impl FactSet {
    fn add(&mut self, fact: usize) {
        let fact = fact as u16;
        if let Err(place) = self.0.binary_search(&fact) {
            self.0.insert(place, fact);
        }
    }

    /// The numbers of the facts, ascending.
    pub(super) fn numbers(&self) -> &[u16] {
        &self.0
    }

    /// The names of the facts, in the order of their numbers.
    pub(super) fn names(&self) -> Vec<String> {
        self.0.iter().filter_map(|fact| name(usize::from(*fact))).collect()
    }

    /// Whether all facts of this set are among `others`.
    pub(super) fn is_subset(&self, others: &Self) -> bool {
        self.0.iter().all(|fact| others.0.binary_search(fact).is_ok())
    }

    /// Adds that there is a thing of this kind.
    pub(super) fn present(&mut self, kind: usize) {
        self.add(kind * PER_KIND + PRESENT);
        self.add(CATEGORY + KINDS[kind].category as usize);
    }

    /// Adds that there is exactly this number of things of the kind.
    pub(super) fn count(&mut self, kind: usize, count: u8) {
        self.add(kind * PER_KIND + COUNT + usize::from(count.clamp(1, MAX_COUNT as u8)) - 1);
        if count > 1 {
            self.several(kind);
        }
    }

    /// Adds that there is more than one thing of the kind.
    pub(super) fn several(&mut self, kind: usize) {
        self.add(kind * PER_KIND + SEVERAL);
    }

    /// Adds that the thing has this colour, and so that something in the picture has it.
    pub(super) fn colour(&mut self, kind: usize, colour: Colour) {
        self.add(kind * PER_KIND + COLOUR + colour as usize);
        self.colour_seen(colour);
    }

    /// Adds that something in the picture has this colour.
    pub(super) fn colour_seen(&mut self, colour: Colour) {
        self.add(COLOUR_SEEN + colour as usize);
    }

    /// Adds that the thing has this pattern, unless its kind never has one.
    pub(super) fn pattern(&mut self, kind: usize, pattern: Pattern) {
        if KINDS[kind].tint == Tint::Patterned {
            self.add(kind * PER_KIND + PATTERN + pattern as usize);
        }
    }

    /// Adds that the thing is small or big. Medium goes without saying.
    pub(super) fn size(&mut self, kind: usize, size: Size) {
        match size {
            Size::Small => self.add(kind * PER_KIND + SIZE),
            Size::Medium => {}
            Size::Big => self.add(kind * PER_KIND + SIZE + 1),
        }
    }

    /// Adds that the thing is at this spot.
    pub(super) fn spot(&mut self, kind: usize, spot: Spot) {
        let sides: &[usize] = match spot {
            Spot::Left => &[0],
            Spot::Right => &[1],
            Spot::Top => &[2],
            Spot::Bottom => &[3],
            Spot::Centre => &[4],
            Spot::TopLeft => &[0, 2],
            Spot::TopRight => &[1, 2],
            Spot::BottomLeft => &[0, 3],
            Spot::BottomRight => &[1, 3],
        };
        for side in sides {
            self.add(kind * PER_KIND + SPOT + side);
        }
    }

    /// Adds that the scene is in this place.
    pub(super) fn place(&mut self, place: Place) {
        self.add(PLACE + place as usize);
    }

    /// Adds that it is this time of day, or that there is this weather.
    pub(super) fn mood(&mut self, mood: Mood) {
        self.add(MOOD + mood as usize);
    }

    /// Adds that the paper has this colour.
    pub(super) fn paper(&mut self, colour: Colour) {
        self.add(PAPER + colour as usize);
    }

    /// Adds that there is something of this category.
    pub(super) fn category(&mut self, category: Category) {
        self.add(CATEGORY + category as usize);
    }

    /// Adds that there is nothing but the place.
    pub(super) fn empty(&mut self) {
        self.add(EMPTY);
    }

    /// All facts that are true of a drawn scene.
    pub(super) fn of_scene(scene: &Scene) -> Self {
        let mut facts = Self::default();
        for thing in &scene.things {
            facts.thing(thing);
        }
        match (scene.arrangement, scene.things.as_slice()) {
            (Arrangement::At(spot), [thing])
                if matches!(scene.backdrop, Backdrop::Paper(_)) && thing.count == 1 =>
            {
                facts.spot(thing.kind, spot);
            }
            (Arrangement::Beside, [first, second]) => {
                facts.spot(first.kind, Spot::Left);
                facts.spot(second.kind, Spot::Right);
            }
            (Arrangement::Above, [first, second]) => {
                facts.spot(first.kind, Spot::Top);
                facts.spot(second.kind, Spot::Bottom);
            }
            _ => {}
        }
        match scene.backdrop {
            Backdrop::Paper(colour) => {
                facts.paper(colour);
                facts.colour_seen(colour);
            }
            Backdrop::Place(place, mood) => facts.surroundings(place, mood),
        }
        if scene.things.is_empty() {
            facts.empty();
        }
        facts
    }

    fn thing(&mut self, thing: &Thing) {
        self.present(thing.kind);
        self.count(thing.kind, thing.count);
        self.pattern(thing.kind, thing.pattern);
        if thing.count == 1 {
            self.size(thing.kind, thing.size);
        }
        if let Some(colour) = thing.colour {
            self.colour(thing.kind, colour);
        }
    }

    /// Adds the things that backdrops show: the moon at night, the sun as it sets, trees in the forest.
    fn surroundings(&mut self, place: Place, mood: Mood) {
        self.place(place);
        if place.is_outdoors() {
            self.mood(mood);
            let light = match mood {
                Mood::Night => by_name("moon"),
                Mood::Sunset => by_name("sun"),
                Mood::Day | Mood::Snow | Mood::Rain => None,
            };
            if let Some(kind) = light {
                self.present(kind);
                self.count(kind, 1);
            }
        }
        match place {
            Place::Forest => {
                for kind in ["tree", "pine tree"].into_iter().filter_map(by_name) {
                    self.present(kind);
                    self.several(kind);
                }
            }
            Place::City => self.category(Category::Building),
            _ => {}
        }
    }
}

/// The name of a fact, for people. `None` if there is no such fact.
pub(super) fn name(fact: usize) -> Option<String> {
    if fact < PLACE {
        let noun = KINDS[fact / PER_KIND].nouns[0];
        let about = fact % PER_KIND;
        return Some(match about {
            PRESENT => noun.to_owned(),
            COLOUR..PATTERN => format!("{noun}: {:?}", Colour::ALL[about - COLOUR]),
            PATTERN..COUNT => format!("{noun}: {:?}", Pattern::ALL[about - PATTERN]),
            COUNT..SEVERAL => format!("{noun}: exactly {}", about - COUNT + 1),
            SEVERAL => format!("several {}", plural(noun)),
            SIZE => format!("{noun}: small"),
            _ if about < SPOT => format!("{noun}: big"),
            _ => format!("{noun}: {}", SPOTS[about - SPOT]),
        });
    }
    Some(match fact {
        PLACE..MOOD => format!("place: {:?}", Place::ALL[fact - PLACE]),
        MOOD..PAPER => format!("mood: {:?}", Mood::ALL[fact - MOOD]),
        PAPER..COLOUR_SEEN => format!("paper: {:?}", Colour::ALL[fact - PAPER]),
        COLOUR_SEEN..CATEGORY => format!("something {:?}", Colour::ALL[fact - COLOUR_SEEN]),
        CATEGORY..EMPTY => format!("category: {:?}", Category::ALL[fact - CATEGORY]),
        EMPTY => "nothing but the place".to_owned(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_has_a_name_of_its_own() {
        let names: Vec<String> = (0..FACTS).map_while(name).collect();
        assert_eq!(names.len(), FACTS);
        let unique: std::collections::HashSet<&String> = names.iter().collect();
        assert_eq!(unique.len(), FACTS);
        assert_eq!(name(FACTS), None);
    }
}
