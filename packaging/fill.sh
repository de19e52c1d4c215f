#!/usr/bin/env bash
# fill.sh VERSION SHA256SUMS DIR
#
# Puts a version and checksums into the templates of this folder, and writes them to DIR. SHA256SUMS is what `sha256sum` prints
# for the files of a release, among them the source archive pixseek-VERSION.tar.gz.
set -euo pipefail
version=${1:?the version, such as 0.2.0} sums=$(realpath "${2:?a file with checksums}") dir=${3:?where to write}
mkdir -p "$dir"
dir=$(realpath "$dir")
cd "$(dirname "$0")"

# sum NAME: the checksum of a file of the release.
sum() {
  local found
  found=$(awk -v name="$1" '$2 == name || $2 == "*" name {print $1}' "$sums")
  if [ -z "$found" ]; then
    echo "fill.sh: $sums has no checksum of $1" >&2
    exit 1
  fi
  printf %s "$found"
}

source=$(sum "pixseek-$version.tar.gz")
mac_arm=$(sum "pixseek-$version-aarch64-apple-darwin.tar.gz")
mac_x64=$(sum "pixseek-$version-x86_64-apple-darwin.tar.gz")
linux_arm=$(sum "pixseek-$version-aarch64-unknown-linux-musl.tar.gz")
linux_x64=$(sum "pixseek-$version-x86_64-unknown-linux-musl.tar.gz")
windows=$(sum "pixseek-$version-x86_64-pc-windows-msvc.zip")
for file in homebrew/pixseek.rb arch/PKGBUILD nix/flake.nix snap/snapcraft.yaml winget/*.yaml scoop/pixseek.json; do
  mkdir -p "$dir/$(dirname "$file")"
  sed -e "s/@VERSION@/$version/g" -e "s/@SHA256_SOURCE@/$source/g" \
    -e "s/@SHA256_MAC_ARM@/$mac_arm/g" -e "s/@SHA256_MAC_X64@/$mac_x64/g" \
    -e "s/@SHA256_LINUX_ARM@/$linux_arm/g" -e "s/@SHA256_LINUX_X64@/$linux_x64/g" \
    -e "s/@SHA256_WINDOWS@/$windows/g" "$file" > "$dir/$file"
done
