# What the stories share: a display of their own, the window on it, hands and eyes. Sourced, not run.
# EMBERLAB names the program, WORK the folder to work in (a recipe and runs/ go there), PICTURES where screenshots go.
set -euo pipefail
EMBERLAB=${EMBERLAB:-$(pwd)/target/release/emberlab}
WORK=${WORK:-$(mktemp -d)}
PICTURES=${PICTURES:-$WORK/pictures}
SIZE=${SIZE:-1280x720}
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$PICTURES"
export EMBERLAB_CONFIG="$WORK/config" EMBERLAB_NO_DIALOGS=1

stop() {
    [ -n "${LAB:-}" ] && kill "$LAB" 2>/dev/null || true
    sleep 0.5
    [ -n "${LAB:-}" ] && kill -9 "$LAB" 2>/dev/null || true
    [ -n "${SCREEN:-}" ] && kill "$SCREEN" 2>/dev/null || true
    return 0
}
trap stop EXIT

# Opens the window on a recipe of its own; more arguments go to the program.
open_lab() {
    cp "$1" "$WORK/recipe.rhai"
    shift
    for number in $(seq 90 140); do
        [ -e "/tmp/.X11-unix/X$number" ] && continue
        Xvfb ":$number" -screen 0 "${SIZE}x24" -nolisten tcp >/dev/null 2>&1 &
        SCREEN=$!
        sleep 1
        kill -0 "$SCREEN" 2>/dev/null && break
    done
    export DISPLAY=":$number"
    unset WAYLAND_DISPLAY WAYLAND_SOCKET
    (cd "$WORK" && exec "$EMBERLAB" lab recipe.rhai "$@") >"$WORK/told.txt" 2>"$WORK/errors.txt" </dev/null &
    LAB=$!
    for _ in $(seq 600); do
        WINDOW=$(xdotool search --name '^Emberlab$' 2>/dev/null | head -1) && [ -n "$WINDOW" ] && break
        sleep 0.1
    done
    xdotool windowsize "$WINDOW" "${SIZE%x*}" "${SIZE#*x}" windowmove "$WINDOW" 0 0
    for _ in $(seq 50); do
        # A window that is not on the screen yet takes no focus.
        xdotool windowfocus "$WINDOW" 2>/dev/null && break
        sleep 0.1
    done
    wait_for '"event":"update"' "the first update"
    # The first steps are shown once; the stories begin after them.
    key Escape
}

key() { xdotool key --clearmodifiers "$@"; sleep 0.3; }
keys() { xdotool type --clearmodifiers --delay 30 "$1"; sleep 0.3; }
click() { xdotool mousemove "$1" "$2"; sleep 0.1; xdotool click "${3:-1}"; sleep 0.3; }
# Draws from one point to another.
drag() {
    xdotool mousemove "$1" "$2" mousedown 1
    for part in $(seq 1 12); do
        xdotool mousemove $(($1 + ($3 - $1) * part / 12)) $(($2 + ($4 - $2) * part / 12))
        sleep 0.02
    done
    xdotool mouseup 1
    sleep 0.2
}

# Looks at the window; without ImageMagick nothing is kept.
look() { command -v import >/dev/null && import -window root "$PICTURES/$1.png" || true; }

run_folder() { find "$WORK/runs" -mindepth 1 -maxdepth 1 -type d ! -name '.*' | head -1; }
events() { cat "$(run_folder)/events.jsonl" 2>/dev/null; }
fail() { echo "FAILED: $1" >&2; tail -5 "$WORK/errors.txt" >&2; exit 1; }

# Waits until the run has told of something so often.
wait_for() {
    for _ in $(seq 600); do
        [ -d "$WORK/runs" ] && [ "$(events | grep -c "$1")" -ge "${3:-1}" ] && return 0
        kill -0 "$LAB" 2>/dev/null || fail "the lab ended while waiting for $2"
        sleep 0.1
    done
    fail "waited in vain for $2"
}
