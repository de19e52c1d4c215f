//! Filters as expressions of Milvus's.
//!
//! An expression is exact, or it is true of more pictures than the filter is; then [`super::residual`] looks at what is left.
//! Of a picture whose fact is unknown, no test is true: unknown facts have numbers that no picture has.

use jiff::civil::Date;

use super::path_text::text_of_path;
use super::schema::field;
use crate::catalog::{CatalogErrorKind, WordColumn, WordSplitter};
use crate::library::searcher::seconds;
use crate::library::store::place::{Place, Shard};
use crate::query::{Comparison, DateRange, Filter, Near, Operator, Shape, Test};

/// What is true of no picture: keys are not negative.
const NOTHING: &str = "id < 0";
/// The pixels of a megapixel.
const MEGAPIXEL: f64 = 1e6;
/// Kilometres of a degree of latitude, a little less than the least (on the sphere that [`Near`] measures on, 111.19).
const KM_PER_DEGREE: f64 = 111.0;

/// Filters, as far as the server can tell.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Translated {
    /// What is true of all pictures for which the filters hold; empty for nothing.
    pub expression: String,
    /// The numbers of the filters that remain to be looked at.
    pub residual: Vec<usize>,
}

/// A test as an expression, and whether that is exact.
enum Told {
    Exact(String),
    Superset(String),
    Unknown,
}

/// The filters as an expression, in the words of a splitter, for a folder's place.
pub(super) fn translate(
    filters: &[Filter],
    place: &Place,
    today: Date,
    splitter: &WordSplitter,
) -> Result<Translated, CatalogErrorKind> {
    let mut translated = Translated::default();
    let mut parts = Vec::new();
    for (number, filter) in filters.iter().enumerate() {
        match (of_test(&filter.test, place, today, splitter)?, filter.negated) {
            (Told::Exact(part), false) => parts.push(part),
            (Told::Exact(part), true) => parts.push(format!("not ({part})")),
            (Told::Superset(part), false) => {
                parts.push(part);
                translated.residual.push(number);
            }
            // What is true of more than the test is false of fewer than its opposite.
            (Told::Superset(_), true) | (Told::Unknown, _) => translated.residual.push(number),
        }
    }
    translated.expression = all_of(&parts);
    Ok(translated)
}

/// What is true where all parts are; empty ones say nothing.
pub(super) fn all_of<T: AsRef<str>>(parts: &[T]) -> String {
    let parts: Vec<String> =
        parts.iter().map(T::as_ref).filter(|part| !part.is_empty()).map(|part| format!("({part})")).collect();
    parts.join(" and ")
}

/// The pictures of a root, or of a folder in it.
pub(super) fn of_place(place: &Place) -> String {
    all_of(&[of_root(&place.root), below(&place.folder())])
}

/// The pictures of one part.
pub(super) fn of_shard(shard: Shard) -> String {
    let keys = shard.keys();
    format!("{0} >= {1} and {0} <= {2}", field::ID, keys.start(), keys.end())
}

/// The pictures of a root.
pub(super) fn of_root(root: &str) -> String {
    format!("{} == {}", field::ROOT, quoted(root))
}

/// The pictures in a folder of the root or below; empty for the root itself.
fn below(folder: &[u8]) -> String {
    if folder.is_empty() {
        return String::new();
    }
    let folder = text_of_path(folder);
    // The character behind the slash is 0.
    let (from, until) = (quoted(&format!("{folder}/")), quoted(&format!("{folder}0")));
    format!("{0} >= {from} and {0} < {until}", field::PATH)
}

fn of_test(
    test: &Test,
    place: &Place,
    today: Date,
    splitter: &WordSplitter,
) -> Result<Told, CatalogErrorKind> {
    use Told::{Exact, Superset, Unknown};
    Ok(match test {
        Test::In(folder) => {
            let inside = below(&place.outward(folder.as_str().as_bytes()));
            Exact(if inside.is_empty() { format!("not ({NOTHING})") } else { inside })
        }
        Test::Path(_) => Unknown,
        Test::Extension(extensions) => {
            let spellings: Vec<String> = extensions.spellings().iter().map(|name| quoted(name)).collect();
            Exact(format!("{} in [{}]", field::EXTENSION, spellings.join(", ")))
        }
        Test::After(_) | Test::Before(_) | Test::On(_) => {
            Exact(test.date_range(today).map_or_else(|| format!("not ({NOTHING})"), of_range))
        }
        Test::Size(size) => Exact(compared(field::SIZE, size.operator, size.number)),
        Test::Width(width) => Exact(known(field::WIDTH, width.operator, width.number)),
        Test::Height(height) => Exact(known(field::HEIGHT, height.operator, height.number)),
        Test::Megapixels(megapixels) => Exact(of_megapixels(megapixels)),
        // 2.5 times as long is no comparison with a number.
        Test::Shape(Shape::Panorama) => Superset(format!("{} >= 0", field::WIDTH)),
        Test::Shape(shape) => {
            let sign = match shape {
                Shape::Landscape => ">",
                Shape::Portrait => "<",
                Shape::Square | Shape::Panorama => "==",
            };
            Exact(format!("{0} >= 0 and {0} {sign} {1}", field::WIDTH, field::HEIGHT))
        }
        Test::Iso(iso) => Exact(known(field::ISO, iso.operator, iso.number)),
        Test::Rating(rating) => {
            let is_known = format!("{} >= -1", field::RATING);
            Exact(all_of(&[is_known, compared(field::RATING, rating.operator, rating.number)]))
        }
        Test::Near(near) => Superset(around(near)),
        Test::Name(text) => of_words(WordColumn::Name, text, splitter)?,
        Test::Caption(text) => of_words(WordColumn::Caption, text, splitter)?,
        Test::Tag(text) => of_words(WordColumn::Tag, text, splitter)?,
        Test::Camera(text) => of_words(WordColumn::Camera, text, splitter)?,
        Test::Lens(text) => of_words(WordColumn::Lens, text, splitter)?,
        // It is refused before.
        Test::Text(_) => Exact(NOTHING.to_owned()),
    })
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Equal => "==",
        other => other.as_str(),
    }
}

fn compared(name: &str, operator: Operator, number: impl std::fmt::Display) -> String {
    format!("{name} {} {number}", sign(operator))
}

/// A comparison of a number that is not negative where it is known.
fn known(name: &str, operator: Operator, number: u32) -> String {
    all_of(&[format!("{name} >= 0"), compared(name, operator, number)])
}

fn of_range(DateRange { from, until }: DateRange) -> String {
    let from = from.map(|from| format!("{} >= {}", field::TAKEN, seconds(from)));
    let until = until.map(|until| format!("{} < {}", field::TAKEN, seconds(until)));
    let parts: Vec<String> = from.into_iter().chain(until).collect();
    if parts.is_empty() { format!("not ({NOTHING})") } else { all_of(&parts) }
}

/// Megapixels are compared as the quotient of pixels; it grows with them, so that a number of pixels divides those for which
/// the comparison holds from the others.
fn of_megapixels(megapixels: &Comparison<f64>) -> String {
    // The least number of pixels whose quotient is at least, or above, the number.
    let first = |above: bool| {
        let holds = |pixels: i64| {
            let quotient = pixels as f64 / MEGAPIXEL;
            if above { quotient > megapixels.number } else { quotient >= megapixels.number }
        };
        let near = (megapixels.number * MEGAPIXEL).round() as i64;
        (near - 2..=near + 2).find(|pixels| holds(*pixels)).unwrap_or(near)
    };
    let pixels = field::PIXELS;
    let part = match megapixels.operator {
        Operator::AtLeast => format!("{pixels} >= {}", first(false)),
        Operator::Less => format!("{pixels} < {}", first(false)),
        Operator::Greater => format!("{pixels} >= {}", first(true)),
        Operator::AtMost => format!("{pixels} < {}", first(true)),
        Operator::Equal => format!("{pixels} >= {} and {pixels} < {}", first(false), first(true)),
    };
    all_of(&[format!("{pixels} >= 0"), part])
}

/// A box around a circle. Across a pole or the date line it is all of the parallels in between.
fn around(near: &Near) -> String {
    let high = near.kilometres / KM_PER_DEGREE;
    let (south, north) = (near.latitude - high, near.latitude + high);
    let latitudes = format!("{0} >= {south:?} and {0} <= {north:?}", field::LATITUDE);
    // A circle is widest on the parallel of its side that is nearer to a pole.
    let narrow = south.abs().max(north.abs()).to_radians().cos();
    let wide = high / narrow.max(1e-9) * 1.01;
    let (west, east) = (near.longitude - wide, near.longitude + wide);
    if north >= 89.0 || south <= -89.0 || west <= -180.0 || east >= 180.0 {
        return latitudes;
    }
    format!("{latitudes} and {0} >= {west:?} and {0} <= {east:?}", field::LONGITUDE)
}

/// The name that the words of a column have in the field of words.
pub(super) fn key_of(column: WordColumn) -> &'static str {
    match column {
        WordColumn::Name => "n",
        WordColumn::Caption => "c",
        WordColumn::Tag => "t",
        WordColumn::Camera => "k",
        WordColumn::Lens => "l",
        WordColumn::Text => "x",
    }
}

/// The entry among the words of a column that there are any.
pub(super) const ANY: &str = "*";

fn of_words(column: WordColumn, text: &str, splitter: &WordSplitter) -> Result<Told, CatalogErrorKind> {
    let has =
        |word: &str| format!("json_contains({}[\"{}\"], {})", field::WORDS, key_of(column), quoted(word));
    if text.trim() == ANY {
        return Ok(Told::Exact(has(ANY)));
    }
    let runs = splitter.runs(text)?;
    if runs.iter().any(|run| run.words.is_empty()) {
        return Ok(Told::Exact(NOTHING.to_owned()));
    }
    let mut is_exact = true;
    let mut parts = vec![];
    for run in &runs {
        let whole = if run.is_prefix { run.words.len() - 1 } else { run.words.len() };
        is_exact &= run.words.len() == 1 && !run.is_prefix;
        parts.extend(run.words[..whole].iter().map(|word| has(word)));
    }
    // All words must be in one keyword.
    is_exact &= column != WordColumn::Tag || runs.len() == 1;
    Ok(match (is_exact, parts.is_empty()) {
        (true, _) => Told::Exact(all_of(&parts)),
        (false, true) => Told::Superset(has(ANY)),
        (false, false) => Told::Superset(all_of(&parts)),
    })
}

/// A text as it stands in an expression.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;
    use crate::query::{self, Options};

    fn translated(text: &str) -> Translated {
        let query = query::read(text, Options::default()).unwrap().query;
        let place = Place::of(Path::new("/x/photos"), Path::new(""), &BTreeMap::new());
        let today = jiff::civil::date(2026, 11, 26);
        translate(&query.filters, &place, today, &WordSplitter::new().unwrap()).unwrap()
    }

    #[track_caller]
    fn is(text: &str, expression: &str, residual: usize) {
        let found = translated(text);
        assert_eq!((found.expression.as_str(), found.residual.len()), (expression, residual), "{text}");
    }

    #[test]
    fn filters_become_expressions() {
        is("in:2024/a", r#"(path >= "2024/a/" and path < "2024/a0")"#, 0);
        is("-width>=1920", "(not ((width >= 0) and (width >= 1920)))", 0);
        is("ext:jpg,png", r#"(ext in ["jpg", "png", "jpeg"])"#, 0);
        is("on:1970-01-02", "((taken >= 86400) and (taken < 172800))", 0);
        is("size>2mb", "(size > 2000000)", 0);
        is("rating<3", "((rating >= -1) and (rating < 3))", 0);
        is("mp>12", "((pixels >= 0) and (pixels >= 12000001))", 0);
        is("mp<=0.5", "((pixels >= 0) and (pixels < 500001))", 0);
        is("shape:portrait", "(width >= 0 and width < height)", 0);
        is("tag:Sommer", r#"((json_contains(words["t"], "sommer")))"#, 0);
        is("tag:*", r#"(json_contains(words["t"], "*"))"#, 0);
        is("name:- x", "(id < 0)", 0);
    }

    #[test]
    fn what_the_server_cannot_tell_remains() {
        is("path:**/x*.jpg", "", 1);
        is(
            r#"tag:"red car""#,
            r#"((json_contains(words["t"], "red")) and (json_contains(words["t"], "car")))"#,
            1,
        );
        is("name:IMG_12", r#"((json_contains(words["n"], "img")) and (json_contains(words["n"], "12")))"#, 1);
        is("-name:IMG_12", "", 1);
        is("name:img*", r#"(json_contains(words["n"], "*"))"#, 1);
        is("shape:panorama", "(width >= 0)", 1);
        let near = translated("near:0,0,111");
        assert!(near.expression.contains("latitude >= -1") && near.residual == [0], "{near:?}");
        assert!(!translated("near:89,0,300").expression.contains("longitude"));
        assert!(!translated("near:0,179.9,300").expression.contains("longitude"));
    }

    #[test]
    fn texts_cannot_leave_their_quotes() {
        assert_eq!(quoted("a\"b\\c\n"), "\"a\\\"b\\\\c\\u000a\"");
    }
}
