#!/usr/bin/env bash
# files.sh PROGRAM [DIR]
#
# Makes what packages ship beside the program, in DIR (target/package): completions, manual pages and the licences.
set -euo pipefail
program=$(realpath "${1:?the built program, such as target/release/pixseek}")
cd "$(dirname "$0")/.."
dir=${2:-target/package}
mkdir -p "$dir/completions" "$dir/man"
"$program" completions bash > "$dir/completions/pixseek.bash"
"$program" completions zsh > "$dir/completions/_pixseek"
"$program" completions fish > "$dir/completions/pixseek.fish"
"$program" completions elvish > "$dir/completions/pixseek.elv"
"$program" completions powershell > "$dir/completions/pixseek.ps1"
"$program" completions nushell > "$dir/completions/pixseek.nu"
"$program" man --out "$dir/man"
for page in "$dir"/man/*.1; do
  gzip -9nc "$page" > "$page.gz"
done
