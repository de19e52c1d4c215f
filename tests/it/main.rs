//! All integration tests, in one binary: it links the encoder once, and `cargo test --test it NAME` runs a part.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't go on fails")]

// What the tests share.
#[cfg(unix)]
mod changing;
mod common;
#[cfg(unix)]
mod fresh;
mod parity_data;
#[cfg(unix)]
mod terminal;

// The tests, by what they are about; each file says more.
mod architecture;
mod bad_input;
#[cfg(unix)]
mod boundary;
#[cfg(unix)]
mod browser;
#[cfg(unix)]
mod browser_keys;
#[cfg(unix)]
mod browser_own;
#[cfg(unix)]
mod browser_terminals;
#[cfg(unix)]
mod browser_tmux;
#[cfg(target_os = "linux")]
mod browser_trash;
mod cli;
#[cfg(unix)]
mod completions;
mod cpu;
mod damaged_vectors;
#[cfg(target_os = "linux")]
mod decode_worker;
#[cfg(unix)]
mod demo_elsewhere;
mod demo_model;
#[cfg(unix)]
mod disks;
mod doctor;
mod dupes;
#[cfg(unix)]
mod escape;
mod eval;
mod facts;
#[cfg(target_os = "linux")]
mod faulty_storage;
#[cfg(unix)]
mod filters;
#[cfg(unix)]
mod first_run;
mod folders;
#[cfg(any(feature = "cuda", feature = "metal"))]
mod gpu;
mod graphs;
mod hub;
mod index;
#[cfg(unix)]
mod inline;
#[cfg(unix)]
mod kills;
mod library;
#[cfg(unix)]
mod mcp;
#[cfg(all(feature = "milvus", unix))]
mod milvus;
mod model_errors;
mod moved_root;
mod npy;
#[cfg(unix)]
mod ocr;
mod open_clip;
#[cfg(unix)]
mod own_decoders;
mod parity;
mod parity_candle;
mod photos;
mod plain_queries;
#[cfg(unix)]
mod planted_links;
mod planted_outliers;
mod precision;
#[cfg(unix)]
mod private_files;
mod queries;
mod rclip;
mod refine;
mod relevance;
mod repair;
mod saved;
mod scaled_decode;
mod several;
#[cfg(unix)]
mod shells;
mod siglip;
mod snapshots;
#[cfg(target_os = "linux")]
mod soak;
mod tags;
mod upgrade;
#[cfg(unix)]
mod watch;
mod words;
