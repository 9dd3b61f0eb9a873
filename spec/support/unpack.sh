#!/bin/sh
# unpack.sh test|check|release: gets the servers that the specs run, if the system has none. Their packages start a
# service, or take over the machine's log, when they are installed; so they are unpacked into build/programs, which
# needs no root, and a command in its bin runs each. Where that fails, their specs count as skipped.

programs=$PWD/build/programs
libraries=$programs/usr/lib/$(gcc -print-multiarch)
old=$programs/lib/$(gcc -print-multiarch) # where some packages of Debian 12 still have theirs

# get COMMAND PACKAGES [ARGUMENT...]: unpacks Debian packages with what they depend on; the arguments go first.
get() {
  name=$1 packages=$2
  shift 2
  mkdir -p "$programs/bin" "$programs/packages/$name"
  # shellcheck disable=SC2086
  (
    cd "$programs/packages/$name" &&
      depends=$(apt-get -s --no-install-recommends install $packages | sed -n 's/^Inst \([^ ]*\).*/\1/p') &&
      apt-get -q download $packages $depends
  ) >"$programs/$name.log" 2>&1 || return
  for package in "$programs/packages/$name"/*.deb; do
    dpkg -x "$package" "$programs" || return
  done
  rm -r "$programs/packages/$name"
  {
    echo '#!/bin/sh'
    echo "export LD_LIBRARY_PATH='$libraries:$old:$programs/usr/lib/syslog-ng' RSYSLOG_MODDIR='$libraries/rsyslog'"
    echo "export LUA_PATH=\"\${LUA_PATH:+\$LUA_PATH;}$programs/usr/share/lua/5.1/?.lua;;\"" # nginx's own Lua files
    printf "exec '%s'" "$programs/usr/sbin/$name"
    [ $# = 0 ] || printf " '%s'" "$@"
    # shellcheck disable=SC2016
    echo ' "$@"'
  } >"$programs/$name.new"
  chmod +x "$programs/$name.new" && mv "$programs/$name.new" "$programs/bin/$name"
}

has() { PATH=$PATH:/usr/sbin:/sbin:$programs/bin command -v "$1" >/dev/null; }

case $1 in test | check | release) ;; *) exit 0 ;; esac
has apt-get || exit 0
has nginx || get nginx 'nginx libnginx-mod-http-lua' -p "$programs/usr/share/nginx/" \
  -g 'load_module modules/ndk_http_module.so; load_module modules/ngx_http_lua_module.so;'
has haproxy || get haproxy haproxy
has apache2 || get apache2 apache2-bin
has rsyslogd || get rsyslogd rsyslog
has syslog-ng || get syslog-ng 'syslog-ng-core syslog-ng-mod-add-contextual-data' \
  "--module-path=$programs/usr/lib/syslog-ng/3.38"
exit 0
