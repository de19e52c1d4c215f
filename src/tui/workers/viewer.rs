//! Opens pictures with the viewer of the system.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::words::{NO_LONGER_THERE, refusal};
use crate::base::paths;
use crate::library::Boundary;
use crate::tui::app::event::Event;
use crate::tui::display::counted;

/// How long the program that opens a picture may take to fail. One that still runs then is the viewer itself, or has found it.
const TIME_TO_FAIL: Duration = Duration::from_millis(1500);

/// Starts a thread that opens each picture with the program that the system has for it, none if one lies outside `boundary`,
/// and then sends words on how it went as an [`Event::Notice`]. `asked_for` counts the pictures that the user asked for, which
/// may be more.
///
/// # Errors
/// When the system has no threads left.
pub(crate) fn spawn(
    boundary: Boundary,
    pictures: Vec<PathBuf>,
    asked_for: usize,
    send: impl Fn(Event) + Send + 'static,
) -> io::Result<()> {
    std::thread::Builder::new()
        .name("viewer".into())
        .spawn(move || send(Event::Notice(open(&boundary, &pictures, asked_for))))?;
    Ok(())
}

fn open(boundary: &Boundary, pictures: &[PathBuf], asked_for: usize) -> String {
    let resolve = |path: &PathBuf| boundary.resolve(path).map_err(|error| (path.clone(), error));
    let resolved = match pictures.iter().map(resolve).collect::<Result<Vec<_>, _>>() {
        Ok(resolved) => resolved,
        Err((path, error)) => {
            return format!("{} was not opened: {}", paths::display(&path), refusal(&error));
        }
    };
    let begun: Vec<_> = resolved.iter().map(|path| (path, begin(path))).collect();
    let deadline = Instant::now() + TIME_TO_FAIL;
    let failure = begun.into_iter().find_map(|(path, opening)| {
        let reason = match opening {
            Ok(ended) => {
                ended.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok()?.err()?
            }
            Err(reason) => reason,
        };
        Some(format!("{} was not opened: {reason}", paths::display(path)))
    });
    match (failure, pictures) {
        (Some(failure), _) => failure,
        (None, [path]) => format!("opened {}", paths::display(path)),
        (None, many) if many.len() < asked_for => {
            format!("opened the first {} of {}", many.len(), counted(asked_for, "picture"))
        }
        (None, many) => format!("opened {}", counted(many.len(), "picture")),
    }
}

/// How an opening ended.
type Ended = Result<(), String>;

/// Begins to open a picture. The answer says how the program that opens it ended; it comes when that ends.
fn begin(path: &Path) -> Result<Receiver<Ended>, String> {
    let (sender, ended) = channel();
    let programs = openers_of_the_system();
    if programs.is_empty() {
        let result = opener::open(path).map_err(|error| error.to_string());
        // The receiver is returned below, so somebody listens.
        let _ = sender.send(result);
        return Ok(ended);
    }
    let (program, mut child) = spawn_first(programs, path)?;
    // Waiting takes the ended program out of the system's list of processes, however long it runs.
    let wait = move || {
        let result = match child.wait() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(reason(program, status.code())),
            Err(error) => Err(error.to_string()),
        };
        // After the time to fail nobody listens any more.
        let _ = sender.send(result);
    };
    std::thread::Builder::new().name("opening".into()).spawn(wait).map_err(|error| error.to_string())?;
    Ok(ended)
}

/// Starts the first of these commands that the system has, with a path as its last argument. Returns its program, too.
fn spawn_first(commands: &[&[&'static str]], path: &Path) -> Result<(&'static str, Child), String> {
    for command in commands {
        let Some((&program, arguments)) = command.split_first() else { continue };
        let mut command = Command::new(program);
        command.args(arguments).arg(path);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // A ctrl-c in a command of the user's is not meant for viewers.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Ok(child) => return Ok((program, child)),
            Err(error) => return Err(error.to_string()),
        }
    }
    let programs: Vec<&str> = commands.iter().filter_map(|command| command.first().copied()).collect();
    Err(format!("the system has no {} that would open it", programs.join(" or ")))
}

/// Commands that open a file by the system's choice of programs and say by their exit codes how that went, the one to try
/// first in front; none where the system has no such command.
fn openers_of_the_system() -> &'static [&'static [&'static str]] {
    let is_wsl = || std::env::var_os("WSL_DISTRO_NAME").is_some();
    if cfg!(target_os = "macos") {
        &[&["open"]]
    } else if cfg!(unix) && !is_wsl() {
        &[&["xdg-open"], &["gio", "open"]]
    } else {
        &[]
    }
}

/// What an exit code of a program that opens files means.
fn reason(program: &str, code: Option<i32>) -> String {
    match (program, code) {
        ("xdg-open", Some(2)) => NO_LONGER_THERE.to_owned(),
        ("xdg-open", Some(3)) | ("gio", Some(2)) => "there is no program for it".to_owned(),
        (_, Some(code)) => format!("the system's opener failed with exit code {code}"),
        (_, None) => "the system's opener was killed".to_owned(),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_first_program_that_is_there_is_taken_and_none_is_an_error() {
        let path = Path::new("/");
        let (program, mut child) = spawn_first(&[&["no-such-opener"], &["test", "-d"]], path).unwrap();
        assert!(program == "test" && child.wait().unwrap().success());
        let error = spawn_first(&[&["no-such-opener"], &["nor-this-one", "open"]], path).unwrap_err();
        assert_eq!(error, "the system has no no-such-opener or nor-this-one that would open it");
    }

    #[test]
    fn exit_codes_are_told_in_words() {
        assert_eq!(reason("xdg-open", Some(2)), NO_LONGER_THERE);
        assert_eq!(reason("gio", Some(2)), reason("xdg-open", Some(3)));
        assert!(reason("open", Some(2)).ends_with("exit code 2") && reason("open", None).ends_with("killed"));
    }
}
