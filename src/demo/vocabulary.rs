//! The plain words for what the demo model has seen.

use super::kinds::KINDS;
use super::words::{Colour, Mood, Pattern, Place};

/// The plainest word for every kind of thing, colour, pattern, place and mood of drawn pictures, without articles; each once.
pub fn words() -> Vec<&'static str> {
    let kinds = KINDS.iter().map(|kind| kind.nouns);
    let places = Place::ALL.into_iter().map(Place::nouns);
    let moods = Mood::ALL.into_iter().map(Mood::nouns);
    let colours = Colour::ALL.into_iter().map(Colour::words);
    let patterns = Pattern::ALL.into_iter().map(Pattern::adjectives);
    let mut words: Vec<&'static str> = Vec::new();
    for wordings in kinds.chain(places).chain(moods).chain(colours).chain(patterns) {
        let Some(word) = wordings.first() else { continue };
        let word = word.strip_prefix("a ").or_else(|| word.strip_prefix("the ")).unwrap_or(word);
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_places_moods_and_colours_are_there_once() {
        let words = words();
        for word in ["boat", "cat", "sea", "night", "snow", "red", "striped"] {
            assert_eq!(words.iter().filter(|known| **known == word).count(), 1, "{word}");
        }
        assert!(words.iter().all(|word| !word.starts_with("a ") && !word.starts_with("the ")));
    }
}
