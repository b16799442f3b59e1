#!/usr/bin/env bash
# mcabber 1.1.2 (Debian's 1.1.2-2+b1): in a private conversation of two mcabbers, a typed `&lt;` is read as `<`, and a typed `<br>` as a new line.
#
# Expected: what one types is what the other reads. OTR's version 3 says that text may contain HTML, so a program that decodes has to encode, too.
# Seen:     the sender encrypts the text as it was typed; the receiver decodes entities and <br> in it. In clear both read what was typed.
# Wants the packages mcabber, tmux and prosody; runs everything from a temporary folder on loopback, and ends it.
set -euo pipefail
version=$(dpkg-query -W -f '${Version}' mcabber 2>/dev/null || true)
[ "$version" = 1.1.2-2+b1 ] || { echo "needs mcabber 1.1.2-2+b1 (Debian 12), found '${version}'"; exit 1; }
work=$(mktemp -d)
server=
terminal() { HOME=$work TERM=xterm-256color LC_ALL=C.UTF-8 tmux -S "$work/tmux" -f /dev/null "$@"; }
trap 'terminal kill-server 2>/dev/null || true; [ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }; rm -rf "$work"' EXIT
cd "$work"
port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close() })")
mkdir -p data/localhost/accounts data/localhost/roster
for pair in alice:bob bob:alice; do
  echo 'return { ["password"] = "secret" };' >"data/localhost/accounts/${pair%:*}.dat"
  echo "return { [false] = { version = 1; }; [\"${pair#*:}@localhost\"] = { subscription = \"both\"; groups = {}; } };" >"data/localhost/roster/${pair%:*}.dat"
done
cat >prosody.cfg.lua <<LUA
run_as_root = true
pidfile = "$work/pid"
data_path = "$work/data"
interfaces = { "127.0.0.1" }
c2s_ports = { $port }
modules_enabled = { "saslauth", "roster", "message", "presence" }
modules_disabled = { "s2s", "tls" }
s2s_ports = {}
authentication = "internal_plain"
storage = "internal"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
log = { info = "*console" }
VirtualHost "localhost"
LUA
prosody --config "$work/prosody.cfg.lua" -F >out 2>&1 &
server=$!
for _ in $(seq 100); do (: </dev/tcp/127.0.0.1/"$port") 2>/dev/null && break; sleep 0.1; done

screen() { terminal capture-pane -p -t "$1"; }
# Waits until a screen shows something.
shows() {
  for _ in $(seq 300); do screen "$1" | grep -qF -- "$2" && return; sleep 0.1; done
  echo "$1 does not show $2:"; screen "$1" | grep . || true; exit 1
}
type_into() { terminal send-keys -t "$1" -l -- "$2"; terminal send-keys -t "$1" Enter; }

for pair in alice:bob bob:alice; do
  name=${pair%:*} other=${pair#*:}
  mkdir -p "$name/otr"
  cat >"$name/mcabberrc" <<RC
set jid = $name@localhost
set password = secret
set server = 127.0.0.1
set port = $port
set tls = 0
set otr = 1
set otr_dir = $work/$name/otr
set log_win_height = 40
otrpolicy default manual
RC
  terminal new-session -d -s "$name" -x 300 -y 100 "mcabber -f $work/$name/mcabberrc"
  shows "$name" 'OTR key generated'
  shows "$name" 'Connection established'
  shows "$name" "$other@"
done
for pair in alice:bob bob:alice; do
  type_into "${pair%:*}" "/roster search ${pair#*:}"
  shows "${pair%:*}" "Buddy: ${pair#*:}@localhost"
  terminal send-keys -t "${pair%:*}" Enter
done
type_into alice 'in clear: &lt;b&gt; .'
shows bob 'in clear: &lt;b&gt; .'
type_into alice '/otr start bob@localhost'
shows alice 'OTR: channel established'
shows bob 'OTR: channel established'
type_into alice 'in private: &lt;b&gt; one<br>two'
shows bob 'in private:'
shows bob 'two'
seen=$(screen bob | grep -F -A1 'in private:' | sed -E 's/^.*(in private:|two)/\1/; s/ +$//')
echo "$seen"
[ "$seen" = $'in private: <b> one\ntwo' ]
