import { xml } from '@xmpp/client'
import { expect } from 'chai'
import { looksLikeHtml } from '../../src/cli/chat/html-hint.js'
import { readMessage, XmppTransport } from '../../src/transport/xmpp/index.js'
import { CatchingUp } from '../../src/transport/xmpp/catching-up.js'
import { encryptedPair } from '../support/network.js'
import { collect, rejection, until } from '../support/transport-events.js'
import { XmppServer } from '../support/xmpp-server.js'

const query = '<body>?OTRv34?</body>'
const forwarded = `<forwarded xmlns="urn:xmpp:forward:0"><message from="bob@test.example/x" to="alice@test.example" type="chat">${query}</message></forwarded>`

describe('xmpp: what must not happen', () => {
  let server: XmppServer
  let alice: XmppTransport

  beforeEach(async () => {
    server = await new XmppServer().listen()
    alice = new XmppTransport({ jid: 'alice@test.example/r', password: 'secret', server: `localhost:${server.port}` })
    await alice.start()
  })

  afterEach(async () => {
    await alice.close(0)
    await server.close()
  })

  async function inject(...stanzas: string[]): Promise<ReturnType<typeof collect<'message'>>> {
    const messages = collect(alice, 'message')
    for (const stanza of stanzas) server.peer('alice@test.example').socket.write(stanza)
    server.peer('alice@test.example').socket.write('<message from="z@test.example/r" type="chat"><body>done</body></message>')
    await until(() => messages.some(({ text }) => text === 'done'))
    return messages
  }

  it('H9: carbon copies, archive copies, group chats, errors and headlines never reach the session', async () => {
    const ignored = collect(alice, 'ignored')
    const messages = await inject(
      `<message from="alice@test.example" type="chat"><received xmlns="urn:xmpp:carbons:2">${forwarded}</received></message>`,
      `<message from="alice@test.example" type="chat"><sent xmlns="urn:xmpp:carbons:2">${forwarded}</sent></message>`,
      // A stranger's forged carbon, and one that carries a body of its own.
      `<message from="mallory@test.example/x" type="chat">${query}<received xmlns="urn:xmpp:carbons:2">${forwarded}</received></message>`,
      `<message from="alice@test.example"><result xmlns="urn:xmpp:mam:2" id="1">${forwarded}</result></message>`,
      `<message from="alice@test.example">${query}<result xmlns="urn:xmpp:mam:1" id="1">${forwarded}</result></message>`,
      `<message from="bob@test.example/x" type="chat">${query}${forwarded}</message>`,
      `<message from="room@muc.test.example/bob" type="groupchat">${query}</message>`,
      `<message from="room@muc.test.example/bob" type="chat">${query}<x xmlns="http://jabber.org/protocol/muc#user"/></message>`,
      `<message from="bob@test.example/x" type="error">${query}<error type="cancel"/></message>`,
      `<message from="bob@test.example/x" type="headline">${query}</message>`,
      `<message type="chat">${query}</message>`,
    )
    expect(messages.map(({ text }) => text)).to.deep.equal(['done'])
    const reasons = ignored.map(({ reason }) => reason)
    expect(reasons).to.deep.equal(['carbon', 'carbon', 'carbon', 'archive', 'archive', 'archive', 'groupchat', 'groupchat', 'error', 'headline',
      'headline'])
    expect(server.peer('alice@test.example').sent).to.deep.equal([])
  })

  it('Q10: a message that the server kept is marked with its time, in the new form and the old', async () => {
    const messages = await inject(
      `<message from="bob@test.example/x" type="chat">${query}<delay xmlns="urn:xmpp:delay" stamp="2020-01-01T00:00:00Z"/></message>`,
      `<message from="bob@test.example/x" type="chat">${query}<x xmlns="jabber:x:delay" stamp="20200101T00:00:00"/></message>`,
      `<message from="bob@test.example/x" type="chat">${query}<delay xmlns="urn:xmpp:delay" stamp="long ago"/></message>`,
    )
    expect(messages.slice(0, 3).map(({ meta }) => meta.sentAt)).to.deep.equal([1_577_836_800, 1_577_836_800, 0])
    expect(messages[3]?.meta.sentAt).to.equal(undefined)
  })

  /** What a line with each of these stamps is taken for, when the connection had been broken for so long and its machine had slept. */
  function afterBreak(seconds: number, asleep: number, stamps: readonly { from: string, stamp: string }[]): (number | undefined)[] {
    const catching = new CatchingUp()
    catching.logsIn()
    catching.asked('1')
    catching.heard({ running: 1000, calendar: 5_000_000 })
    catching.answered('1')
    catching.breaks()
    catching.heard({ running: 1000 + seconds * 1000, calendar: 5_000_000 + (seconds + asleep) * 1000 })
    return stamps.map((stamp) => {
      const stanza = xml('message', { from: 'bob@test.example/x', type: 'chat' }, xml('body', {}, '?OTRv34?'), xml('delay', { xmlns: 'urn:xmpp:delay', ...stamp }))
      const incoming = readMessage(stanza, 'alice@test.example', catching.coming)
      return incoming.kind === 'text' ? incoming.meta.sentAt : NaN
    })
  }

  it('Q10: a stamp of the sender\'s own program, or of nobody, makes no live line a kept one; a stamp of anybody else who held it does', async () => {
    const delay = (from: string): string => `<delay xmlns="urn:xmpp:delay"${from === '' ? '' : ` from="${from}"`} stamp="2020-01-01T00:00:00Z"/>`
    const line = (...delays: string[]): string => `<message from="bob@test.example/x" type="chat">${query}${delays.map(delay).join('')}</message>`
    // After this the server has answered the request that was sent at log-in.
    await alice.send('bob@test.example', 'hello')
    await until(() => server.peer('alice@test.example').sent.length === 1)
    const messages = await inject(
      line('bob@test.example/x'), line('Bob@test.example'), line(''), line('', 'bob@test.example/y'),
      line('test.example'), line('alice@test.example'), line('bob@test.example/x', 'test.example'), line('gateway.example'), line('bob@test.example', ''),
    )
    const kept = 1_577_836_800
    expect(messages.slice(0, 9).map(({ meta }) => meta.sentAt)).to.deep.equal([
      undefined, undefined, undefined, undefined, kept, kept, kept, kept, undefined,
    ])
  })

  it('Q10: what comes before the server has answered a question asked at log-in was kept, if it has any stamp but the sender\'s', async () => {
    const silent = await new XmppServer({ silent: true }).listen()
    const late = new XmppTransport({ jid: 'alice@test.example/r', password: 'secret', server: `localhost:${silent.port}` })
    await late.start()
    const messages = collect(late, 'message')
    silent.peer('alice@test.example').socket.write(`<message from="bob@test.example/x" type="chat">${query}<delay xmlns="urn:xmpp:delay" stamp="2020-01-01T00:00:00Z"/></message>`
      + `<message from="bob@test.example/x" type="chat">${query}<delay xmlns="urn:xmpp:delay" from="bob@test.example" stamp="2020-01-01T00:00:00Z"/></message>`
      + `<message from="bob@test.example/x" type="chat">${query}</message>`)
    await until(() => messages.length === 3)
    expect(messages.map(({ meta }) => meta.sentAt)).to.deep.equal([1_577_836_800, undefined, undefined])
    await late.close(0)
    await silent.close()
  })

  it('Q10: what the server repeats after a moment without connection is of now, whatever any clock says; after longer, or a sleep, it was kept', () => {
    const stamps = [
      { from: 'alice@test.example', stamp: '2020-01-01T00:00:00Z' }, { from: 'test.example', stamp: '2040-01-01T00:00:00Z' }, { from: 'test.example', stamp: 'nonsense' },
    ]
    const kept = [1_577_836_800, 2_208_988_800, 0]
    expect(afterBreak(5, 0, stamps)).to.deep.equal([undefined, undefined, undefined])
    expect(afterBreak(100, 0, stamps)).to.deep.equal([undefined, undefined, undefined])
    expect(afterBreak(130, 0, stamps)).to.deep.equal(kept)
    expect(afterBreak(5, 7200, stamps)).to.deep.equal(kept)
    // The calendar was set back.
    expect(afterBreak(5, -7200, stamps)).to.deep.equal(kept)
  })

  it('Q10: a connection that breaks again does not make what was kept new', () => {
    const at = (seconds: number): { running: number, calendar: number } => ({ running: seconds * 1000, calendar: seconds * 1000 })
    const catching = new CatchingUp()
    catching.heard(at(0))
    expect(catching.coming).to.equal('kept')
    // Broken off before all was given, and taken up again.
    catching.logsIn()
    catching.asked('1')
    catching.breaks()
    catching.heard(at(1))
    expect(catching.coming).to.equal('kept')
    catching.answered('1')
    expect(catching.coming, 'an answer of the connection before').to.equal('kept')
    catching.asked('2')
    catching.answered('2')
    expect(catching.coming).to.equal('live')
    // Two breaks in a row: the time from the first counts.
    catching.breaks()
    catching.heard(at(100))
    expect(catching.coming).to.equal('again')
    catching.breaks()
    catching.heard(at(150))
    expect(catching.coming).to.equal('kept')
    catching.logsIn()
    catching.asked('3')
    catching.answered('3')
    expect(catching.coming).to.equal('live')
  })

  it('H9: an error is reported only for a line of ours, and nothing in its body counts as something that somebody said', async () => {
    const lost = collect(alice, 'undelivered')
    const { sent } = server.peer('alice@test.example')
    const bounce = (from: string, id?: string): string => `<message type="error" from="${from}"${id === undefined ? '' : ` id="${id}"`}>${query}<error type="cancel">`
      + '<service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>'
    await inject(bounce('bob@test.example/x', 'no-id-of-ours'), bounce('bob@test.example/x'), bounce('mallory@test.example'))
    expect(lost).to.deep.equal([])
    await alice.send('bob@test.example', 'one')
    await until(() => lost.length === 1 && sent.length === 1)
    const id = /\bid="([^"]*)"/.exec(sent[0] ?? '')?.[1] ?? ''
    expect(lost[0]).to.include({ to: 'bob@test.example', line: 'one' })
    await alice.send('bob@test.example', 'two')
    await until(() => lost.length === 2 && sent.length === 2)
    // Known already; of others; and of a server that leaves the id out.
    await inject(bounce('bob@test.example', id), bounce('mallory@test.example', id), bounce('bob@test.example', 'other'))
    expect(lost).to.have.length(2)
    await alice.send('alice@test.example', 'three')
    await inject(bounce('bob@test.example'), bounce('alice@test.example'))
    expect(lost.slice(2)).to.deep.equal([{ to: 'alice@test.example', detail: 'service-unavailable' }])
  })

  it('Q10: our own server\'s id of a message is handed over, so that a second delivery is known; nobody else\'s is', async () => {
    const sid = (by: string, id: string): string => `<stanza-id xmlns="urn:xmpp:sid:0"${by === '' ? '' : ` by="${by}"`} id="${id}"/>`
    const messages = await inject(
      `<message from="bob@test.example/x" type="chat" id="own"><body>a</body>${sid('alice@test.example', 's1')}</message>`,
      '<message from="bob@test.example/x" type="chat" id="own"><body>b</body></message>',
      `<message from="bob@test.example/x" type="chat"><body>c</body>${sid('bob@test.example', 'forged')}${sid('', 'nobody')}</message>`,
      `<message from="bob@test.example/x" type="chat"><body>d</body>${sid('room@test.example', 'other')}${sid('Alice@Test.Example', 's2')}</message>`,
    )
    expect(messages.map(({ meta }) => meta.id)).to.deep.equal(['s1', undefined, undefined, 's2', undefined])
  })

  it('Q15: typing notices, receipts and markers are no messages; an empty or blank body is one, and no alarm in a private conversation', async () => {
    const states = ['active', 'composing', 'paused', 'inactive', 'gone'].map((state) => `<${state} xmlns="http://jabber.org/protocol/chatstates"/>`)
    const notices = [
      ...states, '<x xmlns="jabber:x:event"><composing/><id>1</id></x>', '<received xmlns="urn:xmpp:receipts" id="1"/>', '<request xmlns="urn:xmpp:receipts"/>',
      '<displayed xmlns="urn:xmpp:chat-markers:0" id="1"/>', '<received xmlns="urn:xmpp:chat-markers:0" id="1"/>', '<subject>s</subject>', '',
    ]
    const ignored = collect(alice, 'ignored')
    const blanks = ['', ' ', '\t \n', '\u00a0']
    const messages = await inject(
      ...notices.map((child) => `<message from="bob@test.example/x" type="chat">${child}</message>`),
      // Psi+ asks for a receipt beside a body, and most programs say there what their person does.
      ...blanks.map((blank) => `<message from="bob@test.example/x" type="chat"><body>${blank}</body>${states[0] ?? ''}<request xmlns="urn:xmpp:receipts"/></message>`),
      `<message from="bob@test.example/x" type="chat"><body>words</body>${states[0] ?? ''}</message>`,
    )
    expect(messages.map(({ text }) => text)).to.deep.equal([...blanks, 'words', 'done'])
    expect(ignored).to.deep.equal([])
    expect(server.peer('alice@test.example').sent, 'nobody is told when we read').to.deep.equal([])

    const { alice: person } = encryptedPair()
    for (const { text } of messages.slice(0, blanks.length)) person.receive('bob', text)
    expect(person.texts).to.deep.equal(blanks)
    expect(person.notices).to.deep.equal([])
    person.receive('bob', 'words')
    expect(person.notices).to.deep.equal(['unencrypted', 'session-probably-lost'])
  })

  it('another program under the same full address ends ours for good, in words: two would end each other for ever', async () => {
    const told = collect(alice, 'status')
    const { socket } = server.peer('alice@test.example')
    socket.write('<stream:error><conflict xmlns="urn:ietf:params:xml:ns:xmpp-streams"/><text xmlns="urn:ietf:params:xml:ns:xmpp-streams">Replaced</text></stream:error>')
    socket.end('</stream:stream>')
    await until(() => told.some(({ status }) => status === 'closed'))
    expect(told.find(({ status }) => status === 'closed')?.detail).to.match(/another program logged in/)
    expect(server.online('alice@test.example')).to.have.length(0)
  })

  it('H2: text is handed over as it is, also what looks like HTML', async () => {
    const messages = await inject(
      '<message from="bob@test.example/x" type="chat"><body>&lt;3 a &lt; b &amp;lt; \' "</body></message>',
      '<message from="bob@test.example/x" type="chat"><body>&lt;FONT COLOR="red"&gt;hi&lt;/FONT&gt;</body></message>',
      '<message from="bob@test.example/x" type="chat"><body>hi</body><html xmlns="http://jabber.org/protocol/xhtml-im">'
      + '<body xmlns="http://www.w3.org/1999/xhtml"><b>other</b></body></html></message>',
    )
    expect(messages[0]?.text).to.equal('<3 a < b &lt; \' "')
    expect(looksLikeHtml(messages[0]?.text ?? '')).to.equal(false)
    expect(messages[1]?.text).to.equal('<FONT COLOR="red">hi</FONT>')
    expect(looksLikeHtml(messages[1]?.text ?? '')).to.equal(true)
    expect(messages[2]?.text).to.equal('hi')
  })

  it('without TLS the password goes to no server but this machine\'s, unless that was asked for', async () => {
    // A name that is not loopback but leads here: the server is reached, offers no TLS, and must not see the password.
    const far = (insecure: boolean): XmppTransport => new XmppTransport({
      jid: 'alice@test.example', password: 'secret', server: `xmpp://0.0.0.0:${server.port}`, insecure,
    })
    expect(await rejection(far(false).start())).to.have.property('code', 'OTR_TRANSPORT_INSECURE')
    const allowed = far(true)
    await allowed.start()
    expect(allowed.status).to.equal('online')
    await allowed.close(0)
  })

  it('TLS that is offered is taken, and a certificate nobody vouches for is refused', async () => {
    const offering = await new XmppServer({ features: '<starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls"/>'
      + '<mechanisms xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><mechanism>PLAIN</mechanism></mechanisms>' }).listen()
    const transport = (insecure: boolean): XmppTransport =>
      new XmppTransport({ jid: 'alice@test.example', password: 'secret', server: `127.0.0.1:${offering.port}`, insecure })
    const strict = transport(false)
    const started = rejection(strict.start())
    await until(() => offering.peers.length === 1)
    await new Promise((resolve) => { setTimeout(resolve, 50) })
    offering.peers[0]?.socket.destroy()
    expect(await started).to.have.property('code').that.matches(/^OTR_TRANSPORT_/)
    expect(offering.peers.every(({ jid }) => jid === '')).to.equal(true)
    const asked = transport(true)
    await asked.start()
    await asked.close(0)
    await offering.close()
  })

  it('addresses that are none are refused', async () => {
    for (const jid of ['', 'alice', '@x', 'a@', 'a b@x', 'a"@x', 'a@x@y', '<a>@x', 'a\n@x']) {
      expect(() => new XmppTransport({ jid, password: 'x' }), jid).to.throw().with.property('code', 'OTR_TRANSPORT_ADDRESS')
      expect(await rejection(alice.send(jid, 'x')), jid).to.have.property('code', 'OTR_TRANSPORT_ADDRESS')
    }
    for (const server of ['x y', 'http://x', 'xmpp://']) {
      expect(() => new XmppTransport({ jid: 'a@b', password: 'x', server }), server).to.throw().with.property('code', 'OTR_TRANSPORT_ADDRESS')
    }
  })

  it('stanzas that make no sense do not end the client', async () => {
    await inject('<message/>', '<message from=""/>', '<message from="x" type="chat"/>', '<message from="/" type="chat"><body/></message>',
      '<message from="x" type="error"/>', '<presence/>', '<presence from="x" type="unavailable"/>', '<iq type="result" id="nobody"/>',
      '<other xmlns="urn:x"/>', '<message from="bob@test.example/x" type="chat"><delay xmlns="urn:xmpp:delay"/><body/></message>')
    expect(alice.status).to.equal('online')
  })
})
