#!/usr/bin/env bash
# Runs the unit tests under AddressSanitizer, which finds what unsafe code reads or writes beyond its bounds or after it is freed.
# Needs a nightly toolchain of Rust. Arguments go to the tests: tools/sanitize/run.sh kernels
set -euo pipefail
cd "$(dirname "$0")/../.."
target=$(rustc -vV | sed -n 's/^host: //p')
# Some optimization, or the kernels' tests take hours. Leaks are not looked for: statics are meant to stay.
export RUSTFLAGS="-Zsanitizer=address" CARGO_PROFILE_DEV_OPT_LEVEL=1 CARGO_PROFILE_DEV_DEBUG=line-tables-only
export ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1:${ASAN_OPTIONS:-}"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target/sanitize}"
cargo +nightly test --locked --lib --target "$target" -- "$@"
