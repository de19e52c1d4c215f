//! The command line: one file a command, with its arguments.
//!
//! Exit codes: 0 done, 1 nothing found or failed, 2 wrong usage. Results go to stdout, everything else to stderr.

mod advice;
mod args;
mod bench;
mod bindings;
mod browse;
mod browse_args;
mod browse_words;
mod candidates;
mod collections;
mod command_line;
mod command_names;
mod completions;
mod config;
mod config_errors;
mod context;
mod decode_worker;
mod demo;
mod doctor;
mod doctor_index;
mod doctor_terminal;
mod dupes;
mod embed;
mod eval;
mod explain;
mod export;
mod failures;
mod fetch_bar;
mod first_run;
mod follow;
mod help;
mod import;
mod import_notes;
mod import_rclip;
mod index;
mod indexed;
mod init;
mod least_score;
mod logging;
mod man;
mod mcp;
mod model_choice;
mod model_list;
mod models;
mod ocr;
mod omitted;
mod opened;
mod outcome;
mod output;
mod path_list;
mod preselect;
mod progress;
mod query_args;
mod question;
mod read_query;
mod repair;
mod run;
mod saved_searches;
mod search;
mod secret;
mod similar;
mod status;
mod store;
mod store_status;
mod tags;

pub use run::main;

/// Reads settings as from `config.toml`, for fuzzers and their tests. The error is what a user would see.
#[cfg(any(test, fuzzing))]
pub(crate) fn read_config(text: &str) -> Result<(), String> {
    let path = std::path::Path::new("config.toml");
    config::Config::parse(text, path).map(drop).map_err(|error| error.to_string())
}
