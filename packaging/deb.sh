#!/usr/bin/env bash
# deb.sh PROGRAM
#
# Builds the Debian package of a program that is built already (target/release/pixseek by default), checks it, installs it into
# a folder of its own, and runs what was installed. Needs cargo-deb and dpkg.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(realpath "${1:-target/release/pixseek}")
target=$(mktemp -d)
trap 'rm -rf "$target"' EXIT
packaging/files.sh "$program"
# For cargo-deb, target/release is in the target folder, wherever that is.
mkdir -p "$target/release"
cp "$program" "$target/release/pixseek"
CARGO_TARGET_DIR=$target cargo deb --no-build --offline --output "$target/pixseek.deb" -q
dpkg-deb --info "$target/pixseek.deb" | sed -n 's/^ \(Package\|Version\|Architecture\|Depends\|Installed-Size\)/\1/p'
if command -v lintian > /dev/null; then
  lintian --allow-root --fail-on error --suppress-tags-from-file packaging/lintian-suppressed "$target/pixseek.deb"
else
  echo "deb.sh: lintian is not installed: the package is not checked by it"
fi
root=$target/root
dpkg-deb --extract "$target/pixseek.deb" "$root"
export PIXSEEK_DATA_DIR=$target/data XDG_CACHE_HOME=$target/cache XDG_CONFIG_HOME=$target/config
installed=$root/usr/bin/pixseek
"$installed" --version
"$installed" demo "$target/gallery" --write > /dev/null
"$installed" index "$target/gallery" --model demo --quiet
found=$("$installed" search -C "$target/gallery" --paths -n 1 a red circle)
case $found in
  */red-circle.png) echo "found $(basename "$found")" ;;
  *) echo "deb.sh: the installed program finds '$found' for a red circle" >&2; exit 1 ;;
esac
bash -n "$root/usr/share/bash-completion/completions/pixseek"
gzip -dc "$root/usr/share/man/man1/pixseek-search.1.gz" | grep -q relevant
if [ -n "${KEEP:-}" ]; then
  cp "$target/pixseek.deb" "$KEEP"
fi
