//! `PIXSEEK_CPU`: fewer instructions give the same answers.

use crate::common::{Ran, Sandbox};
use crate::parity_data::cosine;

/// The caps of this architecture; those above what the CPU has are the CPU's own.
const CAPS: &[&str] = if cfg!(target_arch = "x86_64") {
    &["baseline", "avx2", "avxvnni", "avx512"]
} else if cfg!(target_arch = "aarch64") {
    &["baseline", "neon", "dotprod", "i8mm"]
} else {
    &["baseline"]
};

fn run(sandbox: &Sandbox, cap: &str, args: &[&str]) -> Ran {
    sandbox.command().env("PIXSEEK_CPU", cap).args(args).output().unwrap().into()
}

#[test]
fn a_wrong_cap_is_a_usage_error_that_names_the_right_ones() {
    let sandbox = Sandbox::new();
    for cap in ["sse9", "AVX2", "avx2 ", "avx2,avx512"] {
        let ran = run(&sandbox, cap, &["status", "pics"]).expect(2);
        ran.says(&["PIXSEEK_CPU", &format!("'{cap}'"), &CAPS.join(", ")]);
    }
    // Nothing computes.
    run(&sandbox, "sse9", &["--version"]).expect(0);
    sandbox.picture("a.png", 1);
    run(&sandbox, "", &["index", "pics", "-q"]).expect(0);
}

#[test]
fn embeddings_are_the_same_but_for_rounding_at_every_cap() {
    let sandbox = Sandbox::new();
    let picture = sandbox.picture("a.png", 3);
    let picture = picture.to_str().unwrap();
    for (precision, least) in [("f32", 0.999_999), ("int8", 0.9999)] {
        for input in [["--text", "a red circle above a blue square"], ["--image", picture]] {
            let embed = |cap| {
                let args = ["embed", "--json", "--precision", precision, input[0], input[1]];
                let embedding = run(&sandbox, cap, &args).expect(0).json()["embedding"].clone();
                serde_json::from_value::<Vec<f32>>(embedding).unwrap()
            };
            let expected = embed("");
            for cap in CAPS {
                let cosine = cosine(&embed(cap), &expected);
                assert!(cosine >= least, "{cap} {precision} {}: {cosine}", input[0]);
            }
        }
    }
}

/// The vectors are stored, and everything that compares them is exact.
#[test]
fn what_is_similar_is_the_same_to_the_last_digit_at_every_cap() {
    let sandbox = Sandbox::new();
    (1..=40).for_each(|seed| drop(sandbox.picture(format!("{seed}.png"), seed)));
    sandbox.run(["index", "pics", "--approximate", "-q"]).expect(0);
    for mode in ["--exact", "--approximate"] {
        let similar = |cap| {
            run(&sandbox, cap, &["similar", "pics/7.png", "-C", "pics", "--json", mode]).expect(0).stdout
        };
        let expected = similar("");
        for cap in CAPS {
            assert_eq!(similar(cap), expected, "{cap} {mode}");
        }
    }
}
