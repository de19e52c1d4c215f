//! Words scenes as people would, and says which facts each wording states.
//!
//! Wordings are consistent about what they leave out. A singular says that there is one thing. A colour without a pattern
//! says that the surface is plain. Sizes, spots and surroundings that are not mentioned may be anything.

use super::fact_set::FactSet;
use super::kinds::{Category, KINDS, Tint, plural};
use super::scene::{Arrangement, Backdrop, Scene, Size, Spot, Thing};
use super::words::{Mood, Pattern};
use crate::base::rng::Rng;

/// A text and the facts that it states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caption {
    /// The text, in lower case and without a full stop.
    pub(super) text: String,
    /// The facts that the text states.
    pub(super) facts: FactSet,
}

/// How plainly to word a caption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// The plainest words, with articles, as the gallery has them.
    Plain,
    /// Varied words: synonyms, word orders, openings, missing articles.
    Varied,
}

const OPENINGS: &[&str] = &[
    "a photo of",
    "a picture of",
    "a drawing of",
    "an image of",
    "an illustration of",
    "photo of",
    "picture of",
    "drawing of",
    "there is",
    "this is",
    "a painting of",
    "i see",
    "a cartoon of",
    "a sketch of",
    "clipart of",
    "show me",
    "find",
    "image of",
    "a picture with",
];

/// A caption that mentions everything the picture shows.
pub(super) fn full(scene: &Scene, style: Style, rng: &mut Rng) -> Caption {
    let mut caption = Writer::new(style, rng);
    let text = caption.full(scene);
    caption.finish(text)
}

/// A caption that mentions a part of the picture, as people search: "red car", "snow", "two cats at night".
pub(super) fn short(scene: &Scene, rng: &mut Rng) -> Caption {
    let mut caption = Writer::new(Style::Varied, rng);
    let text = caption.short(scene);
    caption.finish(text)
}

/// What a caption of the gallery mentions beside the things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mention {
    /// Nothing else.
    Things,
    /// The weather or the time of day, or else the paper.
    Mood,
    /// The place, or else the paper.
    Place,
    /// Everything.
    All,
}

/// A caption in the plainest words.
pub(super) fn plain(scene: &Scene, mention: Mention, rng: &mut Rng) -> Caption {
    let mut caption = Writer::new(Style::Plain, rng);
    let text = match (mention, scene.backdrop) {
        _ if scene.things.is_empty() => caption.full(scene),
        (Mention::Things, _) => caption.things(scene),
        (Mention::Mood, Backdrop::Place(place, mood)) if place.is_outdoors() => {
            format!("{} {}", caption.things(scene), caption.mood(mood))
        }
        (Mention::Place, Backdrop::Place(place, _)) => {
            caption.facts.place(place);
            format!("{} {}", caption.things(scene), caption.word(place.phrases()))
        }
        _ => caption.full(scene),
    };
    caption.finish(text)
}

struct Writer<'a> {
    rng: &'a mut Rng,
    style: Style,
    articles: bool,
    facts: FactSet,
}

impl<'a> Writer<'a> {
    fn new(style: Style, rng: &'a mut Rng) -> Self {
        let articles = style == Style::Plain || rng.chance(0.65);
        Self { rng, style, articles, facts: FactSet::default() }
    }

    fn finish(self, text: String) -> Caption {
        let opened = self.style == Style::Varied && self.rng.chance(0.25);
        let text = if opened { format!("{} {text}", self.rng.pick(OPENINGS)) } else { text };
        Caption { text, facts: self.facts }
    }

    fn word<'w>(&mut self, words: &[&'w str]) -> &'w str {
        match self.style {
            Style::Plain => words[0],
            Style::Varied => words[self.rng.below(words.len())],
        }
    }

    fn full(&mut self, scene: &Scene) -> String {
        let Backdrop::Place(place, mood) = scene.backdrop else {
            let things = self.things(scene);
            let paper = self.backdrop(scene.backdrop);
            return format!("{things} {paper}");
        };
        if scene.things.is_empty() {
            self.facts.empty();
            self.facts.place(place);
            let noun = self.word(place.nouns());
            return match place.is_outdoors().then(|| self.mood(mood)) {
                Some(mood) => format!("{noun} {mood}"),
                None => noun.to_owned(),
            };
        }
        let things = self.things(scene);
        self.facts.place(place);
        let at = self.word(place.phrases());
        if !place.is_outdoors() {
            return format!("{things} {at}");
        }
        let mood = self.mood(mood);
        match self.rng.below(10) {
            0 if self.style == Style::Varied => format!("{mood} {things} {at}"),
            1..4 if self.style == Style::Varied => format!("{things} {mood} {at}"),
            _ => format!("{things} {at} {mood}"),
        }
    }

    fn short(&mut self, scene: &Scene) -> String {
        if scene.things.is_empty() || self.rng.chance(0.08) {
            return self.bare_backdrop(scene.backdrop);
        }
        let thing = *self.rng.pick(&scene.things);
        match self.rng.below(20) {
            0..6 => self.thing(&thing, Detail::Look),
            6..9 => self.thing(&thing, Detail::Noun),
            9 => self.category(KINDS[thing.kind].category, &thing),
            10 => match thing.colour {
                Some(colour) => {
                    self.facts.colour_seen(colour);
                    format!("something {}", self.word(colour.words()))
                }
                None => self.thing(&thing, Detail::Noun),
            },
            11..15 => {
                let detail = if self.rng.chance(0.7) { Detail::Look } else { Detail::Noun };
                let thing = self.thing(&thing, detail);
                let behind = self.backdrop(scene.backdrop);
                format!("{thing} {behind}")
            }
            15..17 => {
                let detail = if self.rng.chance(0.6) { Detail::Look } else { Detail::Noun };
                let all: Vec<String> = scene.things.iter().map(|thing| self.thing(thing, detail)).collect();
                all.join(" and ")
            }
            _ => {
                let things = self.things(scene);
                if self.rng.chance(0.4) {
                    return things;
                }
                let behind = self.backdrop(scene.backdrop);
                format!("{things} {behind}")
            }
        }
    }

    /// Words all the things and how they lie.
    fn things(&mut self, scene: &Scene) -> String {
        match scene.things.as_slice() {
            [thing] => {
                let text = self.thing(thing, Detail::All);
                match scene.arrangement {
                    Arrangement::At(spot)
                        if matches!(scene.backdrop, Backdrop::Paper(_))
                            && thing.count == 1
                            && (spot != Spot::Centre || thing.size == Size::Small) =>
                    {
                        self.facts.spot(thing.kind, spot);
                        format!("{text} {}", self.word(spot_phrases(spot)))
                    }
                    _ => text,
                }
            }
            [first, second] => {
                let (a, b) = (self.thing(first, Detail::All), self.thing(second, Detail::All));
                let plain = self.style == Style::Varied && self.rng.chance(0.3);
                if plain {
                    let joiner = *self.rng.pick(&["and", "and", "with", "near"]);
                    return format!("{a} {joiner} {b}");
                }
                let above = scene.arrangement == Arrangement::Above;
                let (one, other) = if above { (Spot::Top, Spot::Bottom) } else { (Spot::Left, Spot::Right) };
                self.facts.spot(first.kind, one);
                self.facts.spot(second.kind, other);
                let turned = self.style == Style::Varied && self.rng.chance(0.35);
                let words: &[&str] = match (above, turned) {
                    (true, false) => &["above", "over", "above", "on top of"],
                    (true, true) => &["below", "under", "beneath"],
                    (false, false) => &["to the left of", "left of", "on the left of"],
                    (false, true) => &["to the right of", "right of", "on the right of"],
                };
                let words = self.word(words);
                if turned { format!("{b} {words} {a}") } else { format!("{a} {words} {b}") }
            }
            _ => String::new(),
        }
    }

    fn thing(&mut self, thing: &Thing, detail: Detail) -> String {
        let kind = &KINDS[thing.kind];
        self.facts.present(thing.kind);
        let mut before: Vec<&str> = Vec::new();
        let mut after = String::new();
        if detail == Detail::All && thing.count == 1 {
            self.facts.size(thing.kind, thing.size);
            match thing.size {
                Size::Small => before.push(self.word(&["small", "small", "little", "tiny"])),
                Size::Medium => {}
                Size::Big => before.push(self.word(&["big", "big", "large", "huge"])),
            }
        }
        if let (Some(colour), true) = (thing.colour, detail != Detail::Noun) {
            self.facts.colour(thing.kind, colour);
            self.facts.pattern(thing.kind, thing.pattern);
            let colour = self.word(colour.words());
            if kind.tint == Tint::Dressed {
                after = match self.word(&["in", "wearing", "in a shirt", "in clothes"]) {
                    "in a shirt" if thing.count == 1 => format!(" in a {colour} shirt"),
                    "in clothes" => format!(" in {colour} clothes"),
                    "wearing" => format!(" wearing {colour}"),
                    _ => format!(" in {colour}"),
                };
            } else {
                before.push(colour);
            }
            if thing.pattern != Pattern::Plain {
                if self.style == Style::Varied && self.rng.chance(0.3) {
                    after = format!(" {}", self.word(thing.pattern.phrases()));
                } else {
                    let first = self.style == Style::Varied && self.rng.chance(0.5);
                    let pattern = self.word(thing.pattern.adjectives());
                    before.insert(if first { 0 } else { before.len() }, pattern);
                }
            }
        }
        let noun = self.word(kind.nouns);
        before.push(noun);
        let singular = before.join(" ");
        if thing.count == 1 {
            self.facts.count(thing.kind, 1);
            return format!("{}{after}", self.with_article(&singular));
        }
        let last = before.len() - 1;
        let many = plural(noun);
        before[last] = &many;
        let several = before.join(" ");
        let exact = detail == Detail::All || self.rng.chance(0.6);
        if !exact {
            self.facts.several(thing.kind);
            let word = *self.rng.pick(&["", "several ", "some ", "many "]);
            return format!("{word}{several}{after}");
        }
        self.facts.count(thing.kind, thing.count);
        let number = match thing.count {
            2 => self.word(&["two", "two", "2", "a pair of"]),
            3 => self.word(&["three", "three", "3"]),
            4 => self.word(&["four", "four", "4"]),
            _ => self.word(&["five", "five", "5"]),
        };
        format!("{number} {several}{after}")
    }

    fn with_article(&mut self, noun: &str) -> String {
        if !self.articles {
            return noun.to_owned();
        }
        let vowel = noun.starts_with(['a', 'e', 'i', 'o', 'u']) && !noun.starts_with("ufo");
        match (vowel, self.style == Style::Varied && self.rng.chance(0.08)) {
            (_, true) => format!("the {noun}"),
            (true, false) => format!("an {noun}"),
            (false, false) => format!("a {noun}"),
        }
    }

    fn category(&mut self, category: Category, thing: &Thing) -> String {
        if category.nouns().is_empty() {
            return self.thing(thing, Detail::Noun);
        }
        self.facts.category(category);
        let noun = self.word(category.nouns());
        if matches!(noun, "food" | "something to eat") {
            return noun.to_owned();
        }
        if thing.count > 1 { plural(noun) } else { self.with_article(noun) }
    }

    /// Words the backdrop, after the things. A short caption may mention only a part of it.
    fn backdrop(&mut self, backdrop: Backdrop) -> String {
        match backdrop {
            Backdrop::Paper(colour) => {
                self.facts.paper(colour);
                let colour = self.word(colour.words());
                match self.word(&["a", "a", "against", "paper", "bare", "with"]) {
                    "against" => format!("against a {colour} background"),
                    "paper" => format!("on {colour} paper"),
                    "bare" => format!("on {colour}"),
                    "with" => format!("with a {colour} background"),
                    _ => format!("on {} background", self.with_article(colour)),
                }
            }
            Backdrop::Place(place, mood) => {
                if place.is_outdoors() && self.rng.chance(0.55) {
                    return self.mood(mood).to_owned();
                }
                self.facts.place(place);
                self.word(place.phrases()).to_owned()
            }
        }
    }

    fn bare_backdrop(&mut self, backdrop: Backdrop) -> String {
        match backdrop {
            Backdrop::Paper(colour) => {
                self.facts.paper(colour);
                let colour = self.word(colour.words());
                format!("{} background", self.with_article(colour))
            }
            Backdrop::Place(place, mood) if place.is_outdoors() && self.rng.chance(0.4) => {
                self.facts.mood(mood);
                self.word(mood.nouns()).to_owned()
            }
            Backdrop::Place(place, mood) if place.is_outdoors() && self.rng.chance(0.5) => {
                self.facts.mood(mood);
                self.facts.place(place);
                format!("{} {}", self.word(mood.adjectives()), without_article(self.word(place.nouns())))
            }
            Backdrop::Place(place, _) => {
                self.facts.place(place);
                self.word(place.nouns()).to_owned()
            }
        }
    }

    fn mood(&mut self, mood: Mood) -> &'static str {
        self.facts.mood(mood);
        self.word(mood.phrases())
    }
}

/// How much of a thing to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Detail {
    Noun,
    Look,
    All,
}

fn without_article(noun: &str) -> &str {
    ["a ", "an ", "the "].iter().find_map(|article| noun.strip_prefix(article)).unwrap_or(noun)
}

fn spot_phrases(spot: Spot) -> &'static [&'static str] {
    match spot {
        Spot::Left => &["on the left", "on the left side", "at the left"],
        Spot::Right => &["on the right", "on the right side", "at the right"],
        Spot::Top => &["at the top", "near the top"],
        Spot::Bottom => &["at the bottom", "near the bottom"],
        Spot::Centre => &["in the middle", "in the center", "in the centre"],
        Spot::TopLeft => &["in the top left corner", "at the top left", "in the upper left corner"],
        Spot::TopRight => &["in the top right corner", "at the top right", "in the upper right corner"],
        Spot::BottomLeft => &["in the bottom left corner", "at the bottom left", "in the lower left corner"],
        Spot::BottomRight => {
            &["in the bottom right corner", "at the bottom right", "in the lower right corner"]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captions_are_true_of_their_pictures() {
        let mut rng = Rng::new(1);
        for _ in 0..5000 {
            let scene = Scene::random(&mut rng);
            let truth = FactSet::of_scene(&scene);
            for caption in [
                full(&scene, Style::Plain, &mut rng),
                full(&scene, Style::Varied, &mut rng),
                short(&scene, &mut rng),
            ] {
                assert!(caption.facts.is_subset(&truth), "{}: {scene:?}", caption.text);
                assert!(!caption.facts.numbers().is_empty(), "{}", caption.text);
                assert!(
                    !caption.text.contains("  ") && caption.text.trim() == caption.text,
                    "{:?}",
                    caption.text
                );
            }
        }
    }
}
