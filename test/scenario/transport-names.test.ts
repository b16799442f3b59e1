import { expect } from 'chai'
import { canonicalName } from '../../src/transport/canonical-name.js'
import { protocolNamed, protocols } from '../../src/transport/protocols.js'
import { bareJid, canonicalJid } from '../../src/transport/xmpp/index.js'
import { IrcStage, privately } from '../support/irc-stage.js'
import { collect, until } from '../support/transport-events.js'

describe('names: what becomes of conversations', () => {
  const stage = new IrcStage()
  const sit = stage.sit.bind(stage)
  const inClear = stage.inClear.bind(stage)

  before(() => stage.makeKeys(3))

  afterEach(() => stage.close())

  const serve = stage.serve.bind(stage)

  it('the issue\'s smallest case: --nick Alice --with BOB, --nick bob --with aLICE', async () => {
    await serve({ tokens: ['CASEMAPPING=ascii'] })
    const alice = await sit('Alice', 0, 'BOB')
    const bob = await sit('bob', 1, 'aLICE')
    await privately(alice, bob)
    bob.type('for Alice alone')
    expect(await alice.sees((event) => event.type === 'message')).to.include({ privacy: 'private', text: 'for Alice alone' })
    alice.type('for bob alone')
    expect(await bob.sees((event) => event.type === 'message')).to.include({ privacy: 'private', text: 'for bob alone' })
    expect(inClear('alone')).to.equal(false)
    expect(alice.client.peers()).to.deep.equal(['bob'])
    expect(bob.client.peers()).to.deep.equal(['alice'])
  })

  it('a server that announces late how it compares names: two conversations become one, and stay private', async function () {
    this.timeout(20_000)
    await serve({ silent: true, tokens: ['CASEMAPPING=rfc1459'] })
    const alice = await sit('alice', 0, 'Bob[x]')
    const bob = await sit('bob{X}', 1, 'ALICE')
    const told = collect(alice.transport, 'comparison')
    expect(alice.transport.canonical('Bob[x]')).to.equal('bob[x]')
    await privately(bob, alice)
    for (const nick of ['alice', 'bob{X}']) stage.server.options(stage.server.peer(nick), 'NETWORK=test', 'CASEMAPPING=rfc1459')
    await until(() => told.length === 1)
    expect(told[0]?.moved).to.deep.equal([{ from: 'bob[x]', to: 'bob{x}' }])
    alice.type('for you alone')
    expect(await bob.sees((event) => event.type === 'message')).to.include({ privacy: 'private', text: 'for you alone' })
    expect(inClear('alone')).to.equal(false)
  })

  it('a conversation under another spelling goes on under the key, with its trust', async () => {
    await serve({ tokens: ['CASEMAPPING=rfc1459'] })
    const alice = await sit('alice', 0)
    const fingerprint = 'ab'.repeat(20)
    await alice.client.conversation('Bob[x]').trust('verified', { fingerprint, version: 3 })
    await alice.client.conversation('Bob[x]').setPolicy({ requireEncryption: true })
    const { port } = stage.server
    await stage.server.close()
    await until(() => alice.transport.status === 'waiting')
    // Another server, that compares otherwise: every name that is kept is looked at again.
    await serve({ tokens: ['CASEMAPPING=ascii'] }, port)
    await until(() => alice.client.peers().includes('bob[x]'), 'the key', )
    expect(alice.client.conversation('Bob[x]').status.sessions, 'the other spelling keeps what protects it, and nothing else').to.deep.equal([])
    expect(alice.client.conversation('bob[x]').keys.map(({ trust }) => trust)).to.deep.equal(['verified'])
    expect(alice.client.conversation('bob[x]').policy.requireEncryption).to.equal(true)
  }).timeout(20_000)

  it('if two turn out to be one, what protected either protects the one that goes on', async () => {
    await serve({ silent: true })
    const alice = await sit('alice', 0, 'Bob[x]')
    const bob = await sit('Bob[x]', 1, 'alice')
    await privately(alice, bob)
    alice.type('/msg bob{x} nobody of this name yet')
    await alice.sees((event) => event.type === 'sent')
    stage.server.options(stage.server.peer('alice'), 'CASEMAPPING=rfc1459')
    await alice.sees((event) => event.type === 'info' && event.text.includes('are one name here'))
    alice.type('for you alone')
    await alice.sees((event) => event.type === 'outbox' || (event.type === 'sent' && event.privacy === 'private'), 'held or private')
    expect(inClear('alone')).to.equal(false)
  }).timeout(20_000)

  it('a nick change to a name under which somebody else is known moves nothing to them', async () => {
    await serve({ tokens: ['CASEMAPPING=ascii'] })
    const alice = await sit('alice', 0, 'bob')
    const bob = await sit('bob', 1, 'alice')
    const mallory = await sit('bobby', 2, 'alice')
    await privately(alice, bob)
    alice.type('/msg bobby hello stranger')
    await mallory.sees((event) => event.type === 'message')
    await mallory.leave()
    await until(() => stage.server.peers.filter(({ socket }) => !socket.destroyed).length === 2)
    stage.server.rename(stage.server.peer('bob'), 'bobby')
    await alice.sees((event) => event.type === 'info' && event.text.includes('is bobby now'))
    alice.type('for bob alone')
    await alice.sees((event) => event.type === 'notice' && event.code === 'undelivered', 'undelivered')
    expect(inClear('for bob alone')).to.equal(false)
  })
})

describe('names: on networks', () => {
  it('an XMPP account is prepared as servers do, and found without its resource', () => {
    for (const [spelled, key] of [
      ['Alice@Example.ORG/Home', 'alice@example.org'], ['alice@example.org.', 'alice@example.org'], ['STRASSE@x', 'strasse@x'], ['Stra\u00dfe@x', 'strasse@x'],
      ['\uff21lice@example\u3002org', 'alice@example.org'], ['al\u00adice@x/a/b@c', 'alice@x'], ['\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2@x', '\u03c3\u03af\u03c3\u03c5\u03c6\u03bf\u03c3@x'],
      ['ALI@\u0130X', 'ali@i\u0307x'], ['\u0131@x', '\u0131@x'], ['\u13a0\u13a1@x', '\u13a0\u13a1@x'],
    ] as const) {
      expect(canonicalJid(spelled), spelled).to.equal(key)
      expect(bareJid(spelled), spelled).to.equal(key)
    }
    // A character that becomes forbidden only by the preparation; a name that is too long.
    for (const wrong of ['a\uff20b@x', 'a\uff0fb@x', '\u00ad@x', 'a@\u00ad', `${'a'.repeat(1024)}@x`, 'a@', '@x', 'a b@x', 'a@b/', 'a\ud800@x']) {
      expect(() => canonicalJid(wrong), wrong).to.throw().with.property('code', 'OTR_TRANSPORT_ADDRESS')
    }
  })

  it('a program without a connection finds them too', () => {
    expect(canonicalName('prpl-jabber', 'Bob@X/y')).to.equal('bob@x')
    expect(canonicalName('prpl-irc', 'Bob[x]')).to.equal('bob[x]')
    expect(canonicalName('relay', 'Z\u0065\u0301')).to.equal('Z\u00e9')
    expect(canonicalName('prpl-other', 'Bob')).to.equal('Bob')
    for (const [protocol, name] of [['IRC', '#room'], ['IRC', '$all'], ['relay', 'a b'], ['prpl-jabber', 'bob'], ['other', '']] as const) {
      expect(() => canonicalName(protocol, name), name).to.throw().with.property('code', 'OTR_TRANSPORT_ADDRESS')
    }
  })

  it('each protocol is found by all its names, and opens a transport that says the same name', async () => {
    const addresses: Readonly<Record<string, string>> = { relay: 'ws://127.0.0.1:1', irc: '127.0.0.1:1', xmpp: 'bob@127.0.0.1' }
    for (const protocol of protocols) {
      for (const name of [protocol.name, ...protocol.otherNames]) expect(protocolNamed(name)).to.equal(protocol)
      const { commandLine } = protocol
      const { make } = await commandLine.open(addresses[commandLine.option] ?? '', { values: { nick: 'bob' }, env: {}, insecure: false, services: [] })
      const transport = make('')
      expect(transport).to.include({ protocol: protocol.name, status: 'offline' })
      expect(transport.canonical(transport.account)).to.equal(protocol.canonical(transport.account))
    }
    expect(new Set(protocols.map(({ commandLine }) => commandLine.option)).size).to.equal(protocols.length)
    expect(protocolNamed('prpl-other')).to.equal(undefined)
  })
})
