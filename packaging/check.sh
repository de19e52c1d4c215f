#!/usr/bin/env bash
# check.sh
#
# Checks the files of this folder and the workflows with the tools that are installed, after filling them in with a made-up
# release. Fails with the first that is wrong; names the tools that are missing.
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# with TOOL WHAT COMMAND...: runs a check if its tool is there.
with() {
  local tool=$1 what=$2
  shift 2
  if ! command -v "$tool" > /dev/null; then
    echo "skipped: $what ($tool is not installed)"
  elif "$@" > "$scratch/said" 2>&1; then
    echo "ok: $what"
  else
    cat "$scratch/said" >&2
    echo "check.sh: $what is wrong" >&2
    exit 1
  fi
}

version=1.2.3
zeros=$(printf '0%.0s' {1..64})
for file in "$version.tar.gz" "$version"-{aarch64,x86_64}-{apple-darwin,unknown-linux-musl}.tar.gz \
  "$version-x86_64-pc-windows-msvc.zip"; do
  echo "$zeros  pixseek-$file"
done > "$scratch/SHA256SUMS"
packaging/fill.sh "$version" "$scratch/SHA256SUMS" "$scratch/filled"
if grep -rn '@[A-Z_0-9]*@' "$scratch/filled"; then
  echo "check.sh: something was not filled in" >&2
  exit 1
fi
if packaging/fill.sh 9.9.9 "$scratch/SHA256SUMS" "$scratch/none" 2> "$scratch/said"; then
  echo "check.sh: a missing checksum was not noticed" >&2
  exit 1
fi
echo "ok: fill.sh"
with ruby homebrew/pixseek.rb ruby -c "$scratch/filled/homebrew/pixseek.rb"
with bash arch/PKGBUILD bash -n "$scratch/filled/arch/PKGBUILD"
with nix-instantiate nix/flake.nix nix-instantiate --parse "$scratch/filled/nix/flake.nix"
with python3 scoop/pixseek.json python3 -m json.tool "$scratch/filled/scoop/pixseek.json"
for file in "$scratch"/filled/{snap,winget}/*.yaml .github/workflows/*.yml; do
  with yamllint "${file#"$scratch"/filled/}" yamllint -d '{extends: relaxed, rules: {line-length: {max: 140}}}' "$file"
done
with actionlint .github/workflows actionlint .github/workflows/*.yml
with desktop-file-validate desktop/pixseek.desktop desktop-file-validate packaging/desktop/pixseek.desktop
# The unit names the program that packages install; here it need not be.
mkdir -p "$scratch/bin"
sed "s|ExecStart=pixseek|ExecStart=$(command -v true)|" 'packaging/systemd/pixseek-index@.service' \
  > "$scratch/pixseek-index@tmp.service"
with systemd-analyze systemd/pixseek-index@.service \
  env XDG_RUNTIME_DIR="$scratch" systemd-analyze --user --man=no verify "$scratch/pixseek-index@tmp.service"
