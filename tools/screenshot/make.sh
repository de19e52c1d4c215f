#!/usr/bin/env bash
# make.sh
#
# Makes the pictures of the README: assets/recording.gif, which is a session as the terminal shows it, and
# assets/contact-sheet.png. Needs what terminal.sh names, and Python with Pillow.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/screenshot/terminal.sh
python=${PYTHON:-python3}

frames="$home/frames"
mkdir "$frames"
count=0

# frame MILLISECONDS: the screen as it is now, for that long.
frame() {
  settled
  count=$((count + 1))
  shot "$(printf '%s/%03d-%d.png' "$frames" "$count" "$1")"
}

# typed TEXT [EVERY]: letter by letter; the screen is shown after each word, and after every EVERY letters.
typed() {
  local text=$1 every=${2:-100} at
  for ((at = 0; at < ${#text}; at++)); do
    xdotool type "${text:at:1}"
    if [ "${text:at+1:1}" = ' ' ]; then frame 450; elif ((at % every == every - 1)); then frame 120; fi
  done
  frame 1500
}

start
frame 900
# Live: every letter changes the results.
typed 'red car in the snow' 2
press Down
frame 700
# More like this.
press ctrl+s
frame 1800
press Escape
frame 500
# The contact sheet.
press F3
frame 900
press Right Down
settled
shot assets/contact-sheet.png
frame 1200
# Filters.
press ctrl+u
typed 'at night ext:jpg -name:house'
frame 1200
finish
"$python" tools/screenshot/gif.py "$frames" assets/recording.gif
