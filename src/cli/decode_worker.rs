//! The hidden command `decode-worker`: this program as the child that decodes pictures for its parent.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::picture;

/// The command's name, by which the parent calls it.
const NAME: &str = "decode-worker";

/// Has pictures of the formats whose decoders can loop or abort decoded by this program in processes of its own.
pub(super) fn use_this_program() {
    // On Linux this is the running program even after an update has replaced its file.
    let running = Path::new("/proc/self/exe");
    let program = if running.exists() { Ok(PathBuf::from(running)) } else { std::env::current_exe() };
    if let Ok(program) = program {
        picture::set_worker_program(program, NAME);
    }
}

/// Decodes for the parent until it closes the pipe.
pub(super) fn run() -> ExitCode {
    ExitCode::from(u8::from(picture::decode_for_parent().is_err()))
}
