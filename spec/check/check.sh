#!/bin/sh
# check.sh [PROOF...]: runs the proofs, all unless told, and prints a line for each with its figure; then how many passed.
#
# A proof is spec/check/NAME.sh. It says on the last line of its output what it has found, and fails when that is a
# fault. QUICK=1 cuts all of them to a few minutes.

proofs=${*:-analysis sanitizers valgrind memory fuzz coverage load injection}
passed=0 failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

for proof in $proofs; do
  start=$(date +%s)
  if sh "spec/check/$proof.sh" >"$log" 2>&1; then
    passed=$((passed + 1)) verdict=ok
  else
    failed=$((failed + 1)) verdict=FAILED
    cat "$log"
  fi
  printf '%-6s  %-10s  %s (%d s)\n' "$verdict" "$proof" "$(tail -n 1 "$log")" $(($(date +%s) - start))
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
