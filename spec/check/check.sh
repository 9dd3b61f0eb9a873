#!/bin/sh
# check.sh [PROOF...]: runs the proofs, all unless told, and prints a line for each with its figure; then how many passed.
#
# A proof is spec/check/NAME.sh. It says on the last line of its output what it has found, and fails when that is a
# fault. QUICK=1 cuts all of them to a few minutes.

. spec/check/verdict.sh

# shellcheck disable=SC2048 # names without spaces
for proof in ${*:-analysis sanitizers valgrind memory fuzz coverage load injection}; do
  check "$proof" sh "spec/check/$proof.sh"
done
sum_up
