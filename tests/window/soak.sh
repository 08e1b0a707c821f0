#!/usr/bin/env bash
# Whether a run stays as it began: memory, speed and the time an edit takes, over MINUTES of edits, mistakes and checkpoints.
#   tests/window/soak.sh headless|window [MINUTES] [RECIPE]
# In a window panels change, masks are painted and seeds grown meanwhile. The first third is warm-up. Prints a table, and fails
# if memory of the last third is more than 3 % above that of the second.
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
mode=${1:-headless} minutes=${2:-30} recipe=${3:-$HERE/../../scripts/first_light.rhai}

if [ "$mode" = window ]; then
    SIZE=${SIZE:-1280x800}
    cp -r "$HERE/../../plugins" "$WORK/" 2>/dev/null || true
    open_lab "$recipe" --device cpu
else
    cp "$recipe" "$WORK/recipe.rhai"
    (cd "$WORK" && exec "$EMBERLAB" train recipe.rhai --device cpu --json) >"$WORK/told.txt" 2>"$WORK/errors.txt" </dev/null &
    LAB=$!
    wait_for '"event":"update"' "the first update"
fi

now() { date +%s%3N; }
field() { awk -v name="$1:" '$1 == name { print $2 }' "/proc/$LAB/status"; }
count() { events | grep -c "$1" || true; }

# An edit of the recipe's text, and the milliseconds until the run took or refused it.
edit() {
    local heard=$1 before began
    shift
    before=$(count "$heard") began=$(now)
    sed -i "$@" "$WORK/recipe.rhai"
    for _ in $(seq 600); do
        [ "$(count "$heard")" -gt "$before" ] && { echo "$heard $(($(now) - began))" >>"$WORK/edits.txt"; return; }
        sleep 0.02
    done
    fail "an edit was not answered: $heard"
}

# One minute: four edits, one mistake; a window also shows its panels and fills in under a mask.
minute() {
    local seconds=0 began at
    began=$(date +%s)
    edit recipe_applied 's/slider("noise", 0.02/slider("noise", 0.03/'
    edit recipe_applied 's/factor: 1.5/factor: 2/'
    if [ "$mode" = window ]; then
        for at in 1 2 4 7 8 9; do key "ctrl+$at"; sleep 1; done
        key ctrl+3
        drag 110 170 240 200
        drag 170 150 175 290
        sleep 4
        key ctrl+z
        key ctrl+1
    fi
    edit recipe_refused 's/factor: 2/factor: 0.5/'
    edit recipe_applied 's/factor: 0.5/factor: 1.5/'
    edit recipe_applied 's/slider("noise", 0.03/slider("noise", 0.02/'
    while [ $(($(date +%s) - began)) -lt 60 ]; do
        kill -0 "$LAB" 2>/dev/null || fail "the program ended"
        seconds=$((seconds + 5))
        echo "$(date +%s) $(field VmRSS) $(field RssAnon) $(field Threads) $(ls "/proc/$LAB/fd" | wc -l)" >>"$WORK/samples.txt"
        sleep 5
    done
}

# The mean of a column over a part of the samples: the first, second or last third.
mean() {
    awk -v column="$1" -v part="$2" '{ value[NR] = $column } END {
        from = int(NR * (part - 1) / 3) + 1; to = int(NR * part / 3)
        for (at = from; at <= to; at++) sum += value[at]
        printf "%.1f", sum / (to - from + 1)
    }' "$3"
}

for number in $(seq "$minutes"); do
    first=$(count '"event":"update"')
    minute
    echo "$(($(count '"event":"update"') - first)) $(count '"event":"checkpoint"')" >>"$WORK/updates.txt"
done
grep -v refused "$WORK/edits.txt" | awk '{ print $2 }' >"$WORK/applied.txt"

printf '%-34s %12s %12s %12s\n' "$mode, $minutes minutes" "first third" second last
row() { printf '%-34s %12s %12s %12s\n' "$1" "$(mean "$2" 1 "$3")" "$(mean "$2" 2 "$3")" "$(mean "$2" 3 "$3")"; }
row "resident memory, kB" 2 "$WORK/samples.txt"
row "of it not of files, kB" 3 "$WORK/samples.txt"
row "threads" 4 "$WORK/samples.txt"
row "open files" 5 "$WORK/samples.txt"
row "updates a minute" 1 "$WORK/updates.txt"
row "milliseconds until an edit is taken" 1 "$WORK/applied.txt"
echo "checkpoints: $(count '"event":"checkpoint"'), edits: $(wc -l <"$WORK/edits.txt"), warnings: $(count '"event":"warning"')"
if [ "$mode" = window ]; then look soak; fi
if [ "$mode" = window ]; then key ctrl+q; else kill -TERM "$LAB"; fi
for _ in $(seq 200); do kill -0 "$LAB" 2>/dev/null || break; sleep 0.1; done
kill -0 "$LAB" 2>/dev/null && [ "$mode" = headless ] && fail "the program did not end"
[ -s "$WORK/errors.txt" ] && grep -i panic "$WORK/errors.txt" && fail "a panic"
awk -v second="$(mean 2 2 "$WORK/samples.txt")" -v last="$(mean 2 3 "$WORK/samples.txt")" 'BEGIN {
    grown = 100 * (last / second - 1)
    printf "memory grew by %.2f %% from the second third to the last\n", grown
    exit grown > 3
}' || fail "memory grew"
