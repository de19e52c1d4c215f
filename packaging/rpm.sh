#!/usr/bin/env bash
# rpm.sh PROGRAM
#
# Builds the RPM package of a program that is built already (target/release/pixseek by default), unpacks it into a folder of its
# own, and runs what was installed. Needs cargo-generate-rpm, rpm and cpio.
set -euo pipefail
cd "$(dirname "$0")/.."
. packaging/staged.sh
CARGO_TARGET_DIR=$target cargo generate-rpm --payload-compress gzip --target-dir "$target" --output "$target/pixseek.rpm"
rpm --query --package --queryformat '%{NAME} %{VERSION} %{ARCH} %{LICENSE}\n' "$target/pixseek.rpm"
rpm --checksig --nosignature "$target/pixseek.rpm"
root=$target/root
mkdir "$root"
# Debian's rpm2cpio says that it failed after it wrote all; what is missing is noticed below.
rpm2cpio "$target/pixseek.rpm" > "$target/pixseek.cpio" || true
(cd "$root" && cpio --extract --make-directories --quiet --no-absolute-filenames < "$target/pixseek.cpio")
. packaging/installed.sh
if [ -n "${KEEP:-}" ]; then
  cp "$target/pixseek.rpm" "$KEEP"
fi
