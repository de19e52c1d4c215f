//! Words as they stand on a shell's command line.

/// The words of a command line up to its end, without their quotes; the last one may be unfinished or empty.
///
/// Backslashes, `'...'` and `"..."` are understood, as bash, zsh and fish write them.
pub(super) fn split(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_within = false;
    let mut rest = line.chars();
    let mut quote = None;
    while let Some(character) = rest.next() {
        let word = words.last_mut();
        let Some(word) = word else { break };
        match (quote, character) {
            (Some(end), c) if c == end => quote = None,
            (None, '\'' | '"') => (quote, is_within) = (Some(character), true),
            (Some('\''), c) => word.push(c),
            (_, '\\') => {
                let next = rest.next();
                // Within double quotes a backslash stands for itself before most characters.
                if quote.is_some() && !matches!(next, Some('"' | '\\' | '$' | '`') | None) {
                    word.push('\\');
                }
                word.extend(next);
                is_within = true;
            }
            (None, ' ' | '\t' | '\n') => {
                if is_within {
                    words.push(String::new());
                    is_within = false;
                }
            }
            (_, c) => {
                word.push(c);
                is_within = true;
            }
        }
    }
    words
}

/// A single word without its quotes.
pub(super) fn unquoted(word: &str) -> String {
    // A blank within stands for itself: the shell has found the word's ends already.
    split(word).join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_backslashes_are_taken_off() {
        assert_eq!(split("pixseek search my\\ ph"), ["pixseek", "search", "my ph"]);
        assert_eq!(split("pixseek \"my ph"), ["pixseek", "my ph"]);
        assert_eq!(split("pixseek 'it\\s' \"a\\\"b\\c\" "), ["pixseek", "it\\s", "a\"b\\c", ""]);
        assert_eq!(split("  pixseek  '' x"), ["pixseek", "", "x"]);
        assert_eq!(split(""), [""]);
        assert_eq!(split("a\\"), ["a"]);
        assert_eq!(unquoted("in:\"my p"), "in:my p");
        assert_eq!(unquoted(""), "");
    }
}
