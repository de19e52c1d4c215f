//! Comparisons with a number: `width>=1920`, `size>2mb`.

use std::fmt;

use super::value::{Value, ValueError};

/// How a number is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Below the number.
    Less,
    /// The number or below.
    AtMost,
    /// The number itself.
    Equal,
    /// The number or above.
    AtLeast,
    /// Above the number.
    Greater,
}

impl Operator {
    /// The operator at the beginning of a text, and its length in bytes. A colon means [`Operator::Equal`].
    pub(super) fn at_start(text: &str) -> Option<(Self, usize)> {
        let known = [
            (">=", Self::AtLeast),
            ("<=", Self::AtMost),
            (">", Self::Greater),
            ("<", Self::Less),
            ("=", Self::Equal),
            (":", Self::Equal),
        ];
        known.iter().find(|(sign, _)| text.starts_with(sign)).map(|(sign, operator)| (*operator, sign.len()))
    }

    /// The operator as it is written, in SQL too.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Equal => "=",
            Self::AtLeast => ">=",
            Self::Greater => ">",
        }
    }
}

/// A comparison of a fact with a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison<T> {
    /// How the fact is compared.
    pub operator: Operator,
    /// The number that the fact is compared with.
    pub number: T,
}

impl<T: PartialOrd> Comparison<T> {
    /// Whether the comparison holds for a fact.
    pub fn holds(&self, fact: T) -> bool {
        match self.operator {
            Operator::Less => fact < self.number,
            Operator::AtMost => fact <= self.number,
            Operator::Equal => fact == self.number,
            Operator::AtLeast => fact >= self.number,
            Operator::Greater => fact > self.number,
        }
    }
}

impl<T: fmt::Display> fmt::Display for Comparison<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", self.operator.as_str(), self.number)
    }
}

/// Units of sizes and their bytes, the greatest first.
const UNITS: [(&str, u64); 5] =
    [("tb", 1_000_000_000_000), ("gb", 1_000_000_000), ("mb", 1_000_000), ("kb", 1_000), ("b", 1)];
/// The greatest size that can be asked for. All smaller whole numbers are exact in an f64.
const MAX_BYTES: f64 = 1e15;

/// Reads a number of bytes with a decimal unit: `2mb` is 2,000,000, and a number alone means bytes.
pub(super) fn bytes(text: &str) -> Value<u64> {
    let lower = text.to_ascii_lowercase();
    let end = lower.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(lower.len());
    let (number, unit) = lower.split_at(end);
    if number.is_empty() && !unit.is_empty() {
        return Err(ValueError::Wrong);
    }
    let number = super::value::decimal(number)?;
    let bytes_of_unit = match unit {
        "" => 1,
        // The beginning of a unit.
        "k" | "m" | "g" | "t" => return Err(ValueError::Partial),
        _ => UNITS.iter().find(|(name, _)| *name == unit).ok_or(ValueError::Wrong)?.1,
    };
    let bytes = (number * bytes_of_unit as f64).round();
    if bytes <= MAX_BYTES { Ok(bytes as u64) } else { Err(ValueError::Wrong) }
}

/// Prints a number of bytes in the greatest unit that leaves a whole number.
pub(super) fn print_bytes(bytes: u64) -> String {
    let divides = |(_, unit): &&(&str, u64)| bytes >= *unit && bytes.is_multiple_of(*unit);
    match UNITS.iter().find(divides) {
        Some((name, unit)) if *unit > 1 => format!("{}{name}", bytes / unit),
        _ => bytes.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_decimal() {
        for (text, expected) in [
            ("2mb", 2_000_000),
            ("2MB", 2_000_000),
            ("1.5kb", 1500),
            ("0.0001kb", 0),
            ("7", 7),
            ("7b", 7),
            ("1tb", 1_000_000_000_000),
        ] {
            assert_eq!(bytes(text), Ok(expected), "{text}");
        }
        for wrong in ["banana", "2xb", "2mib", "-1mb", "1e308", "99999tb", "2 mb", "1.2.3kb"] {
            assert_eq!(bytes(wrong), Err(ValueError::Wrong), "{wrong}");
        }
        for partial in ["", "2m", "."] {
            assert_eq!(bytes(partial), Err(ValueError::Partial), "{partial}");
        }
        for (number, expected) in [(0, "0"), (1500, "1500"), (2000, "2kb"), (3_000_000, "3mb")] {
            assert_eq!(print_bytes(number), expected);
        }
    }

    #[test]
    fn each_operator_holds_where_it_says() {
        let held = |operator| {
            let comparison = Comparison { operator, number: 5 };
            [4, 5, 6].map(|fact| comparison.holds(fact))
        };
        assert_eq!(held(Operator::Less), [true, false, false]);
        assert_eq!(held(Operator::AtMost), [true, true, false]);
        assert_eq!(held(Operator::Equal), [false, true, false]);
        assert_eq!(held(Operator::AtLeast), [false, true, true]);
        assert_eq!(held(Operator::Greater), [false, false, true]);
    }
}
