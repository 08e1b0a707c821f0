#!/usr/bin/env bash
# "Fill this in." A mask is painted by hand, changed by keys, and saved.
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
open_lab "$HERE/quick.rhai"
sleep 2
key ctrl+3
sleep 1
look inpainting_1
# The canvas lies left in the panel; a stroke across it and one down.
key bracketright bracketright
drag 110 170 240 200
drag 170 150 175 290
sleep 2
look inpainting_2_painted

# Saves the mask by the menu; again, should a slow window have missed it.
save_mask() {
    for _ in $(seq 5); do
        click 753 98
        look inpainting_menu
        click 762 152
        for _ in $(seq 40); do
            [ "$(ls "$WORK/exports" 2>/dev/null | wc -l)" -ge "$1" ] && return 0
            sleep 0.1
        done
        key Escape
    done
    fail "no mask was saved"
}
save_mask 1
# Taken back, and inverted: everything but the first stroke.
xdotool mousemove 174 222
key ctrl+z
save_mask 2
xdotool mousemove 174 222
key i
save_mask 3
sleep 1
look inpainting_3_inverted
before=$(events | grep -c '"event":"update"')
wait_for '"event":"update"' "updates while it fills in" $((before + 3))
echo "story of inpainting: passed"
