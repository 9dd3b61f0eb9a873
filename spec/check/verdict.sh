#!/bin/sh
# For scripts that print a line for each thing that they check.

passed=0 failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# check NAME COMMAND...: prints a line with the last one that the command, which may be a function, has printed; all of
# its output when it fails.
check() {
  name=$1 start=$(date +%s)
  shift
  (set -e; "$@") >"$log" 2>&1
  status=$?
  if [ "$status" = 0 ]; then
    passed=$((passed + 1)) verdict=ok
  else
    failed=$((failed + 1)) verdict=FAILED
    cat "$log"
  fi
  printf '%-6s  %-10s  %s (%d s)\n' "$verdict" "$name" "$(tail -n 1 "$log")" $(($(date +%s) - start))
}

# The closing line; fails when a check has failed.
sum_up() {
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ]
}
