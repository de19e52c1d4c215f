//! `pixseek bench`: what this machine does. One file for each thing that is measured.

mod encoder;

use anyhow::Result;

use super::Outcome;
use super::args::{BenchArgs, BenchCommand};
use super::context::Context;

pub(super) fn run(context: &Context, args: &BenchArgs) -> Result<Outcome> {
    context.log_to_stderr();
    match &args.command {
        BenchCommand::Encoder(args) => encoder::run(context, args),
    }
}
