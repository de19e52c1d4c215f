//! Every query of one and two words that the demo model is to understand, with what it asks for.
//!
//! A picture is right for a query when everything that the query names is in it: "cat" is also right for two cats, unlike
//! the caption "a cat", which says that there is one.

use std::collections::HashSet;

use super::fact_set::FactSet;
use super::kinds::{Category, KINDS, Kind, Tint, plural};
use super::scene::Size;
use super::words::{Colour, Mood, Pattern, Place};

/// A short query, and the facts of the pictures that are right for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ShortQuery {
    /// The text, in lower case.
    pub(super) text: String,
    /// What it asks for: a picture is right when all of it is among the picture's facts.
    pub(super) facts: FactSet,
}

/// The numbers that people write, from 2 on.
const NUMBERS: [&str; 4] = ["two", "three", "four", "five"];

/// All queries, each text once: things, colours, patterns, sizes, counts, places, times of day and weather, alone and in
/// pairs. "person in red" and its like count as two words.
pub(super) fn all() -> Vec<ShortQuery> {
    let mut queries = Queries::default();
    for (number, kind) in KINDS.iter().enumerate() {
        queries.kind(number, kind);
    }
    for category in Category::ALL {
        for noun in category.nouns() {
            queries.add(noun, |facts| facts.category(category));
            queries.add(&plural(noun), |facts| facts.category(category));
        }
    }
    for colour in Colour::ALL {
        for word in distinct(colour.words()) {
            queries.add(word, |facts| facts.colour_seen(colour));
            queries.add(&format!("something {word}"), |facts| facts.colour_seen(colour));
            queries.add(&format!("{word} background"), |facts| facts.paper(colour));
        }
    }
    for place in Place::ALL {
        let nouns: Vec<&str> = distinct(place.nouns()).map(without_article).collect();
        for noun in &nouns {
            queries.add(noun, |facts| facts.place(place));
        }
        for mood in Mood::ALL.into_iter().filter(|_| place.is_outdoors()) {
            for adjective in distinct(mood.adjectives()) {
                for noun in &nouns {
                    queries.add(&format!("{adjective} {noun}"), |facts| {
                        facts.place(place);
                        facts.mood(mood);
                    });
                }
            }
        }
    }
    for mood in Mood::ALL {
        for noun in distinct(mood.nouns()).map(without_article) {
            queries.add(noun, |facts| facts.mood(mood));
        }
    }
    queries.all
}

/// The queries so far. Of equal texts the first stays.
#[derive(Debug, Default)]
struct Queries {
    all: Vec<ShortQuery>,
    texts: HashSet<String>,
}

impl Queries {
    /// Adds a query of one or two words; longer ones are left out.
    fn add(&mut self, text: &str, state: impl FnOnce(&mut FactSet)) {
        if text.split(' ').count() <= 2 {
            self.add_any(text, state);
        }
    }

    fn add_any(&mut self, text: &str, state: impl FnOnce(&mut FactSet)) {
        if self.texts.insert(text.to_owned()) {
            let mut facts = FactSet::default();
            state(&mut facts);
            self.all.push(ShortQuery { text: text.to_owned(), facts });
        }
    }

    fn kind(&mut self, number: usize, kind: &Kind) {
        for noun in distinct(kind.nouns) {
            let many = plural(noun);
            self.add(noun, |facts| facts.present(number));
            if many != noun {
                self.add(&many, |facts| facts.several(number));
            }
            for (more, count) in NUMBERS.iter().zip(2..) {
                self.add(&format!("{more} {many}"), |facts| facts.count(number, count));
            }
            self.add(&format!("big {noun}"), |facts| facts.size(number, Size::Big));
            self.add(&format!("small {noun}"), |facts| facts.size(number, Size::Small));
            self.surroundings(number, noun);
            self.looks(number, kind, noun, &many);
        }
    }

    /// A thing and a time of day or a weather, as keywords: "boat sunset".
    fn surroundings(&mut self, number: usize, noun: &str) {
        for mood in Mood::ALL {
            for word in distinct(mood.nouns()).filter(|word| !word.contains(' ')) {
                self.add(&format!("{noun} {word}"), |facts| {
                    facts.present(number);
                    facts.mood(mood);
                });
            }
        }
    }

    fn looks(&mut self, number: usize, kind: &Kind, noun: &str, many: &str) {
        if kind.tint == Tint::Patterned {
            for pattern in Pattern::ALL {
                for word in distinct(pattern.adjectives()) {
                    self.add(&format!("{word} {noun}"), |facts| facts.pattern(number, pattern));
                }
            }
        }
        for colour in Colour::ALL.into_iter().filter(|_| kind.tint != Tint::Natural) {
            for word in distinct(colour.words()) {
                if kind.tint == Tint::Dressed {
                    self.add_any(&format!("{noun} in {word}"), |facts| facts.colour(number, colour));
                    continue;
                }
                self.add(&format!("{word} {noun}"), |facts| facts.colour(number, colour));
                if many != noun {
                    self.add(&format!("{word} {many}"), |facts| {
                        facts.colour(number, colour);
                        facts.several(number);
                    });
                }
            }
        }
    }
}

fn distinct<'a>(words: &'a [&'static str]) -> impl Iterator<Item = &'static str> + 'a {
    words.iter().enumerate().filter(|(i, word)| !words[..*i].contains(word)).map(|(_, word)| *word)
}

fn without_article(noun: &str) -> &str {
    ["a ", "an ", "the "].iter().find_map(|article| noun.strip_prefix(article)).unwrap_or(noun)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_short_and_different_and_ask_for_something() {
        let all = all();
        let texts: HashSet<&str> = all.iter().map(|query| query.text.as_str()).collect();
        assert_eq!(texts.len(), all.len());
        assert!(all.len() > 2000, "{}", all.len());
        for query in &all {
            let words = query.text.split(' ').count();
            assert!(words <= 2 || query.text.contains(" in "), "{}", query.text);
            assert!(!query.facts.numbers().is_empty(), "{}", query.text);
        }
        for text in ["two cats", "person in red", "snow", "red", "snowy forest", "striped cat", "boat sunset"]
        {
            assert!(texts.contains(text), "{text}");
        }
    }

    #[test]
    fn a_singular_asks_for_any_number_of_things() {
        let cat = all().into_iter().find(|query| query.text == "cat").unwrap();
        assert_eq!(cat.facts.names(), ["cat", "category: Animal"]);
    }
}
