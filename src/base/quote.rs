//! Words as a shell takes them: for commands that are shown to be pasted, and for those that are run.

use std::fmt::Write as _;
use std::path::Path;

use crate::base::escape;

/// A path as one word for a shell, which no command takes for an option.
pub(crate) fn path(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    if bytes.starts_with(b"-") { word(&[b"./", bytes].concat()) } else { word(bytes) }
}

/// Text as one word for a shell.
pub(crate) fn text(text: &str) -> String {
    word(text.as_bytes())
}

/// Any bytes as one word for a shell that runs it: in single quotes, within which only a single quote means something.
pub(crate) fn literal(bytes: &[u8]) -> Vec<u8> {
    let mut word = Vec::with_capacity(bytes.len() + 2);
    word.push(b'\'');
    for byte in bytes {
        match byte {
            b'\'' => word.extend_from_slice(br"'\''"),
            byte => word.push(*byte),
        }
    }
    word.push(b'\'');
    word
}

/// A path as one word for Windows' `cmd`, which knows no single quotes. No name holds a double quote, and between those `&`
/// and `|` mean nothing; `%NAME%` is still replaced.
pub(crate) fn for_cmd(path: &[u8]) -> Vec<u8> {
    let named = path.iter().map(|byte| if *byte == b'/' { b'\\' } else { *byte });
    std::iter::once(b'"').chain(named).chain(std::iter::once(b'"')).collect()
}

/// Plain as it is, else in single quotes. Characters that must not reach a terminal are octal numbers in `$'...'`, which
/// bash, zsh, ksh, busybox and newer POSIX shells read.
fn word(bytes: &[u8]) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+:@%,=".contains(c);
    match str::from_utf8(bytes) {
        Ok(text) if !text.is_empty() && text.chars().all(is_plain) => text.to_owned(),
        Ok(text) if !text.chars().any(escape::is_odd) || cfg!(windows) => {
            String::from_utf8_lossy(&literal(bytes)).into_owned()
        }
        _ => {
            let mut word = "$'".to_owned();
            for chunk in bytes.utf8_chunks() {
                for c in chunk.valid().chars() {
                    match c {
                        '\'' | '\\' => word.extend(['\\', c]),
                        c if escape::is_odd(c) => {
                            push_octal(&mut word, c.encode_utf8(&mut [0; 4]).as_bytes())
                        }
                        c => word.push(c),
                    }
                }
                push_octal(&mut word, chunk.invalid());
            }
            word + "'"
        }
    }
}

fn push_octal(word: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a string can't fail.
        let _ = write!(word, "\\{byte:03o}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_for_the_shell() {
        assert_eq!(path(Path::new("/a/b-1.jpg")), "/a/b-1.jpg");
        assert_eq!(path(Path::new("it's here")), r"'it'\''s here'");
        assert_eq!(path(Path::new("-rf")), "./-rf");
        assert_eq!(path(Path::new("- x")), "'./- x'");
        assert_eq!(path(Path::new("写真")), "写真");
        assert_eq!(text(""), "''");
        assert_eq!(text("a\\b"), r"'a\b'");
        assert_eq!(for_cmd(b"C:/a & b/c.jpg"), br#""C:\a & b\c.jpg""#);
    }

    #[cfg(unix)]
    #[test]
    fn a_literal_is_read_by_any_shell() {
        use std::os::unix::ffi::OsStrExt;
        for bytes in [&b""[..], b"'", b"a'; echo b; '", b"\xff\n$HOME\\`x`\x1b"] {
            let command = [b"printf %s ", literal(bytes).as_slice()].concat();
            let command = std::ffi::OsStr::from_bytes(&command);
            let ran = std::process::Command::new("sh").arg("-c").arg(command).output().unwrap();
            assert_eq!(ran.stdout, bytes);
        }
    }

    #[cfg(unix)]
    #[test]
    fn odd_names_come_back_from_the_shell() {
        use std::os::unix::ffi::OsStrExt;
        let names: [&[u8]; 5] = [
            b"a\x1b[31m 1'\\n.jpg",
            "x\u{202e}\u{2028}7'写真".as_bytes(),
            b"\xff\xfe1",
            b"line\nbreak",
            "plain 写真 \\101 $HOME `x`".as_bytes(),
        ];
        for name in names {
            let quoted = path(Path::new(std::ffi::OsStr::from_bytes(name)));
            assert!(!quoted.chars().any(escape::is_odd), "{quoted:?}");
            let Ok(shell) = std::process::Command::new("bash")
                .args(["-c", &format!("printf %s {quoted}")])
                .env("LC_ALL", "C.UTF-8")
                .output()
            else {
                return;
            };
            assert_eq!(shell.stdout, name, "{quoted}");
        }
    }
}
