//! The end of a text that has no room in the context.

/// The end of `text` without which `encode` gives the same; `None` if all of it counts. Blanks and signs alone are none.
///
/// # Errors
/// Those of `encode`.
pub(super) fn unread<T: PartialEq, E>(
    text: &str,
    encode: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<&str>, E> {
    let starts: Vec<usize> =
        text.char_indices().filter(|(_, c)| c.is_alphanumeric()).map(|(at, _)| at).collect();
    let Some(last) = starts.last() else { return Ok(None) };
    let whole = encode(text)?;
    // Mostly the last letter counts, and this is the end of it.
    if encode(&text[..*last])? != whole {
        return Ok(None);
    }
    // Once a beginning is long enough, all longer ones are.
    let (mut short, mut enough) = (0, starts.len() - 1);
    while short < enough {
        let middle = short.midpoint(enough);
        if encode(&text[..starts[middle]])? == whole {
            enough = middle;
        } else {
            short = middle + 1;
        }
    }
    Ok(Some(&text[starts[enough]..]))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// The first five letters of a text, as a tokenizer might see it.
    fn five_letters(text: &str) -> Result<String, Infallible> {
        Ok(text.chars().filter(|c| c.is_alphanumeric()).take(5).collect())
    }

    #[test]
    fn the_end_that_makes_no_difference_is_found() {
        let unread = |text| unread(text, five_letters).unwrap();
        assert_eq!(unread("ab cde"), None);
        assert_eq!(unread("ab cde !"), None, "nobody misses a sign");
        assert_eq!(unread("ab cd éf gh."), Some("f gh."));
        assert_eq!(unread("日本語の写真"), Some("真"));
        assert_eq!((unread(""), unread("?!")), (None, None));
    }
}
