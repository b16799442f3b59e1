import { expect } from 'chai'
import { peekTags, Routes, XmppTransport, type XmppOptions } from '../../src/transport/xmpp/index.js'
import { collect, rejection, until } from '../support/transport-events.js'
import { XmppServer, type XmppServerOptions } from '../support/xmpp-server.js'

/** The header of a version 3 data message with these tags; the rest does not matter to a transport. */
function dataLine(sender: number, receiver: number): string {
  const bytes = Buffer.alloc(24, 7)
  bytes.writeUInt16BE(3, 0)
  bytes[2] = 3
  bytes.writeUInt32BE(sender, 3)
  bytes.writeUInt32BE(receiver, 7)
  return `?OTR:${bytes.toString('base64')}.`
}

describe('xmpp: chat messages', () => {
  let server: XmppServer
  const open: XmppTransport[] = []

  async function serve(options: XmppServerOptions = {}): Promise<void> {
    server = await new XmppServer(options).listen()
  }

  async function client(jid: string, options: Partial<XmppOptions> = {}): Promise<XmppTransport> {
    const transport = new XmppTransport({ jid, password: 'secret', server: `127.0.0.1:${server.port}`, reconnect: { first: 10, most: 50 }, ...options })
    open.push(transport)
    await transport.start()
    return transport
  }

  afterEach(async () => {
    for (const transport of open.splice(0)) await transport.close(0)
    await server.close()
  })

  it('carries text both ways, to the bare JID at first and then to the client that answered', async () => {
    await serve()
    const alice = await client('alice@test.example/home')
    const bob = await client('Bob@Test.Example/desk')
    const atAlice = collect(alice, 'message')
    const atBob = collect(bob, 'message')
    await alice.send('BOB@test.example', 'hello <3 & "x" \u{1f600}\nline two')
    await until(() => atBob.length === 1)
    expect(atBob[0]).to.deep.equal({
      from: 'alice@test.example', text: 'hello <3 & "x" \u{1f600}\nline two', meta: { address: 'alice@test.example/home' },
    })
    await bob.send('alice@test.example', 'hi')
    await until(() => atAlice.length === 1)
    await alice.send('bob@test.example', 'to your desk')
    await until(() => atBob.length === 2)
    await until(() => server.peer('alice@test.example').sent.length === 2)
    const targets = server.peer('alice@test.example').sent.map((stanza) => /\bto="([^"]*)"/.exec(stanza)?.[1])
    expect(targets).to.deep.equal(['bob@test.example', 'bob@test.example/desk'])
    expect(server.peer('bob@test.example').sent[0]).to.include('to="alice@test.example/home"')
  })

  it('marks OTR lines as private and not to be kept, data as OTR, and people\'s text not at all', async () => {
    await serve()
    const alice = await client('alice@test.example')
    await client('bob@test.example')
    await alice.send('bob@test.example', 'plain')
    await alice.send('bob@test.example', '?OTRv34? words')
    await alice.send('bob@test.example', dataLine(0x101, 0))
    await until(() => server.peer('alice@test.example').sent.length === 3)
    const [text = '', query = '', data = ''] = server.peer('alice@test.example').sent
    for (const stanza of [query, data]) {
      expect(stanza).to.include('<private xmlns="urn:xmpp:carbons:2"/>')
      expect(stanza).to.include('<no-copy xmlns="urn:xmpp:hints"/>')
      expect(stanza).to.include('<no-permanent-store xmlns="urn:xmpp:hints"/>')
    }
    // An offer is useless to somebody who comes later; text may wait.
    expect(query).to.include('<no-store xmlns="urn:xmpp:hints"/>')
    expect(data).not.to.include('<no-store ')
    expect(data).to.match(/<encryption xmlns="urn:xmpp:eme:0" namespace="urn:xmpp:otr:0"/)
    expect(query).not.to.include('urn:xmpp:eme:0')
    expect(text).to.match(/^<message [^>]*type="chat"[^>]*><body>plain<\/body><\/message>$/)
  })

  it('I7: data follows the instance to its new resource', async () => {
    await serve()
    const alice = await client('alice@test.example')
    const bob = await client('bob@test.example/one')
    const other = await client('bob@test.example/two')
    const atAlice = collect(alice, 'message')
    await bob.send('alice@test.example', dataLine(0x1111, 0x2222))
    await until(() => atAlice.length === 1)
    await other.send('alice@test.example', dataLine(0x3333, 0x2222))
    await until(() => atAlice.length === 2)
    await alice.send('bob@test.example', dataLine(0x2222, 0x1111))
    await bob.close()
    const again = await client('bob@test.example/three')
    await again.send('alice@test.example', dataLine(0x1111, 0x2222))
    await until(() => atAlice.length === 3)
    await alice.send('bob@test.example', dataLine(0x2222, 0x1111))
    await alice.send('bob@test.example', 'plain')
    await until(() => server.peer('alice@test.example').sent.length === 3)
    const targets = server.peer('alice@test.example').sent.map((stanza) => /\bto="([^"]*)"/.exec(stanza)?.[1])
    expect(targets).to.deep.equal(['bob@test.example/one', 'bob@test.example/three', 'bob@test.example/three'])
  })

  it('a character that XML cannot carry is said before it is sent, and does not end the stream', async () => {
    await serve()
    const alice = await client('alice@test.example')
    const bob = await client('bob@test.example')
    const lines = collect(bob, 'message')
    for (const [text, sign] of [['a\u0000b', 'U+0000'], ['a\u001bb', 'U+001B'], ['\uFFFE', 'U+FFFE'], ['a\ud800', 'U+D800']] as const) {
      expect(alice.whatIsLost(text)).to.include(sign)
      expect(await rejection(alice.send('bob@test.example', text))).to.have.property('code', 'OTR_TRANSPORT_TEXT')
    }
    expect(alice.whatIsLost('tab\tand\nline \u{1f600}')).to.equal(undefined)
    await alice.send('bob@test.example', 'still here')
    await until(() => lines.length === 1)
    expect(lines[0]?.text).to.equal('still here')
  })

  it('says that a message came back', async () => {
    await serve()
    const alice = await client('alice@test.example')
    const lost = collect(alice, 'undelivered')
    const lines = collect(alice, 'message')
    await alice.send('carol@test.example', 'hello?')
    await until(() => lost.length === 1)
    expect(lost[0]).to.deep.equal({ to: 'carol@test.example', detail: 'service-unavailable', line: 'hello?', kind: 'text' })
    expect(lines).to.deep.equal([])
  })

  it('says which line came back, whatever is in the stanza that says so, and of which kind it was', async () => {
    await serve()
    const alice = await client('alice@test.example')
    await client('bob@test.example')
    const lost = collect(alice, 'undelivered')
    const sent = ['hello', '?OTRv34? words', dataLine(0x101, 0x202), 'bye']
    for (const line of sent) await alice.send('bob@test.example', line)
    const { socket, sent: stanzas } = server.peer('alice@test.example')
    await until(() => stanzas.length === 4)
    const ids = stanzas.map((stanza) => /\bid="([^"]*)"/.exec(stanza)?.[1])
    for (const at of [2, 1, 3, 1]) {
      socket.write(`<message type="error" from="bob@test.example/x" id="${ids[at] ?? ''}"><body>${sent[0] ?? ''}</body>`
        + '<error type="wait"><resource-constraint xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/><text>no room</text></error></message>')
    }
    await until(() => lost.length === 3)
    expect(lost).to.deep.equal([
      { to: 'bob@test.example', detail: 'no room', line: sent[2], kind: 'data' },
      { to: 'bob@test.example', detail: 'no room', line: sent[1], kind: 'offer' },
      { to: 'bob@test.example', detail: 'no room', line: 'bye', kind: 'text' },
    ])
  })

  it('says once that a program which was heard has gone, by its presence or by what comes back from it, and which instances were there', async () => {
    await serve()
    const alice = await client('alice@test.example')
    const gone = collect(alice, 'gone')
    const lines = collect(alice, 'message')
    const { socket, sent } = server.peer('alice@test.example')
    const says = (resource: string, tag: number): void => {
      socket.write(`<message from="bob@test.example/${resource}" type="chat"><body>${dataLine(tag, 0x2222)}</body></message>`)
    }
    says('one', 0x1001)
    says('two', 0x1002)
    // The first has moved there.
    says('three', 0x1001)
    await until(() => lines.length === 3)
    for (const resource of ['never', 'one', 'two', 'two']) socket.write(`<presence from="bob@test.example/${resource}" type="unavailable"/>`)
    await until(() => gone.length === 1)
    await alice.send('bob@test.example', dataLine(0x2222, 0x1001))
    await until(() => gone.length === 2)
    expect(gone).to.deep.equal([
      { who: 'bob@test.example', address: 'bob@test.example/two', instances: [0x1002] },
      { who: 'bob@test.example', address: 'bob@test.example/three', instances: [0x1001] },
    ])
    // Nobody knows where it is now: the server finds it, or keeps the line.
    await alice.send('bob@test.example', dataLine(0x2222, 0x1001))
    await until(() => sent.length === 2)
    expect(sent.map((stanza) => /\bto="([^"]*)"/.exec(stanza)?.[1])).to.deep.equal(['bob@test.example/three', 'bob@test.example'])
  })

  it('says of a line how the program of its sender writes text, where their presence names it', async () => {
    await serve()
    const alice = await client('alice@test.example')
    const lines = collect(alice, 'message')
    const { socket } = server.peer('alice@test.example')
    const caps = (resource: string, node: string): void => {
      socket.write(`<presence from="bob@test.example/${resource}"><c xmlns="http://jabber.org/protocol/caps" hash="sha-1" node="${node}" ver="x"/></presence>`)
    }
    const says = (resource: string): void => { socket.write(`<message from="bob@test.example/${resource}" type="chat"><body>hi</body></message>`) }
    caps('pidgin', 'http://pidgin.im/')
    caps('mcabber', 'http://mcabber.com/caps')
    caps('other', 'http://example.org/')
    for (const resource of ['pidgin', 'mcabber', 'other', 'unseen']) says(resource)
    // The same resource with another program, and gone: what was known is not known any more.
    caps('pidgin', 'http://example.org/')
    socket.write('<presence from="bob@test.example/mcabber" type="unavailable"/>')
    for (const resource of ['pidgin', 'mcabber']) says(resource)
    await until(() => lines.length === 6)
    expect(lines.map(({ meta }) => meta.textFormat)).to.deep.equal(['html', 'escapes', undefined, undefined, undefined, undefined])
  })

  it('reconnects, and sends what waited', async () => {
    await serve()
    const { port } = server
    const alice = await client('alice@test.example')
    await server.close()
    await until(() => alice.status === 'waiting')
    const waiting = alice.send('bob@test.example', 'kept')
    server = await new XmppServer().listen(port)
    await until(() => alice.status === 'online')
    await waiting
    await until(() => server.peer('alice@test.example').sent.length === 1)
    expect(server.peer('alice@test.example').sent[0]).to.include('kept')
  })

  it('acknowledges no more than the server has sent: who does is thrown out, each time', async () => {
    await serve({ counts: true })
    const alice = await client('alice@test.example')
    const peer = server.peer('alice@test.example')
    const lines = collect(alice, 'message')
    const told = collect(alice, 'status')
    for (const text of ['one', 'two']) {
      peer.counted++
      peer.socket.write(`<message from="bob@test.example/x" type="chat"><body>${text}</body></message><r xmlns="urn:xmpp:sm:3"/>`)
    }
    // Its presence, the answer to a question, and these.
    await until(() => lines.length === 2 && peer.counted === 4, 'all that is counted')
    peer.socket.write('<r xmlns="urn:xmpp:sm:3"/>')
    await until(() => peer.acknowledged === 4, 'the same count')
    expect(told).to.deep.equal([])
  })

  it('a wrong password is said at once', async () => {
    await serve({ password: 'other' })
    expect(await rejection(client('alice@test.example'))).to.have.property('code', 'OTR_TRANSPORT_REFUSED')
  })

  it('nobody there is said at once', async () => {
    await serve()
    const { port } = server
    await server.close()
    expect(await rejection(client('alice@test.example', { server: `127.0.0.1:${port}` }))).to.have.property('code', 'OTR_TRANSPORT_CONNECT')
    await serve()
  })

  it('everything is out before the connection is', async () => {
    await serve()
    const alice = await client('alice@test.example')
    const bob = await client('bob@test.example')
    const lines = collect(bob, 'message')
    for (let at = 0; at < 20; at++) void alice.send('bob@test.example', String(at))
    await alice.close()
    await until(() => lines.length === 20)
    expect(await rejection(alice.send('bob@test.example', 'late'))).to.have.property('code', 'OTR_TRANSPORT_CLOSED')
  })
})

describe('xmpp: where a line goes', () => {
  it('tags are read from the head of messages and fragments of both versions', () => {
    expect(peekTags(dataLine(0xffff_fffe, 0x100))).to.deep.equal({ sender: 0xffff_fffe, receiver: 0x100 })
    expect(peekTags('?OTR|5a73a599|27e31597,00001,00003,?OTR:AAM,')).to.deep.equal({ sender: 0x5a73a599, receiver: 0x27e31597 })
    expect(peekTags('?OTR|3c5b5f03|5a73a599|27e31597,00001,00003,?OTR:AAQ,')).to.deep.equal({ sender: 0x5a73a599, receiver: 0x27e31597 })
    for (const text of ['', 'hello', '?OTR', '?OTR:', '?OTR:AAM.', '?OTR:AAEDAAAAAAAAAAAA.', '?OTR|x|y,1,1,z,', '?OTRv3?', '?OTR,1,2,x,', '?OTR,00001,00003,?OTR:AAID,']) {
      expect(peekTags(text), text).to.equal(undefined)
    }
  })

  it('a client that has gone is not written to any more', () => {
    const routes = new Routes()
    routes.heard('bob@x/one', dataLine(0x1111, 0))
    routes.heard('bob@x/two', 'hi')
    expect(routes.pick('bob@x', 'text')).to.equal('bob@x/two')
    expect(routes.pick('bob@x', dataLine(0, 0x1111))).to.equal('bob@x/one')
    expect(routes.gone('bob@x/one')).to.deep.equal([0x1111])
    expect(routes.gone('bob@x/one')).to.equal(undefined)
    // Whoever is at `two` may be another instance, which could not read it.
    expect(routes.pick('bob@x', dataLine(0, 0x1111))).to.equal('bob@x')
    expect(routes.pick('bob@x', dataLine(0, 0))).to.equal('bob@x/two')
    expect(routes.gone('bob@x/two')).to.deep.equal([])
    expect(routes.gone('bob@x/two')).to.equal(undefined)
    expect(routes.gone('carol@x/one')).to.equal(undefined)
    expect(routes.pick('bob@x', 'text')).to.equal('bob@x')
    expect(routes.pick('carol@x', 'text')).to.equal('carol@x')
  })
})
