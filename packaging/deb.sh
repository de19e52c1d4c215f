#!/usr/bin/env bash
# deb.sh PROGRAM
#
# Builds the Debian package of a program that is built already (target/release/pixseek by default), checks it, installs it into
# a folder of its own, and runs what was installed. Needs cargo-deb and dpkg.
set -euo pipefail
cd "$(dirname "$0")/.."
. packaging/staged.sh
CARGO_TARGET_DIR=$target cargo deb --no-build --offline --output "$target/pixseek.deb" -q
dpkg-deb --info "$target/pixseek.deb" | sed -n 's/^ \(Package\|Version\|Architecture\|Depends\|Installed-Size\)/\1/p'
if command -v lintian > /dev/null; then
  lintian --allow-root --fail-on error --suppress-tags-from-file packaging/lintian-suppressed "$target/pixseek.deb"
else
  echo "deb.sh: lintian is not installed: the package is not checked by it"
fi
root=$target/root
dpkg-deb --extract "$target/pixseek.deb" "$root"
. packaging/installed.sh
if [ -n "${KEEP:-}" ]; then
  cp "$target/pixseek.deb" "$KEEP"
fi
