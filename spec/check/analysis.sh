#!/bin/sh
# shellcheck disable=SC2086,SC2046 # the lists are meant to fall into words
# What compilers and checkers find in the sources: nothing. `make lint` is the fast part of it; .clang-tidy says what
# clang-tidy looks for, and what not.

luas="lua5.1 lua5.2 lua5.3 lua5.4 luajit-2.1"
c=$(find csrc spec -name '*.c')
cc=$([ -n "$QUICK" ] || find spec/fuzz -name '*.cc') # clang-tidy takes twenty seconds for RapidJSON's headers, each time
scripts="$(find spec -name '*.sh') .ci/run"
python=$(find spec -name '*.py')

commands() {
  echo make -s lint
  for file in $c; do echo clang-tidy-14 --quiet "$file" -- -std=c99 -Icsrc -I/usr/include/lua5.4; done
  for file in $cc; do echo clang-tidy-14 --quiet "$file" -- -std=c++17 -Icsrc; done
  # Not optimized: what is optimized away cannot be found any more. Most files know nothing of Lua.
  for lua in $luas; do
    [ "$lua" = lua5.4 ] && files=$(echo csrc/*.c spec/support/*.c) || files=$(grep -l '<lua.h>' csrc/*.c spec/support/*.c)
    for file in $files; do
      echo gcc -std=c99 -fanalyzer -Werror -Icsrc -I/usr/include/$lua -c "$file" -o /dev/null
    done
  done
  # Without Lua's headers, which it does not need.
  echo cppcheck --quiet --std=c99 --enable=warning,performance,portability,style --error-exitcode=1 -Icsrc $c
  echo shellcheck $scripts
  echo PYTHONPYCACHEPREFIX=build/python /usr/bin/python3 -W error -m py_compile $python
}

# Runs the command $0; what it says is of interest when it fails.
# shellcheck disable=SC2016
run='found=$(eval "$0" 2>&1) || { echo "$0"; echo "$found"; exit 1; }'
commands | xargs -P 2 -I '{}' sh -c "$run" '{}' || exit 1

count() { echo $#; }
echo "$(count csrc/*.c spec/support/*.c) C files by gcc with -fanalyzer and by clang on $(count $luas) Luas," \
  "$(count $c $cc) C and C++ files by clang-tidy ($(clang-tidy-14 --list-checks | grep -c '^ ') checks), $(count $c) by cppcheck;" \
  "$(luacheck lua library spec examples .busted | grep -c OK) Lua files; $(count $scripts $python) scripts: silent"
