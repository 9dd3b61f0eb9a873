#!/bin/sh
# Memory that ends anywhere: each step of spec/check/memory.lua in the host of each Lua, see spec/support/host.c. With
# QUICK at every tenth place of the steps that load Lua files or make many tables, which have thousands, and at all of
# the others.

luas="5.4 luajit $([ -n "$QUICK" ] || echo 5.3 5.2 5.1)"
steps="load modules lookup each parse answer scan format enricher feed finish names run pipe progress counts command"
directory=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap 'rm -rf "$directory"' EXIT
export LUA_PATH="lua/?.lua" directory

# shellcheck disable=SC2016
for step in $steps; do for lua in $luas; do echo "$lua $step"; done; done |
  xargs -P 2 -L 1 sh -c '
    mkdir "$directory/$0-$1"
    case $QUICK$1 in
      1load | 1modules | 1lookup | 1each | 1parse | 1answer | 1format | 1enricher | 1names | 1command) every=10 ;;
      *) every=1 ;;
    esac
    failures=$("build/$0/host" failing $every spec/check/memory.lua "$1" "$directory/$0-$1") || { echo "$1 on $0"; exit 255; }
    echo "$0 $1 $failures"' >"$directory/log" || { cat "$directory/log"; exit 1; }
# shellcheck disable=SC2086
awk -v steps="$(echo $steps | wc -w)" -v luas="$(echo $luas | wc -w)" '
  { print; failures += $3 }
  END {
    printf "%d steps on %d Luas, %d failures of an allocation", steps, luas, failures
    print ": an error or nil each, nothing is left, the state works"
  }' "$directory/log"
