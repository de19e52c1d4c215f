#!/usr/bin/env bash
# Builds the fuzz targets as cargo-fuzz does, with AddressSanitizer, and runs them:
#   run.sh SECONDS [TARGET...] [-ARGUMENT OF LIBFUZZER...]
# Without targets, all of them take their turns, SECONDS each. What is found lies in artifacts/, new inputs in target/corpus/.
set -euo pipefail
cd "$(dirname "$0")"
seconds=$1
shift
targets=() arguments=()
for word in "$@"; do
    if [[ $word == -* ]]; then arguments+=("$word"); else targets+=("$word"); fi
done
if [ ${#targets[@]} = 0 ]; then
    for file in fuzz_targets/*.rs; do targets+=("$(basename "$file" .rs)"); done
fi
coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"
export RUSTFLAGS="--cfg fuzzing -Zsanitizer=address $coverage"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
# The same versions as in the program; the fuzzer's own crates come on top.
cp ../../Cargo.lock Cargo.lock
cargo +nightly build --release --target x86_64-unknown-linux-gnu --bins
# Memory that is asked for at once beyond 1 GB is a finding, as is an input that takes 20 s. What libraries keep for ever is not.
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1
release="$CARGO_TARGET_DIR/x86_64-unknown-linux-gnu/release"
"$release/seeds" "$CARGO_TARGET_DIR/corpus"
failed=()
for target in "${targets[@]}"; do
    found="$CARGO_TARGET_DIR/corpus/$target"
    mkdir -p artifacts
    dictionary=()
    if [ -f "$target.dict" ]; then dictionary=("-dict=$target.dict"); fi
    echo "== $target"
    "$release/$target" "$found" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -malloc_limit_mb=1024 -max_len=262144 \
       -artifact_prefix="artifacts/$target-" -print_final_stats=1 \
        "${dictionary[@]}" "${arguments[@]}" 2>&1 | grep -v -E '^#[0-9]+[[:space:]]+(REDUCE|NEW|pulse)' || failed+=("$target")
done
if [ ${#failed[@]} != 0 ]; then
    echo "found something: ${failed[*]}" >&2
    exit 1
fi
