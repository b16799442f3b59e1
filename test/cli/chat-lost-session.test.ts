import { expect } from 'chai'
import type { ChatEvent } from '../../src/cli/chat/chat-event.js'
import { worded } from '../../src/cli/chat/wording.js'
import { generateDsaKey, generateEd448Keys, generateInstanceTag, systemRandom, type AccountKeys, type PolicyChanges } from '../../src/index.js'
import { IrcTransport } from '../../src/transport/irc/index.js'
import { Person } from '../support/chat-person.js'
import { IrcServer } from '../support/irc-server.js'
import { until } from '../support/transport-events.js'

const isLost = (event: ChatEvent): boolean => event.type === 'notice' && event.code === 'session-probably-lost'
const isPrivate = (event: ChatEvent): boolean => event.type === 'state' && event.state === 'private'

describe('otr4 chat: the other side has lost the private conversation', () => {
  let server: IrcServer
  let keys: readonly [AccountKeys, AccountKeys]
  /** How far the clock of the chats is ahead, seconds. */
  let ahead = 0
  const open: { readonly leave: () => Promise<unknown> }[] = []

  before(async () => {
    const made = async (): Promise<AccountKeys> => ({ dsa: await generateDsaKey(systemRandom), ed448: generateEd448Keys(systemRandom), instanceTag: generateInstanceTag(systemRandom) })
    keys = [await made(), await made()]
  })

  beforeEach(async () => {
    ahead = 0
    server = await new IrcServer({ tokens: ['CASEMAPPING=rfc1459', 'NICKLEN=16'] }).listen()
  })

  afterEach(async () => {
    for (const one of open.splice(0)) await one.leave()
    await server.close()
  })

  const transport = (nick: string): IrcTransport => new IrcTransport({
    host: '127.0.0.1', port: server.port, nick, pace: { burst: 1000, intervalMs: 1 }, reconnect: { first: 500, most: 500 },
  })

  async function sit(nick: string, peer: string, at: 0 | 1, policy: PolicyChanges): Promise<Person> {
    const person = await Person.sit(transport(nick), { keys: keys[at], peer, policy, answerTime: 200, clock: () => Date.now() / 1000 + ahead })
    open.push(person)
    return person
  }

  /** A private conversation, of which bob's program then loses its side: it is there again under its name, and says nothing. */
  async function lostByBob(policy: PolicyChanges = {}): Promise<{ readonly alice: Person, readonly silent: IrcTransport }> {
    const alice = await sit('alice', 'bob', 0, policy)
    const bob = await sit('bob', 'alice', 1, policy)
    alice.type('/otr start')
    for (const person of [alice, bob]) await person.sees(isPrivate, 'private')
    await bob.transport.close(0)
    await bob.leave()
    const silent = transport('bob')
    await silent.start()
    open.splice(1, 1, { leave: () => silent.close(0) })
    return { alice, silent }
  }

  /** Time passes, and the chat looks at its clock. */
  async function passes(person: Person, seconds: number): Promise<void> {
    ahead += seconds
    await person.client.tick()
  }

  for (const [version, policy] of [[3, { allowV4: false }], [4, {}]] as const) {
    it(`version ${version}: is said in words and shown beside the line; in the new conversation one command sends what was lost`, async () => {
      const { alice, silent } = await lostByBob(policy)
      await passes(alice, 130)
      alice.type('is anybody there?')
      alice.type('well?')
      await until(() => alice.shown.filter(({ type }) => type === 'sent').length === 2, 'sent')
      expect(alice.shown.some(isLost)).to.equal(false)
      await passes(alice, 40)
      const said = await alice.sees(isLost)
      expect(worded(said)?.text).to.match(/^bob has probably lost the private conversation \(their program does not answer\), and cannot read what you write\. 2 messages since \d\d:\d\d may be unread\. \/otr start begins it anew; then \/otr resend sends again what was lost$/)
      expect(worded(said)?.style).to.equal('alarm')
      alice.type('/otr status')
      const status = await alice.sees((event) => event.type === 'info')
      expect(status.type === 'info' ? status.text : '').to.include('bob has probably lost the private conversation').and.to.include('is private')
      alice.type('/who')
      await alice.sees((event) => event.type === 'info' && event.text === 'bob: private, not verified, probably lost', 'the words of the indicator')
      await silent.close(0)
      const bob = await sit('bob', 'alice', 1, policy)
      alice.type('/otr start')
      await bob.sees(isPrivate, 'private anew')
      await until(() => alice.shown.filter(({ type }) => type === 'lost').length === 2, 'both texts offered')
      expect(bob.shown.some(({ type }) => type === 'message')).to.equal(false)
      alice.type('/otr resend')
      await until(() => bob.shown.filter(({ type }) => type === 'message').length === 2, 'both texts')
      expect(bob.shown.flatMap((event) => event.type === 'message' ? [`${event.privacy}: ${event.text}`] : [])).to.deep.equal(['private: is anybody there?', 'private: well?'])
      alice.type('/who')
      await alice.sees((event) => event.type === 'info' && event.text === 'bob: private, not verified', 'the words of the indicator')
      expect(alice.shown.filter(isLost)).to.have.length(1)
      expect(server.peers.flatMap(({ lines }) => lines).some(({ text }) => /anybody|well\?/.test(text))).to.equal(false)
    })
  }

  it('their program comes back without its keys: nothing goes to the new key; once it is accepted, one command sends what was lost', async () => {
    const { alice, silent } = await lostByBob()
    alice.type('/otr resend')
    await alice.sees((event) => event.type === 'info' && event.text === 'nothing is lost', 'that there is nothing to send')
    await passes(alice, 130)
    alice.type('is anybody there?')
    await until(() => alice.shown.some(({ type }) => type === 'sent'), 'sent')
    await passes(alice, 40)
    await alice.sees(isLost)
    await silent.close(0)
    keys = [keys[0], { dsa: await generateDsaKey(systemRandom), ed448: generateEd448Keys(systemRandom), instanceTag: generateInstanceTag(systemRandom) }]
    const bob = await sit('bob', 'alice', 1, {})
    alice.type('/otr start')
    await bob.sees(isPrivate, 'private anew')
    await alice.sees((event) => event.type === 'state' && event.state === 'unaccepted' && event.key === 'changed', 'another key')
    expect(bob.shown.some(({ type }) => type === 'message')).to.equal(false)
    alice.type('/otr accept')
    alice.type('/otr resend')
    await until(() => bob.shown.some(({ type }) => type === 'message'), 'the text')
    expect(bob.shown.flatMap((event) => event.type === 'message' ? [`${event.privacy}: ${event.text}`] : [])).to.deep.equal(['private: is anybody there?'])
  })

  it('what they write in clear says so at once; nothing goes to them in clear', async () => {
    const { alice, silent } = await lostByBob()
    await silent.send('alice', 'hello? it is me')
    const said = await alice.sees(isLost)
    expect(worded(said)?.text).to.equal('bob has probably lost the private conversation (they wrote in clear), and cannot read what you write. /otr start begins it anew')
    alice.type('a secret')
    await alice.sees((event) => event.type === 'sent' && event.privacy === 'private', 'sent privately')
    expect(server.peers.flatMap(({ lines }) => lines).some(({ text }) => text.includes('a secret'))).to.equal(false)
  })

  it('while our own connection is gone, their silence is no reason to say so; when it is back, it is', async () => {
    const { alice } = await lostByBob()
    await passes(alice, 130)
    server.peer('alice').socket.destroy()
    await alice.sees((event) => event.type === 'connection' && event.status !== 'online', 'gone')
    alice.type('into the cable')
    await until(() => alice.shown.some(({ type }) => type === 'sent'), 'sent')
    await passes(alice, 40)
    expect(alice.client.conversation('bob').status.probablyLost).to.include({ sign: 'silence' })
    expect(alice.shown.some(isLost)).to.equal(false)
    expect(alice.transport.status).not.to.equal('online')
    const said = await alice.sees(isLost)
    expect(alice.transport.status).to.equal('online')
    expect(worded(said)?.text).to.include('(their program does not answer)')
  })
})
