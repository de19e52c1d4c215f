//! The first run on a terminal, without a model: one question, then the names of the pictures while it is downloaded.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use crate::common::{Ran, Sandbox, files};
use crate::hub::stand::{Answer, Hub, ID, Request, Then, WEIGHTS, card, etag, model_folder, names};
use crate::terminal::{Answers, Terminal, selected};

const QUESTION: &str = "and look at the pictures meanwhile? [y/N]";
const DOWN: &str = "\x1b[B";
const ENTER: &str = "\r";
const CTRL_C: &str = "\x03";

/// The binary with this hub, and with a model that it has. The trial of int8 takes a minute in a debug build.
fn command(hub: &Hub, sandbox: &Sandbox, args: &[&str]) -> Command {
    let mut command = hub.command(sandbox);
    command.env("PIXSEEK_MODEL", ID).env("HF_HUB_DOWNLOAD_TIMEOUT", "4");
    command.args(args).args(["--precision", "f32"]);
    command
}

fn start(hub: &Hub, sandbox: &Sandbox, args: &[&str]) -> Terminal {
    Terminal::run(&command(hub, sandbox, args), Answers::Plain)
}

/// Starts the browser and says yes.
fn accepted(hub: &Hub, sandbox: &Sandbox) -> Terminal {
    let terminal = start(hub, sandbox, &["pics"]);
    terminal.shows(QUESTION);
    terminal.send("y\r");
    terminal
}

/// Sends 100,000 bytes of the weights, and then nothing.
fn stall(request: &Request) -> Option<Answer> {
    let mut answer = request.good.clone();
    answer.body.truncate(100_000);
    answer.then = Then::Stall;
    (request.file == WEIGHTS && !request.is_probe).then_some(answer)
}

/// Leaves the browser; the exit code, and what the terminal shows then, with its lines joined.
#[track_caller]
fn leave(terminal: Terminal) -> (u32, String) {
    terminal.send(CTRL_C);
    ended(terminal)
}

#[track_caller]
fn ended(terminal: Terminal) -> (u32, String) {
    let (status, screen, _) = terminal.end();
    (status.exit_code(), screen.replace('\n', ""))
}

/// Fails the test if there is an index.
#[track_caller]
fn assert_no_index(sandbox: &Sandbox) {
    let data = sandbox.home().join("data");
    assert!(!data.exists() || files(&data, "catalog").is_empty());
}

#[test]
fn names_are_there_at_once_and_the_query_is_answered_when_the_model_is() {
    let (hub, sandbox) = (Hub::lying(stall), Sandbox::three_pictures());
    let terminal = accepted(&hub, &sandbox);
    terminal.shows("3 pictures");
    let screen = terminal.shows("downloading model.safetensors");
    assert!(screen.contains("MB") && selected(&screen).is_some(), "{screen}");
    // The preview of a name.
    terminal.wait("the preview", |screen| screen.contains("64 x 64") && screen.contains('▀'));
    terminal.send(DOWN);
    terminal.send("red");
    terminal.shows("the query waits for the model");
    assert_no_index(&sandbox);
    hub.lie(|_| None);
    // Nothing arrives any more: the word for it, and then the rest.
    terminal.shows("no data arrives; trying again");
    let is_answered = |screen: &str| screen.contains("score ") && screen.contains("3 pictures");
    let screen = terminal.wait("the answer", is_answered);
    assert!(screen.contains("> red") && !screen.contains("waits"), "{screen}");
    terminal.send(ENTER);
    let (code, screen) = ended(terminal);
    assert_eq!(code, 0);
    assert!(screen.trim_end().ends_with(".png"), "{screen}");
    hub.assert_fetched(&sandbox);
    assert_eq!(hub.asked("model.safetensors bytes=100000-"), 1);

    // From now on the model is here, and nothing is asked.
    let before = hub.asked("");
    let terminal = start(&hub, &sandbox, &["pics"]);
    terminal.shows("3 pictures");
    assert_eq!((leave(terminal).0, hub.asked("")), (130, before));
}

#[test]
fn the_question_says_all_and_a_no_leaves_nothing() {
    let (hub, sandbox) = (Hub::start(), Sandbox::three_pictures());
    for answer in ["n\r", "\r", "\x04"] {
        let mut command = command(&hub, &sandbox, &["pics"]);
        command.env_remove("PIXSEEK_MODEL");
        let terminal = Terminal::run(&command, Answers::Plain);
        let question = terminal.shows(QUESTION);
        let cache = sandbox.home().join("hf/hub");
        for word in ["comparing your words with your pictures", "1508 MB", "apache-2.0", "`pixseek demo`"] {
            assert!(question.contains(word), "{word}: {question}");
        }
        assert!(question.replace('\n', "").contains(cache.to_str().unwrap()), "{question}");
        terminal.send(answer);
        let (code, screen) = ended(terminal);
        assert_eq!(code, 1);
        for way in ["`pixseek models fetch`", "`--model FOLDER`", "`pixseek demo`"] {
            assert!(screen.contains(way), "{way}: {screen}");
        }
        assert_eq!(screen.matches("[y/N]").count(), 1);
    }
    assert_eq!(hub.asked(""), 0);
    assert!(names(&sandbox.home().join("hf")).is_empty());
    assert_no_index(&sandbox);
}

#[test]
fn a_download_that_was_stopped_goes_on_after_another_yes() {
    let (hub, sandbox) = (Hub::lying(stall), Sandbox::three_pictures());
    let terminal = accepted(&hub, &sandbox);
    terminal.shows("downloading model.safetensors");
    terminal.wait("100,000 bytes", |screen| screen.contains("0.1 of "));
    let (code, screen) = leave(terminal);
    assert_eq!(code, 130);
    let fetch = format!("`pixseek models fetch {ID}`");
    assert!(screen.contains("was stopped") && screen.contains(&fetch), "{screen}");
    assert_no_index(&sandbox);
    let weights = etag(WEIGHTS, &hub.stand.lock().unwrap().files[WEIGHTS]);
    let partial = model_folder(&sandbox).join("blobs").join(format!("{weights}.pixseek-partial"));
    assert_eq!(partial.metadata().unwrap().len(), 100_000);

    hub.lie(|_| None);
    let terminal = start(&hub, &sandbox, &["pics"]);
    let question = terminal.shows(QUESTION);
    assert!(question.contains("of which 0.1 MB are here already") && question.contains("Download the rest"));
    terminal.send("y\r");
    terminal.send("red");
    terminal.shows("score ");
    assert_eq!(leave(terminal).0, 130);
    assert_eq!(hub.asked("model.safetensors bytes=100000-"), 1);
    hub.assert_fetched(&sandbox);
}

#[test]
fn offline_nothing_is_asked_and_the_ways_out_are_named() {
    let sandbox = Sandbox::three_pictures();
    let mut command = sandbox.command();
    command.env_remove("PIXSEEK_MODEL").arg("pics");
    let (code, screen) = ended(Terminal::run(&command, Answers::Plain));
    assert_eq!(code, 1);
    for word in ["HF_HUB_OFFLINE", "unset it", "`--model FOLDER`", "`pixseek demo`"] {
        assert!(screen.contains(word), "{word}: {screen}");
    }
    assert!(!screen.contains("[y/N]"));
    assert_no_index(&sandbox);
}

#[test]
fn a_refused_download_says_why_and_is_tried_again_with_a_key() {
    for (status, words) in [("403 Forbidden", "refused access"), ("404 Not Found", "has no")] {
        let refuse = move |request: &Request| {
            (request.file == WEIGHTS && !request.is_probe).then(|| Answer::status(status))
        };
        let (hub, sandbox) = (Hub::lying(refuse), Sandbox::three_pictures());
        let terminal = accepted(&hub, &sandbox);
        let screen = terminal.shows("╭ no model ─");
        assert!(screen.contains(words) && screen.contains("enter try again"), "{screen}");
        terminal.send("\x1b");
        terminal.wait("the box to close", |screen| {
            !screen.contains("enter try again") && screen.contains("ctrl-r tries again")
        });
        let asked = hub.asked(WEIGHTS);
        terminal.send("\x12");
        terminal.shows("enter try again");
        assert!(hub.asked(WEIGHTS) > asked, "it was tried again");
        hub.lie(|_| None);
        terminal.send(ENTER);
        terminal.send("red");
        terminal.shows("score ");
        let (code, screen) = leave(terminal);
        assert!(code == 130 && screen.trim_end().ends_with("[y/N] y"), "nothing more to say: {screen}");
    }
}

#[test]
fn who_leaves_after_a_failure_is_told_the_reason_and_the_ways_out() {
    let sandbox = Sandbox::three_pictures();
    // A port that was free a moment ago: nobody listens there.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = sandbox.command();
    command.env("HF_ENDPOINT", format!("http://{closed}")).env_remove("HF_HUB_OFFLINE");
    command.env_remove("PIXSEEK_MODEL").arg("pics");
    let terminal = Terminal::run(&command, Answers::Plain);
    terminal.shows(QUESTION);
    terminal.send("y\r");
    terminal.shows("trying again in");
    terminal.shows("enter try again");
    let (code, screen) = leave(terminal);
    assert_eq!(code, 130);
    for word in ["could not download config.json", "check the network", "`--model FOLDER`", "`pixseek demo`"]
    {
        assert!(screen.contains(word), "{word}: {screen}");
    }
    assert_no_index(&sandbox);

    // Of a model that is not in the table, the hub is asked before the user is.
    command.env("PIXSEEK_MODEL", ID);
    let (code, screen) = ended(Terminal::run(&command, Answers::Plain));
    assert!(code == 1 && screen.contains("check the network") && !screen.contains("[y/N]"), "{screen}");
}

#[test]
fn a_licence_that_restricts_use_is_part_of_the_question() {
    let hub = Hub::lying(card("---\nlicense: cc-by-nc-4.0\n---\n"));
    let sandbox = Sandbox::three_pictures();
    let terminal = start(&hub, &sandbox, &["pics"]);
    let question = terminal.shows(QUESTION);
    assert!(question.contains("cc-by-nc-4.0: no commercial use"), "{question}");
    assert!(question.contains("Accept the licence and download it now"), "{question}");
    terminal.send("y\r");
    terminal.send("red");
    terminal.shows("score ");
    assert_eq!(leave(terminal).0, 130);
    hub.assert_fetched(&sandbox);
}

#[test]
fn what_was_said_beforehand_is_not_asked() {
    let (hub, sandbox) = (Hub::start(), Sandbox::three_pictures());
    // Neither with -q ...
    let (code, screen) = ended(start(&hub, &sandbox, &["pics", "-q"]));
    assert!(code == 1 && screen.contains("models fetch") && !screen.contains("[y/N]"), "{screen}");
    // ... nor for an index that is not there ...
    let (code, screen) = ended(start(&hub, &sandbox, &["pics", "--no-index"]));
    assert!(code == 1 && screen.contains("is not indexed") && !screen.contains("[y/N]"), "{screen}");
    assert_eq!(hub.asked(""), 0);
    // ... nor with --yes.
    let terminal = start(&hub, &sandbox, &["pics", "--yes", "--query", "red"]);
    terminal.shows("score ");
    assert_eq!(leave(terminal).0, 130);
    hub.assert_fetched(&sandbox);
}

#[test]
fn names_can_be_marked_chosen_and_thrown_away() {
    let (hub, sandbox) = (Hub::lying(stall), Sandbox::three_pictures());
    let trash = sandbox.home().join("data/Trash/files");
    let terminal = accepted(&hub, &sandbox);
    terminal.shows("3 pictures");
    terminal.send("\x1b[19~");
    terminal.shows("move to the trash?");
    terminal.send("y");
    terminal.shows("2 pictures");
    assert_eq!(names(&trash).len(), 1);
    terminal.send("\t\t");
    terminal.shows("2 marked");
    terminal.send(ENTER);
    let (code, screen) = ended(terminal);
    let chosen = screen.matches(".png").count();
    assert_eq!((code, chosen), (0, 2), "{screen}");
    assert!(screen.contains("was stopped"), "the download goes on another time");
    assert!(Path::new(&sandbox.pics()).join("1.png").exists() || names(&trash) == ["1.png"]);
}

#[test]
fn another_known_model_that_is_here_is_taken_with_a_word() {
    let sandbox = Sandbox::three_pictures();
    let id = "openai/clip-vit-base-patch16";
    let folder = sandbox.home().join("hf/hub/models--openai--clip-vit-base-patch16/snapshots/main");
    std::fs::create_dir_all(folder.parent().unwrap()).unwrap();
    std::fs::rename(sandbox.model("assets/demo-model"), &folder).unwrap();
    let run = |args: &[&str]| {
        let mut command = sandbox.command();
        command.env_remove("PIXSEEK_MODEL").args(args).args(["--precision", "f32"]);
        Ran::from(command.output().unwrap()).expect(0)
    };
    let words = format!("model '{id}' is used");
    let told = |ran: Ran| ran.stderr.matches(&words).count();
    assert_eq!(told(run(&["index", "pics"]).says(&["`pixseek models fetch` gets the recommended one"])), 1);
    // Now it is the model of this folder.
    assert_eq!(told(run(&["index", "pics"])), 0);
    assert_eq!(told(run(&["search", "pics", "red"])), 0);
}
