#!/bin/sh
# libFuzzer on parse and on the enricher, FUZZ_SECONDS each; what is right, RapidJSON says. What it learns is kept in
# build/fuzz, and so is the input of a finding.

seconds=${FUZZ_SECONDS:-$([ -n "$QUICK" ] && echo 10 || echo 60)}
out=build/fuzz
flags="-Wall -Wextra -Wshadow -Werror -g -O2 -fno-omit-frame-pointer -fsanitize=address -Icsrc"
core_flags="-std=c99 -fsanitize=undefined,fuzzer-no-link -fno-sanitize-recover=all"
export ASAN_OPTIONS=quarantine_size_mb=16 # of freed memory; with the usual 256 each target takes 700 MB
mkdir -p $out/fast $out/portable $out/corpus/parse $out/corpus/enricher $out/seeds/parse $out/seeds/enricher

# The core twice, the portable one with other names. Only the core guides the fuzzer and is asked for undefined
# behaviour, not what it is compared with.
sources=$(find csrc -name '*.c' ! -name tcerr_lua.c ! -name tcerr_run.c) # what needs no Lua and no descriptor
objects() {
  for source in $sources; do
    object=$(basename "$source" .c).o
    echo "clang-14 $flags $core_flags -c $source -o $out/fast/$object"
    echo "clang-14 $flags $core_flags -DTCERR_PORTABLE -c $source -o $out/portable/$object"
  done
  for target in parse enricher; do echo "clang++-14 -std=c++17 $flags -c spec/fuzz/$target.cc -o $out/$target.o"; done
}
rm -f $out/fast/* $out/portable/*
objects | xargs -P 2 -I '{}' sh -c '{}' || exit 1
nm -g --defined-only $out/portable/*.o | awk 'NF == 3 { print $3, "portable_" $3 }' >$out/names
for object in "$out"/portable/*.o; do objcopy --redefine-syms=$out/names "$object" || exit 1; done
for target in parse enricher; do
  # shellcheck disable=SC2086
  clang++-14 $flags -fsanitize=undefined,fuzzer $out/$target.o $out/fast/*.o $out/portable/*.o -o $out/$target || exit 1
done

# What the project has of real answers and logs goes in beside the corpus.
/usr/bin/python3 - $out/seeds/parse <<'PYTHON' || exit 1
import fileinput, json, sys
for line in fileinput.input(["spec/fixtures/responses.jsonl", "spec/fixtures/api3-bodies.jsonl"], encoding="utf-8"):
    answer = json.loads(line)
    open(f"{sys.argv[1]}/{answer['id']}", "w").write(answer["body"])
PYTHON
(echo j000 && cat examples/access.jsonl) >$out/seeds/enricher/json
(echo t000 && cat examples/access.log) >$out/seeds/enricher/text

# fuzz TARGET: prints the number of inputs.
fuzz() {
  log=$out/$1.log
  if ! "$out/$1" -dict=spec/fuzz/tokens.dict -max_len=8192 -timeout=20 -max_total_time="$seconds" -print_final_stats=1 \
    -artifact_prefix="$out/$1-" "$out/corpus/$1" "spec/fuzz/corpus/$1" "$out/seeds/$1" >"$log" 2>&1; then
    cat "$log"
    echo "$1: a finding; once more: $(sed -n "s|.*Test unit written to |$out/$1 |p" "$log")"
    return 1
  fi
  executed=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  if [ "${executed:-0}" -lt 1000 ]; then
    cat "$log"
    echo "$1: only ${executed:-0} inputs were run"
    return 1
  fi
  echo "$executed" | sed -E ':a; s/([0-9])([0-9]{3})(,|$)/\1,\2\3/; ta'
}

fuzz parse >$out/parse.said &
parser=$!
fuzz enricher >$out/enricher.said
enricher_status=$?
if ! wait $parser || [ $enricher_status != 0 ]; then
  cat $out/parse.said $out/enricher.said
  exit 1
fi
echo "parse $(cat $out/parse.said) inputs, enricher $(cat $out/enricher.said) inputs, no finding ($seconds s each)"
