#!/usr/bin/env bash
# @xmpp/client 0.14.0: with stream management (XEP-0198) it acknowledges more stanzas than the server has counted.
#
# Expected: both sides count from <enabled/> on (XEP-0198 4). A server that asks right behind it, before it has sent anything, gets <a h='0'/>.
# Seen:     <a h='1'/>, when a stanza came before <enabled/> and all three in one piece of data: the package sets its counter to zero a moment
#           after it has answered. Whoever sends their presence on `online`, as the package's README does, brings that about. Prosody
#           0.12.3 ends the stream ("Client acknowledged more stanzas than sent by server"), the client comes back, and so on for ever.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --no-audit --no-fund --silent @xmpp/client@0.14.0 >/dev/null
cat >finding.mjs <<'JS'
import { createServer } from 'node:net'
import { client, xml } from '@xmpp/client'

// The smallest server. It answers the presence together with <enabled/>: the network may always join what is sent in a row.
const server = createServer((socket) => {
  let user = false
  let presence = ''
  let buffer = ''
  const steps = [
    [/^(?:<\?xml[^>]*\?>)?<stream:stream[^>]*>/, () => {
      const features = user ? '<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/><sm xmlns="urn:xmpp:sm:3"/>'
        : '<mechanisms xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><mechanism>PLAIN</mechanism></mechanisms>'
      socket.write(`<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1' from='a.example' version='1.0'><stream:features>${features}</stream:features>`)
    }],
    [/^<auth[^>]*>[^<]*<\/auth>/, () => { user = true; socket.write('<success xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/>') }],
    [/^<iq.*?<\/iq>/s, ([iq]) => {
      socket.write(`<iq type="result" id="${/id="([^"]*)"/.exec(iq)[1]}"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><jid>x@a.example/r</jid></bind></iq>`)
    }],
    [/^<presence[^>]*\/>/, () => { presence = '<presence from="x@a.example/r" to="x@a.example/r"/>' }],
    [/^<enable[^>]*\/>/, () => {
      socket.write(`${presence}<enabled xmlns="urn:xmpp:sm:3" id="1"/><r xmlns="urn:xmpp:sm:3"/>`)
    }],
    [/^<a [^>]*\/>/, ([ack]) => {
      console.log(`@xmpp/client: nothing was sent after <enabled/>, and it acknowledges ${/h="(\d+)"/.exec(ack)[1]}`)
      process.exit(0)
    }],
    [/^<r [^>]*\/>|^\s+/, () => undefined],
  ]
  socket.on('error', () => undefined)
  socket.on('data', (data) => {
    buffer += data
    for (let found = true; found && buffer !== '';) {
      found = false
      for (const [form, work] of steps) {
        const match = form.exec(buffer)
        if (match === null) continue
        buffer = buffer.slice(match[0].length)
        work(match)
        found = true
        break
      }
    }
  })
})
server.listen(0, '127.0.0.1', () => {
  const xmpp = client({
    service: `xmpp://127.0.0.1:${server.address().port}`, domain: 'a.example', resource: 'r',
    credentials: (authenticate) => authenticate({ username: 'x', password: 'x' }, 'PLAIN'),
  })
  xmpp.on('error', () => undefined)
  xmpp.on('online', () => xmpp.send(xml('presence')))
  xmpp.start()
})
setTimeout(() => { console.log('no acknowledgement came'); process.exit(1) }, 20_000)
JS
seen=$(node finding.mjs)
echo "$seen"
[ "$seen" = '@xmpp/client: nothing was sent after <enabled/>, and it acknowledges 1' ]
