//! `pixseek tags` names what is in pictures.

use std::fs;

use serde_json::Value;

use crate::common::{Sandbox, files};

/// A sandbox with some pictures of the gallery, not indexed, and their names.
fn drawings() -> (Sandbox, Vec<(&'static str, &'static str)>) {
    let sandbox = Sandbox::new();
    sandbox.run(["demo", "gallery", "--write", "-q"]).expect(0);
    let chosen =
        vec![("red-circle.png", "circle"), ("yellow-star.png", "star"), ("blue-square.png", "square")];
    for (name, _) in &chosen {
        fs::copy(sandbox.home().join("gallery").join(name), sandbox.pics().join(name)).unwrap();
    }
    (sandbox, chosen)
}

#[test]
fn drawings_are_named_and_what_is_no_picture_is_skipped() {
    let (sandbox, chosen) = drawings();
    fs::write(sandbox.pics().join("broken.png"), "this is text").unwrap();
    let mut args = vec!["tags", "--json", "-n3", "pics/broken.png", "pics/missing.png", "pics"];
    let paths: Vec<String> = chosen.iter().map(|(name, _)| format!("pics/{name}")).collect();
    args.extend(paths.iter().map(String::as_str));
    let ran = sandbox.run(args).expect(0).says(&["broken.png", "'pics/missing.png'", "'pics' is a folder"]);
    let lines: Vec<Value> = ran.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    for (line, (name, word)) in lines.iter().zip(&chosen) {
        assert_eq!(line["path"], format!("pics/{name}"));
        let tags = line["tags"].as_array().unwrap();
        assert_eq!(tags.len(), 3);
        assert!(tags.iter().any(|tag| tag["tag"] == *word), "{line}");
        let scores: Vec<f64> = tags.iter().map(|tag| tag["score"].as_f64().unwrap()).collect();
        assert!(scores.windows(2).all(|pair| pair[0] >= pair[1]) && scores[0] <= 1.0, "{line}");
    }
    sandbox.run(["tags", "pics/broken.png"]).expect(1).says(&["broken.png"]);
    sandbox.run(["tags"]).expect(2);
}

#[test]
fn words_of_ones_own_are_taken_from_a_file() {
    let (sandbox, _) = drawings();
    let list = sandbox.home().join("words.txt");
    fs::write(&list, "# shapes\na red circle\n\na blue square\na red circle\n").unwrap();
    let args = ["tags", "pics/red-circle.png", "pics/blue-square.png", "--labels", "words.txt", "-q"];
    let text = sandbox.run(args).expect(0).text();
    let words: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(words.len(), 4, "{text}");
    assert_eq!((words[0][0], words[0][1]), ("pics/red-circle.png", "a red circle"));
    assert_eq!((words[2][0], words[2][1]), ("pics/blue-square.png", "a blue square"));
    fs::write(&list, "# nothing\n").unwrap();
    sandbox.run(args).expect(2).says(&["words.txt", "has no words"]);
    fs::remove_file(&list).unwrap();
    sandbox.run(args).expect(1).says(&["words 'words.txt'"]);
}

#[test]
fn the_words_of_a_model_are_kept_beside_it_and_damage_is_mended() {
    let (sandbox, _) = drawings();
    let model = sandbox.model("tests/data/parity/b32-quick-gelu");
    let model = model.to_str().unwrap();
    fs::write(sandbox.home().join("words.txt"), "circle\nsquare\nstar\n").unwrap();
    let args = ["tags", "pics/red-circle.png", "--model", model, "--json", "--labels", "words.txt"];
    let tags = || sandbox.run(args).expect(0);
    let first = tags().says(&["preparing", "once for this model"]).text();
    let kept = files(model.as_ref(), "pixseek-words-");
    assert_eq!(kept.len(), 1);
    let again = tags();
    assert_eq!((again.text(), again.stderr.contains("preparing")), (first.clone(), false));
    let mut bytes = fs::read(&kept[0]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&kept[0], &bytes).unwrap();
    assert_eq!(tags().says(&["preparing"]).text(), first);
    // The tokenizer decides what texts mean.
    let tokenizer = sandbox.home().join("model/tokenizer.json");
    let text = fs::read_to_string(&tokenizer).unwrap();
    fs::write(&tokenizer, text + "\n").unwrap();
    assert_eq!(tags().says(&["preparing"]).text(), first);
}
