//! The command line's contract: output formats, exit codes, what goes to stdout and what to stderr.

use std::io::Read;
use std::process::Stdio;

use crate::common::{Ran, Sandbox};
use serde_json::Value;

/// Three pictures, indexed.
fn indexed() -> Sandbox {
    let sandbox = Sandbox::three_pictures();
    sandbox.index();
    sandbox
}

#[test]
fn every_command_has_help_with_examples() {
    let sandbox = Sandbox::new();
    for command in ["demo", "index", "search", "similar", "embed", "models", "status", "collections"] {
        let help = sandbox.run([command, "--help"]).expect(0).text();
        assert!(help.contains("Examples:"), "{command}: {help}");
    }
    assert!(sandbox.run(["--help"]).expect(0).text().contains("Exit codes"));
    assert!(sandbox.run(["--version"]).expect(0).text().starts_with("pixseek "));
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let sandbox = Sandbox::new();
    for args in [
        &["search"][..],
        &["search", ""],
        &["search", "x", "-n", "0"],
        &["search", "x", "-n", "-1"],
        &["search", "x", "--json", "--paths"],
        &["embed"],
        &["embed", "--text", "a", "--image", "b"],
        &["index", "--no-such-flag"],
        &["similar"],
        &["models", "fetch", "a", "b"],
        &["index", "--precision", "f7"],
    ] {
        let ran = sandbox.run(args).expect(2);
        assert!(ran.stdout.is_empty() && !ran.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn results_are_ranked_lines() {
    let sandbox = indexed();
    let json = sandbox.run(["search", "pics", "a", "shape", "--json"]).expect(0);
    assert_eq!(json.stderr, "");
    let hits: Vec<Value> = json.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(hits.iter().map(|hit| hit["rank"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2, 3]);
    let scores: Vec<f64> = hits.iter().map(|hit| hit["score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b) && scores.iter().all(|score| (-1.0..=1.0).contains(score)));
    let paths: Vec<&str> = hits.iter().map(|hit| hit["path"].as_str().unwrap()).collect();
    assert!(paths.iter().all(|path| path.starts_with(sandbox.pics().to_str().unwrap())));
    assert!(hits.iter().all(|hit| hit.get("path_bytes").is_none()));

    let tabs = sandbox.run(["search", "pics", "a", "shape"]).expect(0).text();
    let expected: String =
        paths.iter().zip(&scores).map(|(path, score)| format!("{score:.4}\t{path}\n")).collect();
    assert_eq!(tabs, expected);
    assert_eq!(
        sandbox.run(["search", "pics", "a shape", "--paths"]).expect(0).text(),
        paths.join("\n") + "\n"
    );
    assert_eq!(sandbox.run(["search", "pics", "a shape", "-0"]).expect(0).text(), paths.join("\0") + "\0");
    assert_eq!(
        sandbox.run(["search", "pics", "a shape", "--paths", "-n", "1"]).expect(0).text(),
        format!("{}\n", paths[0])
    );
}

#[test]
fn the_folder_may_be_first_or_after_c_or_left_out() {
    let sandbox = indexed();
    let expected = sandbox.run(["search", "pics", "red", "--json"]).expect(0).text();
    assert_eq!(sandbox.run(["search", "-C", "pics", "red", "--json"]).expect(0).text(), expected);
    let inside =
        sandbox.command().args(["search", "red", "--json"]).current_dir(sandbox.pics()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&inside.stdout), expected);
}

#[test]
fn an_unindexed_folder_names_the_command() {
    let sandbox = Sandbox::new();
    sandbox.picture("1.png", 1);
    let ran = sandbox.run(["search", "pics", "red"]).expect(1).says(&["not indexed", "pixseek index pics"]);
    assert!(ran.stdout.is_empty());
    sandbox.run(["similar", "pics/1.png", "pics"]).expect(1).says(&["pixseek index pics"]);
    sandbox.run(["status", "pics"]).expect(1).says(&["pixseek index pics"]);
}

#[test]
fn search_updates_only_when_asked() {
    let sandbox = indexed();
    sandbox.picture("4.png", 4);
    let count = |args: &[&str]| sandbox.run(args).expect(0).names().len();
    assert_eq!(count(&["search", "pics", "red", "--json"]), 3);
    assert_eq!(count(&["search", "pics", "red", "--json", "--update"]), 4);
}

#[test]
fn similar_leaves_out_the_picture_itself_only() {
    let sandbox = indexed();
    let names = sandbox.run(["similar", "pics/1.png", "pics", "--json"]).expect(0).names();
    assert!(names.len() == 2 && !names.contains(&"1.png".to_owned()), "{names:?}");
    // A picture from elsewhere finds its twin with a cosine of 1.
    let outside = sandbox.home().join("outside.png");
    std::fs::copy(sandbox.pics().join("2.png"), &outside).unwrap();
    let found = sandbox.run(["similar", "outside.png", "-C", "pics", "--json", "-n1"]).expect(0);
    assert_eq!(found.names(), ["2.png"]);
    assert!(found.json()["score"].as_f64().unwrap() > 0.9999);
    // Nor is a link to it, which the collection has under the link's name.
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&outside, sandbox.pics().join("link.png")).unwrap();
        sandbox.run(["index", "pics", "-L"]).expect(0);
        let names = sandbox.run(["similar", "pics/link.png", "pics", "--json"]).expect(0).names();
        assert!(!names.contains(&"link.png".to_owned()) && names[0] == "2.png", "{names:?}");
    }
}

#[test]
fn embeddings_are_unit_vectors() {
    let sandbox = indexed();
    for args in [["embed", "--json", "--text", "a red circle"], ["embed", "--json", "--image", "pics/1.png"]]
    {
        let json = sandbox.run(args).expect(0).json();
        let embedding: Vec<f64> =
            json["embedding"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
        assert_eq!(json["model"], "demo");
        assert_eq!(json["precision"], "f32");
        assert_eq!(json["dimension"], embedding.len());
        let norm = embedding.iter().map(|x| x * x).sum::<f64>().sqrt();
        assert!((norm - 1.0).abs() < 1e-4, "{norm}");
    }
    let plain = sandbox.run(["embed", "--text", "a red circle"]).expect(0).text();
    assert!(plain.lines().count() > 8 && plain.lines().all(|line| line.parse::<f32>().is_ok()));
}

#[test]
fn status_tells_what_is_there() {
    let sandbox = indexed();
    std::fs::write(sandbox.pics().join("bad.jpg"), "no picture").unwrap();
    sandbox.index();
    let status = sandbox.run(["status", "pics", "--json"]).expect(0).json();
    assert_eq!(status["root"], sandbox.pics().to_str().unwrap());
    assert_eq!((status["pictures"].as_u64(), status["failed"].as_u64()), (Some(3), Some(1)));
    assert_eq!((status["model"].as_str(), status["index"].as_str()), (Some("demo"), Some("flat")));
    assert!(status["dimension"].as_u64().unwrap() > 0 && status["bytes"].as_u64().unwrap() > 0);
    let failed = sandbox.run(["status", "pics", "--failed"]).expect(0).text();
    assert!(failed.lines().count() == 1 && failed.contains("bad.jpg\t"), "{failed}");
}

#[test]
fn the_encoder_is_measured() {
    let sandbox = Sandbox::new();
    let cap = if cfg!(target_arch = "x86_64") { "avx2" } else { "" };
    let mut command = sandbox.command();
    command.env("PIXSEEK_CPU", cap).args(["bench", "encoder", "--json", "--threads", "1"]);
    let figures = Ran::from(command.output().unwrap()).expect(0).json();
    assert_eq!((figures["model"].as_str(), figures["threads"].as_u64()), (Some("demo"), Some(1)));
    let cpu = figures["cpu"].as_str().unwrap();
    assert!(cpu == "baseline" || cpu == cap || cap.is_empty(), "{cpu} in use, at most {cap} was allowed");
    for batch in ["1", "8", "32"] {
        assert!(figures["images_per_second"][batch].as_f64().unwrap() > 0.0, "{figures}");
    }
    for time in ["text_ms", "text_next_token_ms", "load_ms"] {
        assert!(figures[time].as_f64().unwrap() > 0.0, "{figures}");
    }
}

#[test]
fn forgotten_collections_are_gone_and_their_pictures_stay() {
    let sandbox = indexed();
    assert_eq!(sandbox.run(["collections", "list"]).expect(0).text().lines().count(), 1);
    let json = sandbox.run(["collections", "--json"]).expect(0).json();
    assert_eq!((json["pictures"].as_u64(), json["model"].as_str()), (Some(3), Some("demo")));
    sandbox.run(["collections", "forget", "pics"]).expect(0);
    assert_eq!(sandbox.run(["collections"]).expect(0).text(), "");
    assert!(sandbox.pics().join("1.png").is_file());
    sandbox.run(["collections", "forget", "pics"]).expect(1).says(&["has no index"]);
}

#[test]
fn the_last_model_is_remembered_and_the_setting_comes_after() {
    let sandbox = indexed();
    let run =
        |args: &[&str]| Ran::from(sandbox.command().env_remove("PIXSEEK_MODEL").args(args).output().unwrap());
    // Any model but the demo model, which is remembered by its gallery alone.
    sandbox.model("assets/demo-model");
    run(&["index", "pics", "--model", "model"]).expect(0);
    run(&["search", "pics", "red"]).expect(0);
    // Without any of these it is the model for photos, which is not here.
    run(&["embed", "--text", "red"]).expect(1).says(&[
        "google/siglip2-base-patch32-256",
        "models fetch",
        "`pixseek demo` needs no download",
    ]);
    let config = sandbox.home().join("config/pixseek");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("config.toml"), "model = \"demo\"\n").unwrap();
    run(&["embed", "--text", "red"]).expect(0);
    std::fs::write(config.join("config.toml"), "\nmodle = \"demo\"\n").unwrap();
    run(&["embed", "--text", "red"]).expect(1).says(&["config.toml", "line 2", "modle"]);
}

#[test]
fn common_options_may_stand_before_the_command() {
    let sandbox = indexed();
    let expected = sandbox.run(["search", "pics", "red", "--json"]).expect(0).text();
    let before = sandbox.run(["--model", "demo", "-q", "search", "pics", "red", "--json"]).expect(0);
    assert_eq!(before.text(), expected);
    // What belongs to browsing would be lost there.
    sandbox.run(["pics", "search", "red"]).expect(2).says(&["'pics'"]);
    sandbox.run(["--query", "x", "search", "pics", "red"]).expect(2).says(&["--query"]);
}

#[test]
fn status_needs_no_model() {
    let sandbox = indexed();
    let model = sandbox.model("assets/demo-model");
    sandbox.run(["index", "pics", "--model", "model"]).expect(0);
    std::fs::remove_dir_all(&model).unwrap();
    let mut command = sandbox.command();
    let status = command.env_remove("PIXSEEK_MODEL").args(["status", "pics", "--json"]).output().unwrap();
    let status = Ran::from(status).expect(0).json();
    assert_eq!(status["pictures"], 3);
    assert!(status["model"].as_str().unwrap().ends_with("model"), "{status}");
}

#[test]
fn nobody_listening_on_stderr_stops_nothing() {
    let sandbox = Sandbox::new();
    sandbox.picture("1.png", 1);
    std::fs::write(sandbox.pics().join("bad.png"), "text").unwrap();
    let mut child = sandbox
        .command()
        .args(["index", "pics", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stderr.take());
    let ran = Ran::from(child.wait_with_output().unwrap()).expect(0);
    assert_eq!(crate::common::counts(&ran.json()), [1, 0, 0, 1, 1]);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let sandbox = indexed();
    let mut child = sandbox
        .command()
        .args(["search", "pics", "red", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));
}

#[test]
fn threads_are_limited() {
    let sandbox = indexed();
    // Same answers, whatever the number.
    let run = |threads: &str| {
        sandbox.run(["search", "pics", "red", "--json", "--threads", threads]).expect(0).names()
    };
    assert_eq!(run("1"), run("3"));
    sandbox.run(["search", "pics", "red", "--threads", "0"]).expect(2);
}

#[test]
fn the_demo_gallery_is_written_into_a_new_an_empty_or_its_own_folder() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(["demo", "pics"]).expect(0);
    assert_eq!(ran.text(), format!("{}\n", sandbox.home().join("pics").display()));
    let captions = std::fs::read_to_string(sandbox.pics().join("captions.tsv")).unwrap();
    let rows: Vec<(&str, &str)> = captions.lines().map(|line| line.split_once('\t').unwrap()).collect();
    assert!((200..=400).contains(&rows.len()), "{} pictures", rows.len());
    for (name, caption) in &rows {
        let (width, height) = image::image_dimensions(sandbox.pics().join(name)).unwrap();
        assert!(width >= 256 && height >= 256 && !caption.is_empty(), "{name}");
    }
    // Its index may be beside it, and pictures may be gone.
    sandbox.run(["index", "pics", "--here", "-q"]).expect(0);
    std::fs::remove_file(sandbox.pics().join("red-circle.png")).unwrap();
    sandbox.run(["demo", "pics", "--write"]).expect(0);
    assert!(sandbox.pics().join("red-circle.png").is_file());
    // A picture of the user's own with a name that the gallery has.
    let picture = sandbox.pics().join("red-circle.png");
    std::fs::write(&picture, "mine too").unwrap();
    sandbox.run(["demo", "pics", "--write"]).expect(1).says(&["red-circle.png", "choose another folder"]);
    assert_eq!(std::fs::read_to_string(picture).unwrap(), "mine too");
    sandbox.run(["demo", "new/gallery"]).expect(0);
    assert!(sandbox.home().join("new/gallery/captions.tsv").is_file());
}

#[test]
fn the_demo_gallery_is_never_put_among_other_files() {
    let sandbox = Sandbox::new();
    for name in ["mine.jpg", "sub/mine.jpg", "notes.txt", ".hidden"] {
        let folder = tempfile::tempdir_in(sandbox.home()).unwrap();
        let own = folder.path().join(name);
        std::fs::create_dir_all(own.parent().unwrap()).unwrap();
        std::fs::write(&own, "keep").unwrap();
        let path = folder.path().to_str().unwrap();
        for args in [&["demo", path][..], &["demo", path, "--write"]] {
            let first = name.split('/').next().unwrap();
            let ran = sandbox.run(args).expect(1).says(&[first, "a new or an empty folder"]);
            assert_eq!(ran.text(), "");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was written");
        assert_eq!(std::fs::read_to_string(&own).unwrap(), "keep");
    }
    let help = sandbox.run(["demo", "--help"]).expect(0).text();
    assert!(help.contains("nothing is written"), "{help}");
}
