#!/bin/sh
# libFuzzer on the plain-C core for FUZZ_SECONDS; a fault leaves the input that caused it in build/fuzz.

seconds=${FUZZ_SECONDS:-$([ -n "$QUICK" ] && echo 10 || echo 60)}
sources=$(find csrc -name '*.c' ! -name tcerr_lua.c)
mkdir -p build/fuzz/corpus
# shellcheck disable=SC2086
clang-14 -g -O1 -fsanitize=fuzzer,address,undefined -Icsrc spec/fuzz/fuzz.c $sources -o build/fuzz/target || exit 1
build/fuzz/target -max_len=600 -max_total_time="$seconds" -artifact_prefix=build/fuzz/ build/fuzz/corpus 2>&1 || exit 1
