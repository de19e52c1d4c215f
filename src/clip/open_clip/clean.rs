//! How open_clip cleans texts before it makes tokens of them: `basic_clean` and `whitespace_clean` of its `tokenizer.py`.

use super::{entities, ftfy};

/// A text with glitches mended, HTML entities decoded twice, and single spaces between words: open_clip's
/// `_clean_whitespace`.
pub(in crate::clip) fn white_space(text: &str) -> String {
    let text = entities::unescape(&entities::unescape(&ftfy::fix_text(text)));
    text.split(is_space).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// As [`white_space`], in lower case: open_clip's `_clean_lower`.
pub(in crate::clip) fn lower(text: &str) -> String {
    white_space(text).to_lowercase()
}

/// White space as Python's `str.split` sees it, which takes the four separators of ASCII for some.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\x1c'..='\x1f')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_can_be_cleaned(text in r"([&#;<xX0-9a-zé\u{80}-\u{9f}ﬁŉＡｶ\u{ff9e}\x00-\x20\u{1b}\[]|&[a-zA-Z]{1,6};?|.){0,40}") {
            let cleaned = white_space(&text);
            let words: Vec<&str> = cleaned.split(' ').collect();
            prop_assert!(cleaned.is_empty() || words.iter().all(|word| !word.is_empty()), "{:?}", cleaned);
            // The end of a text changes nothing of the lines before.
            let longer = white_space(&format!("{text}\nz"));
            prop_assert!(longer.ends_with('z'), "{:?}", longer);
        }
    }

    #[test]
    fn texts_come_out_as_from_open_clip() {
        // By `_clean_lower` of open_clip 3.3 with ftfy 6.3.
        for (text, expected) in [
            ("  A\tPhoto\u{3000}of \n\n a CAT ", "a photo of a cat"),
            ("salt &amp;amp; pepper &#38;lt;", "salt & pepper <"),
            ("“Don’t” say ‹ﬁne›", "\"don't\" say ‹fine›"),
            ("ＦＵＬＬ　ｗｉｄｔｈ ｶﾞ", "full width ガ"),
            ("Σίσυφος ΣΊΣΥΦΟΣ", "σίσυφος σίσυφος"),
            ("İstanbul", "i\u{307}stanbul"),
            ("cafe\u{301}", "café"),
            ("", ""),
            (" \u{feff}\u{200b} ", "\u{200b}"),
        ] {
            assert_eq!(lower(text), expected, "{text:?}");
        }
    }
}
