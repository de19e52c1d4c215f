//! What somebody meant who wrote a word a little wrong.

/// The candidate that is nearest to a word, if it is so near that it was probably meant: letters that are missing, added,
/// wrong or swapped, one in every three of the word's at most. Upper and lower case are the same.
pub(crate) fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let most = (word.chars().count() / 3).max(1);
    let distance = |candidate: &str| strsim::damerau_levenshtein(&word, &candidate.to_lowercase());
    let near = candidates.into_iter().map(|candidate| (distance(candidate), candidate));
    // A word of one or two letters is near to everything.
    let is_near = |(distance, candidate): &(usize, &str)| *distance <= most && *distance < candidate.len();
    near.filter(is_near).min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        let commands = ["search", "similar", "status", "index", "demo"];
        for (typed, meant) in [
            ("serach", "search"),
            ("Search", "search"),
            ("indx", "index"),
            ("statsu", "status"),
            ("dmeo", "demo"),
        ] {
            assert_eq!(closest(typed, commands), Some(meant), "{typed}");
        }
        for other in ["sunset", "beach", "photos", "x", "", "dogs"] {
            assert_eq!(closest(other, commands), None, "{other}");
        }
    }
}
