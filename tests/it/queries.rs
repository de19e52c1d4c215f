//! The query language on the command line: what is found, and what is said of wrong queries.

use std::fs;

use serde_json::Value;

use crate::common::Sandbox;

fn indexed() -> Sandbox {
    let sandbox = Sandbox::new();
    for number in 1..=3 {
        sandbox.picture(format!("{number}.png"), number);
    }
    fs::rename(sandbox.pics().join("3.png"), sandbox.pics().join("my cat.png")).unwrap();
    sandbox.index();
    sandbox
}

/// Names and scores of the results of a query.
#[track_caller]
fn scores(sandbox: &Sandbox, query: &str) -> Vec<(String, f64)> {
    let ran = sandbox.run(["search", "pics", query, "--json"]).expect(0);
    let score = |line: &str| serde_json::from_str::<Value>(line).unwrap()["score"].as_f64().unwrap();
    ran.names().into_iter().zip(ran.text().lines().map(score)).collect()
}

#[test]
fn terms_are_combined_and_excluded() {
    let sandbox = indexed();
    let plain = scores(&sandbox, "red circle");
    for same in ["+ red circle", "\"red circle\"", "2:red circle", "red circle sort:score"] {
        assert_eq!(scores(&sandbox, same), plain, "{same}");
    }
    let itself = scores(&sandbox, "@pics/2.png");
    assert!(itself.len() == 3 && itself[0].0 == "2.png" && itself[0].1 > 0.999, "{itself:?}");
    // Relative to the folder that is searched, with spaces, and by an absolute path.
    assert_eq!(scores(&sandbox, "@\"my cat.png\"")[0].0, "my cat.png");
    let absolute = format!("@{}", sandbox.pics().join("1.png").display());
    assert_eq!(scores(&sandbox, &absolute)[0].0, "1.png");
    let away = scores(&sandbox, "- @2.png");
    assert!(away[2].0 == "2.png" && away[2].1 < -0.999, "{away:?}");
    // Of two pictures both are near, of one less the other only the first.
    let both = scores(&sandbox, "@1.png + @2.png");
    assert_eq!(both[2].0, "my cat.png", "{both:?}");
    let less = scores(&sandbox, "@1.png - @2.png");
    assert!(less[0].0 == "1.png" && less[0].1 > less[1].1, "{less:?}");
    // Words of the command line are joined, and what begins with a dash may be a part of the query.
    let words = sandbox.run(["search", "pics", "@1.png", "-", "@2.png", "--json"]).expect(0);
    assert_eq!(words.names()[0], "1.png");
    assert_eq!(sandbox.run(["search", "pics", "- @2.png", "--json"]).expect(0).names()[2], "2.png");
}

#[test]
fn wrong_queries_are_told_with_their_column() {
    let sandbox = indexed();
    for (query, words) in [
        (
            "cats width>=banana",
            "column 6: width>= needs a whole number of pixels, such as 1920, not 'banana'",
        ),
        ("after:", "column 1: after: needs a date"),
        ("near:91,200,-1", "column 1: near: needs a latitude from -90 to 90"),
        ("a - \"night", "column 5: the closing quote is missing"),
        ("0:red", "column 1: a weight is a number from 0.001 to 1000, not '0'"),
        ("NaN:red", "not 'NaN'"),
        ("1e308:red", "not '1e308'"),
        ("path:[a", "column 1: path: can't read the pattern '[a'"),
        ("a + + b", "column 3: a term is missing"),
        ("a - ", "column 3: a term is missing: say what comes after -"),
        ("red - @nowhere.jpg", "column 7: there is no picture 'nowhere.jpg'"),
        ("@pics", "column 1: there is no picture 'pics'"),
        ("@1.png red", "column 8: put + or - between terms"),
        ("red - 2:red", "the terms cancel out"),
        ("cats search:x", "column 6: there is no saved search 'x'"),
    ] {
        sandbox.run(["search", "pics", query]).expect(2).says(&["query", words]);
    }
    let many = vec!["red"; 10_000].join(" + ");
    sandbox.run(["search", "pics", &many]).expect(2).says(&["column 6001: a query has at most 1000 terms"]);
    fs::write(sandbox.home().join("broken.jpg"), "this is text").unwrap();
    sandbox
        .run(["search", "pics", "red + @broken.jpg"])
        .expect(1)
        .says(&["query, column 7: picture", "broken.jpg"]);
}
