#!/bin/sh
# Runs the specs under every interpreter; an interpreter that did not come to its end is a failure. The last line is
# the sum: "N passed, N failed[, N skipped]". INTERPRETERS and SPECS choose less.

passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

for lua in ${INTERPRETERS:-lua5.4 lua5.3 lua5.2 lua5.1 luajit}; do
  # shellcheck disable=SC2086
  "$lua" spec/support/busted.lua ${SPECS:-} >"$log" 2>&1
  status=$?
  counts=$(tail -n 1 "$log" | sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p')
  if [ -z "$counts" ]; then
    cat "$log"
    echo "$lua: did not come to its end (exit status $status)"
    failed=$((failed + 1))
    continue
  fi
  sed '$d' "$log"
  # shellcheck disable=SC2086
  set -- $counts
  echo "$lua: $1 passed, $2 failed, $3 skipped"
  passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
  if [ "$status" != 0 ] && [ "$2" = 0 ]; then
    echo "$lua: exit status $status"
    failed=$((failed + 1))
  fi
done

[ "$passed" -gt 0 ] || failed=$((failed + 1))
if [ "$skipped" -gt 0 ]; then
  echo "$passed passed, $failed failed, $skipped skipped"
else
  echo "$passed passed, $failed failed"
fi
[ "$failed" = 0 ]
