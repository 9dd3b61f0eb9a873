#!/bin/sh
# check.sh [PROOF...]: runs the proofs, all unless told, and prints a line for each with its figure; then how many passed.
#
# A proof is spec/check/NAME.sh. It says on the last line of its output what it has found, and fails when that is a
# fault. QUICK=1 cuts all of them to a few minutes.

. spec/check/verdict.sh

lines=$(mktemp -d)
trap 'rm -rf "$log" "$lines"' EXIT

# prove JOBS PROOF...: so many proofs side by side, since none can use all processors all the time.
# shellcheck disable=SC2016
prove() {
  jobs=$1
  shift
  [ $# = 0 ] || printf '%s\n' "$@" | xargs -P "$jobs" -I '{}' sh -c '. spec/check/verdict.sh
    check {} sh spec/check/{}.sh >"$0/{}"
    cat "$0/{}"' "$lines"
}

# Its figure is a speed.
alone=load
[ $# -gt 0 ] || set -- valgrind memory analysis coverage sanitizers fuzz injection $alone
# shellcheck disable=SC2046 # names without spaces
prove 2 $(printf '%s\n' "$@" | grep -vx $alone)
# shellcheck disable=SC2046
prove 1 $(printf '%s\n' "$@" | grep -x $alone)
for proof; do
  if grep -q '^ok ' "$lines/$proof"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
sum_up
