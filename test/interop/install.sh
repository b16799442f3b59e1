#!/usr/bin/env bash
# Installs the clients, servers and libraries that the interop tests talk to, and builds our peer programs around other
# people's implementations into test/interop/.build. For Debian, as root; Go and Rust toolchains are expected to be there.
# Each part can fail by itself: the others are still built, what failed is named at the end, and the exit code is 1.
#
#   bash test/interop/install.sh            everything
#   bash test/interop/install.sh packages   only Debian's packages
#   bash test/interop/install.sh peers      only the peer programs
#   bash test/interop/install.sh engines    only the versions of Node
#   bash test/interop/install.sh runtimes   only Bun and Deno
#
# Three peers more are built where their sources are given, for no registry that we know serves them; their tests run when they are there:
#
#   OTR3_SOURCE=DIR                         a checkout of github.com/coyim/otr3, the newest (Debian has that of 2016)
#   LIBOTR_NG_SOURCE=DIR LIBGOLDILOCKS_SOURCE=DIR
#                                           checkouts of github.com/otrv4/libotr-ng and of its Ed448 library; needs autoconf, automake,
#                                           libtool, libsodium-dev and libglib2.0-dev
#   OTR4J_SOURCE=DIR JOLDILOCKS_SOURCE=DIR  checkouts of github.com/otr4j/otr4j and of its Ed448 library; needs a JDK and Maven
set -u -o pipefail
cd "$(dirname "$0")" || exit 1
build=$PWD/.build
what=${1:-all}
failed=()

say() { printf 'interop: %s\n' "$*" >&2; }

packages=(
  # libotr: the C peer, and the toolkit that reads and forges transcripts
  libotr5-dev libotr5-bin libgcrypt20-dev libjson-c-dev pkg-config gcc libc6-dev
  # python-potr, which speaks version 2
  python3 python3-pip
  # live clients and their servers
  tmux irssi irssi-plugin-otr ngircd inspircd znc prosody lua-unbound ejabberd bitlbee bitlbee-plugin-otr mcabber profanity
  # live clients with windows, an X server that nobody sees, and what reads windows aloud
  pidgin pidgin-otr thunderbird tkabber tkabber-plugins hexchat hexchat-otr xvfb dbus at-spi2-core libatk-adaptor gir1.2-atspi-2.0 python3-gi
  # another engine, for the WebAssembly modules and for what is kept in a browser
  chromium
  # the database of a prekey server that runs on several machines
  postgresql
)

# Debian starts services when it installs them. Nothing of this machine is to listen because of a test.
install_packages() {
  local policy=/usr/sbin/policy-rc.d ours=no status=0 mappers pid
  mappers=" $(pidof epmd) "
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" && ours=yes
  fi
  say "apt-get update"
  apt-get update -qq >&2 || status=1
  say "apt-get install ${packages[*]}"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" </dev/null >&2 || status=1
  [ "$ours" = yes ] && rm -f "$policy"
  # That of ejabberd leaves Erlang's port mapper behind, on all addresses.
  for pid in $(pidof epmd); do
    case $mappers in *" $pid "*) ;; *) kill "$pid" ;; esac
  done
  return "$status"
}

build_libotr() {
  local flags
  mkdir -p "$build/libotr" || return 1
  flags=$(pkg-config --cflags --libs libotr json-c) || return 1
  # -rdynamic: the program's time() takes the place of the C library's inside libotr too.
  # shellcheck disable=SC2086
  cc -O2 -Wall -Wextra -rdynamic -o "$build/libotr/peer" peers/libotr/*.c $flags -lgcrypt >&2
}

# Debian carries otr3 as Go sources without a module; only the sources are taken, not the compiler they depend on.
build_otr3() {
  local path=$build/otr3/path
  if [ -x "$build/otr3/peer" ] && [ "$build/otr3/peer" -nt peers/otr3/main.go ]; then return 0; fi
  rm -rf "$build/otr3" && mkdir -p "$path/src/otr4-interop" "$build/otr3/deb" || return 1
  (cd "$build/otr3/deb" && apt-get -o APT::Sandbox::User=root download -qq golang-github-twstrike-otr3-dev && dpkg-deb -x ./*.deb .) >&2 || return 1
  mv "$build/otr3/deb/usr/share/gocode/src/github.com" "$path/src/" || return 1
  cp peers/otr3/*.go "$path/src/otr4-interop/" || return 1
  (cd "$path/src/otr4-interop" && GO111MODULE=off GOPATH=$path GOFLAGS='' go build -o "$build/otr3/peer" .) >&2
}

# The same program over another otr3: where the module lies is all that differs.
build_otr3_newest() {
  local from=$build/otr3-newest version
  version=$(git -C "$OTR3_SOURCE" log -1 --format=%cs 2>/dev/null) || version=newest
  rm -rf "$from" && mkdir -p "$from" || return 1
  sed "s#github.com/twstrike/otr3#github.com/coyim/otr3#; s#twstrike/otr3 2016-10-15#coyim/otr3 $version#" peers/otr3/main.go >"$from/main.go" || return 1
  printf 'module otr4-interop\ngo 1.23.0\nrequire github.com/coyim/otr3 v0.0.0\nreplace github.com/coyim/otr3 => %s\n' "$(realpath "$OTR3_SOURCE")" >"$from/go.mod"
  (cd "$from" && go mod tidy && go build -o peer .) >&2
}

# Its own build wants a library that no registry has; all that it needs is a compiler and two libraries that Maven Central has.
build_otr4j() {
  local to=$build/otr4j library
  rm -rf "$to" && mkdir -p "$to/jars" "$to/classes" || return 1
  for library in org.bouncycastle:bcprov-jdk18on:1.78.1 com.google.code.gson:gson:2.11.0 com.google.code.findbugs:jsr305:3.0.2 \
    com.google.errorprone:error_prone_annotations:2.24.1; do
    mvn -q -B dependency:copy -Dartifact="$library" -DoutputDirectory="$to/jars" >&2 || return 1
  done
  find "$OTR4J_SOURCE/src/main" "$JOLDILOCKS_SOURCE/src/main" peers/otr4j -name '*.java' ! -name module-info.java >"$to/sources" || return 1
  javac -nowarn -proc:none -d "$to/classes" -cp "$to/jars/*" "@$to/sources" >&2
}

# Their own builds stop at warnings that newer compilers give.
build_libotr_ng() {
  local to=$build/libotr-ng prefix=$build/libotr-ng/installed flags
  rm -rf "$to" && mkdir -p "$to" && cp -r "$LIBGOLDILOCKS_SOURCE" "$to/libgoldilocks" && cp -r "$LIBOTR_NG_SOURCE" "$to/source" || return 1
  (cd "$to/libgoldilocks" && sh autogen.sh && ./configure --prefix="$prefix" --disable-shared \
    && find . -name Makefile -exec sed -i 's/-Werror//g; s/-Wfatal-errors//g' {} + && make CFLAGS='-O2 -w' install) >&2 || return 1
  (cd "$to/source" && sh autogen.sh && PKG_CONFIG_PATH="$prefix/lib/pkgconfig" ./configure --disable-shared \
    && find . -name Makefile -exec sed -i 's/-Werror//g; s/-Wfatal-errors//g; s/-pedantic-errors//g' {} + \
    && make -C src CFLAGS='-O2 -w -std=gnu99' libotr-ng.la) >&2 || return 1
  flags=$(pkg-config --cflags --libs libotr json-c libsodium glib-2.0) || return 1
  # shellcheck disable=SC2086
  cc -std=gnu99 -O2 -w -o "$to/peer" peers/libotr-ng/peer.c -I"$to/source/src" -I"$to/source" -I"$prefix/include" \
    "$to/source/src/.libs/libotr-ng.a" "$prefix/lib/libgoldilocks.a" $flags -lgcrypt >&2
}

# What it says that it depends on is pycrypto, which no present Python builds; pycryptodome has the same names.
build_potr() {
  rm -rf "$build/potr" && mkdir -p "$build/potr" || return 1
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --target "$build/potr/packages" \
    python-potr==1.0.2 pycryptodome==3.23.0 >&2
}

build_otrr() {
  mkdir -p "$build/otrr" || return 1
  cp -r peers/otrr/Cargo.toml peers/otrr/src "$build/otrr/" || return 1
  (cd "$build/otrr" && CARGO_TARGET_DIR="$build/otrr/target" cargo build --release --quiet) >&2
}

# Other versions of Node, into npx's cache.
fetch_nodes() {
  local version status=0
  for version in 20 22 24 26; do npx -y -p "node@$version" node --version >&2 || status=1; done
  return "$status"
}

# Bun and Deno as packages, whose programs are in other packages, one for each platform: the scripts that would look for them are not needed.
fetch_runtimes() {
  mkdir -p "$build/runtimes" || return 1
  [ -e "$build/runtimes/package.json" ] || echo '{ "private": true }' >"$build/runtimes/package.json"
  (cd "$build/runtimes" && npm install --ignore-scripts --no-audit --no-fund bun@1.4.5 deno@2.9.6) >&2
}

part() {
  local name=$1
  shift
  say "$name"
  if "$@"; then say "$name: done"; else
    say "$name: FAILED, see above"
    failed+=("$name")
  fi
}

if [ "$what" = all ] || [ "$what" = packages ]; then part 'Debian packages' install_packages; fi
if [ "$what" = all ] || [ "$what" = peers ]; then
  part 'libotr peer (C)' build_libotr
  part 'otr3 peer (Go)' build_otr3
  part 'otrr peer (Rust)' build_otrr
  part 'python-potr (Python)' build_potr
  if [ -n "${OTR3_SOURCE:-}" ]; then part 'otr3 peer, the newest (Go)' build_otr3_newest; fi
  if [ -n "${LIBOTR_NG_SOURCE:-}" ]; then part 'libotr-ng peer (C)' build_libotr_ng; fi
  if [ -n "${OTR4J_SOURCE:-}" ]; then part 'otr4j peer (Java)' build_otr4j; fi
fi
if [ "$what" = all ] || [ "$what" = engines ]; then part 'other versions of Node' fetch_nodes; fi
if [ "$what" = all ] || [ "$what" = runtimes ]; then part 'Bun and Deno' fetch_runtimes; fi
if [ ${#failed[@]} -gt 0 ]; then
  say "not there: ${failed[*]}"
  exit 1
fi
say 'everything is there'
