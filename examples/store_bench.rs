#![allow(clippy::print_stdout, reason = "a table is printed")]
//! Measures a shared store beside the index of this machine, on a folder that is in both (`pixseek index FOLDER --store URL`):
//! the time from a query's vector to results, and how many of the ten best of an exact search are among them.
//!
//! `cargo run --release --features milvus --example store_bench -- FOLDER milvus://HOST:PORT/NAME [QUERIES]`

use std::collections::{BTreeMap, HashSet};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use pixseek::clip::Checkpoint;
use pixseek::library::{Hit, Library, Narrowing, Place, Reader, Store, StoreAccess, Target, open_shared};
use pixseek::query::{self, Options};

/// Queries, unless the command line has another number.
const QUERIES: usize = 200;
/// How far query vectors are from a picture's: the length of what is added to it.
const NOISE: f32 = 0.6;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [folder, url, rest @ ..] = words.as_slice() else { return Err("FOLDER URL [QUERIES]".into()) };
    let queries = rest.first().map_or(Ok(QUERIES), |text| text.parse())?;
    let mut library = Library::open(Path::new(folder), Checkpoint::find("demo")?)?;
    let key = library.key().clone();
    let root = library.collection().root.clone();
    let place = Place::of(&root, Path::new(""), &BTreeMap::new());
    let access = StoreAccess {
        url: url.parse()?,
        token: std::env::var("PIXSEEK_STORE_TOKEN").ok(),
        authorities: None::<PathBuf>,
    };
    let mut remote = open_shared(&access, place, &key, Reader::Browser)?;
    let mut local = library.store()?;
    println!(
        "{} pictures locally, {} in the store, dimension {}",
        local.pictures(),
        remote.pictures(),
        key.dimension
    );
    let vectors = query_vectors(local.as_mut(), queries)?;
    println!("| query | local p50 | p95 ms | store p50 | p95 ms | recall@10 |");
    println!("|---|---|---|---|---|---|");
    for (name, filters, k) in [
        ("10 best", "", 10),
        ("1000 best, as the browser asks", "", 1000),
        ("10 best in a folder of 1 %", "in:d07", 10),
        ("10 best of 10 %, by words of the name", "name:odd7", 10),
        ("10 best, beginnings of words (looked at here)", "name:odd*", 10),
    ] {
        let narrowing = Narrowing::of(
            &query::read(filters, Options::default()).map_err(|error| error.to_string())?.query,
        );
        let (exact, of_local) = asked(local.as_mut(), &vectors, &narrowing, k)?;
        let (found, of_remote) = asked(remote.as_mut(), &vectors, &narrowing, k)?;
        let recall: f64 = exact.iter().zip(&found).map(|(exact, found)| share(exact, found)).sum();
        println!(
            "| {name} | {:.1} | {:.1} | {:.1} | {:.1} | {:.3} |",
            of_local.0,
            of_local.1,
            of_remote.0,
            of_remote.1,
            recall / exact.len() as f64
        );
    }
    Ok(())
}

/// Vectors near those of pictures that are evenly chosen.
fn query_vectors(store: &mut dyn Store, count: usize) -> Result<Vec<Vec<f32>>, Box<dyn Error>> {
    let all = store.answer(Target::Anything, &Narrowing::default(), store.pictures())?.hits;
    let step = (all.len() / count.max(1)).max(1);
    let mut state = 7_u64;
    let mut vectors = Vec::with_capacity(count);
    for hit in all.iter().step_by(step).take(count) {
        let Some(mut vector) = store.vector(hit.id)? else { continue };
        let scale = NOISE / (vector.len() as f32).sqrt();
        for number in &mut vector {
            // An xorshift generator: the same queries in each run.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            *number += scale * 3.46 * ((state >> 40) as f32 / (1 << 24) as f32 - 0.5);
        }
        let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
        vector.iter_mut().for_each(|number| *number /= length);
        vectors.push(vector);
    }
    Ok(vectors)
}

/// Answers to all vectors, and the median and 95th percentile of their times in milliseconds.
type Asked = (Vec<Vec<Hit>>, (f64, f64));

fn asked(
    store: &mut dyn Store,
    vectors: &[Vec<f32>],
    narrowing: &Narrowing,
    k: usize,
) -> Result<Asked, Box<dyn Error>> {
    let (mut answers, mut times) = (Vec::new(), Vec::new());
    // The first one reads facts.
    store.answer(Target::Vector(&vectors[0]), narrowing, k)?;
    for vector in vectors {
        let begun = Instant::now();
        answers.push(store.answer(Target::Vector(vector), narrowing, k)?.hits);
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
    Ok((answers, (at(0.5), at(0.95))))
}

/// The share of the ten best that were found.
fn share(exact: &[Hit], found: &[Hit]) -> f64 {
    let best: HashSet<&Path> = exact.iter().take(10).map(|hit| hit.path.as_path()).collect();
    let hit = found.iter().take(10).filter(|hit| best.contains(hit.path.as_path())).count();
    hit as f64 / best.len().max(1) as f64
}
