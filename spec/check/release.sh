#!/bin/sh
# The rehearsal of a release: LuaRocks packs the source rock from this directory under the release's tag, installs it
# from a local server into an empty tree for each Lua, and removes it; between the two it is used from elsewhere.
# Needs no network; everything happens in build/release.

root=$PWD
work=$root/build/release
version=$(sed -n 's/^#define TCERR_VERSION "\(.*\)"$/\1/p' csrc/tcerr.h)
rockspec=$root/rockspec/tcerr-$version-1.rockspec
url=$(sed -n 's/^  url = "git+\(.*\)",$/\1/p' "$rockspec")
. spec/check/verdict.sh

# Runs a command with nothing of this environment that Lua, LuaRocks or git would look at.
alone() { env -i PATH="$PATH" HOME="$work" "$@"; }

# On a repository of this directory's files, which takes the place of the public one.
repository() { alone git --git-dir="$work/tcerr.git" --work-tree="$root" "$@"; }

pack() {
  untracked=$(git ls-files --others --exclude-standard 2>/dev/null || true)
  if [ -n "$untracked" ]; then
    echo "not in git: $untracked"
    return 1
  fi
  repository init -q
  repository add -A
  repository -c user.name=tcerr -c user.email=tcerr commit -q -m "$version"
  repository tag "v$version"
  mkdir "$work/server"
  cd "$work/server"
  alone GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.file://$work/tcerr.git.insteadOf" GIT_CONFIG_VALUE_0="$url" \
    luarocks --lua-version 5.4 pack "$rockspec"
  alone luarocks-admin --lua-version 5.4 make-manifest "$work/server"
  du -h "tcerr-$version-1.src.rock"
}

# No warning either, which LuaRocks would not fail for.
lint() {
  set -- "$root"/rockspec/*
  for file; do
    alone luarocks --lua-version 5.4 lint "$file" 2>&1 | tee "$work/said"
    [ ! -s "$work/said" ]
  done
  echo "$# rockspecs"
}

# The command of the tree, and that of the checkout, on the same.
same() {
  alone "$tree/bin/tcerr" "$@" >"$work/got"
  alone LUA_PATH="$root/lua/?.lua" LUA_CPATH="$root/build/5.4/?.so" lua5.4 "$root/lua/tcerr/main.lua" "$@" >"$work/wanted"
  cmp "$work/got" "$work/wanted"
}

# What is in the tree but LuaRocks' list of what is in it.
files() { find "$tree" ! -type d ! -path '*/lib/luarocks/rocks-*/manifest' | sort; }

rocks() { alone luarocks --lua-version "$lua_version" --only-server="$work/server" --tree="$tree" "$@"; }

# tree TREE INTERPRETER VERSION [OPTION...]: a rock's life, in a tree that holds at most an interpreter. OPTION is for
# LuaRocks.
tree() {
  tree=$1 lua=$2 lua_version=$3
  shift 3
  mkdir -p "$tree"
  cd /
  files >"$work/before"
  rocks "$@" install tcerr
  symbols=$(nm -D --defined-only "$tree/lib/lua/$lua_version/tcerr/core.so" | cut -d ' ' -f 2-)
  echo "$symbols"
  [ "$symbols" = "T luaopen_tcerr_core" ]
  alone LUA_PATH="$tree/share/lua/$lua_version/?.lua" LUA_CPATH="$tree/lib/lua/$lua_version/?.so" \
    "$lua" "$root/spec/support/smoke.lua" >"$work/smoke"
  grep -F "$lua" "$tree/bin/tcerr"
  alone "$tree/bin/tcerr" --version | grep -F "tcerr $version "
  same 4100 AuthFailure 20108
  same list --json
  same parse "$root/examples/answer.json"
  same enrich "$root/examples/access.jsonl"
  same top "$root/examples/access.jsonl"
  same nginx-conf
  rocks "$@" remove tcerr
  files | diff "$work/before" -
  cat "$work/smoke"
}

rm -rf "$work"
mkdir -p "$work"
check lint lint
check pack pack
if [ -e "$work/server/manifest" ]; then
  for v in 5.1 5.2 5.3 5.4; do
    check "Lua $v" tree "$work/$v" lua$v $v
  done

  # As OpenResty lays out its own, and as LuaRocks is told to use it.
  luajit=$work/openresty/luajit
  mkdir -p "$luajit/bin" "$luajit/include"
  ln -s "$(command -v luajit)" "$luajit/bin/luajit"
  cp -r /usr/include/luajit-2.1 "$luajit/include/"
  check OpenResty tree "$luajit" "$luajit/bin/luajit" 5.1 --lua-dir="$luajit"
fi

sum_up
