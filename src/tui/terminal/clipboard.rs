//! Copying to the clipboard: through the terminal (OSC 52, which reaches the user's machine over ssh too), and through a
//! program of the system, for terminals that ignore OSC 52.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::base::paths;
use crate::tui::display::counted;

/// The programs that copy their standard input, and the variable that is set where each can work.
const PROGRAMS: [(&str, &[&str], Option<&str>); 5] = [
    ("wl-copy", &[], Some("WAYLAND_DISPLAY")),
    ("xclip", &["-selection", "clipboard"], Some("DISPLAY")),
    ("xsel", &["--clipboard", "--input"], Some("DISPLAY")),
    ("pbcopy", &[], None),
    ("clip.exe", &[], Some("WSL_DISTRO_NAME")),
];

/// How tmux takes its standard input, and hands it to the terminal around it, from 3.2 on.
const TO_TMUX: &[&str] = &["load-buffer", "-w", "-"];

/// Copies paths, one a line. `send` writes to the terminal. Returns words for the user.
pub(crate) fn copy(pictures: &[PathBuf], send: impl FnOnce(&[u8]) -> io::Result<()>) -> io::Result<String> {
    let lines: Vec<Vec<u8>> = pictures.iter().map(|path| paths::to_bytes(path)).collect();
    let bytes = lines.join(&b'\n');
    let is_tmux = std::env::var_os("TMUX").is_some();
    send(&sequence(&bytes, is_tmux))?;
    let to_programs = move || {
        if is_tmux {
            hand_over("tmux", TO_TMUX, &bytes);
        }
        PROGRAMS
            .iter()
            .filter(|(.., variable)| is_usable(*variable))
            .any(|(program, args, _)| hand_over(program, args, &bytes));
    };
    std::thread::Builder::new().name("clipboard".into()).spawn(to_programs)?;
    Ok(match pictures {
        [path] => format!("copied {}", paths::display(path)),
        many => format!("copied {}", counted(many.len(), "path")),
    })
}

/// The sequence OSC 52. Under tmux it is also sent wrapped, since tmux may keep the bare one to itself.
fn sequence(bytes: &[u8], tmux: bool) -> Vec<u8> {
    let plain = format!("\x1b]52;c;{}\x07", BASE64_STANDARD.encode(bytes));
    if tmux { format!("\x1bPtmux;\x1b{plain}\x1b\\{plain}").into_bytes() } else { plain.into_bytes() }
}

/// The ways by which paths are copied, in words: the terminal, and the programs that are there and usable.
pub(crate) fn ways() -> Vec<String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = |program: &str| std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    let programs = PROGRAMS.iter().filter(|(program, _, variable)| is_usable(*variable) && is_there(program));
    let terminal = "the terminal (OSC 52)".to_owned();
    let tmux = std::env::var_os("TMUX").map(|_| "tmux".to_owned());
    std::iter::once(terminal).chain(tmux).chain(programs.map(|(program, ..)| (*program).to_owned())).collect()
}

fn is_usable(variable: Option<&str>) -> bool {
    variable.is_none_or(|name| std::env::var_os(name).is_some())
}

/// Hands the bytes to a program. Returns whether it took them.
fn hand_over(program: &str, args: &[&str], bytes: &[u8]) -> bool {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let copied = command.spawn().and_then(|mut child| {
        let mut stdin = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        stdin.write_all(bytes)?;
        drop(stdin);
        child.wait()
    });
    copied.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terminal_gets_the_paths_in_base64() {
        assert_eq!(sequence(b"/a b.jpg", false), b"\x1b]52;c;L2EgYi5qcGc=\x07");
        let wrapped = String::from_utf8(sequence(b"/a b.jpg", true)).unwrap();
        assert!(wrapped.starts_with("\x1bPtmux;\x1b\x1b]52;c;L2EgYi5qcGc=\x07\x1b\\"), "{wrapped:?}");
    }
}
