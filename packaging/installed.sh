# Sourced by deb.sh and rpm.sh: tries what a package installed below the folder $root, with folders of its own below $target.
export PIXSEEK_DATA_DIR=$target/data XDG_CACHE_HOME=$target/cache XDG_CONFIG_HOME=$target/config
installed=$root/usr/bin/pixseek
"$installed" --version
"$installed" demo "$target/gallery" --write > /dev/null
"$installed" index "$target/gallery" --model demo --quiet
found=$("$installed" search -C "$target/gallery" --paths -n 1 a red circle)
case $found in
  */red-circle.png) echo "found $(basename "$found")" ;;
  *) echo "the installed program finds '$found' for a red circle" >&2; exit 1 ;;
esac
bash -n "$root/usr/share/bash-completion/completions/pixseek"
gzip -dc "$root/usr/share/man/man1/pixseek-search.1.gz" | grep -q relevant
