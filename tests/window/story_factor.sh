#!/usr/bin/env bash
# "What does d = 1.5 do?" One number is changed in the window and in another editor; one keystroke goes back.
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
open_lab "$HERE/quick.rhai"
sleep 3
look factor_1_before

# In her own editor.
sed -i 's/factor: 2/factor: 1.5/' "$WORK/recipe.rhai"
wait_for '"event":"recipe_applied"' "the edit of the file"
events | grep recipe_applied | tail -1 | grep -q '3×3' || fail "the log does not say that grids of 3×3 are new"
sleep 1
look factor_2_edited

# One keystroke back, and forward again.
click 640 10
key ctrl+b
wait_for '"event":"recipe_applied"' "going back" 2
grep -q 'factor: 2' "$WORK/recipe.rhai" || fail "the file does not hold the former recipe"
sleep 1
look factor_3_back
key ctrl+shift+b
wait_for '"event":"recipe_applied"' "going forward" 3
grep -q 'factor: 1.5' "$WORK/recipe.rhai" || fail "the file does not hold the later recipe"

# A mistake stops nothing.
before=$(events | grep -c '"event":"update"')
sed -i 's/factor: 1.5/factor: 0.5/' "$WORK/recipe.rhai"
wait_for '"event":"recipe_refused"' "the refusal"
look factor_4_refused
wait_for '"event":"update"' "updates after the refusal" $((before + 3))
echo "story of the factor: passed"
