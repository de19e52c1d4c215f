//! The library in 30 lines: brings the index of a folder up to date, and prints what is like a text, or like a picture.
//!
//!     cargo run --release --example find -- ~/photos "a red circle"
//!     cargo run --release --example find -- ~/photos beach.jpg

#![allow(clippy::print_stdout, reason = "that is what it is for")]

use std::error::Error;
use std::path::Path;

use pixseek::clip::{Checkpoint, DEFAULT_MODEL};
use pixseek::library::Library;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, wanted] = arguments.as_slice() else { return Err("find FOLDER TEXT|PICTURE".into()) };
    let checkpoint = Checkpoint::find(DEFAULT_MODEL).or_else(|_| Checkpoint::find("demo"))?;
    let mut library = Library::open(Path::new(folder), checkpoint)?;
    let summary = library.update()?;
    println!("{} pictures, {} of them new", summary.pictures, summary.indexed);
    let picture = Path::new(wanted);
    let hits = if picture.is_file() { library.similar(picture, 5)? } else { library.search(wanted, 5)? };
    for hit in hits {
        println!("{:.3}  {}", hit.score.unwrap_or_default(), hit.path.display());
    }
    Ok(())
}
