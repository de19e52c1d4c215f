//! Where relevance ends: `search --relevant` and `--min-score`.

use crate::common::Sandbox;

#[test]
fn only_what_really_matches_is_printed() {
    let sandbox = Sandbox::gallery();
    let search = |words: &[&str]| sandbox.run([&["search", "pics"], words].concat());
    let all = search(&["a lighthouse", "-n", "50", "--paths"]).expect(0);
    assert_eq!(all.text().lines().count(), 50);
    let relevant = search(&["a lighthouse", "-n", "50", "--relevant", "--json"]).expect(0).names();
    assert!((1..20).contains(&relevant.len()), "{relevant:?}");
    assert!(relevant.iter().any(|name| name.contains("lighthouse")), "{relevant:?}");
    let told = search(&["pizza", "--relevant"])
        .expect(1)
        .says(&["nothing here really matches", "the best score is"]);
    assert_eq!(told.text(), "");
    // The cut-off is about texts.
    for query in ["cat + dog", "@pics/red-circle.png", "ext:png"] {
        search(&[query, "--relevant"]).expect(2).says(&["--relevant needs a query of one text"]);
    }
    assert!(search(&["a lighthouse ext:jpg", "--relevant"]).expect(0).text().lines().count() >= 1);
    search(&["a submarine ext:jpg", "--relevant"]).expect(1);
}

#[test]
fn scores_have_a_least_one() {
    let sandbox = Sandbox::new();
    for number in 1..=3 {
        sandbox.picture(format!("{number}.png"), number);
    }
    sandbox.index();
    let search = |least: &str| sandbox.run(["search", "pics", "@pics/2.png", "--json", "--min-score", least]);
    assert_eq!(search("0.999").expect(0).names(), ["2.png"]);
    assert_eq!(search("-1").expect(0).names().len(), 3);
    sandbox
        .run(["search", "pics", "- @pics/2.png", "--min-score", "0.9"])
        .expect(1)
        .says(&["no picture has such a score"]);
    search("2").expect(2).says(&["from -1 to 1"]);
    sandbox.run(["search", "pics", "red", "--relevant"]).expect(1).says(&["too few pictures"]);
}
