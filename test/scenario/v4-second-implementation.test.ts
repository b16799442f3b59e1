import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'chai'
import type { ProtocolEvent } from '../../src/protocol/index.js'
import { endSession, sendExtraKey, answerSmp, startSmp, describeSession, type V4Message } from '../../src/v4/index.js'
import { armor, encodeMessage } from '../../src/wire/index.js'
import { bigEndian, concat, hex, littleEndian, mod, mpi } from '../support/v4-second/bytes.js'
import { checkKeys, checkSignatures, fingerprint, mixedSecret, ringVerify, ssidOf, transcripts } from '../support/v4-second/dake.js'
import { q } from '../support/v4-second/ed448.js'
import { shake256 } from '../support/v4-second/kdf.js'
import { parse, type AuthI, type AuthR, type Data, type Identity, type Message } from '../support/v4-second/messages.js'
import { extraKeys, parsePlaintext, readConversation, Secrets, type Chain } from '../support/v4-second/ratchet.js'
import { checkExchange, smpSecret, withoutQuestion } from '../support/v4-second/smp.js'
import { NOW, settle, strangers, texts, type V4Party } from '../support/v4-parties.js'

const ROTATIONS = 16

/** What one party sent, the random bytes that it drew, and its events. */
interface Recording {
  readonly lines: string[]
  readonly random: Uint8Array[]
  readonly events: ProtocolEvent[]
  readonly texts: string[]
}

type Name = 'alice' | 'bob'
const other = { alice: 'bob', bob: 'alice' } as const

/** Two of ours talk, and everything that can be seen from outside is written down. */
class Conversation {
  readonly parties: Readonly<Record<Name, V4Party>>
  readonly recorded: Readonly<Record<Name, Recording>>
  /** Data messages that were sent and not delivered yet. */
  readonly underWay: { readonly to: Name, readonly message: V4Message }[] = []
  readonly keys: Uint8Array[] = []
  /** All root keys that either had. */
  readonly rootKeys = new Set<string>()

  constructor() {
    this.parties = strangers('second')
    const empty = (): Recording => ({ lines: [], random: [], events: [], texts: [] })
    this.recorded = { alice: empty(), bob: empty() }
    for (const name of ['alice', 'bob'] as const) {
      const party = this.parties[name]
      const source = party.random
      party.random = (length) => {
        const bytes = source(length)
        this.recorded[name].random.push(bytes.slice())
        return bytes
      }
    }
  }

  /** What a party has to send goes on its way. */
  collect(): void {
    for (const name of ['alice', 'bob'] as const) {
      for (const message of this.parties[name].take()) {
        this.recorded[name].lines.push(armor(encodeMessage(message)))
        this.underWay.push({ to: other[name], message })
      }
      this.recorded[name].events.push(...this.parties[name].said())
      const { session } = this.parties[name]
      if (session.state === 'encrypted') this.rootKeys.add(hex(session.ratchet.rootKey))
    }
  }

  deliverAll(order: 'first first' | 'last first' = 'first first'): void {
    this.collect()
    while (this.underWay.length > 0) {
      const next = order === 'first first' ? this.underWay.shift() : this.underWay.pop()
      this.parties[next!.to].receive(next!.message)
      this.collect()
    }
  }

  say(name: Name, text: string, tlvs: readonly { readonly type: number, readonly value: Uint8Array }[] = []): void {
    this.recorded[name].texts.push(text)
    this.parties[name].send(text, tlvs)
    this.collect()
  }

  parsed<T extends Message['type']>(name: Name, type: T): Extract<Message, { type: T }>[] {
    return this.recorded[name].lines.map(parse).filter((message): message is Extract<Message, { type: T }> => message.type === type)
  }
}

describe('a second implementation of version 4, written from the formulas alone, recomputes what two of ours say', function () {
  this.timeout(60_000)

  const conversation = new Conversation()
  const { alice, bob } = conversation.parties
  const accounts = { alice: alice.account.address, bob: bob.account.address }
  const secrets = new Secrets()
  let identity: Identity
  let authR: AuthR
  let authI: AuthI
  let K: Uint8Array
  let ssid: Uint8Array
  let chains: Chain[]

  before(() => {
    bob.start()
    conversation.deliverAll()
    ssid = describeSession(alice.session).ssid!
    for (let i = 0; i < ROTATIONS; i++) {
      const name = i % 2 === 0 ? 'alice' : 'bob'
      conversation.say(name, `first of ${i}`)
      if (i % 3 === 0) conversation.say(name, `second of ${i}: \u00e4\u{1f600}`, [{ type: 0, value: new Uint8Array(5) }])
      if (i % 4 === 1) {
        const party = conversation.parties[name]
        const { key } = party.do((p) => sendExtraKey(p.session, { use: 0x104a, data: Uint8Array.of(i) }, p.context))
        conversation.keys.push(key)
        conversation.recorded[name].texts.push('')
      }
      if (i === 6) {
        conversation.say(name, 'three keys', [[1, []], [7, [0, 0, 0, 0x42]], [99, []], [7, [0, 0, 0x10, 0x4a]], [3, []], [7, [0, 0, 0, 1, 5]]]
          .map(([type, value]) => ({ type: type as number, value: Uint8Array.from(value as number[]) })).filter(({ type }) => type === 7 || type === 99))
      }
      // One chain loses its last message for good: nobody hears of it.
      conversation.collect()
      if (i === 9) conversation.underWay.pop()
      conversation.deliverAll(i % 2 === 0 ? 'first first' : 'last first')
    }
    // SMP, and the end.
    alice.do((p) => startSmp(p.session, { secret: 'our secret', question: 'which?' }, p.context))
    conversation.deliverAll()
    bob.do((p) => answerSmp(p.session, 'our secret', p.context))
    conversation.deliverAll()
    bob.do((p) => endSession(p.session, p.context))
    conversation.deliverAll()

    ;[identity] = conversation.parsed('bob', 0x35) as [Identity]
    ;[authR] = conversation.parsed('alice', 0x36) as [AuthR]
    ;[authI] = conversation.parsed('bob', 0x37) as [AuthI]
    for (const name of ['alice', 'bob'] as const) for (const bytes of conversation.recorded[name].random) secrets.add(bytes)
    K = mixedSecret(secrets.ecdh(identity.Y, authR.X), secrets.dh(identity.B, authR.A)).K
    chains = readConversation(
      K,
      { alice: { ecdh: authR.firstEcdh, dh: authR.firstDh }, bob: { ecdh: identity.firstEcdh, dh: identity.firstDh } },
      { alice: conversation.parsed('alice', 0x03), bob: conversation.parsed('bob', 0x03) },
      secrets,
    )
  })

  it('shares no code with what it checks', () => {
    const folder = new URL('../support/v4-second/', import.meta.url)
    const files = readdirSync(folder).filter((name) => name.endsWith('.ts'))
    expect(files.length).to.be.greaterThan(6)
    for (const name of files) {
      for (const [, from] of readFileSync(new URL(name, folder), 'utf8').matchAll(/ from '([^']+)'/g)) expect(from, name).to.match(/^(node:crypto|\.\/[a-z0-9]+\.js)$/)
    }
  })

  it('reads what was meant to be said', () => {
    expect(conversation.recorded.alice.events.filter(({ type }) => type === 'notice')).to.deep.equal([])
    expect(conversation.recorded.bob.events.filter(({ type }) => type === 'notice')).to.deep.equal([])
    for (const name of ['alice', 'bob'] as const) {
      const said = conversation.recorded[name].texts.filter((text) => text !== '')
      const heard = texts(conversation.recorded[other[name]].events)
      expect(heard.length).to.be.within(said.length - 1, said.length)
      for (const text of heard) expect(said).to.include(text)
    }
  })

  it('the Client Profiles, their signatures, all keys of the DAKE, and the fingerprints', () => {
    checkKeys(identity, NOW)
    checkKeys(authR, NOW)
    expect(() => { checkKeys(identity, NOW + 8 * 86_400) }).to.throw('profile expired')
    const tampered = { ...identity, profile: { ...identity.profile, signed: identity.profile.signed.map((byte, i) => i === 20 ? byte ^ 1 : byte) } }
    expect(() => { checkKeys(tampered, NOW) }).to.throw('profile signature')
    const seen = conversation.recorded
    expect(seen.bob.events[0]).to.deep.equal({ type: 'state', state: 'handshake' })
    const fresh = strangers('second')
    fresh.bob.start()
    settle(fresh.alice, fresh.bob)
    expect(hex(fresh.alice.encrypted.them.fingerprint)).to.equal(hex(fingerprint(identity.profile)))
    expect(hex(fresh.bob.encrypted.them.fingerprint)).to.equal(hex(fingerprint(authR.profile)))
  })

  it('both ring signatures over t, which is made of phi: of these two accounts and of no others', () => {
    expect(checkSignatures(identity, authR, authI, accounts)).to.deep.equal([true, true])
    expect(checkSignatures(identity, authR, authI, { ...accounts, alice: 'carol@example.org' })).to.deep.equal([false, false])
    expect(checkSignatures(identity, authR, authI, { alice: accounts.bob, bob: accounts.alice })).to.deep.equal([false, false])
    const t = transcripts(identity, authR, accounts)
    expect(ringVerify([identity.profile.forgingKey, authR.profile.publicKey, identity.Y], authI.sigma, t.authI)).to.equal(false)
  })

  it('K, and the secure session id that both were shown', () => {
    expect(hex(ssidOf(K))).to.equal(hex(ssid))
  })

  it('which of two Identity messages wins: the higher SHAKE-256 of its B as an MPI', () => {
    for (const seed of ['a', 'b', 'c', 'd', 'e']) {
      const pair = strangers(`crossing ${seed}`)
      pair.alice.start()
      pair.bob.start()
      const [his, hers] = [pair.bob.take()[0]!, pair.alice.take()[0]!]
      const value = (message: V4Message): bigint => bigEndian(shake256(mpi((parse(armor(encodeMessage(message))) as Identity).B), 32))
      const { outgoing } = pair.alice.receive(his)
      expect(outgoing.map(({ kind }) => kind)).to.deep.equal(value(hers) > value(his) ? [] : ['v4-auth-r'])
    }
  })

  it(`every chain of ${ROTATIONS} ratchets and more: ids, keys, and who rotates when`, () => {
    expect(chains.length).to.be.greaterThan(ROTATIONS)
    expect(chains.map(({ by }) => by)).to.deep.equal(chains.map((_, n) => n % 2 === 0 ? 'alice' : 'bob'))
    expect(chains.slice(0, 6).map(({ ratchetId }) => ratchetId)).to.deep.equal([0, 0, 1, 2, 3, 4])
    const total = conversation.parsed('alice', 0x03).length + conversation.parsed('bob', 0x03).length
    expect(chains.reduce((sum, { messages }) => sum + messages.length, 0)).to.equal(total)
    expect(new Set(chains.map(({ rootKey }) => hex(rootKey))).size).to.equal(chains.length)
  })

  it('finds every MAC right, and reads every text', () => {
    for (const name of ['alice', 'bob'] as const) {
      const messages = chains.filter(({ by }) => by === name).flatMap((chain) => chain.messages)
      for (const { mac } of messages) expect(mac).to.equal(true)
      const plain = messages.map(({ plaintext }) => parsePlaintext(plaintext))
      expect(plain.map(({ text }) => text).filter((text) => text !== '')).to.deep.equal(conversation.recorded[name].texts.filter((text) => text !== ''))
      // Silence exactly where there is nothing to read.
      messages.forEach(({ message }, n) => { expect(message.flags).to.equal(plain[n]!.text === '' ? 1 : 0) })
    }
  })

  it('every root key that ours had on the way, in their order', () => {
    // The last chain answers the end of the session: its sender had already forgotten everything.
    expect([...conversation.rootKeys]).to.deep.equal(chains.map(({ rootKey }) => hex(rootKey)).slice(0, conversation.rootKeys.size))
    expect(conversation.rootKeys.size).to.be.within(chains.length - 2, chains.length)
  })

  it('the extra symmetric keys on both sides', () => {
    const computed = chains.flatMap(({ by, messages }) => messages.map((read) => ({ by, keys: extraKeys(read.extra, parsePlaintext(read.plaintext).tlvs) })))
    const of = (name: Name): string[] => computed.filter(({ by }) => by === name).flatMap(({ keys }) => keys.map(hex))
    const told = (name: Name): string[] => conversation.recorded[name].events.flatMap((event) => event.type === 'extra-key' ? [hex(event.key)] : [])
    expect(of('alice').length).to.be.greaterThan(2)
    expect(told('bob').sort()).to.deep.equal(of('alice').sort())
    const lost = of('bob').filter((key) => !told('alice').includes(key))
    expect(lost.length).to.be.lessThan(2)
    expect(told('alice').every((key) => of('bob').includes(key))).to.equal(true)
    const own = conversation.keys.map(hex)
    expect(own).to.have.length(4)
    for (const key of own) expect([...of('alice'), ...of('bob')]).to.include(key)
  })

  it('the MAC keys that were revealed: those of the other\'s messages that had been read, each once, with the first message of a chain', () => {
    for (const name of ['alice', 'bob'] as const) {
      const theirs = new Map(chains.filter(({ by }) => by === other[name]).flatMap((chain) => chain.messages.map((read) => [hex(read.mkMac), read])))
      const revealed = chains.filter(({ by }) => by === name).flatMap(({ ratchetId, messages }) => messages.flatMap(({ message }, j) => {
        const keys = hex(message.revealed).match(/.{128}/g) ?? []
        if (keys.length > 0) expect(ratchetId > 0 && (j === 0 || isLast(message))).to.equal(true)
        return keys
      }))
      expect(new Set(revealed).size).to.equal(revealed.length)
      for (const key of revealed) expect(theirs.has(key)).to.equal(true)
      // All but one: of Bob's the lost message, of Alice's her last, which Bob could no longer read.
      expect([...theirs.keys()].filter((key) => !revealed.includes(key))).to.have.length(1)
    }

    function isLast(message: Data): boolean {
      const all = [...conversation.parsed('alice', 0x03), ...conversation.parsed('bob', 0x03)]
      return all.some((one) => hex(one.authenticator) === hex(message.authenticator)) && message.flags === 1
    }
  })

  it('SMP: every value, every proof, both secrets, and that they are equal', () => {
    const tlvs = chains.flatMap(({ messages }) => messages).flatMap(({ plaintext }) => parsePlaintext(plaintext).tlvs)
    const [one, two, three, four] = [2, 3, 4, 5].map((type) => tlvs.find((tlv) => tlv.type === type)!.value) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
    // Random scalars are uniform: 114 bytes, mod q.
    const drawn = [...conversation.recorded.alice.random, ...conversation.recorded.bob.random]
      .filter(({ length }) => length === 114).map((bytes) => mod(littleEndian(bytes), q))
    const typed = new TextEncoder().encode('our secret')
    const [hers, his] = [fingerprint(authR.profile), fingerprint(identity.profile)]
    const secret = smpSecret(hers, his, ssid, typed)
    const exchange = [withoutQuestion(one), two, three, four] as const
    expect(new TextDecoder().decode(one.slice(4, 4 + 6))).to.equal('which?')
    expect(checkExchange(exchange, secret, secret, drawn)).to.deep.equal([true, true])
    expect(() => checkExchange(exchange, secret, smpSecret(his, hers, ssid, typed), drawn)).to.throw('Qb')
    const changed = concat(two.slice(0, -1), Uint8Array.of(two.at(-1)! ^ 1))
    expect(() => checkExchange([exchange[0], changed, three, four], secret, secret, drawn)).to.throw('cp of message 2')
  })

  it('and it would notice: a changed byte anywhere in a data message gives another MAC', () => {
    const [message] = conversation.parsed('alice', 0x03)
    const bad = { ...message!, authenticated: message!.authenticated.map((byte, i) => i === 30 ? byte ^ 1 : byte) }
    const [chain] = readConversation(
      K, { alice: { ecdh: authR.firstEcdh, dh: authR.firstDh }, bob: { ecdh: identity.firstEcdh, dh: identity.firstDh } }, { alice: [bad], bob: [] }, secrets,
    )
    expect(chain!.messages[0]!.mac).to.equal(false)
  })
})
