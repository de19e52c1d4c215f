//! Refining a vague query by two marks finds half as much again of what was meant.

#[path = "../../examples/refine/cases.rs"]
mod cases;

use cases::Collection;
use pixseek::clip::Checkpoint;
use pixseek::library::{RIGHT_WEIGHT, WRONG_WEIGHT};

/// The least number of cases in a collection.
const CASES: usize = 30;

#[test]
fn two_marks_find_half_as_much_again() {
    let checkpoint = Checkpoint::find("demo").unwrap();
    let text = checkpoint.load_text().unwrap();
    let gallery = Collection::gallery(&checkpoint).unwrap();
    // The weights were chosen on other drawings.
    let drawings = Collection::held_out(&checkpoint, 600, 2).unwrap();
    for collection in [gallery, drawings] {
        let cases = collection.cases(&text).unwrap();
        assert!(cases.len() >= CASES, "{}: {} cases", collection.name, cases.len());
        let weights = (RIGHT_WEIGHT, WRONG_WEIGHT);
        let recalls: Vec<Vec<f64>> = cases.iter().map(|case| collection.refined(case, 1, weights)).collect();
        let mean = |at: usize| recalls.iter().map(|case| case[at]).sum::<f64>() / recalls.len() as f64;
        let (before, after) = (mean(0), mean(1));
        assert!(before <= 0.5 && after >= 1.5 * before, "{}: {before:.3} to {after:.3}", collection.name);
    }
}
