//! `pixseek eval`: a model judged by pictures of the user's own.

use std::fs;

use serde_json::Value;

use crate::common::Sandbox;

/// A sandbox with the demo gallery in `pics`, and the lines of its list.
fn gallery() -> (Sandbox, Vec<(String, String)>) {
    let sandbox = Sandbox::new();
    fs::remove_dir_all(sandbox.pics()).unwrap();
    sandbox.run(["demo", "--write", "pics"]).expect(0);
    let list = fs::read_to_string(sandbox.pics().join("captions.tsv")).unwrap();
    let line = |line: &str| line.split_once('\t').map(|(name, text)| (name.to_owned(), text.to_owned()));
    (sandbox, list.lines().filter_map(line).collect())
}

fn json(sandbox: &Sandbox, arguments: &[&str]) -> Value {
    let arguments = [&["eval", "--model", "demo", "--json"], arguments].concat();
    serde_json::from_str(&sandbox.run(arguments).expect(0).text()).unwrap()
}

#[test]
fn captions_are_judged_both_ways() {
    let (sandbox, mut lines) = gallery();
    lines.truncate(60);
    let write = |name: &str, lines: &[String]| fs::write(sandbox.home().join(name), lines.concat()).unwrap();
    let own: Vec<String> = lines.iter().map(|(name, caption)| format!("{name}\t{caption}\n")).collect();
    write("own.tsv", &own);
    let scores = json(&sandbox, &["pics", "--captions", "own.tsv"]);
    assert_eq!((scores["pictures"].as_u64(), scores["captions"].as_u64()), (Some(60), Some(60)));
    for way in ["text_to_image", "image_to_text"] {
        let share = |k: &str| scores[way][k].as_f64().unwrap();
        assert!(share("1") > 0.8 && share("1") <= share("5") && share("5") <= share("10"), "{scores}");
    }
    // Captions of other pictures find nothing.
    let mut shifted: Vec<String> = lines
        .iter()
        .zip(lines.iter().cycle().skip(23))
        .map(|((name, _), (_, caption))| format!("{name}\t{caption}\n"))
        .collect();
    shifted.push("gone.png\ta picture that is gone\n".to_owned());
    write("wrong.tsv", &shifted);
    let wrong = sandbox
        .run(["eval", "pics", "--captions", "wrong.tsv", "-m", "demo", "--json"])
        .expect(0)
        .says(&["skipped", "gone.png"]);
    let wrong: Value = serde_json::from_str(&wrong.text()).unwrap();
    assert!(wrong["text_to_image"]["1"].as_f64().unwrap() < 0.1, "{wrong}");
    assert_eq!(wrong["pictures"].as_u64(), Some(60));
    // For people.
    let text = sandbox.run(["eval", "pics", "--captions", "own.tsv", "-m", "demo"]).expect(0).text();
    assert!(text.starts_with("60 pictures with 60 captions, by demo\n"), "{text}");
}

#[test]
fn folders_are_classes() {
    let (sandbox, lines) = gallery();
    for (class, word) in
        [("red_circle", "red circle"), ("tree", "tree"), ("boat", "boat"), ("house", "house")]
    {
        let folder = sandbox.home().join("classes").join(class);
        fs::create_dir_all(&folder).unwrap();
        for (name, _) in lines.iter().filter(|(_, caption)| caption.contains(word)).take(8) {
            fs::copy(sandbox.pics().join(name), folder.join(name)).unwrap();
        }
    }
    fs::write(sandbox.home().join("classes/tree/broken.png"), "no picture").unwrap();
    // Neither a picture beside the folders nor a folder without pictures is a class.
    fs::create_dir(sandbox.home().join("classes/empty")).unwrap();
    fs::copy(sandbox.pics().join(&lines[0].0), sandbox.home().join("classes/beside.png")).unwrap();
    let scores = json(&sandbox, &["classes"]);
    assert_eq!(scores["classes"].as_u64(), Some(4), "{scores}");
    assert!(scores["pictures"].as_u64().unwrap() >= 12, "{scores}");
    assert!(scores["top1"].as_f64().unwrap() >= 0.7, "{scores}");
    assert_eq!(scores["top5"].as_f64(), Some(1.0), "{scores}");
    assert_eq!(scores["model"], "demo");
}

#[test]
fn what_can_not_be_judged_says_why() {
    let sandbox = Sandbox::new();
    sandbox.picture("a.png", 1);
    let eval = |rest: &[&str]| sandbox.run([&["eval", "-m", "demo"], rest].concat());
    eval(&["pics"]).expect(1).says(&["fewer than two folders", "--captions"]);
    eval(&["nowhere"]).expect(1).says(&["nowhere"]);
    eval(&["pics", "--captions", "nowhere.tsv"]).expect(1).says(&["nowhere.tsv"]);
    fs::write(sandbox.home().join("list.tsv"), "a.png\tred\nwithout tab\n").unwrap();
    eval(&["pics", "--captions", "list.tsv"]).expect(1).says(&["list.tsv', line 2", "tab"]);
    fs::write(sandbox.home().join("list.tsv"), "b.png\tred\n").unwrap();
    eval(&["pics", "--captions", "list.tsv"]).expect(1).says(&["no picture of", "relative"]);
}
