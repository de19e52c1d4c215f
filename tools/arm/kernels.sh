#!/usr/bin/env bash
# Runs the unit tests of the encoder's kernels as a 64-bit ARM program, in an emulated CPU with NEON, dot product and
# i8mm. Needs qemu-user, gcc-aarch64-linux-gnu and libc6-dev-arm64-cross (Debian's names), and
# `rustup target add aarch64-unknown-linux-gnu`.
#
# The kernels make a crate of their own here: the whole program would take long to compile, and longer to run.
set -euo pipefail
cd "$(dirname "$0")/../.."

root=$PWD crate=target/arm/kernels
mkdir -p "$crate"/{src/base,src/clip,candle/src}
ln -sfn "$root"/src/base/{cpu,simd}.rs "$crate/src/base/"
ln -sfn "$root/src/clip/kernels" "$crate/src/clip/"
echo '#![allow(dead_code, unused_imports)] mod base; mod clip;' >"$crate/src/lib.rs"
echo 'pub(crate) mod cpu; pub(crate) mod simd;' >"$crate/src/base/mod.rs"
echo 'pub(crate) mod kernels;' >"$crate/src/clip/mod.rs"
cat >"$crate/Cargo.toml" <<'END'
[package]
name = "kernels"
version = "0.0.0"
edition = "2024"

[dependencies]
bytemuck = "1"
candle-core = { path = "candle" }
pulp = { version = "0.22", default-features = false, features = ["std", "x86-v3", "x86-v4"] }
rayon = "1"
thiserror = "2"
tracing = "0.1"

[profile.dev]
opt-level = 2

[workspace]
END
# Of candle the tests use the error function alone.
cat >"$crate/candle/Cargo.toml" <<'END'
[package]
name = "candle-core"
version = "0.0.0"
edition = "2024"

[dependencies]
libm = "0.2"
END
echo 'pub mod cpu { pub mod erf { pub fn erf_f64(x: f64) -> f64 { libm::erf(x) } } }' >"$crate/candle/src/lib.rs"

export CARGO_TARGET_DIR=$root/target/arm
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64 -L /usr/aarch64-linux-gnu -cpu max"
cd "$crate"
exec cargo test --lib --target aarch64-unknown-linux-gnu "$@"
