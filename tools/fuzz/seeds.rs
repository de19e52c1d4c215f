//! Writes what fuzzers start from into folders: `seeds FOLDER` makes one a target below it.

use std::fs;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os().nth(1).expect("a folder");
    for (target, _) in pixseek::fuzzing::TARGETS {
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder)?;
        for (number, bytes) in pixseek::fuzzing::seeds(target)?.iter().enumerate() {
            fs::write(folder.join(format!("seed-{number}")), bytes)?;
        }
    }
    Ok(())
}
