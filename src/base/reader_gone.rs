//! Whether anybody still reads what this process prints.

/// Whether stdout is a pipe whose reader is gone. Where the system can't tell, the next write will.
#[cfg(unix)]
pub(crate) fn is_stdout_unread() -> bool {
    use std::os::fd::AsRawFd as _;
    is_unread(std::io::stdout().as_raw_fd())
}

/// Whether stdout is a pipe whose reader is gone. Where the system can't tell, the next write will.
#[cfg(not(unix))]
pub(crate) fn is_stdout_unread() -> bool {
    false
}

#[cfg(unix)]
fn is_unread(descriptor: std::os::fd::RawFd) -> bool {
    let mut asked = libc::pollfd { fd: descriptor, events: 0, revents: 0 };
    // SAFETY: `asked` is one valid entry that lives for the call, which does not wait.
    let answered = unsafe { libc::poll(&raw mut asked, 1, 0) };
    // Linux reports a pipe without readers as an error, macOS as hung up.
    answered > 0 && asked.revents & (libc::POLLERR | libc::POLLHUP) != 0
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::fd::AsRawFd as _;

    use super::*;

    #[test]
    fn a_pipe_without_readers_is_unread() {
        let (reader, writer) = std::io::pipe().unwrap();
        assert!(!is_unread(writer.as_raw_fd()));
        drop(reader);
        assert!(is_unread(writer.as_raw_fd()));
        let file = tempfile::tempfile().unwrap();
        assert!(!is_unread(file.as_raw_fd()));
    }
}
