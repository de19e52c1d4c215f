//! Filters, orders and lists of paths on the command line: what each of them leaves, and in which order.

use std::fs;
use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use image::{Rgb, RgbImage};
use serde_json::Value;

use crate::common::{Ran, Sandbox};

/// A picture of the sandbox: its path, its size in pixels, and the inside of the XMP of its sidecar.
type Picture = (&'static str, (u32, u32), &'static str);

const PICTURES: [Picture; 6] = [
    (
        "2024/summer/IMG_1234 Écluse.jpg",
        (64, 48),
        r#"exif:DateTimeOriginal="2024-05-31T23:59:59" tiff:Make="FUJIFILM" tiff:Model="X-T3"
           exif:GPSLatitude="48,51.5N" exif:GPSLongitude="2,21.0E" xmp:Rating="4">
           <dc:subject><rdf:Bag><rdf:li>New York</rdf:li><rdf:li>été</rdf:li></rdf:Bag></dc:subject>
           <dc:title><rdf:Alt><rdf:li xml:lang="x-default">Boats in the harbour</rdf:li></rdf:Alt></dc:title>"#,
    ),
    (
        "2024/b.jpeg",
        (48, 64),
        r#"exif:DateTimeOriginal="2024-06-01T00:00:00" tiff:Make="Canon" tiff:Model="EOS R5" xmp:Rating="2"
           aux:Lens="RF50mm F1.2 L" exif:GPSLatitude="51,30.44N" exif:GPSLongitude="0,7.67W">
           <exif:ISOSpeedRatings><rdf:Seq><rdf:li>1600</rdf:li></rdf:Seq></exif:ISOSpeedRatings>
           <dc:subject><rdf:Bag><rdf:li>New car</rdf:li><rdf:li>York</rdf:li></rdf:Bag></dc:subject>"#,
    ),
    ("2023/c.png", (100, 40), r#"exif:DateTimeOriginal="2023-12-31T12:00:00" xmp:Rating="-1">"#),
    ("2023/[d] {e}.png", (60, 60), r#"exif:DateTimeOriginal="2019-01-01T00:00:00">"#),
    (
        "zero.png",
        (64, 64),
        r#"exif:DateTimeOriginal="0000:00:00 00:00:00" exif:GPSLatitude="0,0N" exif:GPSLongitude="0,0E">"#,
    ),
    ("plain.tif", (20, 20), ""),
];

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    for (seed, (name, (width, height), xmp)) in (40_u8..).zip(PICTURES) {
        let path = sandbox.pics().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        RgbImage::from_fn(width, height, |x, y| Rgb([seed * 5, (x * 3) as u8, (y * 2) as u8]))
            .save(&path)
            .unwrap();
        // Years after all dates that are written.
        fs::File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_modified(
                SystemTime::UNIX_EPOCH + Duration::from_secs(1_750_000_000 + u64::from(seed) * 86_400),
            )
            .unwrap();
        if !xmp.is_empty() {
            fs::write(format!("{}.xmp", path.display()), packet(xmp)).unwrap();
        }
    }
    sandbox.index();
    sandbox
}

fn packet(inside: &str) -> String {
    format!(
        r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
           <rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/"
             xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:aux="http://ns.adobe.com/exif/1.0/aux/"
             xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" {inside}
           </rdf:Description></rdf:RDF></x:xmpmeta>"#
    )
}

/// One letter for each picture of [`PICTURES`] that a query finds, in the order of the results.
#[track_caller]
fn found(sandbox: &Sandbox, args: &[&str]) -> String {
    letters(&sandbox.run([&["search", "-C", "pics", "--json"], args].concat()))
}

#[track_caller]
fn letters(ran: &Ran) -> String {
    let letter = |line: &str| {
        let path = serde_json::from_str::<Value>(line).unwrap()["path"].as_str().unwrap().to_owned();
        let at = PICTURES.iter().position(|(name, ..)| path.ends_with(name)).unwrap();
        char::from(b'a' + at as u8)
    };
    ran.text().lines().map(letter).collect()
}

#[test]
fn each_filter_leaves_the_pictures_of_which_it_is_true() {
    let sandbox = sandbox();
    for (query, expected) in [
        // Newest first: those without a date by the time of their file, which is later.
        ("in:.", "feabcd"),
        ("in:2024", "ba"),
        ("in:2024/summer/", "a"),
        ("in:2024/sum", ""),
        ("-in:2024", "fecd"),
        ("path:*.png", "ecd"),
        ("path:2024/**/*.{jpg,jpeg}", "ba"),
        ("path:2024/*", "b"),
        (r#"path:"2023/\[d\]*""#, "d"),
        ("name:ecluse", "a"),
        ("name:img_1234", "a"),
        ("name:img", "a"),
        ("name:im", ""),
        ("name:im*", "a"),
        ("ext:jpg", "ba"),
        ("ext:JPEG,tiff", "fba"),
        ("after:2024-06", "feb"),
        ("before:2024-06", "acd"),
        ("on:2024-05-31", "a"),
        ("on:2024", "ba"),
        ("-on:2024", "fecd"),
        ("before:0999", ""),
        ("size>0", "feabcd"),
        ("size>1gb", ""),
        ("width>=64", "eac"),
        ("height<48", "fc"),
        ("mp>0.0039", "ec"),
        ("mp<=0.0004", "f"),
        ("shape:landscape", "ac"),
        ("shape:portrait", "b"),
        ("shape:square", "fed"),
        ("shape:panorama", "c"),
        ("camera:fujifilm", "a"),
        ("camera:\"r5 CANON\"", "b"),
        ("-camera:canon", "feacd"),
        ("lens:rf50mm", "b"),
        ("iso>800", "b"),
        ("-iso>800", "feacd"),
        ("tag:ÉTÉ", "a"),
        ("tag:york", "ba"),
        ("tag:\"new york\"", "a"),
        ("tag:\"york new\"", "a"),
        ("tag:\"car york\"", ""),
        ("tag:*", "ba"),
        ("-tag:*", "fecd"),
        ("camera:*", "ba"),
        ("lens:*", "b"),
        ("caption:*", "a"),
        ("name:*", "feabcd"),
        ("rating>=3", "a"),
        ("rating<3", "bc"),
        ("rating=0", ""),
        ("caption:harbour", "a"),
        ("caption:\"boats harbour\"", "a"),
        ("near:48.8566,2.3522,5", "a"),
        ("near:48.8566,2.3522,400", "ba"),
        ("near:0,0,1", ""),
        ("in:2024 -ext:jpg", ""),
        ("on:2024 rating>3", "a"),
        ("in:2024 -in:2024/summer", "b"),
    ] {
        // `b` was taken a second after `a`.
        let expected = if expected == "feabcd" { "febacd" } else { expected };
        let ran = sandbox.run(["search", "-C", "pics", "--json", query]);
        let sorted = |letters: &str| {
            let mut letters: Vec<char> = letters.chars().collect();
            letters.sort_unstable();
            letters
        };
        assert_eq!(sorted(&letters(&ran)), sorted(expected), "{query}");
        ran.expect(i32::from(expected.is_empty()));
    }
    assert_eq!(found(&sandbox, &["in:."]), "febacd");
    sandbox.run(["search", "pics", "width>99999"]).expect(1).says(&["none of 6 pictures fits the filters"]);
}

#[test]
fn filters_come_before_ranking() {
    let sandbox = sandbox();
    let scores = |query: &str| -> Vec<(char, f64)> {
        let ran = sandbox.run(["search", "pics", "--json", query]).expect(0);
        let score = |line: &str| serde_json::from_str::<Value>(line).unwrap()["score"].as_f64().unwrap();
        letters(&ran).chars().zip(ran.text().lines().map(score)).collect()
    };
    let all = scores("a red circle");
    assert_eq!(all.len(), 6);
    let expected: Vec<_> = all.iter().copied().filter(|(letter, _)| "ab".contains(*letter)).collect();
    for query in ["a red circle in:2024", "in:2024 a red circle", "a red in:2024 circle"] {
        assert_eq!(scores(query), expected, "{query}");
    }
    // The worst of all is the best of the set, with one result asked for.
    let (last, score) = all[5];
    let name =
        format!("path:\"{}\"", PICTURES[usize::from(last as u8 - b'a')].0.replace(['[', ']', '{', '}'], "?"));
    let ran = sandbox.run(["search", "pics", "--json", "-n1", &format!("a red circle {name}")]).expect(0);
    assert_eq!((letters(&ran), ran.json()["score"].as_f64()), (last.to_string(), Some(score)));
}

#[test]
fn results_are_put_into_an_order() {
    let sandbox = sandbox();
    assert_eq!(found(&sandbox, &["sort:newest"]), "febacd");
    assert_eq!(found(&sandbox, &["sort:oldest"]), "dcabef");
    assert_eq!(found(&sandbox, &["sort:name"]), "dbcafe");
    assert_eq!(found(&sandbox, &["sort:largest"]), "ecdbaf");
    assert_eq!(found(&sandbox, &["sort:largest", "-n2"]), "ec");
    assert_eq!(found(&sandbox, &["a red circle", "--sort", "oldest"]), "dcabef");
    assert_eq!(found(&sandbox, &["a red circle sort:newest", "--sort=oldest"]), "dcabef");
    // Of more, the best by meaning are put into the order.
    let best = found(&sandbox, &["a red circle", "-n3"]);
    let ran = sandbox.run(["search", "pics", "--json", "-n3", "a red circle sort:oldest"]).expect(0);
    let sorted: String = "dcabef".chars().filter(|letter| best.contains(*letter)).collect();
    assert_eq!(letters(&ran), sorted);
    ran.says(&["the 3 best by meaning, by oldest"]);
    sandbox.run(["search", "pics", "red", "--sort", "banana"]).expect(2).says(&["score, newest, oldest"]);
}

#[test]
fn a_listing_has_no_scores() {
    let sandbox = sandbox();
    let ran = sandbox.run(["search", "pics", "--json", "in:2024"]).expect(0);
    assert!(ran.text().lines().all(|line| serde_json::from_str::<Value>(line).unwrap()["score"].is_null()));
    let ran = sandbox.run(["search", "pics", "in:2024/summer"]).expect(0);
    assert!(ran.text().starts_with("\t/") && ran.text().lines().count() == 1, "{}", ran.text());
}

#[test]
fn how_a_query_was_read_is_explained() {
    let sandbox = sandbox();
    sandbox
        .run(["search", "pics", "--explain", "2:red - night -in:2023 width>=20 sort:newest"])
        .expect(0)
        .says(&[
            "+ text \"red\", weight 2",
            "- text \"night\", weight 1",
            "-in:2023, which alone leaves 4",
            "width>=20, which alone leaves 6",
            "left     4 of 6 pictures",
            "exact: the 4 pictures that are left are compared",
            "newest, of the 10 best by meaning",
        ]);
    sandbox
        .run(["search", "pics", "--explain", "red"])
        .expect(0)
        .says(&["exact: all 6 pictures", "by score"]);
    sandbox
        .run(["search", "pics", "--explain", "in:2024"])
        .expect(0)
        .says(&["nothing is compared", "newest first"]);
    sandbox.run(["search", "pics", "--explain", "in:nowhere"]).expect(1).says(&["left     0 of 6 pictures"]);
}

fn with_list(sandbox: &Sandbox, args: &[&str], list: &[u8]) -> Ran {
    let mut command = sandbox.command();
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(list).unwrap();
    child.wait_with_output().unwrap().into()
}

#[test]
fn a_list_of_paths_on_stdin_is_a_filter() {
    let sandbox = sandbox();
    let absolute = sandbox.pics().join("2023/c.png");
    let list = format!("pics/2024/b.jpeg\n{}\n/elsewhere/x.png\npics/gone.png\n\n", absolute.display());
    let ran = with_list(&sandbox, &["search", "-", "-C", "pics", "--json", "a red circle"], list.as_bytes());
    let (mut both, ran) = (letters(&ran).into_bytes(), ran.expect(0));
    both.sort_unstable();
    assert_eq!(both, b"bc");
    ran.says(&["1 path of the list lies outside", "1 path of the list is not indexed"]);
    let ran = with_list(&sandbox, &["search", "pics", "--json", "-"], list.as_bytes()).expect(0);
    assert_eq!(letters(&ran), "bc", "newest first");
    let ran = with_list(&sandbox, &["search", "-", "pics", "--json", "on:2024"], list.as_bytes()).expect(0);
    assert_eq!(letters(&ran), "b");
    let nul = "pics/2023/[d] {e}.png\0pics/zero.png\0";
    let ran =
        with_list(&sandbox, &["search", "pics", "-", "red", "--json", "--read0"], nul.as_bytes()).expect(0);
    assert_eq!(letters(&ran).len(), 2);
    with_list(&sandbox, &["search", "-", "-C", "pics", "red"], b"")
        .expect(1)
        .says(&["none of 6 pictures of the list"]);
    sandbox.run(["search", "pics", "red", "--read0"]).expect(2).says(&["--read0 needs `-`"]);
}

#[test]
fn what_looks_like_a_filter_and_is_none_is_told() {
    let sandbox = sandbox();
    for (query, words) in [
        (
            "red camra:canon",
            "column 5: 'camra' is no filter, and is searched for as text: did you mean camera?",
        ),
        ("date:2024", "column 1: 'date' is no filter, and is searched for as text: did you mean on?"),
        ("red width > 20", "column 5: 'width' is searched for as text: write the comparison without spaces"),
        ("tag=boat", "column 1: 'tag' takes a colon"),
    ] {
        let ran = sandbox.run(["search", "pics", query]).expect(0);
        assert_eq!(ran.text().lines().count(), 6, "it is searched for all the same");
        ran.says(&[words]);
        let quiet = sandbox.run(["search", "pics", "-q", query]).expect(0);
        assert!(!quiet.stderr.contains("column"), "{}", quiet.stderr);
    }
    let plain = sandbox.run(["search", "pics", "note:remember 12:30 https://example.org"]).expect(0);
    assert!(!plain.stderr.contains("column"), "{}", plain.stderr);
}

#[test]
fn odd_filters_end_with_words() {
    let sandbox = sandbox();
    for (query, code, words) in [
        ("after:", 2, "column 1: after: needs a date"),
        ("near:91,200,-1", 2, "column 1: near: needs a latitude"),
        ("red width>=banana", 2, "column 5: width>= needs a whole number"),
        ("path:[a", 2, "column 1: path: can't read the pattern"),
        (
            "in:2024 tag:boat,lake",
            1,
            "none of 6 pictures fits the filters: tag:boat,lake alone leaves nothing",
        ),
        ("in:2023 on:2024", 1, "none of 6 pictures fits the filters\n"),
        ("search:holidays", 2, "column 1: there is no saved search 'holidays'"),
        ("name:\"", 2, "column 6: the closing quote is missing"),
        ("name:!!!", 1, "none of 6 pictures fits the filters"),
        ("name:\"a OR b* NEAR(x)\"", 1, "none of 6 pictures fits the filters"),
        ("tag:\"\"\"\"", 1, "none of 6 pictures fits the filters"),
        ("camera:'", 1, "none of 6 pictures fits the filters"),
        ("near:90,180,20000 near:-90,0,1", 1, "none of 6 pictures fits the filters"),
        ("before:0001", 1, "none of 6 pictures fits the filters"),
        ("on:9999-12-31", 1, "none of 6 pictures fits the filters"),
        ("after:100000d before:100000d", 1, "none of 6 pictures fits the filters"),
    ] {
        sandbox.run(["search", "pics", query]).expect(code).says(&[words]);
    }
    let many = vec!["-in:nowhere"; 1000].join(" ");
    assert_eq!(found(&sandbox, &[&many]), "febacd");
}
