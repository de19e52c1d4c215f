//! Runs a decoder of the user's and takes what it writes.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use super::settings::ExternalDecoder;
use crate::base::child::{Child, Ended};
use crate::base::child_output::{CHUNK, Unfinished, last_line, take_output};
use crate::picture::error::PictureError;
use crate::picture::limits::Limits;

/// Memory that is reserved before it is known how much a program writes, in bytes: a PNG of 60 megapixels, or 20
/// megapixels that are not compressed.
const FIRST_RESERVATION: u64 = 64 << 20;

/// Runs the decoder on the file at `path` and returns what it writes, at most [`Limits::max_file_bytes`].
///
/// Before the output is taken, `reserve` is asked for its memory, perhaps several times, each time for more in all. When
/// it says no, the program is killed and the answer is none.
///
/// # Errors
/// When the program is not there, fails, writes nothing or too much, or takes too long; it is killed with all that it
/// started then.
pub(in crate::picture) fn run(
    decoder: &ExternalDecoder,
    path: &Path,
    limits: &Limits,
    reserve: &mut dyn FnMut(u64) -> bool,
) -> Result<Option<Vec<u8>>, PictureError> {
    let path = std::path::absolute(path)?;
    let (program, arguments) = decoder.words(&path);
    let fail = |reason: String| failure(decoder, &path, reason);
    let mut reserved = FIRST_RESERVATION.min(limits.max_file_bytes);
    if !reserve(reserved) {
        return Ok(None);
    }
    let mut command = Command::new(&program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = Child::start(&mut command).map_err(|error| {
        fail(match error.kind() {
            ErrorKind::NotFound => "is not installed, or not on the PATH".into(),
            _ => format!("can't be started: {error}"),
        })
    })?;
    let mut output = Vec::new();
    // Refused without a reason when there is no memory for it now.
    let taken = take_output(&child, Instant::now() + decoder.timeout, |bytes| {
        let length = (output.len() + bytes.len()) as u64;
        if length > limits.max_file_bytes {
            let limit = limits.max_file_bytes / 1_000_000;
            return Err(Some(fail(format!("writes more than the limit of {limit} MB"))));
        }
        if length > reserved {
            reserved = reserved.saturating_mul(2).max(length).min(limits.max_file_bytes);
            if !reserve(reserved) {
                return Err(None);
            }
        }
        if output.capacity() < output.len() + bytes.len() {
            // By as much as is sure to be there, not by as much as was reserved: most pictures are small.
            let more = output.len().max(CHUNK).min((reserved - output.len() as u64) as usize);
            let no_memory = |_| Some(fail("writes more than there is memory for".into()));
            output.try_reserve_exact(more.max(bytes.len())).map_err(no_memory)?;
        }
        output.extend(bytes);
        Ok(())
    });
    let complaint = match taken {
        Ok(complaint) => complaint,
        Err(Unfinished::Refused(None)) => return Ok(None),
        Err(Unfinished::Refused(Some(error))) => return Err(error),
        Err(Unfinished::NoThread(error)) => return Err(fail(format!("can't be read from: {error}"))),
        Err(Unfinished::TooSlow) => {
            return Err(fail(format!("takes longer than {} s", decoder.timeout.as_secs_f32())));
        }
    };
    let Ended { status, .. } = child.end();
    match status {
        Some(status) if !status.success() => Err(fail(
            last_line(&complaint)
                .map_or_else(|| format!("failed: {status}"), |line| format!("failed: {line}")),
        )),
        _ if output.is_empty() => Err(fail("wrote no picture".into())),
        _ => Ok(Some(output)),
    }
}

/// Says that what a decoder wrote for the file at `path` is no picture.
pub(in crate::picture) fn undecodable(
    decoder: &ExternalDecoder,
    path: &Path,
    error: &PictureError,
) -> PictureError {
    failure(decoder, path, format!("wrote no sound picture: {error}"))
}

/// Says what is wrong with a decoder for the file at `path`.
fn failure(decoder: &ExternalDecoder, path: &Path, reason: String) -> PictureError {
    let program = decoder.command.first().cloned().unwrap_or_default();
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    PictureError::Command { program, extension, reason }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::*;

    fn decoder(script: &str, seconds: f64) -> ExternalDecoder {
        let command = vec!["sh".into(), "-c".into(), script.into(), "sh".into(), "{}".into()];
        ExternalDecoder { extensions: vec!["xcf".into()], command, timeout: Duration::from_secs_f64(seconds) }
    }

    fn take(script: &str, seconds: f64) -> Result<Option<Vec<u8>>, PictureError> {
        run(&decoder(script, seconds), Path::new("a b.XCF"), &Limits::default(), &mut |_| true)
    }

    fn reason(script: &str) -> String {
        let all = take(script, 30.0).unwrap_err().to_string();
        all.strip_prefix("'sh', the decoder for .xcf files in config.toml, ").unwrap().to_owned()
    }

    #[test]
    fn the_output_comes_whole_and_the_path_is_absolute() {
        assert_eq!(take("printf %s \"$1\"", 30.0).unwrap().unwrap(), {
            let path = std::env::current_dir().unwrap().join("a b.XCF");
            path.into_os_string().into_encoded_bytes()
        });
        let megabytes = take("echo chatty >&2; head -c 3000000 /dev/zero", 30.0).unwrap().unwrap();
        assert_eq!(megabytes, vec![0; 3_000_000]);
        let silent = take("cat; echo done", 30.0).unwrap().unwrap();
        assert_eq!(silent, b"done\n", "standard input is empty");
    }

    #[test]
    fn failures_are_told_in_the_programs_words() {
        assert_eq!(
            reason("echo first >&2; echo 'no such layer' >&2; echo >&2; exit 1"),
            "failed: no such layer"
        );
        assert_eq!(reason("exit 4"), "failed: exit status: 4");
        assert!(reason("kill -SEGV $$").starts_with("failed: signal: 11"));
        assert_eq!(reason("true"), "wrote no picture");
        let mut long = reason("head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 1");
        assert_eq!(long.split_off(8), "x".repeat(160));
        let missing = ExternalDecoder { command: vec!["no-such-program".into()], ..decoder("", 1.0) };
        let error = run(&missing, Path::new("a.xcf"), &Limits::default(), &mut |_| true).unwrap_err();
        assert_eq!(
            error.to_string(),
            "'no-such-program', the decoder for .xcf files in config.toml, is not installed, or not on the PATH"
        );
    }

    #[test]
    fn what_takes_too_long_ends_with_all_that_it_started() {
        let begun = Instant::now();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("late");
        let script = format!("(sleep 2; echo > '{}') & echo half; sleep 60", file.display());
        let error = take(&script, 0.3).unwrap_err().to_string();
        assert!(error.ends_with("takes longer than 0.3 s"), "{error}");
        thread::sleep(Duration::from_millis(2500));
        assert!(!file.exists(), "the program's own child went on");
        assert!(begun.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn too_much_is_refused_and_memory_is_reserved_first() {
        let limits = Limits { max_file_bytes: 1_000_000, ..Limits::default() };
        let endless = decoder("yes", 30.0);
        let error = run(&endless, Path::new("a.xcf"), &limits, &mut |_| true).unwrap_err().to_string();
        assert!(error.ends_with("writes more than the limit of 1 MB"), "{error}");
        let mut asked = Vec::new();
        let answer = run(&endless, Path::new("a.xcf"), &Limits::default(), &mut |bytes| {
            asked.push(bytes);
            bytes <= 64 << 20
        });
        assert!(answer.unwrap().is_none());
        assert_eq!(asked, [64 << 20, 128 << 20]);
        assert!(run(&endless, Path::new("a.xcf"), &limits, &mut |_| false).unwrap().is_none());
    }
}
