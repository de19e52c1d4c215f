//! The weight before a term: `2:red`.

use super::error::Problem;

/// The least weight of a term.
pub const MIN_WEIGHT: f32 = 0.001;
/// The greatest weight of a term.
pub const MAX_WEIGHT: f32 = 1000.0;

/// Words that are no numbers to anybody but a computer. Before a colon they are meant as weights.
const ODD: [&str; 3] = ["nan", "inf", "infinity"];

/// The weight at the beginning of a word: the weight, or what is wrong with it, and its length in bytes with the colon.
/// `None` when the word has no weight: before a digit, a blank or the end, a colon is text, as in `12:30` and `2: the end`.
pub(super) fn at_start(word: &str) -> Option<(Result<f32, Problem>, usize)> {
    let (number, rest) = word.split_once(':')?;
    let next = rest.chars().next()?;
    if next.is_whitespace() || next.is_numeric() {
        return None;
    }
    let digits = number.trim_start_matches(['+', '-']);
    let is_number =
        digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'-' | b'+'))
            && digits.bytes().any(|byte| byte.is_ascii_digit());
    let is_odd = ODD.iter().any(|odd| digits.eq_ignore_ascii_case(odd));
    if !is_number && !is_odd {
        return None;
    }
    let weight: f32 = number.parse().ok()?;
    let weight = if (MIN_WEIGHT..=MAX_WEIGHT).contains(&weight) {
        Ok(weight)
    } else if weight < 0.0 && weight.is_finite() {
        Err(Problem::NegativeWeight)
    } else {
        Err(Problem::BadWeight(number.to_owned()))
    };
    Some((weight, number.len() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_before_words_are_weights() {
        for (word, expected) in
            [("2:red", 2.0), ("0.5:red", 0.5), (".5:@a", 0.5), ("1e2:\"x\"", 100.0), ("+3:x", 3.0)]
        {
            let (weight, length) = at_start(word).unwrap();
            assert_eq!((weight, length), (Ok(expected), word.find(':').unwrap() + 1), "{word}");
        }
        for text in ["12:30", "2:", "2: x", "red", "a:b", ":x", "1.2.3:x", "e:x", "-:x", "2024-05:x"] {
            assert_eq!(at_start(text), None, "{text}");
        }
        for wrong in ["0:x", "nan:x", "NaN:x", "inf:x", "-inf:x", "1e308:x", "1001:x", "1e-9:x"] {
            let problem = at_start(wrong).unwrap().0.unwrap_err();
            assert!(matches!(problem, Problem::BadWeight(_)), "{wrong}: {problem:?}");
        }
        assert_eq!(at_start("-2:x").unwrap().0, Err(Problem::NegativeWeight));
    }
}
