# Sourced by the scripts beside it: the real program in a real terminal, xterm with sixels on a virtual screen.
# Debian: apt-get install xvfb xterm xdotool imagemagick fonts-dejavu-core
#
# start [ARGUMENT...]   starts the browser on the demo gallery
# press KEY...          presses keys, by the names of xdotool
# settled               waits until the screen stays as it is
# shot FILE             saves the window as a picture
# finish                ends the terminal

binary=$(realpath "${PIXSEEK:-target/release/pixseek}")
home=$(mktemp -d)
export DISPLAY=${SCREEN:-:97} HOME="$home" XDG_RUNTIME_DIR="$home" PIXSEEK_DATA_DIR="$home/data"
export XDG_CACHE_HOME="$home/cache" XDG_CONFIG_HOME="$home/config"
gallery=$("$binary" demo --write 2>/dev/null)
"$binary" index "$gallery" --model demo --quiet
Xvfb "$DISPLAY" -screen 0 1300x800x24 -nolisten tcp >"$home/xvfb.log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; [ -n "${KEEP:-}" ] && cp -r "$home/frames" "$KEEP"; rm -rf "$home"' EXIT
until xdotool getdisplaygeometry >/dev/null 2>&1; do sleep 0.1; done

start() {
  xterm -fa 'DejaVu Sans Mono' -fs 11 -geometry "${SIZE:-96x28}+0+0" -bg '#16181d' -fg '#d8dae0' -bc +sb -b 6 \
    -ti vt340 -xrm 'XTerm*numColorRegisters: 1024' -xrm 'XTerm*directColor: true' \
    -xrm 'XTerm*disallowedWindowOps: 1' -xrm 'XTerm*cursorBlink: false' \
    -e "$binary" "$gallery" --model demo "$@" >"$home/xterm.log" 2>&1 &
  terminal=$!
  until window=$(xdotool search --class xterm 2>/dev/null) && [ -n "$window" ]; do sleep 0.2; done
  settled
}

settled() {
  local before='' now=''
  for _ in $(seq 100); do
    now=$(import -window "$window" -strip rgb:- 2>/dev/null | md5sum)
    [ "$now" != "$before" ] || return 0
    before=$now
    sleep "${PAUSE:-0.4}"
  done
  echo "the screen does not come to rest" >&2
  return 1
}

press() {
  xdotool key --delay 60 "$@"
}

shot() {
  import -window "$window" -strip "$1"
}

finish() {
  kill "$terminal"
  wait "$terminal" 2>/dev/null || true
}
