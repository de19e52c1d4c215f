//! Any bytes are given to the readers of everything that may come from a stranger, or be damaged: pictures, models, files
//! that pixseek derives, tables, settings and queries.
//!
//! `tools/fuzz` runs these targets with a fuzzer, and a test runs them with the corpus that is kept. No other build has this
//! room. A target returns whatever the bytes are; what it must not do is panic, loop, or take more memory than its limits
//! allow.

mod derived;
mod model;
mod plain;
mod scratch;
mod seeds;

pub use seeds::seeds;

#[cfg(test)]
mod tests;

/// Gives bytes to one kind of readers.
pub type Target = fn(&[u8]);

/// All targets, by the names that the fuzz binaries and the folders of the corpus have.
pub const TARGETS: [(&str, Target); 8] = [
    ("config", plain::config),
    ("derived", derived::derived),
    ("facts", plain::facts),
    ("model", model::model),
    ("npy", plain::npy),
    ("picture", plain::picture),
    ("query", plain::query),
    ("words", plain::words),
];

/// Gives bytes to the target of this name, if there is one.
pub fn run(target: &str, bytes: &[u8]) {
    let Some((_, run)) = TARGETS.iter().find(|(name, _)| *name == target) else {
        unreachable!("there is no target '{target}'");
    };
    run(bytes);
}
