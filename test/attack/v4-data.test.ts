import { expect } from 'chai'
import fc from 'fast-check'
import { getArithmetic } from '../../src/crypto/index.js'
import { MalformedError, OtrError } from '../../src/errors.js'
import { defaultRatchetLimits } from '../../src/ratchet/index.js'
import {
  abandonHandshake, endSession, expireSession, sendExtraKey, isExpired, receiveMessage, sendMessage, runTimers, describeSession, type V4Encrypted, type V4Message, type V4Session,
} from '../../src/v4/index.js'
import { decodeMessage, encodeMessage, IGNORE_UNREADABLE, utf8Encode, type DataMessageV4 } from '../../src/wire/index.js'
import { worked } from '../support/processor-time.js'
import { isWiped, reachable, secretsIn, watchingArithmetic, type Seen } from '../support/secrets.js'
import { seededRandom } from '../support/seeded.js'
import { toyArithmetic, withArithmetic } from '../support/toy-arithmetic.js'
import { altered, craft, encryptedPair, notices, overTheWire, settle, strangers, talk, texts, V4Party } from '../support/v4-parties.js'

/** Runs in the toy group. */
const toy = (action: () => void) => () => { withArithmetic(toyArithmetic, action) }

/** The party neither changes nor answers; the events are these notices. */
function expectRefused(party: V4Party, message: V4Message, codes: readonly string[]): void {
  const before = party.session
  const copy = structuredClone(before)
  const { outgoing, events } = party.receive(message)
  expect(party.session).to.equal(before)
  expect(party.session).to.deep.equal(copy)
  expect(outgoing).to.have.length(0)
  expect(notices(events)).to.deep.equal(codes)
  expect(events).to.have.length(codes.length)
}

function write(party: V4Party, text: string): DataMessageV4 {
  party.send(text)
  return party.takeOne('v4-data')
}

/** The other side reads it. */
function read(party: V4Party, message: DataMessageV4, text: string): void {
  expect(texts(party.receive(message).events)).to.deep.equal([text])
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const keysOf = (message: DataMessageV4): string[] => hex(message.revealedMacKeys).match(/.{128}/g) ?? []

/** Runs a step and gives the MAC keys that were derived in it. */
function macKeysOf(step: () => void): string[] {
  const seen: Seen[] = []
  const keys: string[] = []
  const watching = watchingArithmetic(getArithmetic(), seen)
  withArithmetic({
    ...watching,
    shake256(parts, length) {
      const result = watching.shake256(parts, length)
      if (parts[1]?.[0] === 0x16 && parts[1].length === 1) keys.push(hex(result))
      return result
    },
    chainStep(chainKey) {
      const keysOfMessage = watching.chainStep(chainKey)
      keys.push(hex(keysOfMessage.mkMac))
      return keysOfMessage
    },
  }, step)
  return keys
}

const counted = <T>(action: () => T): { result: T, hashes: number } => {
  const real = getArithmetic()
  let hashes = 0
  const result = withArithmetic({
    ...real,
    shake256: (parts, length) => { hashes++; return real.shake256(parts, length) },
    chainStep: (chainKey) => { hashes += 4; return real.chainStep(chainKey) },
  }, action)
  return { result, hashes }
}

describe('attack: data messages of version 4', () => {
  describe('D1: forged messages', () => {
    it('D1: in every position of twelve ratchets, with any field changed: nothing changes, and the genuine one is read', toy(() => {
      const { alice, bob } = encryptedPair('D1')
      for (let i = 0; i < 12; i++) {
        const [from, to] = i % 2 === 0 ? [alice, bob] : [bob, alice]
        const late = write(from, 'late')
        for (const text of ['first', 'second']) {
          const genuine = write(from, text)
          expectRefused(to, altered(genuine, 'ciphertext'), ['unreadable'])
          expectRefused(to, altered(genuine, 'authenticator', 63, 0x80), ['unreadable'])
          expectRefused(to, altered(genuine, 'ecdh'), ['unreadable'])
          expectRefused(to, { ...genuine, messageId: genuine.messageId + 1 }, ['unreadable'])
          expectRefused(to, { ...genuine, previousChain: genuine.previousChain + 1 }, ['unreadable'])
          expectRefused(to, { ...genuine, ratchetId: genuine.ratchetId + 3 }, ['unreadable'])
          expectRefused(to, { ...genuine, flags: genuine.flags ^ 2 }, ['unreadable'])
          expectRefused(to, { ...genuine, authenticator: new Uint8Array(64) }, ['unreadable'])
          // The sender asked for silence, or so it seems.
          expectRefused(to, { ...genuine, flags: IGNORE_UNREADABLE }, [])
          expectRefused(to, { ...genuine, senderTag: 0x777 }, ['other-instance'])
          expectRefused(to, { ...genuine, receiverTag: 0x777 }, ['other-instance'])
          read(to, genuine, text)
        }
        expectRefused(to, altered(late, 'ciphertext'), ['unreadable'])
        read(to, late, 'late')
        expectRefused(to, altered(late, 'ciphertext'), ['duplicate'])
      }
    }))

    it('D1: the unauthenticated part, the revealed MAC keys, is emitted and has no other effect', toy(() => {
      const { alice, bob } = encryptedPair('D1 keys')
      const message = write(alice, 'x')
      const { events } = bob.receive({ ...message, revealedMacKeys: new Uint8Array(128) })
      expect(events).to.deep.equal([{ type: 'message', text: 'x' }, { type: 'revealed-mac-keys', keys: new Uint8Array(128) }])
      talk(bob, alice)
    }))

    it('D1: without a session, one notice, or none where the sender wants none', toy(() => {
      const { alice, bob } = encryptedPair('D1 none')
      const message = write(bob, 'x')
      const ended = endSession(alice.session, alice.context)
      alice.session = ended.state
      expectRefused(alice, message, ['unreadable'])
      expectRefused(alice, { ...message, flags: 1 }, [])
    }))
  })

  describe('D4: too far ahead', () => {
    it('D4: a message id or a previous chain beyond max_skip is refused without a hash', () => {
      const { alice, bob } = encryptedPair('D4')
      talk(alice, bob)
      const next = write(alice, 'next')
      const { maxSkip } = defaultRatchetLimits
      for (const [field, value] of [
        ['messageId', maxSkip + 1], ['messageId', 0xffff_ffff], ['previousChain', maxSkip + 2], ['previousChain', 0xffff_ffff],
      ] as const) {
        const message = overTheWire({ ...next, [field]: value })
        const before = bob.session
        const { result: { result, hashes }, milliseconds } = worked(() => counted(() => receiveMessage(before, message, bob.context)))
        expect(milliseconds).to.be.lessThan(50)
        expect(result.state).to.equal(before)
        expect(result.events).to.deep.equal([{ type: 'notice', code: 'unreadable', detail: 'the ratchet refused it: skip-limit' }])
        expect(hashes, field).to.equal(0)
      }
      read(bob, next, 'next')
    })

    it('D4: the caller\'s limit is the one that counts', toy(() => {
      const { alice, bob } = encryptedPair('D4 limit')
      bob.options = { ...bob.options, limits: { ...defaultRatchetLimits, maxSkip: 3 } }
      for (let i = 0; i < 4; i++) write(alice, 'lost')
      expectRefused(bob, write(alice, 'x'), ['unreadable'])
    }))

    it('D5: stored keys die by the clock', toy(() => {
      const { alice, bob } = encryptedPair('D5')
      const lost = write(alice, 'lost')
      read(bob, write(alice, 'x'), 'x')
      const stored = [...bob.encrypted.ratchet.skipped]
      expect(stored).to.have.length(1)
      bob.now += defaultRatchetLimits.storedSeconds + 1
      bob.do(() => runTimers(bob.session, bob.context))
      expect(bob.encrypted.ratchet.skipped).to.have.length(0)
      expect(stored.every(({ mkEnc, extraBase }) => isWiped(mkEnc) && isWiped(extraBase))).to.equal(true)
      expectRefused(bob, lost, ['duplicate'])
      talk(alice, bob)
    }))
  })

  it('D7: a DH key where none may be, or none where one must be', toy(() => {
    const { alice, bob } = encryptedPair('D7')
    const stray = write(alice, 'x')
    read(bob, stray, 'x')
    for (let i = 0; i < 9; i++) {
      const [from, to] = i % 2 === 0 ? [bob, alice] : [alice, bob]
      for (const text of ['1', '2']) {
        const message = write(from, text)
        expect(message.dh.length > 0).to.equal(message.ratchetId % 3 === 0)
        expectRefused(to, { ...message, dh: message.dh.length > 0 ? new Uint8Array(0) : stray.dh }, ['unreadable'])
        read(to, message, text)
      }
    }
  }))

  it('D8: every message that was accepted gives one "duplicate" ever after, and nothing else', toy(() => {
    const { alice, bob } = encryptedPair('D8')
    const accepted: [V4Party, DataMessageV4][] = []
    for (let i = 0; i < 8; i++) {
      const [from, to] = i % 2 === 0 ? [alice, bob] : [bob, alice]
      const messages = [write(from, '0'), write(from, '1')]
      for (const n of [1, 0]) {
        read(to, messages[n]!, String(n))
        accepted.push([to, messages[n]!])
      }
      for (const [party, message] of accepted) {
        expectRefused(party, message, ['duplicate'])
        // Also one that asks for silence.
        expectRefused(party, { ...message, flags: IGNORE_UNREADABLE }, ['duplicate'])
      }
    }
  }))

  describe('D10: revealed MAC keys', () => {
    it('D10: of verified messages only, each once, never our own; over refreshes, SMP, lost and forged ones, up to the end', toy(() => {
      const { alice, bob } = encryptedPair('D10')
      const sent = new Map<V4Party, string[]>([[alice, []], [bob, []]])
      const verified = new Map<V4Party, string[]>([[alice, []], [bob, []]])
      const revealed = new Map<V4Party, string[]>([[alice, []], [bob, []]])
      const random = seededRandom('D10')
      const say = (from: V4Party): DataMessageV4 => {
        sent.get(from)!.push(...macKeysOf(() => { from.send('x') }))
        const message = from.takeOne('v4-data')
        for (const key of keysOf(message)) {
          expect(verified.get(from), 'not before it was authenticated').to.include(key)
          revealed.get(from)!.push(key)
        }
        if (message.messageId > 0 || message.ratchetId === 0) expect(message.revealedMacKeys).to.have.length(0)
        return message
      }
      for (let i = 0; i < 40; i++) {
        const [from, to] = random(1)[0]! % 2 === 0 ? [alice, bob] : [bob, alice]
        const messages = [say(from), say(from), say(from)]
        to.receive(altered(messages[0]!, 'authenticator'))
        for (const message of [messages[2]!, messages[1]!]) verified.get(to)!.push(...macKeysOf(() => { to.receive(message) }).slice(-1))
        if (i % 10 === 9) {
          bob.start()
          settle(alice, bob)
        }
      }
      for (const [party, other] of [[alice, bob], [bob, alice]] as const) {
        const { outgoing: [last] } = endSession(party.session, party.context)
        expect(last).to.include({ kind: 'v4-data', flags: IGNORE_UNREADABLE })
        revealed.get(party)!.push(...keysOf(last as DataMessageV4))
        const keys = revealed.get(party)!
        expect(new Set(keys).size).to.equal(keys.length)
        expect([...keys].sort()).to.deep.equal([...verified.get(party)!].sort())
        for (const key of keys) {
          expect(sent.get(party)).to.not.include(key)
          expect(sent.get(other)).to.include(key)
          expect(key).to.not.match(/^0*$/)
        }
      }
    }))

    it('D10: a message reveals as many as the caller\'s limit allows, and the rest waits for the next chain', toy(() => {
      const { alice, bob } = encryptedPair('maxRevealed')
      bob.options = { ...bob.options, limits: { ...defaultRatchetLimits, maxRevealed: 2 } }
      talk(alice, bob, 1)
      for (const text of ['one', 'two', 'three']) read(bob, write(alice, text), text)
      const first = write(bob, 'a')
      expect(keysOf(first)).to.have.length(2)
      read(alice, first, 'a')
      read(bob, write(alice, 'four'), 'four')
      expect(keysOf(write(bob, 'b'))).to.have.length(2)
    }))

    it('D10: the end is answered by one last message, which reveals the rest and is answered by nothing', toy(() => {
      const { alice, bob } = encryptedPair('D10 end')
      talk(alice, bob, 2)
      read(bob, write(alice, 'x'), 'x')
      alice.do(() => endSession(alice.session, alice.context))
      const { events } = bob.receive(alice.takeOne('v4-data'))
      expect(events.at(-1)).to.deep.equal({ type: 'state', state: 'finished' })
      const last = bob.takeOne('v4-data')
      expect(last.flags).to.equal(IGNORE_UNREADABLE)
      // That of "x", and that of the end itself; those of before were revealed with the last rotation.
      expect(keysOf(last)).to.have.length(2)
      expectRefused(alice, last, [])
    }))

    it('D10: also if the last message is in the middle of a chain', toy(() => {
      const { alice, bob } = encryptedPair('D10 middle')
      talk(alice, bob, 2)
      read(bob, write(alice, 'x'), 'x')
      expect(keysOf(write(bob, 'not delivered'))).to.have.length(1)
      alice.do(() => endSession(alice.session, alice.context))
      bob.receive(alice.takeOne('v4-data'))
      const last = bob.takeOne('v4-data')
      expect(last.messageId).to.equal(1)
      expect(keysOf(last)).to.have.length(1)
    }))
  })

  describe('D12: a session that was used is used up', () => {
    const steps: [name: string, step: (alice: V4Party, bob: V4Party) => void][] = [
      ['a message was sent in it', (alice) => { write(alice, 'x') }],
      ['a message was received in it', (alice, bob) => { alice.receive(write(bob, 'x')) }],
      ['it was ended', (alice) => { alice.do(() => endSession(alice.session, alice.context)) }],
      ['it was expired', (alice) => { alice.do(() => expireSession(alice.session, alice.context)) }],
      ['the other side ended it', (alice, bob) => {
        bob.do(() => endSession(bob.session, bob.context))
        alice.receive(bob.takeOne('v4-data'))
      }],
      ['a new DAKE replaced it', (alice, bob) => {
        bob.start()
        settle(alice, bob)
      }],
    ]
    for (const [name, step] of steps) {
      it(`D12: after ${name}, it sends nothing and accepts nothing`, toy(() => {
        for (const phase of [0, 1, 2, 3]) {
          const { alice, bob } = encryptedPair('D12')
          for (let i = 0; i < phase; i++) i % 2 === 0 ? read(bob, write(alice, 'x'), 'x') : read(alice, write(bob, 'x'), 'x')
          const before = alice.session as V4Encrypted
          const his = structuredClone(bob.session)
          step(alice, bob)
          alice.take()
          const attempts = [
            () => sendMessage(before, { text: 'secret' }, alice.context),
            () => sendExtraKey(before, { use: 1, data: new Uint8Array(0) }, alice.context),
          ]
          for (const attempt of attempts) expect(attempt, `phase ${phase}`).to.throw(OtrError).with.property('code', 'OTR_STALE_SESSION')
          const end = endSession(before, alice.context)
          expect([end.state.state, end.outgoing.length]).to.deep.equal(['plaintext', 0])
          const { outgoing: [message] } = sendMessage(his, { text: 'y' }, { ...bob.context, random: seededRandom('next') })
          const { state, events } = receiveMessage(before, overTheWire(message!), alice.context)
          expect(state).to.equal(before)
          expect(texts(events)).to.deep.equal([])
        }
      }))
    }
  })

  describe('D13: healing', () => {
    /** A thief who copied a session goes on reading in it, with their own random numbers. */
    class Thief {
      readonly #victim: V4Party
      #session: V4Session

      constructor(victim: V4Party) {
        this.#victim = victim
        this.#session = structuredClone(victim.session)
      }

      reads(message: DataMessageV4): boolean {
        const { account, options, now } = this.#victim
        const step = receiveMessage(this.#session, overTheWire(message), { random: seededRandom('thief'), now, account, ...options })
        this.#session = step.state
        return texts(step.events).length > 0
      }
    }

    for (const arithmetic of ['on the curve', 'in the toy group'] as const) {
      it(`D13: somebody who has copied both sessions reads no more after two round trips, ${arithmetic}`, () => {
        for (const phase of arithmetic === 'on the curve' ? [1] : [0, 1, 2, 3, 4, 5]) {
          withArithmetic(arithmetic === 'on the curve' ? getArithmetic() : toyArithmetic, () => {
            const { alice, bob } = encryptedPair(`D13 ${phase}`)
            for (let i = 0; i < phase; i++) i % 2 === 0 ? read(bob, write(alice, 'x'), 'x') : read(alice, write(bob, 'x'), 'x')
            const thieves = new Map([[alice, new Thief(alice)], [bob, new Thief(bob)]])
            const readable: boolean[] = []
            for (let i = 0; i < 6; i++) {
              const [from, to] = (i + phase) % 2 === 0 ? [alice, bob] : [bob, alice]
              const message = write(from, 'secret')
              readable.push(thieves.get(to)!.reads(message))
              read(to, message, 'secret')
            }
            expect(readable[0]).to.equal(true)
            expect(readable.slice(2)).to.deep.equal([false, false, false, false])
          })
        }
      })
    }

    it('D13: a new DAKE heals at once', () => {
      const { alice, bob } = encryptedPair('D13 dake')
      const thief = new Thief(bob)
      bob.start()
      settle(alice, bob)
      const message = write(alice, 'secret')
      expect(thief.reads(message)).to.equal(false)
      read(bob, message, 'secret')
    })
  })

  describe('D15: expiry', () => {
    it('D15: a session without a new key of ours for too long: its MAC keys are revealed, its secrets are gone, it is finished', toy(() => {
      const { alice, bob } = encryptedPair('D15')
      const hours = 3600
      expect(isExpired(alice.session, alice.now + 1000 * hours, hours), 'not before the first message').to.equal(false)
      read(bob, write(alice, '1'), '1')
      read(alice, write(bob, '2'), '2')
      alice.now += hours - 1
      bob.now = alice.now
      expect(isExpired(alice.session, alice.now, hours)).to.equal(false)
      expect(isExpired(alice.session, alice.now + 1, hours)).to.equal(true)
      // A rotation of ours restarts the expiry of the session; a message that is only received does not.
      read(bob, write(alice, '3'), '3')
      read(alice, write(bob, '4'), '4')
      expect(isExpired(alice.session, alice.now + hours - 1, hours)).to.equal(false)
      alice.now += hours
      read(alice, write(bob, '5'), '5')
      expect(isExpired(alice.session, alice.now, hours)).to.equal(true)

      const before = alice.session
      const secrets = secretsIn(before)
      const pending = before.state === 'encrypted' ? before.ratchet.macKeysToReveal.map(hex).join('') : ''
      const { outgoing, events } = alice.do(() => expireSession(alice.session, alice.context))
      expect(events).to.deep.equal([{ type: 'state', state: 'finished' }, { type: 'notice', code: 'expired' }])
      expect(outgoing).to.have.length(1)
      expect(outgoing[0]).to.include({ kind: 'v4-data', flags: IGNORE_UNREADABLE })
      expect(hex((outgoing[0] as DataMessageV4).revealedMacKeys)).to.equal(pending).and.have.length(2 * 128)
      expect(secrets.every(({ bytes }) => isWiped(bytes))).to.equal(true)
      const { ssid, them } = before as V4Encrypted
      expect(alice.session).to.deep.equal({
        state: 'finished', theirTag: bob.account.instanceTag, dake: { kind: 'none' }, learned: { ring: 'bare' }, ended: { ssid, them }, side: [],
      })
      expect([...reachable(alice.session)]).to.have.members([ssid, them.publicKey, them.fingerprint])

      const his = secretsIn(bob.session)
      bob.receive(alice.takeOne('v4-data'))
      expect(describeSession(bob.session).state).to.equal('finished')
      expect(his.every(({ bytes }) => isWiped(bytes))).to.equal(true)
    }))

    it('D15: one that begins again after it is as good as the first', toy(() => {
      const { alice, bob } = encryptedPair('D15 again')
      alice.do(() => expireSession(alice.session, alice.context))
      settle(alice, bob)
      expect([alice.session.state, bob.session.state]).to.deep.equal(['finished', 'finished'])
      expect(() => sendMessage(alice.session, { text: 'x' }, alice.context)).to.throw(OtrError).with.property('code', 'OTR_NOT_ENCRYPTED')
      alice.start()
      settle(alice, bob)
      talk(alice, bob, 3)
    }))
  })

  describe('what an authenticated correspondent may send', () => {
    const send = (plaintext: Uint8Array) => {
      const { alice, bob } = encryptedPair('content')
      const { events, outgoing } = bob.receive(craft(alice, plaintext))
      expect(bob.session.state).to.equal('encrypted')
      return { events, outgoing }
    }

    it('C16: text that is no UTF-8 is shown with U+FFFD and a notice', toy(() => {
      const { events } = send(Uint8Array.of(0x61, 0xff, 0x62, 0))
      expect(events[0]).to.deep.equal({ type: 'message', text: 'a\ufffdb' })
      expect(notices(events)).to.deep.equal(['malformed-content'])
    }))

    it('C14: a TLV that runs over the end costs only itself', toy(() => {
      const { events } = send(Uint8Array.from([...utf8Encode('text'), 0, 0, 99, 0, 1, 7, 0, 7, 0xff, 0xff, 1]))
      expect(events[0]).to.deep.equal({ type: 'message', text: 'text' })
      expect(events[1]).to.deep.include({ type: 'notice', code: 'malformed-content' })
      expect(events[2]).to.deep.equal({ type: 'tlv', tlvType: 99, value: Uint8Array.of(7) })
      expect(events).to.have.length(3)
    }))

    it('C14: ten thousand empty TLVs, of every type, one after another', toy(() => {
      const plaintext = new Uint8Array(1 + 4 * 10_000)
      for (let i = 0; i < 10_000; i++) plaintext[2 + 4 * i] = i % 13 === 1 ? 0 : i % 13
      const { result: { events }, milliseconds } = worked(() => send(plaintext))
      expect(milliseconds).to.be.lessThan(5000)
      expect(events.length).to.be.greaterThan(1000)
    }))

    it('text without a NUL, an empty text, and nothing at all', toy(() => {
      expect(texts(send(utf8Encode('no NUL')).events)).to.deep.equal(['no NUL'])
      expect(send(Uint8Array.of(0)).events).to.deep.equal([])
      expect(send(new Uint8Array(0)).events).to.deep.equal([])
    }))

    it('eleven extra symmetric keys in one message: ten are given', toy(() => {
      const { alice, bob } = encryptedPair('extra keys')
      const tlvs = Array.from({ length: 11 }, (_, i) => ({ type: 7, value: Uint8Array.of(0, 0, 0, i, 99) }))
      alice.send('', [{ type: 0, value: new Uint8Array(3) }, ...tlvs])
      const { events } = bob.receive(alice.takeOne('v4-data'))
      const keys = events.flatMap((event) => event.type === 'extra-key' ? [event] : [])
      expect(keys.map(({ context, data }) => [context, ...data])).to.deep.equal(Array.from({ length: 10 }, (_, i) => [i, 99]))
      expect(new Set(keys.map(({ key }) => hex(key))).size).to.equal(10)
      expect(notices(events)).to.deep.equal(['limit'])
    }))

    it('S10: TLV 8 is no extra symmetric key, and TLV 7 is no SMP message', toy(() => {
      const { alice, bob } = encryptedPair('S10')
      alice.send('', [{ type: 8, value: new Uint8Array(8) }, { type: 7, value: new Uint8Array(8) }])
      const { events, outgoing } = bob.receive(alice.takeOne('v4-data'))
      expect(events.map(({ type }) => type)).to.deep.equal(['tlv', 'extra-key'])
      expect(outgoing).to.have.length(0)
      expect(bob.encrypted.smp.state).to.equal('expect1')
    }))

    it('what follows the TLV that ends the session is ignored', toy(() => {
      const { alice, bob } = encryptedPair('behind')
      alice.send('last words', [{ type: 1, value: new Uint8Array(0) }, { type: 99, value: new Uint8Array(0) }, { type: 7, value: new Uint8Array(4) }])
      const { events } = bob.receive(alice.takeOne('v4-data'))
      expect(events).to.deep.equal([{ type: 'message', text: 'last words' }, { type: 'state', state: 'finished' }])
    }))
  })

  describe('C3, C4: receiving whatever comes', () => {
    it('C3, C4: every message cut at every byte, or with bytes behind it, is malformed', toy(() => {
      const { alice, bob } = strangers('cut')
      bob.start()
      const messages: V4Message[] = []
      for (const message of bob.take()) messages.push(message), alice.receive(message)
      for (const message of alice.take()) messages.push(message), bob.receive(message)
      for (const message of bob.take()) messages.push(message), alice.receive(message)
      messages.push(write(alice, 'x'))
      expect(messages.map(({ kind }) => kind)).to.deep.equal(['v4-identity', 'v4-auth-r', 'v4-auth-i', 'v4-data'])
      for (const message of messages) {
        const bytes = encodeMessage(message)
        for (let length = 0; length < bytes.length; length++) expect(() => decodeMessage(bytes.subarray(0, length))).to.throw(MalformedError)
        for (const more of [1, 2, 57, 64]) expect(() => decodeMessage(new Uint8Array([...bytes, ...new Uint8Array(more)]))).to.throw(MalformedError)
      }
    }))

    it('any genuine message with any of its bytes changed, in any state of a session: never thrown, never believed', function () {
      this.timeout(60_000)
      withArithmetic(toyArithmetic, () => {
        const { sessions, messages, account, options } = states()
        const anyMessage = fc.record({
          from: fc.constantFrom(...messages),
          changes: fc.array(fc.record({ at: fc.nat(), to: fc.integer({ min: 0, max: 255 }) }), { maxLength: 3 }),
        })
        fc.assert(fc.property(fc.constantFrom(...sessions.keys()), anyMessage, (state, { from, changes }) => {
          const bytes = encodeMessage(from)
          for (const { at, to } of changes) bytes[at % bytes.length] = to
          let message: V4Message
          try {
            message = decodeMessage(bytes) as V4Message
          } catch (error) {
            expect(error).to.be.instanceOf(MalformedError)
            return
          }
          const genuine = Buffer.from(bytes).equals(Buffer.from(encodeMessage(from)))
          const session = structuredClone(sessions.get(state)!)
          const copy = structuredClone(session)
          const step = receiveMessage(session, message, { random: seededRandom('any'), now: 1_700_000_000, account, ...options })
          const moved = step.events.some((event) => event.type === 'message' || (event.type === 'state' && event.state !== 'handshake'))
          // The MAC does not cover the revealed MAC keys, nor anything an Identity message.
          if (moved) expect(genuine || message.kind === 'v4-data' || message.kind === 'v4-auth-i', JSON.stringify(step.events)).to.equal(true)
          if (step.state === session) expect(session).to.deep.equal(copy)
          else if (!genuine && message.kind !== 'v4-identity' && message.kind !== 'v4-data') expect.fail(`a changed ${message.kind} changed the session`)
          if (session.state === 'encrypted' && !moved) expect(step.state.state).to.equal('encrypted')
        }), { numRuns: 600, seed: 4 })
      })
    })
  })
})

/** Sessions of alice's in all their states, and messages of bob's that some of them take. */
function states(): { sessions: Map<string, V4Session>, messages: V4Message[], account: V4Party['account'], options: V4Party['options'] } {
  const sessions = new Map<string, V4Session>()
  const messages: V4Message[] = []
  const { alice, bob } = strangers('states')
  const keep = (name: string): void => { sessions.set(name, structuredClone(alice.session)) }
  keep('plaintext')
  alice.start()
  alice.take()
  keep('awaiting Auth-R')
  alice.do(() => abandonHandshake(alice.session))
  bob.start()
  messages.push(...bob.outgoing)
  alice.receive(bob.takeOne('v4-identity'))
  keep('awaiting Auth-I')
  bob.receive(alice.takeOne('v4-auth-r'))
  messages.push(...bob.outgoing)
  alice.receive(bob.takeOne('v4-auth-i'))
  keep('encrypted')
  bob.send('one')
  bob.send('two')
  messages.push(...bob.outgoing)
  const [one, two] = bob.take()
  alice.receive(two!)
  keep('encrypted, one missing')
  alice.receive(one!)
  talk(alice, bob)
  bob.send('new chain')
  messages.push(...bob.take())
  keep('encrypted, later')
  bob.start()
  messages.push(...bob.outgoing)
  alice.receive(bob.takeOne('v4-identity'))
  keep('encrypted, awaiting Auth-I')
  bob.do(() => endSession(bob.session, bob.context))
  messages.push(...bob.outgoing)
  alice.receive(bob.take()[0]!)
  keep('finished')
  return { sessions, messages, account: alice.account, options: alice.options }
}
