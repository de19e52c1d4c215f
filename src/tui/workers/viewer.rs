//! Opens pictures with the viewer of the system.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::words::refusal;
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
    let Some(mut command) = opener_of_the_system(path) else {
        let result = opener::open(path).map_err(|error| error.to_string());
        // The receiver is returned below, so somebody listens.
        let _ = sender.send(result);
        return Ok(ended);
    };
    let mut child = match command.spawn() {
        Ok(child) => child,
        // It brings a script that looks for viewers.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let _ = sender.send(opener::open(path).map_err(|error| error.to_string()));
            return Ok(ended);
        }
        Err(error) => return Err(error.to_string()),
    };
    // Waiting takes the ended program out of the system's list of processes, however long it runs.
    let wait = move || {
        let result = match child.wait() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(reason(status.code())),
            Err(error) => Err(error.to_string()),
        };
        // After the time to fail nobody listens any more.
        let _ = sender.send(result);
    };
    std::thread::Builder::new().name("opening".into()).spawn(wait).map_err(|error| error.to_string())?;
    Ok(ended)
}

/// The command that opens a file by the system's choice of programs and says by its exit code how that went; none where the
/// system has no such command.
fn opener_of_the_system(path: &Path) -> Option<Command> {
    let is_wsl = || std::env::var_os("WSL_DISTRO_NAME").is_some();
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(unix) && !is_wsl() {
        "xdg-open"
    } else {
        return None;
    };
    let mut command = Command::new(program);
    command.arg(path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // A ctrl-c in a command of the user's is not meant for viewers.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    Some(command)
}

/// What an exit code of xdg-open means.
fn reason(code: Option<i32>) -> String {
    match code {
        Some(2) => "it is no longer there".to_owned(),
        Some(3) => "there is no program for it".to_owned(),
        Some(code) => format!("the system's opener failed with exit code {code}"),
        None => "the system's opener was killed".to_owned(),
    }
}
