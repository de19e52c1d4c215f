//! Questions on the terminal.

use std::io::{self, IsTerminal, Write};

/// Whether there is somebody to ask: stdin and stderr are terminals. stdout may be a pipe.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a question on stderr. Returns whether the answer is a yes.
///
/// # Errors
/// When the terminal can't be written or read.
pub(super) fn ask(question: &str) -> io::Result<bool> {
    let mut stderr = io::stderr().lock();
    // At once: what is typed meanwhile stands behind it.
    stderr.write_all(format!("{question} ").as_bytes())?;
    stderr.flush()?;
    drop(stderr);
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(is_yes(&line))
}

fn is_yes(line: &str) -> bool {
    matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_one() {
        assert!(["y\n", " Y \n", "yes", "YES\r\n"].into_iter().all(is_yes));
        assert!(!["", "\n", "n\n", "yy\n", "ok\n"].into_iter().any(is_yes));
    }
}
