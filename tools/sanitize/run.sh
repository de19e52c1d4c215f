#!/usr/bin/env bash
# Runs the unit tests with AddressSanitizer: reads and writes outside of what was allocated end them. Words limit the tests, as
# with cargo test. Needs a nightly toolchain.
set -euo pipefail
cd "$(dirname "$0")/../.."
host=$(rustc +nightly -vV | sed -n 's/^host: //p')
export RUSTFLAGS=-Zsanitizer=address
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target/sanitize}
# What libraries keep for ever is no leak.
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1
CARGO_PROFILE_DEV_OPT_LEVEL=1 cargo +nightly test --locked --lib --target "$host" -- "$@"
