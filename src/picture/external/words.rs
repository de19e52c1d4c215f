//! A command line as words, without a shell.

/// Splits a line at spaces. What stands between two quotes of a kind, single or double, stays together; every other
/// character stands for itself, backslashes too, since paths on Windows have them. None when a quote is not closed.
pub(super) fn split(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars() {
        match quote {
            Some(end) if c == end => quote = None,
            None if c == '\'' || c == '"' => {
                quote = Some(c);
                // Two quotes with nothing in between are an empty word.
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_as_a_reader_expects() {
        for (line, words) in [
            ("magick {} png:-", &["magick", "{}", "png:-"][..]),
            ("  a\t b ", &["a", "b"]),
            ("'C:\\Program Files\\x.exe' {}", &["C:\\Program Files\\x.exe", "{}"]),
            ("a --name=\"it's $HOME\" ''", &["a", "--name=it's $HOME", ""]),
            ("a;b|c>d", &["a;b|c>d"]),
            ("", &[]),
        ] {
            assert_eq!(split(line).unwrap(), words, "{line}");
        }
        assert_eq!(split("a 'b"), None);
    }
}
