//! What is said of a text that is longer than the model reads.

/// The number of characters, at most, of the unread end that are told.
const TOLD: usize = 30;

/// Says where the end of a text begins that the model does not read.
pub fn unread_in_words(rest: &str) -> String {
    let rest = rest.trim();
    let told = match rest.char_indices().nth(TOLD) {
        Some((end, _)) => format!("{}…", rest[..end].trim_end()),
        None => rest.to_owned(),
    };
    format!("longer than the model reads: '{told}' does not count")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_ends_are_told_by_their_beginnings() {
        assert_eq!(unread_in_words(" a boat "), "longer than the model reads: 'a boat' does not count");
        let long = unread_in_words(&"é ".repeat(50));
        assert!(long.contains("é…'") && long.chars().count() < 80, "{long}");
    }
}
