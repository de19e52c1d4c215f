//! Programs of the system's.

use std::path::Path;

/// Whether a program is a file, or, if only its name is given, lies in a folder of the PATH.
pub(crate) fn is_installed(program: &str) -> bool {
    let program = Path::new(program);
    let exists =
        |path: &Path| path.is_file() || path.with_added_extension(std::env::consts::EXE_EXTENSION).is_file();
    match program.components().count() {
        0 => false,
        1 => {
            let folders = std::env::var_os("PATH").unwrap_or_default();
            std::env::split_paths(&folders).any(|folder| exists(&folder.join(program)))
        }
        _ => exists(program),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_looked_for_where_they_are_run_from() {
        for (program, expected) in [
            ("sh", true),
            ("/bin/sh", true),
            ("no-such-program", false),
            ("/bin/no-such-program", false),
            ("/", false),
            ("", false),
        ] {
            assert_eq!(is_installed(program), expected, "{program}");
        }
    }
}
