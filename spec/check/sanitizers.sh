#!/bin/sh
# The suite with a core that is built with the address and undefined-behaviour sanitizers, on Lua 5.4 and 5.1. A fault
# ends the process that it happens in, and so its spec.

flags="-std=c99 -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -fPIC -shared"
export ASAN_OPTIONS=detect_leaks=0 # the interpreters leave memory to the system when they exit
status=0
for version in 5.4 5.1; do
  mkdir -p build/sanitize/$version/tcerr
  # shellcheck disable=SC2086
  gcc $flags -I/usr/include/lua$version csrc/*.c -o build/sanitize/$version/tcerr/core.so || exit 1
  LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)" TCERR_BUILD=build/sanitize \
    INTERPRETERS=lua$version SPECS="${SPECS:-spec/catalogue_spec.lua spec/lookup_spec.lua spec/parse_spec.lua
    spec/format_spec.lua spec/enricher_spec.lua}" sh spec/support/test.sh || status=1
done
exit $status
