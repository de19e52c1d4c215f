# One word a job; `just` lists them.
_default:
    @just --list

# Try it: draws the gallery and browses it
demo:
    cargo run --release -- demo

# The README's test command
test:
    cargo test --release

# Quick tests while working
quick:
    cargo nextest run

# Everything CI checks
ci:
    bash .ci/run

fmt:
    cargo fmt

lint:
    cargo clippy --all-targets -- -D warnings

# Licences, sources and bans of the dependencies (cargo install cargo-deny)
deny:
    cargo deny check bans licenses sources

# The licences of everything that ships
notice:
    python3 tools/notice/notice.py > NOTICE

# Checks the package files with the tools that are installed
packages:
    packaging/check.sh

# Builds, checks and runs the Debian package (cargo install cargo-deb)
deb:
    cargo build --release
    packaging/deb.sh

# The same for RPM (cargo install cargo-generate-rpm)
rpm:
    cargo build --release
    packaging/rpm.sh

# Many more kills and faults of disks than CI has time for (about 20 minutes)
kills:
    PIXSEEK_KILLS=200 cargo test --release --test it kills:: -- --nocapture
    PIXSEEK_FAULTS=60 cargo test --release --test it faulty_storage:: -- --nocapture

# An hour of use of the browser while the folder changes
soak:
    PIXSEEK_SOAK=3600 cargo test --release --test it soak:: -- --nocapture

# Any bytes to every reader of files, a minute each (needs a nightly toolchain)
fuzz:
    tools/fuzz/run.sh 60

# The unit tests under AddressSanitizer (needs a nightly toolchain)
sanitize:
    tools/sanitize/run.sh

# Accept changed snapshots, after looking at the difference
snapshots:
    INSTA_UPDATE=always cargo test --lib

# The picture in the README (needs xvfb, xterm, xdotool and imagemagick)
screenshot:
    tools/screenshot/make.sh

# Does the feature `cuda` compile? Needs no GPU; fetches the toolkit (1.2 GB) into target/cuda
cuda:
    tools/cuda/check.sh

# The CUDA kernels between the products of a tower, compiled anew after a change of layers.cu
cuda-kernels:
    tools/cuda/check.sh tools/cuda/kernels.sh

# The kernels' tests as a 64-bit ARM program (needs qemu-user and gcc-aarch64-linux-gnu)
arm:
    tools/arm/kernels.sh
