#!/bin/sh
# need.sh run|test|lint|check|release|bench|ci: installs the Debian packages that this lacks, as root or by passwordless
# sudo; anybody else gets the command to run. Leaves at once when all is there. No service is started by that.

missing=

# need PACKAGE TEST...: the package is missing when the test fails.
need() {
  package=$1
  shift
  case "$missing " in
    *" $package "*) ;;
    *) "$@" >/dev/null 2>&1 || missing="$missing $package" ;;
  esac
}

has() { command -v "$1"; }
file() { test -e "$1"; }

# lua VERSION [INTERPRETER [INCLUDE_DIRECTORY]]
lua() {
  [ "$1" = 5.1 ] && abi=-0 || abi=
  need "lua$1" has "${2:-lua$1}"
  need "liblua$1$abi-dev" file "${3:-/usr/include/lua$1}/lua.h"
}

need_run() {
  need gcc has cc
  need libc6-dev file /usr/include/stdio.h
  need make has make
  lua "${LUA_VERSION:-5.4}" "${LUA:-}" "${LUA_INCLUDE_DIR:-}"
}

need_test() {
  need_run
  need gcc has gcc
  for version in 5.1 5.2 5.3 5.4; do lua $version; done
  need luajit2 has luajit
  need libluajit2-5.1-dev file /usr/include/luajit-2.1/lua.h
  need lua-busted has busted
  need luarocks has luarocks
  need binutils has nm
  need curl has curl
  need parallel has parallel
  need procps has pgrep
  need zsh has zsh
  need locales file /usr/share/i18n/locales/de_DE
  need python3 /usr/bin/python3 -c 'import fcntl, pty, select, struct, termios'
}

need_lint() {
  need_test
  need lua-check has luacheck
  need clang-14 has clang-14
  need clang-format-14 has clang-format-14
}

need_check() {
  need_lint
  need nginx-light has nginx
  need libnginx-mod-http-lua file /usr/lib/nginx/modules/ngx_http_lua_module.so
  need haproxy has haproxy
  need libclang-rt-14-dev file /usr/lib/llvm-14/lib/clang/14.0.6/lib/linux/libclang_rt.fuzzer-x86_64.a
  need llvm-14 file /usr/lib/llvm-14/bin/llvm-symbolizer
  need rapidjson-dev file /usr/include/rapidjson/document.h
  need g++ has g++
  need valgrind has valgrind
  need gcovr has gcovr
  need clang-tidy-14 has clang-tidy-14
  need cppcheck has cppcheck
  need shellcheck has shellcheck
}

need_release() {
  need_test
  need git has git
}

# What starts a service, or takes over a machine's log or login, is for CI alone: its specs are pending without it.
need_ci() {
  need_check
  need_release
  need openssh-server has sshd
}

need_bench() {
  need_test
  need nginx-light has nginx
  need libnginx-mod-http-lua file /usr/lib/nginx/modules/ngx_http_lua_module.so
  need g++ has g++
  need libsimdjson-dev file /usr/include/simdjson.h
  need mawk has mawk
  need perl has perl
  need libjson-xs-perl perl -MJSON::XS -e 1
  need nodejs has node
  need jq has jq
  need python3-ujson /usr/bin/python3 -c 'import ujson'
  need lua-cjson lua5.4 -e 'require "cjson"'
  need wrk has wrk
}

PATH=$PATH:/usr/sbin:/sbin
need_"$1"
[ -n "$missing" ] || exit 0

options="-y --no-install-recommends --no-remove -o DPkg::Lock::Timeout=120"
if ! command -v apt-get >/dev/null; then
  echo "Missing (by their Debian names; please install them or what your system calls them):$missing" >&2
  exit 2
elif [ "$(id -u)" = 0 ]; then
  sudo=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  sudo=sudo
else
  echo "Missing packages. Please run:" >&2
  echo "  sudo apt-get update && sudo apt-get install $options$missing" >&2
  exit 2
fi
echo "Installing:$missing"
log=$(mktemp) policy=
trap 'rm -f "$log"; [ -z "$policy" ] || $sudo rm -f "$policy"' EXIT
trap 'exit 2' HUP INT TERM

# Debian asks this file whether a new service may start: 101 is no. A machine's own stays as it is.
if [ ! -e /usr/sbin/policy-rc.d ]; then
  policy=/usr/sbin/policy-rc.d
  printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null && $sudo chmod 755 $policy
fi
# shellcheck disable=SC2086
if ! { $sudo apt-get update && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install $options $missing; } >"$log" 2>&1; then
  cat "$log" >&2
  exit 2
fi
