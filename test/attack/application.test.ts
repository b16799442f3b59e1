import { inspect } from 'node:util'
import { expect } from 'chai'
import { hmacSha1 } from '../../src/crypto/index.js'
import { Client, OtrError, type ClientEvent } from '../../src/index.js'
import { sendingKeys } from '../../src/v3/data-message.js'
import { armor, dataMessageV3MacInput, decodeMessage, encodeMessage, fragmentMessage, hexEncode, unarmor } from '../../src/wire/index.js'
import { encryptedPair, Network, snapshot, testAccount, type Party } from '../support/network.js'
import { seededRandom } from '../support/seeded.js'

const words = { text: 'PLAINTEXT-IN-A-MESSAGE', held: 'PLAINTEXT-THAT-WAITS', secret: 'SECRET-OF-THE-VERIFICATION', question: 'QUESTION-OF-THE-VERIFICATION' }

/** Every byte string of a state that is long enough to be a secret, but for those that are public. */
function secretsIn(value: unknown, found: Uint8Array[] = []): Uint8Array[] {
  const open = ['theirPublicKey', 'theirFingerprint', 'ssid', 'message']
  if (value instanceof Uint8Array) {
    if (value.length >= 8 && value.some((byte) => byte !== 0)) found.push(value)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, field] of Object.entries(value)) if (!open.includes(name)) secretsIn(field, found)
  }
  return found
}

/** A secret as it may show in a text: hex, base64, numbers. */
function shapes(bytes: Uint8Array): string[] {
  return [hexEncode(bytes), Buffer.from(bytes).toString('base64').replace(/=+$/, ''), [...bytes].join(','), [...bytes].join(', '),
    inspect(bytes, { maxArrayLength: null, breakLength: Infinity }).replace(/^[^[]*\[ ?| ?\]$/g, '')]
}

function everyText(value: unknown): string {
  const json = JSON.stringify({ value })
  const own = value instanceof Error ? `${value.message} ${value.stack ?? ''}` : ''
  return [inspect(value, { depth: null, showHidden: true, maxArrayLength: null, maxStringLength: null, breakLength: Infinity }), json, String(value), own].join('\n')
}

/** An event without the contents that it exists to deliver. */
function withoutGoods(event: ClientEvent): object {
  const goods = ['text', 'question', 'key', 'value', 'keys', 'data']
  return Object.fromEntries(Object.entries(event).filter(([name]) => !goods.includes(name)))
}

describe('attacks through the application', () => {
  for (const versions of ['3', '34'] as const) {
    it(`H3: nothing that an application may log holds a key, a text or a secret, in a whole conversation: versions ${versions}`, async () => {
      const random = seededRandom(3)
      const accounts = [testAccount('alice', 0x1001, 1, versions, 1_700_000_000), testAccount('bob', 0x2001, 2, versions, 1_700_000_000)]
      const logged: unknown[] = []
      const secrets = new Map<string, Uint8Array>()
      const clients = new Map<string, Client>()
      for (const [at, account] of accounts.entries()) {
        const symmetricKey = account.v4?.identity.symmetricKey
        const keys = {
          dsa: account.v3!.dsa, instanceTag: account.instanceTag,
          ...(account.v4 !== undefined && symmetricKey !== undefined && { ed448: { symmetricKey, forgingKey: account.v4.forgingKey } }),
        }
        const client = new Client({ account: account.address, keys, random, clock: () => 1_700_000_000 + at, policy: { requireEncryption: true } })
        clients.set(account.address, client)
      }
      const queue: { from: string, to: string, message: string }[] = []
      const lines: string[] = []
      for (const [name, client] of clients) {
        client.on('send', ({ to, message }) => {
          queue.push({ from: name, to, message })
          lines.push(message)
        })
        for (const type of ['message', 'state', 'smp', 'extra-key', 'tlv', 'revealed-mac-keys', 'outbox', 'notice'] as const) {
          client.on(type, (event) => logged.push(withoutGoods(event)))
        }
      }
      const look = (): void => {
        for (const client of clients.values()) {
          for (const secret of secretsIn(client.exportState())) secrets.set(hexEncode(secret), secret.slice())
          const conversations = client.peers().map((peer) => client.conversation(peer))
          for (const conversation of conversations) logged.push(conversation, conversation.status, conversation.policy, conversation.keys)
          logged.push(client, client.policy, client.peers(), client.fingerprint3)
        }
      }
      const run = async (): Promise<void> => {
        for (let packet = queue.shift(); packet !== undefined; packet = queue.shift()) {
          await clients.get(packet.to)?.receive(packet.from, packet.message)
          look()
        }
      }
      const refused = async (work: Promise<unknown>): Promise<void> => {
        await work.then(() => undefined, (error: unknown) => logged.push(error))
      }
      const [alice, bob] = [clients.get('alice')!.conversation('bob'), clients.get('bob')!.conversation('alice')]
      await refused(alice.verify(words.secret, { question: words.question }))
      await refused(alice.answer(words.secret))
      await refused(alice.send(`${words.text}\0`))
      await alice.send(words.held)
      await run()
      for (let i = 0; i < 4; i++) {
        await alice.send(words.text)
        await bob.send(words.text)
        await run()
      }
      await alice.verify(words.secret, { question: words.question })
      await run()
      await bob.answer(words.secret)
      await run()
      await alice.extraKey(7, Uint8Array.of(1))
      await run()
      await refused(bob.verify(words.secret, { question: `${words.question}\0` }))
      await clients.get('bob')?.receive('alice', `?OTR:${Buffer.from(words.text).toString('base64')}.`)
      await bob.end()
      await run()
      await alice.send(words.held)
      await refused(alice.send('x', { to: 0x9999 }))
      look()
      for (const account of accounts) secrets.set(`${account.address} x`, account.v3!.dsa.x.length >= 8 ? account.v3!.dsa.x : Uint8Array.from({ length: 20 }, () => 255))
      for (const account of accounts) if (account.v4 !== undefined) secrets.set(`${account.address} h`, account.v4.identity.symmetricKey)

      // Both fingerprints are in the state, and are meant to be shown.
      for (const client of clients.values()) for (const hex of [client.fingerprint3, client.fingerprint4 ?? '']) secrets.delete(hex)

      expect(secrets.size).to.be.greaterThan(30)
      expect(logged.filter((one) => one instanceof OtrError)).to.have.length(5)
      const texts = [...new Set(logged.map(everyText))].join('\n')
      for (const word of Object.values(words)) {
        expect(texts.includes(word), word).to.equal(false)
        expect(lines.some((line) => line.includes(word) || line.includes(Buffer.from(word).toString('base64').slice(0, -2))), word).to.equal(false)
      }
      for (const secret of secrets.values()) for (const shape of shapes(secret)) expect(texts.includes(shape), shape).to.equal(false)
    })
  }

  it('H4: listeners that throw, reject or never settle change nothing, for the session and for the other listeners', async () => {
    const network = new Network()
    const bob = network.add('bob', { tag: 0x2001, key: 2 })
    const account = testAccount('alice', 0x1001, 1, '3', network.now)
    const failures: unknown[] = []
    const alice = new Client({
      account: 'alice', keys: { dsa: account.v3!.dsa, instanceTag: account.instanceTag }, random: seededRandom(1), clock: () => network.now,
      onListenerError: (error) => {
        failures.push(error)
        throw new Error('this one fails too')
      },
    })
    for (const type of ['send', 'message', 'state', 'smp', 'notice'] as const) {
      alice.on(type, () => { throw new Error('thrown') })
      alice.on(type, () => Promise.reject(new Error('rejected')))
      alice.on(type, () => new Promise(() => undefined))
    }
    alice.on('send', ({ message }) => { bob.receive('alice', message) })
    const seen: string[] = []
    alice.on('message', ({ text }) => seen.push(text))
    const pass = async (): Promise<void> => {
      for (let packet = network.queue.shift(); packet !== undefined; packet = network.queue.shift()) await alice.receive('bob', packet.line)
    }
    await alice.conversation('bob').start()
    await pass()
    bob.send('alice', 'hello')
    await pass()
    await alice.conversation('bob').send('hi')
    expect(bob.texts).to.deep.equal(['hi'])
    expect(seen).to.deep.equal(['hello'])
    expect(alice.conversation('bob').status.sessions[0]?.ssid).to.equal(bob.ssid('alice')).and.not.equal(undefined)
    await new Promise((resolve) => { setTimeout(resolve, 0) })
    expect(failures.map((error) => error instanceof Error ? error.message : '')).to.include.members(['thrown', 'rejected'])
  })

  it('H4: a listener that calls the client gets the events of that call after those that are under way', async () => {
    const account = testAccount('alice', 0x1001, 1, '3', 0)
    const alice = new Client({ account: 'alice', keys: { dsa: account.v3!.dsa, instanceTag: 0x1001 }, clock: () => 0, policy: { requireEncryption: true } })
    const order: string[] = []
    alice.on('outbox', ({ held, event }) => {
      order.push(`${event} ${held}`)
      if (event === 'held' && held === 1) void alice.conversation('bob').cancel(1)
    })
    alice.on('notice', ({ code }) => order.push(code))
    await alice.conversation('bob').send('wait')
    expect(order).to.deep.equal(['held 1', 'held', 'cancelled 1'])
  })

  it('C1, C2: garbage of every kind gives one notice or a text, changes nothing and sends nothing', () => {
    const { alice } = encryptedPair()
    const before = snapshot(alice)
    for (const line of ['?OTR:===.', '?OTR:.', '?OTR:A.', '?OTR:', '?OTR: .', '?OTR:AAMD.', '?OTR:AAQ1.', '?OTR|', '?OTR|x,', '?OTR|1|2,3', '?OTR:AAEK.']) {
      const events = alice.receive('bob', line)
      expect(events.map(({ type }) => type), line).to.deep.equal(['notice'])
      expect(snapshot(alice), line).to.equal(before)
    }
    for (const line of ['?OTR', '?OTR?', '?OTRv', '?OTRv?', '?OTR?v', '?OTR,']) {
      const events = alice.receive('bob', line)
      expect(events.every(({ type }) => type === 'notice' || type === 'message'), line).to.equal(true)
    }
  })

  it('C9: a line above the limit is refused before anything is decoded, also from fragments', () => {
    const alice = new Network().add('alice', { policy: { maxReceiveLength: 1000 } })
    expect(alice.receive('bob', `?OTR:${'A'.repeat(2000)}.`).map((event) => event.type === 'notice' ? event.code : event.type)).to.deep.equal(['too-large'])
    expect(alice.receive('bob', 'x'.repeat(2000)).map((event) => event.type === 'notice' ? event.code : event.type)).to.deep.equal(['too-large'])
    const pieces = fragmentMessage({ version: 3, text: `?OTR:${'A'.repeat(2000)}.`, senderTag: 0x999, receiverTag: 0, maxLength: 500 })
    expect(pieces.flatMap((piece) => alice.receive('bob', piece)).some((event) => event.type === 'notice' && event.code === 'fragment-discarded')).to.equal(true)
    expect(alice.core.exportState().conversations[0]?.fragments.bytes).to.equal(0)
  })

  it('C16: bytes that are no UTF-8 in a decrypted text are replaced, with a notice; nothing is thrown', () => {
    const { network, alice, bob } = encryptedPair()
    alice.send('bob', 'ab')
    const line = network.queue.shift()?.line ?? ''
    const message = decodeMessage(unarmor(line))
    const session = alice.core.exportState().conversations[0]?.sessions[0]?.state.session
    if (message.kind !== 'v3-data' || session?.state !== 'encrypted' || !('keys' in session)) throw new Error('no session')
    const encryptedMessage = message.encryptedMessage.slice()
    encryptedMessage[1] = (encryptedMessage[1] ?? 0) ^ 0x62 ^ 0xff
    const changed = { ...message, encryptedMessage }
    const authenticator = hmacSha1(sendingKeys(session.keys).sendingMacKey, dataMessageV3MacInput(changed))
    const events = bob.receive('alice', armor(encodeMessage({ ...changed, authenticator })))
    expect(events.filter((event) => event.type === 'message').map(({ text }) => text)).to.deep.equal(['a\ufffd'])
    expect(bob.notices.at(-1)).to.equal('malformed-content')
  })

  it('F9: fragments of other correspondents neither fill nor evict those of one who holds less', () => {
    const { network, alice, bob } = encryptedPair({ alice: { policy: { maxMessageLength: 400 } } })
    alice.send('bob', 'y'.repeat(2000))
    const lines = network.queue.splice(0).map(({ line }) => line)
    for (const line of lines.slice(0, -1)) bob.receive('alice', line)
    const piece = 'x'.repeat(200_000)
    for (let sender = 0; sender < 6; sender++) {
      for (let i = 0; i < 90; i++) bob.core.receive(`flood ${sender}`, `?OTR|${(0x1000 + i).toString(16)}|00000000,00001,00002,${piece},`)
    }
    const held = bob.core.exportState().conversations.reduce((sum, { fragments }) => sum + fragments.bytes, 0)
    expect(held).to.be.at.most(67_108_864)
    bob.receive('alice', lines.at(-1) ?? '')
    expect(bob.texts).to.deep.equal(['y'.repeat(2000)])
  })

  it('F12: fragments inside a fragment are not reassembled again', () => {
    const { network, alice, bob } = encryptedPair()
    alice.send('bob', 'nested')
    const line = network.queue.shift()?.line ?? ''
    const tags = { version: 3 as const, senderTag: 0x1001, receiverTag: 0x2001 }
    // A comma ends a fragment. So the inner text has none, and is not even a valid fragment.
    const inner = fragmentMessage({ ...tags, text: line, maxLength: 200 }).map((piece) => piece.replaceAll(',', '.'))
    for (const piece of inner) {
      for (const outer of fragmentMessage({ ...tags, text: piece, maxLength: 120 })) bob.receive('alice', outer)
    }
    expect(bob.texts).to.deep.equal([])
    expect(bob.notices).to.include('fragment-discarded')
    expect(bob.notices.every((code) => code === 'fragment-discarded' || code === 'malformed')).to.equal(true)
  })

  it('F14: fragments that together are no encoded message are shown to nobody and start nothing', () => {
    const { network, bob } = encryptedPair()
    const before = snapshot(bob)
    for (const text of ['transfer the money now', '?OTRv3? please', '?OTR Error: something', 'hello \t  \t\t\t\t \t \t \t    \t\t  \t\t']) {
      const pieces = fragmentMessage({ version: 3, text, senderTag: 0x1001, receiverTag: 0x2001, maxLength: 45 })
      if (pieces.length === 1) pieces[0] = `?OTR|00001001|00002001,00001,00001,${text},`
      for (const piece of pieces) bob.receive('alice', piece)
    }
    expect(bob.texts).to.deep.equal([])
    expect(bob.notices.filter((code) => code !== 'fragment-discarded')).to.deep.equal([])
    expect(snapshot(bob)).to.equal(before)
    expect(network.queue).to.deep.equal([])
  })

  it('F14: a message whose own tags are not those of its fragments is dropped', () => {
    const { network, alice, bob } = encryptedPair()
    alice.send('bob', 'hello')
    const text = network.queue.shift()?.line ?? ''
    for (const piece of fragmentMessage({ version: 3, text, senderTag: 0x7777, receiverTag: 0x2001, maxLength: 200 })) bob.receive('alice', piece)
    expect(bob.texts).to.deep.equal([])
    expect(bob.notices.at(-1)).to.equal('fragment-discarded')
  })

  for (const versions of ['3', '34'] as const) {
    it(`K9: while the random source fails, every call and every line changes nothing and sends nothing: versions ${versions}`, () => {
      const network = new Network()
      let broken: 'no' | 'throws' | 'short' = 'no'
      const source = (seed: number) => {
        const good = seededRandom(seed)
        return (length: number): Uint8Array => {
          if (broken === 'throws') throw new Error('no entropy')
          return good(broken === 'short' ? Math.max(0, length - 1) : length)
        }
      }
      const alice = network.add('alice', { versions, random: source(1) })
      const bob = network.add('bob', { versions, random: source(2) })
      let failures = 0
      /** Tries the same twice with a failing source, and then for good. */
      const attempt = (party: Party, work: () => readonly ClientEvent[]): readonly ClientEvent[] => {
        for (const way of ['throws', 'short'] as const) {
          const before = snapshot(party)
          broken = way
          let events: readonly ClientEvent[] = []
          let failed = false
          try {
            // A copy, because calls that need no randomness would change the original.
            events = work()
          } catch (error) {
            expect(error).to.be.instanceOf(OtrError).with.property('code', 'OTR_RANDOM_FAILED')
            failed = true
          } finally {
            broken = 'no'
          }
          failed ||= events.some((event) => event.type === 'notice' && event.code === 'internal')
          if (!failed) return events
          failures++
          expect(events.filter(({ type }) => type === 'send')).to.deep.equal([])
          expect(snapshot(party)).to.equal(before)
        }
        return work()
      }
      const run = (): void => {
        for (let packet = network.queue.shift(); packet !== undefined; packet = network.queue.shift()) {
          const { from, to, line } = packet
          const party = to === 'alice' ? alice : bob
          party.take(attempt(party, () => party.core.receive(from, line)))
        }
      }
      alice.take(attempt(alice, () => alice.core.conversation('bob').start()))
      run()
      for (let i = 0; i < 4; i++) {
        alice.take(attempt(alice, () => alice.core.conversation('bob').send(`to bob ${i}`).events))
        run()
        bob.take(attempt(bob, () => bob.core.conversation('alice').send(`to alice ${i}`).events))
        run()
      }
      alice.take(attempt(alice, () => alice.core.conversation('bob').verify('secret')))
      run()
      bob.take(attempt(bob, () => bob.core.conversation('alice').answer('secret')))
      run()
      expect(failures).to.be.greaterThan(10)
      expect(bob.texts).to.deep.equal([0, 1, 2, 3].map((i) => `to bob ${i}`))
      expect(alice.texts).to.deep.equal([0, 1, 2, 3].map((i) => `to alice ${i}`))
      expect(alice.all('smp').at(-1)?.event).to.equal('succeeded')
    })
  }
})
