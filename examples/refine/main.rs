//! How well marks refine vague queries, with several weights, and whether short queries are better in sentences. Prints the
//! tables of `docs/design/queries.md`.
//!
//!     cargo run --release --example refine

#![allow(clippy::print_stdout, reason = "that is what it is for")]

use std::error::Error;

use pixseek::clip::Checkpoint;
use pixseek::library::{RIGHT_WEIGHT, WRONG_WEIGHT};

mod cases;
mod short;

use cases::Collection;

const DRAWINGS: usize = 800;
const ROUNDS: usize = 3;
/// Seed 2 took no part in choosing the weights.
const SEEDS: [u64; 3] = [1, 3, 2];
const WEIGHTS: [(f32, f32); 10] = [
    (1.0, 0.0),
    (0.0, 0.5),
    (0.25, 0.25),
    (0.5, 0.25),
    (0.5, 0.5),
    (RIGHT_WEIGHT, WRONG_WEIGHT),
    (0.75, 0.5),
    (1.0, 0.25),
    (1.0, 0.5),
    (1.0, 1.0),
];

fn main() -> Result<(), Box<dyn Error>> {
    let checkpoint = Checkpoint::find("demo")?;
    let text = checkpoint.load_text()?;
    let mut collections = vec![Collection::gallery(&checkpoint)?];
    for seed in SEEDS {
        collections.push(Collection::held_out(&checkpoint, DRAWINGS, seed)?);
    }
    for collection in &collections {
        let cases = collection.cases(&text)?;
        println!("{}: {} pictures, {} cases\n", collection.name, collection.vectors.len(), cases.len());
        println!("| right | wrong | start | two marks | times | worse | start | three times two marks |");
        println!("|---|---|---|---|---|---|---|---|");
        for weights in WEIGHTS {
            let once: Vec<Vec<f64>> = cases.iter().map(|case| collection.refined(case, 1, weights)).collect();
            let often: Vec<Vec<f64>> =
                cases.iter().map(|case| collection.refined(case, ROUNDS, weights)).collect();
            let mean = |all: &[Vec<f64>], at: usize| {
                all.iter().map(|case| case[at]).sum::<f64>() / all.len().max(1) as f64
            };
            let (before, after) = (mean(&once, 0), mean(&once, 1));
            let worse = once.iter().filter(|case| case[1] < case[0]).count();
            println!(
                "| {} | {} | {before:.3} | {after:.3} | {:.2} | {worse} | {:.3} | {:.3} |",
                weights.0,
                weights.1,
                after / before,
                mean(&often, 0),
                mean(&often, ROUNDS)
            );
        }
        println!();
        short::print(collection, &text)?;
    }
    Ok(())
}
