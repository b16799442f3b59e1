#!/usr/bin/env bash
# ejabberd 23.01 (Debian's 23.01-1): a message that waited for somebody who was away comes without the server's stamp, when its sender has
# written one in the server's name.
#
# Expected: the server says when it put the message by (XEP-0160), whatever else is in it.
# Seen:     the sender's <delay from='localhost' stamp='2036-01-01T00:00:00Z'/> alone: the receiver is told a time that the sender made up, in
#           the name of their own server. Beside a stamp in any other name the server's own stands. Prosody 0.12.3 adds its own always.
# Wants the packages ejabberd and Node; runs the server from a temporary folder on loopback, and ends it.
set -euo pipefail
version=$(dpkg-query -W -f '${Version}' ejabberd 2>/dev/null || true)
[ "$version" = 23.01-1 ] || { echo "needs ejabberd 23.01-1 (Debian 12), found '${version}'"; exit 1; }
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }; rm -rf "$work"' EXIT
cd "$work"
npm install --no-audit --no-fund --silent @xmpp/client@0.14.0 >/dev/null
port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close() })")
cat >ejabberd.yml <<YML
hosts: [ localhost ]
loglevel: warning
auth_method: internal
auth_password_format: plain
default_db: mnesia
listen: [ { port: $port, ip: "127.0.0.1", module: ejabberd_c2s, starttls: false, access: all } ]
modules: { mod_offline: {}, mod_roster: {} }
YML
ERL_LIBS=$(echo /usr/lib/*-linux-gnu | tr ' ' ':') HOME=$work EJABBERD_CONFIG_PATH=$work/ejabberd.yml EJABBERD_LOG_PATH=$work/log \
  erl -noinput -noshell -mnesia dir "\"$work/db\"" -s ejabberd \
  -eval '[ejabberd_auth:try_register(U, <<"localhost">>, <<"secret">>) || U <- [<<"alice">>, <<"bob">>]], io:format("there~n").' >out 2>&1 &
server=$!
for _ in $(seq 100); do grep -qs '^there' out && break; sleep 0.2; done
cat >finding.mjs <<'JS'
import { client, xml } from '@xmpp/client'

async function login(username) {
  const xmpp = client({
    service: `xmpp://127.0.0.1:${process.argv[2]}`, domain: 'localhost', resource: 'r',
    credentials: (authenticate) => authenticate({ username, password: 'secret' }, 'PLAIN'),
  })
  xmpp.on('error', (error) => { console.log(error.message) })
  await xmpp.start()
  return xmpp
}
const delay = (from) => xml('delay', { xmlns: 'urn:xmpp:delay', from, stamp: '2036-01-01T00:00:00Z' })
const alice = await login('alice')
for (const from of ['alice@localhost/r', 'localhost']) {
  await alice.send(xml('message', { to: 'bob@localhost', type: 'chat' }, xml('body', {}, from), delay(from)))
}
await new Promise((resolve) => { setTimeout(resolve, 500) })
const bob = await login('bob')
const seen = []
bob.on('stanza', (stanza) => {
  if (!stanza.is('message')) return
  seen.push(stanza.getChildren('delay').map(({ attrs }) => `${attrs.from} ${attrs.stamp.slice(0, 4) === '2036' ? 'false' : 'true'}`).join(', '))
  if (seen.length < 2) return
  console.log(`ejabberd: ${seen.join(' | ')}`)
  process.exit(0)
})
await bob.send(xml('presence'))
setTimeout(() => { console.log('nothing came'); process.exit(1) }, 10_000)
JS
seen=$(node finding.mjs "$port")
echo "$seen"
[ "$seen" = 'ejabberd: alice@localhost/r false, localhost true | localhost false' ]
