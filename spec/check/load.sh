#!/bin/sh
# Load and faults of the command: gigabytes, being killed, full disks, a thousand runs.

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
export LUA_PATH="lua/?.lua" LUA_CPATH="build/5.4/?.so"
/usr/bin/python3 spec/bench/generate.py json 20000 >"$directory/log" &&
  lua5.4 spec/bench/codes.lua >"$directory/codes" &&
  /usr/bin/python3 spec/bench/exact.py json "$directory/codes" <"$directory/log" >"$directory/exact" || exit 1

luas="lua5.4 luajit $([ -n "$QUICK" ] || echo lua5.3 lua5.2 lua5.1)"
for lua in $luas; do
  version=$("$lua" -e 'io.write(_VERSION:match("%d.%d"))')
  LUA_CPATH="build/$version/?.so" "$lua" spec/check/load.lua "$directory" || exit 1
done
figure=$(/usr/bin/python3 spec/check/load.py "$directory" "$([ -n "$QUICK" ] && echo 1 || echo 10)") || exit 1
# shellcheck disable=SC2086
echo "$figure; 1,000 runs in one process on $(echo $luas | wc -w) Luas, no descriptor left"
