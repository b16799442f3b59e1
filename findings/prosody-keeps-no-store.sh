#!/usr/bin/env bash
# Prosody 0.12.3 (Debian's 0.12.3-1+deb12u1): a message marked <no-store/> (XEP-0334) waits for somebody who is away all the same.
#
# Expected: it is not stored, not even for a while: an offer of encryption, say, is worth nothing to somebody who comes later, and whoever
#           answers it then tells that they have come.
# Seen:     it is left out of the archive, but put into the offline store and delivered at log-in, with a stamp. ejabberd 23.01 refuses it.
# Wants the packages prosody and Node; runs the server from a temporary folder on loopback, and ends it.
set -euo pipefail
version=$(dpkg-query -W -f '${Version}' prosody 2>/dev/null || true)
[ "$version" = 0.12.3-1+deb12u1 ] || { echo "needs prosody 0.12.3-1+deb12u1 (Debian 12), found '${version}'"; exit 1; }
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }; rm -rf "$work"' EXIT
cd "$work"
npm install --no-audit --no-fund --silent @xmpp/client@0.14.0 >/dev/null
port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close() })")
mkdir -p data/localhost/accounts
for user in alice bob; do echo 'return { ["password"] = "secret" };' >"data/localhost/accounts/$user.dat"; done
cat >prosody.cfg.lua <<LUA
run_as_root = true
pidfile = "$work/pid"
data_path = "$work/data"
interfaces = { "127.0.0.1" }
c2s_ports = { $port }
modules_enabled = { "saslauth", "roster", "offline" }
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
const alice = await login('alice')
await alice.send(xml('message', { to: 'bob@localhost', type: 'chat' }, xml('body', {}, 'now or never'), xml('no-store', { xmlns: 'urn:xmpp:hints' })))
await new Promise((resolve) => { setTimeout(resolve, 500) })
const bob = await login('bob')
bob.on('stanza', (stanza) => {
  if (!stanza.is('message')) return
  console.log(`prosody: "${stanza.getChildText('body')}" came late, stamped by ${stanza.getChild('delay')?.attrs.from}`)
  process.exit(0)
})
await bob.send(xml('presence'))
setTimeout(() => { console.log('prosody: nothing came'); process.exit(0) }, 5_000)
JS
seen=$(node finding.mjs "$port")
echo "$seen"
[ "$seen" = 'prosody: "now or never" came late, stamped by localhost' ]
