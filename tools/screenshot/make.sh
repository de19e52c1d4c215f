#!/usr/bin/env bash
# make.sh [QUERY [FILE [KEY...]]]
#
# Makes assets/screenshot.png, or FILE after some more keys: the real program in a real terminal (xterm with sixels, on a virtual screen).
# Debian: apt-get install xvfb xterm xdotool imagemagick fonts-dejavu-core
set -euo pipefail
cd "$(dirname "$0")/../.."
binary=${PIXSEEK:-target/release/pixseek}
query=${1:-a red car in the snow}
out=${2:-assets/screenshot.png}
home=$(mktemp -d)
export DISPLAY=:97 HOME="$home" XDG_RUNTIME_DIR="$home" PIXSEEK_DATA_DIR="$home/data"
export XDG_CACHE_HOME="$home/cache" XDG_CONFIG_HOME="$home/config"
gallery=$("$binary" demo --write)
"$binary" index "$gallery" --model demo --quiet
Xvfb "$DISPLAY" -screen 0 1200x760x24 -nolisten tcp >"$home/xvfb.log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -rf "$home"' EXIT
until xdotool getdisplaygeometry >/dev/null 2>&1; do sleep 0.1; done
xterm -fa 'DejaVu Sans Mono' -fs 11 -geometry 120x36+0+0 -bg '#16181d' -fg '#d8dae0' -bc +sb -b 6 -ti vt340 \
  -xrm 'XTerm*numColorRegisters: 1024' -xrm 'XTerm*directColor: true' -xrm 'XTerm*disallowedWindowOps: 1' \
  -e "$binary" "$gallery" --model demo >"$home/xterm.log" 2>&1 &
terminal=$!
until window=$(xdotool search --class xterm 2>/dev/null) && [ -n "$window" ]; do sleep 0.2; done
sleep "${SETTLE:-5}"
xdotool type --delay 40 "$query"
sleep "${SETTLE:-5}"
for key in "${@:3}"; do
  xdotool key "$key"
  sleep "${SETTLE:-5}"
done
import -window "$window" -strip "$out"
kill "$terminal"
wait "$terminal" 2>/dev/null || true
