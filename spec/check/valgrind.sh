#!/bin/sh
# The suite under valgrind: bytes that are used before they are set or after they are freed, and memory that is lost. It
# hides AVX-512 from the core, which takes SSE2 then. The specs on real servers are left out: nginx has faults of its own
# to report, eight bytes that each worker loses among them.

export TCERR_BUILD=build/valgrind
export TCERR_ROOM=1500000 # valgrind's own memory counts too
export INTERPRETERS="lua5.4 luajit"
SPECS=$(grep -L 'luarocks\|support.nginx\|test\.py\|support.checkout' spec/*_spec.lua)
if [ -n "$QUICK" ]; then
  INTERPRETERS=lua5.1 # where cluster_spec has the filter's tests alone
  SPECS="spec/lookup_spec.lua spec/parse_spec.lua spec/cluster_spec.lua"
fi
export SPECS
# It leaves alone what a spec preloads in place of realloc.
sh spec/check/under.sh gcc "-O2 -g" "valgrind --quiet --leak-check=full --show-leak-kinds=definite \
  --errors-for-leak-kinds=definite --soname-synonyms=somalloc=nouserintercepts --error-exitcode=99 \
  --log-file=$PWD/$TCERR_BUILD/reports/%p" ""
