#!/usr/bin/env bash
# How fluid the window is while the engine works flat out: times of frames with a busy mouse, and the processor's share when
# nothing happens. Prints a line of JSON and a percentage.
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
seconds=${SECONDS_MEASURED:-30}
cp -r "$HERE/../../scripts" "$WORK/" 2>/dev/null || true
open_lab "${RECIPE:-$HERE/../../scripts/first_light.rhai}" --measure-ui "$seconds"
for panel in 1 2 3 4 7 8 9; do
    kill -0 "$LAB" 2>/dev/null || break
    key "ctrl+$panel"
    for _ in $(seq 12); do
        xdotool mousemove $((RANDOM % 800 + 20)) $((RANDOM % 500 + 100)) 2>/dev/null || true
        sleep 0.08
    done
done
for _ in $(seq 100 $((seconds * 10 + 300))); do
    kill -0 "$LAB" 2>/dev/null || break
    xdotool mousemove $((RANDOM % 800 + 20)) $((RANDOM % 500 + 100)) 2>/dev/null || true
    sleep 0.1
done
cat "$WORK/told.txt"

# The processor's share of a paused run: ticks of 10 ms over ten seconds.
kill "$SCREEN" 2>/dev/null || true
rm -rf "$WORK/runs"
open_lab "${RECIPE:-$HERE/../../scripts/first_light.rhai}"
key ctrl+1
key space
sleep 4
ticks() { awk '{ print $14 + $15 }' "/proc/$LAB/stat"; }
before=$(ticks)
sleep 10
echo "idle: $(($(ticks) - before)) ticks in 10 s, that is 0.1 % of one core each"
look idle
