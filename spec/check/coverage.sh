#!/bin/sh
# What of csrc and lua the suite runs: lines and branches of C by gcov, lines of Lua by a line hook. The last line has
# the figures; above it stands what has not run. Fails below 100 % of lines and 95 % of branches.

build=build/coverage
root=$(pwd)
rm -rf $build

# Without AVX-512 its functions cannot run, so they are left out.
wide=$(grep -qw avx512_vbmi2 /proc/cpuinfo || echo -DTCERR_SSE2_ONLY)
make -s TCERR_BUILD=$build CFLAGS="-O0 --coverage -DALWAYS_INLINE=static $wide" modules $build/edges $build/portable/edges || exit 1
ln -s "$root/build/5.4/host" $build/5.4/host # its own core does not count

for version in 5.1 5.4; do
  gcc -std=c99 -O2 -fPIC -shared "-DROOT=\"$root\"" "-DOUTPUT=\"$root/$build/lines\"" -I/usr/include/lua$version \
    spec/check/coverage_hook.c -o $build/$version/hook.so || exit 1
done
# nginx knows no LUA_INIT, but looks for a Lua file before it takes the module. Code that LuaJIT has compiled has no hooks.
mkdir -p $build/nginx/tcerr
cat >$build/nginx/tcerr/core.lua <<END
if jit then
  jit.off()
  assert(package.loadlib("$root/$build/5.1/hook.so", "start"))()
end
package.loaded["tcerr.core"], package.path = nil, package.path:gsub("[^;]*/nginx/%?.lua;", "")
return require "tcerr.core"
END

export TCERR_BUILD=$build
# What these specs install is a core that they have built themselves, which counts nothing.
SPECS=$(grep -L 'luarocks\|support.checkout\|support.parallel' spec/*_spec.lua)
export SPECS
LUA_INIT_5_4="assert(package.loadlib('$root/$build/5.4/hook.so', 'start'))()" LUA_PATH="$root/$build/nginx/?.lua;;" \
  INTERPRETERS=lua5.4 /usr/bin/python3 spec/support/test.py || exit 1
# What is written for Lua 5.1 alone.
SPECS=spec/run_spec.lua INTERPRETERS=lua5.1 /usr/bin/python3 spec/support/test.py || exit 1

status=0
report() { gcovr --root . --filter csrc/ "$@" || status=1; }
report $build --json $build/c.json
report -a $build/c.json --txt
report -a $build/c.json --txt --branches
report -a $build/c.json --print-summary --fail-under-line 100 --fail-under-branch 95 -o $build/table.txt >$build/c.txt
lua5.4 spec/check/coverage_report.lua $build/lines lua/*.lua lua/tcerr/*.lua >$build/lua.txt || status=1
sed '$d' $build/lua.txt
# figure NAME: "N % of N NAME"
figure() { sed -n "s/^$1: \(.*\)% (.* out of \(.*\))$/\1 % of \2 $1/p" $build/c.txt; }
echo "csrc $(figure lines), $(figure branches)${wide:+ (no AVX-512 here)}; $(tail -n 1 $build/lua.txt)"
exit $status
