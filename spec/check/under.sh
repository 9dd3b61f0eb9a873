#!/bin/sh
# under.sh COMPILER FLAGS TOOL SERVERS_TOOL: builds the core in TCERR_BUILD for INTERPRETERS, and runs SPECS on them with
# it. Each interpreter is started by the words of TOOL, each server by those of SERVERS_TOOL, however deep in the specs
# that happens; nothing else is, since curl, Python and compilers are not ours to judge. A report is what a tool writes
# into the build's directory "reports". It fails the proof, whatever the spec around it made of that. Specs that run
# LuaRocks are none of SPECS: they build a core of their own, as a user does.

bin=$PWD/$TCERR_BUILD/bin unwrapped=$TCERR_BUILD/unwrapped

build() { make -s LUA_VERSIONS="$versions" CC="$compiler" CFLAGS="$flags" "$@"; }

compiler=$1 flags=$2
shift 2
# LuaJIT takes the core of 5.1.
versions=$(echo "$INTERPRETERS" | sed 's/luajit/lua5.1/; s/lua//g')
build modules && build TCERR_BUILD="$unwrapped" hosts || exit 1

# wrap FILE TOOL PROGRAM
wrap() {
  mkdir -p "$(dirname "$1")"
  printf '#!/bin/sh\nexec %s %s "$@"\n' "$2" "$3" >"$1"
  chmod +x "$1"
}

find_program() { PATH=$PATH:/usr/sbin:/sbin command -v "$1"; }

for name in lua5.1 lua5.3 lua5.4 luajit; do wrap "$bin/$name" "$1" "$(find_program "$name")"; done
for name in nginx haproxy; do wrap "$bin/$name" "$2" "$(find_program $name)"; done
for lua in 5.1 5.3 5.4 luajit; do wrap "$TCERR_BUILD/$lua/host" "$1" "$unwrapped/$lua/host"; done
for name in edges portable/edges; do wrap "$TCERR_BUILD/$name" "$1" "$unwrapped/$name"; done

rm -rf "$TCERR_BUILD/reports"
mkdir "$TCERR_BUILD/reports"
PATH=$bin:$PATH LIMIT=3600 /usr/bin/python3 spec/support/test.py >"$TCERR_BUILD/log"
status=$?
cat "$TCERR_BUILD/log"
# That memory is refused is no fault, but asked for.
reports=$(grep -rlv 'WARNING: AddressSanitizer failed to allocate' "$TCERR_BUILD/reports")
specs=$(sed -n '$s/ .*//p' "$TCERR_BUILD/log")
if [ -n "$reports" ]; then
  # shellcheck disable=SC2086
  head -n 40 $reports
  echo "$(echo "$reports" | wc -l) reports"
  exit 1
fi
[ $status = 0 ] || exit 1
echo "$specs specs on $INTERPRETERS: no report"
