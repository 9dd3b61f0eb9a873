#!/bin/sh
# The suite under the address and the undefined-behaviour sanitizer, in the command, nginx and HAProxy too. They are
# clang's: gcc's are two libraries, of which only one keeps to log_path.

export TCERR_BUILD=build/sanitize
export TCERR_ROOM=unlimited # the sanitizer takes terabytes of addresses; max_allocation_size_mb is the limit instead
flags="-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -shared-libasan"
reports=$PWD/$TCERR_BUILD/reports
# What the specs preload comes before the sanitizer. Leaks are valgrind's to find: here the loader's would be reported.
ASAN_OPTIONS="log_path=$reports/report:detect_leaks=0:verify_asan_link_order=0"
export ASAN_OPTIONS="$ASAN_OPTIONS:allocator_may_return_null=1:max_allocation_size_mb=200"
export ASAN_SYMBOLIZER_PATH=/usr/lib/llvm-14/bin/llvm-symbolizer UBSAN_OPTIONS=print_stacktrace=1
export INTERPRETERS="lua5.4 lua5.3 lua5.1"
# Apache is not started through the tool, and the runner's own specs crash on purpose.
SPECS=$(grep -L 'luarocks\|apache2\|test\.py\|support.checkout' spec/*_spec.lua)
if [ -n "$QUICK" ]; then
  INTERPRETERS=lua5.4
  SPECS="spec/lookup_spec.lua spec/parse_spec.lua spec/enricher_spec.lua spec/run_spec.lua"
fi
export SPECS
# What an interpreter starts must not inherit what is preloaded. A server starts nothing, and its title, by which the
# specs know it, would be lost by way of the loader.
preloaded=$(clang-14 -print-file-name=libclang_rt.asan-x86_64.so)
sh spec/check/under.sh clang-14 "$flags" "/lib64/ld-linux-x86-64.so.2 --preload $preloaded" \
  "env LD_PRELOAD=$preloaded"
