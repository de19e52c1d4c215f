#!/usr/bin/env bash
# Builds a fuzz target as cargo-fuzz does (without a sanitizer), and runs it: run.sh TARGET SECONDS [ARGUMENTS OF LIBFUZZER]
set -euo pipefail
cd "$(dirname "$0")"
target=$1 seconds=$2
shift 2
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1"
cargo +nightly build --release --target x86_64-unknown-linux-gnu --bin "$target"
mkdir -p "corpus/$target"
if [ "$target" = facts ]; then
    find ../../tests/data/pictures -type f -size -64k -exec cp -n {} corpus/facts \;
fi
"${CARGO_TARGET_DIR:-target}/x86_64-unknown-linux-gnu/release/$target" "corpus/$target" -max_total_time="$seconds" "$@"
