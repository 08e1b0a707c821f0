#!/usr/bin/env bash
# "How different are images from one seed?" Chains from one colour, at every grid.
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
open_lab "$HERE/quick.rhai"
sleep 2
key ctrl+2
sleep 4
look diversity_1
# The recipe may change meanwhile; the panel goes on.
sed -i 's/factor: 2/factor: 1.5/' "$WORK/recipe.rhai"
wait_for '"event":"recipe_applied"' "the edit"
sleep 2
look diversity_2_edited
before=$(events | grep -c '"event":"update"')
wait_for '"event":"update"' "updates beside the chains" $((before + 3))
kill -0 "$LAB" || fail "the lab ended"
echo "story of diversity: passed"
