# Sourced by deb.sh and rpm.sh with their arguments: makes the folder $target, which goes when the script ends, with all that a
# package of the built program (target/release/pixseek by default) is made of.
program=$(realpath "${1:-target/release/pixseek}")
target=$(mktemp -d)
trap 'rm -rf "$target"' EXIT
packaging/files.sh "$program"
# For cargo-deb and cargo-generate-rpm, target/release is in the target folder, wherever that is.
mkdir -p "$target/release"
cp "$program" "$target/release/pixseek"
