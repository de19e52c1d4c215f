//! The grammar, word by word, and any text at all.

use jiff::civil::date;
use proptest::prelude::*;

use super::parser::errors;
use super::*;

fn text(text: &str) -> Subject {
    Subject::Text(text.to_owned())
}

fn plus(subject: Subject) -> Term {
    Term { sign: Sign::Plus, weight: 1.0, subject }
}

fn minus(subject: Subject) -> Term {
    Term { sign: Sign::Minus, ..plus(subject) }
}

fn terms(query: &str) -> Vec<Term> {
    parse(query).unwrap_or_else(|error| panic!("{query:?}: {error}")).terms
}

fn filters(query: &str) -> Vec<String> {
    let parsed = parse(query).unwrap_or_else(|error| panic!("{query:?}: {error}"));
    parsed.filters.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn error(query: &str) -> QueryError {
    parse(query).expect_err(query)
}

#[test]
fn text_without_operators_is_one_term_with_the_very_bytes() {
    for plain in [
        "red car",
        "  red  car ",
        "t-shirt",
        "-night",
        "a boat -night",
        "a boat -",
        "boat +",
        "c++ code",
        "12:30",
        "at 12:30",
        "16:9 screen",
        "2: the return",
        "2:3d model",
        "note:remember",
        "http://example.com/?q=a+b",
        "Star Wars: A New Hope",
        "5\" disk",
        "the \"best\" car",
        "\"best\" car",
        "\"best\"car",
        "\"a - b\" c",
        "@ the beach",
        "meet @noon",
        "me@example.com",
        "x>3",
        "<3",
        "1+1=2",
        "after 2024",
        "after>2024",
        "inside:out",
        "-foo:bar",
        "line\nbreak\ttab",
        "red\u{a0}car",
        "été 🚗",
    ] {
        assert_eq!(terms(plain), [plus(text(plain))], "{plain:?}");
        assert_eq!(parse(plain).unwrap().plain_text(), Some(plain));
        assert_eq!(parse(plain).unwrap().to_string().parse_again(), parse(plain).unwrap());
    }
    for empty in ["", "  ", "\t\n"] {
        assert!(parse(empty).unwrap().is_empty());
    }
}

trait ParseAgain {
    fn parse_again(&self) -> Query;
}

impl ParseAgain for String {
    fn parse_again(&self) -> Query {
        parse(self).unwrap_or_else(|error| panic!("{self:?}: {error}"))
    }
}

#[test]
fn operators_stand_between_blanks_or_first() {
    assert_eq!(terms("a boat - night"), [plus(text("a boat")), minus(text("night"))]);
    assert_eq!(terms("- night"), [minus(text("night"))]);
    assert_eq!(terms("  - night "), [minus(text("night"))]);
    assert_eq!(terms("+ red  car "), [plus(text("red  car"))]);
    assert_eq!(terms("a +b -c"), [plus(text("a +b -c"))]);
    assert_eq!(terms("a\n-\tb"), [plus(text("a")), minus(text("b"))]);
    assert_eq!(terms("a - b -"), [plus(text("a")), minus(text("b -"))]);
}

#[test]
fn quotes_weights_and_pictures() {
    assert_eq!(terms("\"a - b\""), [plus(text("a - b"))]);
    assert_eq!(terms(" \"say \"\"cheese\"\"\" "), [plus(text("say \"cheese\""))]);
    assert_eq!(terms("\"\""), [plus(text(""))]);
    assert_eq!(
        terms("2:red - 0.5:\"3 dogs\""),
        [Term { weight: 2.0, ..plus(text("red")) }, Term { weight: 0.5, ..minus(text("3 dogs")) },]
    );
    let picture = |path: &str| Subject::Picture(path.to_owned());
    assert_eq!(
        terms("@a/b.jpg + 2:@\"my \"\"cat\"\".jpg\""),
        [plus(picture("a/b.jpg")), Term { weight: 2.0, ..plus(picture("my \"cat\".jpg")) },]
    );
    assert_eq!(terms("@3"), [plus(picture("3"))]);
    let numbered = |text: &str| read(text, Options { numbered_results: true });
    assert_eq!(
        numbered("@3 - @3.jpg").unwrap().query.terms,
        [plus(Subject::Result(3)), minus(picture("3.jpg"))]
    );
    assert_eq!(numbered("@\"3\"").unwrap().query.terms, [plus(picture("3"))]);
    for wrong in ["@0", "@99999999999999999999999"] {
        assert_eq!(numbered(wrong).unwrap_err().problem, Problem::NoSuchResult, "{wrong}");
    }
}

#[test]
fn filters_stand_anywhere_and_leave_the_text_whole() {
    for query in ["after:2024 a red car", "a red after:2024 car", "a red car after:2024"] {
        assert_eq!(terms(query), [plus(text("a red car"))], "{query}");
        assert_eq!(filters(query), ["after:2024"], "{query}");
    }
    assert_eq!(terms("\"a\" after:2024 + b"), [plus(text("a")), plus(text("b"))]);
    assert_eq!(terms("a - ext:jpg b"), [plus(text("a")), minus(text("b"))]);
    assert!(terms("ext:jpg").is_empty());
    assert_eq!(
        filters("-in:\"my pictures\" WIDTH>=1920 Ext:JPEG,png"),
        ["-in:\"my pictures\"", "width>=1920", "ext:jpg,png"]
    );
    for every in [
        "in:2024/summer",
        "path:**/*.{jpg,png}",
        "name:beach",
        "ext:jpg",
        "after:2024-05",
        "before:30d",
        "on:2024-05-01",
        "on:2w",
        "on:today",
        "size>2mb",
        "size<=1500",
        "width>=1920",
        "height<600",
        "mp>12.5",
        "shape:panorama",
        "camera:\"Canon EOS\"",
        "lens:50mm",
        "iso>800",
        "iso=100",
        "tag:holiday",
        "rating>=4",
        "caption:\"two \"\"old\"\" men\"",
        "text:invoice",
        "near:48.8584,-2.2945,0.5",
    ] {
        assert_eq!(filters(every), [every]);
        assert_eq!(filters(&format!("-{every}")), [format!("-{every}")]);
    }
    let query = parse("dogs search:\"last year\" sort:newest").unwrap();
    assert_eq!((query.sort, query.saved.as_deref()), (Some(Sort::Newest), Some("last year")));
    assert_eq!(query.to_string(), "dogs sort:newest search:\"last year\"");
}

#[test]
fn what_is_wrong_has_its_column_and_its_words() {
    for (query, column, span, words) in [
        ("width>=banana", 1, 0..13, "width>= needs a whole number of pixels, such as 1920, not 'banana'"),
        ("été width>=banana", 5, 6..19, "whole number"),
        ("near:91,200,-1", 1, 0..14, "a latitude from -90 to 90"),
        ("cats near:1,2,3,4", 6, 5..17, "kilometres"),
        ("after:2024-13", 1, 0..13, "the calendar has no '2024-13'"),
        ("after: cats", 1, 0..6, "after: needs a date"),
        ("on:yesterday", 1, 0..12, "30d, 2w or today"),
        ("size>big", 1, 0..8, "2mb"),
        ("rating>=6", 1, 0..9, "0 to 5"),
        ("shape:round", 1, 0..11, "landscape, portrait, square or panorama"),
        ("in:../x", 1, 0..7, "relative to the collection's root"),
        ("path:[a", 1, 0..7, "can't read the pattern '[a'"),
        ("path:{a", 1, 0..7, "can't read the pattern '{a'"),
        ("ext:jpg,,png", 1, 0..12, "commas"),
        ("tag:\"\"", 1, 0..6, "tag: needs a text"),
        ("tag:\"a\"b", 5, 4..8, "a space belongs after the closing quote"),
        ("0:cat", 1, 0..1, "from 0.001 to 1000, not '0'"),
        ("dog + nan:cat", 7, 6..9, "not 'nan'"),
        ("1e308:cat", 1, 0..5, "not '1e308'"),
        ("-2:cat", 1, 0..2, "above 0"),
        ("2:after:2024", 1, 0..12, "a filter has no weight"),
        ("a + - b", 3, 2..3, "a term is missing: say what comes after +"),
        ("a + + b", 3, 2..3, "a term is missing: say what comes after +"),
        ("@a.jpg red", 8, 7..10, "put + or - between terms"),
        ("@\"\"", 1, 0..3, "@ needs the path"),
        ("sort:newest sort:name", 13, 12..21, "sort: may be given only once"),
        ("-sort:name", 1, 0..10, "sort: can't be negated"),
        ("a -search:x", 3, 2..11, "search: can't be negated"),
    ] {
        let error = error(query);
        assert_eq!((error.kind, error.column), (ErrorKind::Wrong, column), "{query}: {error}");
        assert_eq!(error.span, span, "{query}");
        assert!(error.problem.to_string().contains(words), "{query}: {error}");
        assert!(error.to_string().starts_with("column "));
    }
}

#[test]
fn what_may_become_right_is_unfinished() {
    for query in [
        "cats after:",
        "cats after: ",
        "after:20",
        "after:2024-",
        "on:tod",
        "size>2m",
        "near:48,",
        "shape:land",
        "sort:new",
        "ext:jpg,",
        "width>=",
        "a boat - ",
        "a + ",
        "- ",
        "\"red ca",
        "a - \"red ca",
        "tag:\"red ca",
        "@",
        "a + @",
        "@\"my ca",
    ] {
        assert_eq!(error(query).kind, ErrorKind::Unfinished, "{query}");
    }
    // The same within a query can't become right by typing on at its end.
    for query in ["after:20 cats", "size>2m cats", "a - + b", "sort:new x", "after: x", "ext:jpg, x"] {
        assert_eq!(error(query).kind, ErrorKind::Wrong, "{query}");
    }
}

#[test]
fn all_errors_are_told_in_order() {
    let found = errors("width>=a 0:cat + + dog after:", Options::default());
    assert_eq!(found.iter().map(|error| error.column).collect::<Vec<_>>(), [1, 10, 16, 24]);
    assert_eq!(found.last().unwrap().kind, ErrorKind::Unfinished);
}

#[test]
fn thousands_of_parts_end_with_a_message() {
    let many = vec!["cat"; 10_000].join(" + ");
    let error_of_terms = error(&many);
    assert_eq!(error_of_terms.problem, Problem::TooMany { parts: "terms", limit: 1000 });
    assert_eq!(error_of_terms.column, 6001);
    assert!(parse(&vec!["cat"; 1000].join(" - ")).is_ok());
    assert_eq!(error(&vec!["a +"; 10_000].join(" + ")).kind, ErrorKind::Wrong);
    let filters = vec!["tag:x"; 10_000].join(" ");
    assert_eq!(error(&filters).problem, Problem::TooMany { parts: "filters", limit: 1000 });
    assert!(parse(&vec!["tag:x"; 1000].join(" ")).is_ok());
    // A long text is a text.
    assert_eq!(terms(&"word ".repeat(100_000)).len(), 1);
    for long in [
        "\"".repeat(200_000),
        "+ ".repeat(200_000),
        "- ".repeat(200_000),
        "@".repeat(200_000),
        ":".repeat(200_000),
        "0:a + ".repeat(100_000),
    ] {
        let _ = errors(&long, Options::default());
    }
}

#[test]
fn places_are_those_in_the_text() {
    let query = "été - 2:\"x y\" -in:a sort:name search:b @";
    let parsed = read(&query[..query.len() - 2], Options::default()).unwrap();
    let at = |span: &std::ops::Range<usize>| &query[span.clone()];
    assert_eq!(parsed.terms.iter().map(at).collect::<Vec<_>>(), ["été", "2:\"x y\""]);
    assert_eq!(parsed.filters.iter().map(at).collect::<Vec<_>>(), ["-in:a"]);
    assert_eq!(parsed.sort.as_ref().map(at), Some("sort:name"));
    assert_eq!(parsed.saved.as_ref().map(at), Some("search:b"));
    assert_eq!(column(query, 7), 6);
}

/// Texts that are likely to hold something with a meaning.
fn tricky() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        Just(" ".to_owned()),
        Just("+".to_owned()),
        Just("-".to_owned()),
        Just("\"".to_owned()),
        Just("@".to_owned()),
        Just(":".to_owned()),
        Just("2:".to_owned()),
        "[a-zé3>=<.,{*\\[]{1,3}",
        proptest::sample::select(KEYWORDS.to_vec()).prop_map(|keyword| format!("{}:", keyword.name)),
        proptest::sample::select(vec![
            "width>=",
            "2024-05",
            "30d",
            "today",
            "2mb",
            "landscape",
            "48,2,5",
            "jpg,png",
            "nan:",
            "1e308:",
            "newest",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(pieces, 0..14).prop_map(|pieces| pieces.concat())
}

fn period() -> impl Strategy<Value = Period> {
    let days = (1i16..=9999, 1i8..=12, 1i8..=28);
    prop_oneof![
        (1i16..=9999).prop_map(Period::Year),
        days.clone().prop_map(|(year, month, _)| Period::Month(year, month)),
        days.prop_map(|(year, month, day)| Period::Day(date(year, month, day))),
        (0u32..=100_000).prop_map(Period::Days),
        (0u32..=14_000).prop_map(Period::Weeks),
        Just(Period::Today),
    ]
}

fn comparison<T: std::fmt::Debug>(number: impl Strategy<Value = T>) -> impl Strategy<Value = Comparison<T>> {
    let operators =
        vec![Operator::Less, Operator::AtMost, Operator::Equal, Operator::AtLeast, Operator::Greater];
    (proptest::sample::select(operators), number)
        .prop_map(|(operator, number)| Comparison { operator, number })
}

fn test() -> impl Strategy<Value = Test> {
    let words = || tricky().prop_filter("blank", |text| !text.trim().is_empty());
    let shapes = vec![Shape::Landscape, Shape::Portrait, Shape::Square, Shape::Panorama];
    let folder = tricky().prop_filter_map("no folder", |text| Folder::read(&text).ok());
    prop_oneof![
        folder.prop_map(Test::In),
        tricky().prop_filter_map("no pattern", |text| Glob::read(&text).ok()).prop_map(Test::Path),
        words().prop_map(Test::Name),
        words().prop_map(Test::Camera),
        words().prop_map(Test::Lens),
        words().prop_map(Test::Tag),
        words().prop_map(Test::Caption),
        words().prop_map(Test::Text),
        "[a-zA-Z0-9]{1,5}(,[a-z]{1,4}){0,2}"
            .prop_map(|text| Test::Extension(Extensions::read(&text).unwrap())),
        period().prop_map(Test::After),
        period().prop_map(Test::Before),
        period().prop_map(Test::On),
        comparison(0u64..=1_000_000_000_000_000).prop_map(Test::Size),
        comparison((0u64..1000).prop_map(|n| n * 1_000_000)).prop_map(Test::Size),
        comparison(any::<u32>()).prop_map(Test::Width),
        comparison(any::<u32>()).prop_map(Test::Height),
        comparison(any::<u32>()).prop_map(Test::Iso),
        comparison(0u8..=5).prop_map(Test::Rating),
        comparison(0.0f64..=1e6).prop_map(Test::Megapixels),
        proptest::sample::select(shapes).prop_map(Test::Shape),
        (-90.0f64..=90.0, -180.0f64..=180.0, 1e-6f64..20_000.0).prop_map(
            |(latitude, longitude, kilometres)| { Test::Near(Near { latitude, longitude, kilometres }) }
        ),
    ]
}

fn query() -> impl Strategy<Value = Query> {
    let subject = prop_oneof![
        3 => tricky().prop_map(Subject::Text),
        1 => tricky().prop_filter("no path", |path| !path.is_empty()).prop_map(Subject::Picture),
        1 => (1usize..=usize::MAX).prop_map(Subject::Result),
    ];
    let weight = prop_oneof![3 => Just(1.0f32), 1 => MIN_WEIGHT..=MAX_WEIGHT];
    let sign = prop_oneof![Just(Sign::Plus), Just(Sign::Minus)];
    let term = (sign, weight, subject).prop_map(|(sign, weight, subject)| Term { sign, weight, subject });
    let filter = (any::<bool>(), test()).prop_map(|(negated, test)| Filter { negated, test });
    let sorts = vec![Sort::Score, Sort::Newest, Sort::Oldest, Sort::Name, Sort::Largest];
    (
        proptest::collection::vec(term, 0..4),
        proptest::collection::vec(filter, 0..3),
        proptest::option::of(proptest::sample::select(sorts)),
        proptest::option::of(tricky().prop_filter("no name", |name| !name.is_empty())),
    )
        .prop_map(|(terms, filters, sort, saved)| Query { terms, filters, sort, saved })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn printing_and_reading_again_gives_the_same(query in query()) {
        let printed = query.to_string();
        let again = read(&printed, Options { numbered_results: true });
        prop_assert_eq!(again.map(|parsed| parsed.query), Ok(query), "{:?}", printed);
    }

    #[test]
    fn any_text_is_read_or_refused_with_a_place(text in tricky()) {
        fuzzing::assert_read_or_refused(&text);
    }

    #[test]
    fn any_bytes_are_safe(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let text = String::from_utf8_lossy(&bytes);
        let _ = errors(&text, Options { numbered_results: true });
        let _ = parse(&text);
    }

    #[test]
    fn words_without_signs_are_one_text(text in "[a-z ]{1,30}[a-z]") {
        prop_assert_eq!(terms(&text), [plus(Subject::Text(text.clone()))]);
    }
}
