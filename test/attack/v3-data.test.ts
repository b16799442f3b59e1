import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'chai'
import { hmacSha1 } from '../../src/crypto/hash.js'
import { PRIME_1536 } from '../../src/crypto/noble/modp.js'
import { endSession, sendMessage, answerSmp, startSmp, startHandshake, runTimers, describeSession, type V3Encrypted } from '../../src/v3/index.js'
import { SIDE_SESSION_SECONDS } from '../../src/v3/side-session.js'
import { decryptData, sendingKeys } from '../../src/v3/data-message.js'
import { sessionKeys } from '../../src/v3/session-keys.js'
import { dataMessageV3MacInput, encodeMessage, hexDecode, hexEncode, type DataMessageV3 } from '../../src/wire/index.js'
import { inBothVersions, encryptedPair, settle, type Party } from '../scenario/v3-parties.js'

const say = (party: Party, text: string): DataMessageV3 => {
  party.do(() => sendMessage(party.session, { text }, party.context))
  return party.take()[0] as DataMessageV3
}

function encrypted(party: Party): V3Encrypted {
  if (party.session.state !== 'encrypted') throw new Error('no session')
  return party.session
}

/** Nothing happens but these notices: the session is the same object with the same bytes, and nothing is sent. */
function expectRefused(party: Party, message: DataMessageV3, ...codes: string[]): void {
  const { session } = party
  const before = structuredClone(session)
  const { events, outgoing } = party.receive(message)
  expect(events.map((event) => event.type === 'notice' ? event.code : event.type)).to.deep.equal(codes)
  expect(outgoing).to.deep.equal([])
  expect(party.session).to.equal(session)
  expect(party.session).to.deep.equal(before)
}

/** The message with a valid MAC: only the sender's own client can make it. */
function authenticated(sender: Party, message: DataMessageV3): DataMessageV3 {
  return { ...message, authenticator: hmacSha1(sendingKeys(encrypted(sender).keys).sendingMacKey, dataMessageV3MacInput(message)) }
}

/** 20-byte keys in hexadecimal. */
function keysIn(bytes: Uint8Array): string[] {
  return Array.from({ length: bytes.length / 20 }, (_, i) => hexEncode(bytes.subarray(20 * i, 20 * i + 20)))
}

/** All four receiving MAC keys under which a session would still accept a message, and all four of its own sending MAC keys. */
function macKeys(party: Party): { receiving: string[], sending: string[] } {
  const { keys } = encrypted(party)
  const receiving: string[] = []
  const sending: string[] = []
  for (const ours of [keys.ours, keys.oursPrevious]) {
    for (const theirs of [keys.theirs, keys.theirsPrevious]) {
      if (theirs === undefined) continue
      const derived = sessionKeys(ours, theirs)
      receiving.push(hexEncode(derived.receivingMacKey))
      sending.push(hexEncode(derived.sendingMacKey))
    }
  }
  return { receiving, sending }
}

inBothVersions('data messages of version 3 under attack', () => {
  describe('T4: key ids and counters', () => {
    it('T4: key id 0, unknown key ids and swapped key ids are refused, authenticated or not', () => {
      const { a, b } = encryptedPair()
      b.receive(say(a, 'one'))
      a.receive(say(b, 'two'))
      const message = say(a, 'three')
      expect([message.senderKeyId, message.recipientKeyId]).to.deep.equal([2, 2])
      const pairs = [[0, 2], [2, 0], [0, 0], [3, 2], [2, 3], [4, 4], [0xffffffff, 2], [2, 0xffffffff]] as const
      for (const [senderKeyId, recipientKeyId] of pairs) {
        expectRefused(b, { ...message, senderKeyId, recipientKeyId }, 'unreadable')
        expectRefused(b, authenticated(a, { ...message, senderKeyId, recipientKeyId }), 'unreadable')
      }
      // Ids that exist, but of another pair.
      expectRefused(b, { ...message, senderKeyId: 1 }, 'unreadable')
      expectRefused(b, { ...message, senderKeyId: 1, recipientKeyId: 1 }, 'unreadable')
      expect(b.receive(message).events[0]).to.deep.equal({ type: 'message', text: 'three' })
    })

    it('T4: the key before the first one does not exist', () => {
      const { a, b } = encryptedPair()
      const message = say(a, 'one')
      expectRefused(b, { ...message, senderKeyId: 0 }, 'unreadable')
    })

    it('T4: a counter that does not increase, and one of zeros', () => {
      const { a, b } = encryptedPair()
      const [one, two, three] = [say(a, 'one'), say(a, 'two'), say(a, 'three')]
      expectRefused(b, authenticated(a, { ...one, counter: new Uint8Array(8) }), 'unreadable')
      b.receive(two)
      b.said()
      // Late or repeated: counters of one pair only grow. Under the first pair Bob has not seen Alice's next key used.
      expectRefused(b, one, 'duplicate')
      expectRefused(b, two, 'duplicate')
      expectRefused(b, authenticated(a, { ...three, counter: new Uint8Array(8) }), 'duplicate')
      expect(b.receive(three).events).to.deep.equal([{ type: 'message', text: 'three' }])
    })

    it('T4: counters are 64 bits, big-endian and unsigned', () => {
      const { a, b } = encryptedPair()
      const message = say(a, 'x')
      const withCounter = (...counter: number[]): DataMessageV3 => {
        const changed = { ...message, counter: Uint8Array.from(counter) }
        return authenticated(a, changed)
      }
      b.receive(withCounter(0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff))
      b.receive(withCounter(0, 0, 0, 1, 0, 0, 0, 0))
      expectRefused(b, withCounter(0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff), 'duplicate')
      b.receive(withCounter(0xff, 0, 0, 0, 0, 0, 0, 0))
      expectRefused(b, withCounter(0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), 'duplicate')
      expect(b.events.filter(({ type }) => type === 'message' || type === 'notice').length).to.be.greaterThan(2)
    })

    it('T4: a peer is not bound to 127 messages in one direction', () => {
      const { a, b } = encryptedPair()
      for (let i = 0; i < 400; i++) {
        const text = `message ${i}`
        expect(b.receive(say(a, text)).events[0]).to.deep.equal({ type: 'message', text })
      }
    })
  })

  it('every changed bit of what the MAC covers is refused, and the true message still read', () => {
    const { a, b } = encryptedPair()
    const message = say(a, 'the true one')
    const flip = (bytes: Uint8Array, bit: number): Uint8Array => bytes.map((byte, i) => i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)
    for (let bit = 0; bit < 160; bit += 3) expectRefused(b, { ...message, authenticator: flip(message.authenticator, bit) }, 'unreadable')
    for (let bit = 0; bit < 8 * message.encryptedMessage.length; bit += 5) {
      expectRefused(b, { ...message, encryptedMessage: flip(message.encryptedMessage, bit) }, 'unreadable')
    }
    for (let bit = 0; bit < 64; bit += 3) expectRefused(b, { ...message, counter: flip(message.counter, bit) }, 'unreadable')
    for (let bit = 8; bit < 1536; bit += 97) expectRefused(b, { ...message, nextDh: flip(message.nextDh, bit) }, 'unreadable')
    expectRefused(b, { ...message, flags: 2 }, 'unreadable')
    expectRefused(b, { ...message, flags: 1 })
    expect(b.receive(message).events).to.deep.equal([{ type: 'message', text: 'the true one' }])
  })

  describe('T5, T6: the MAC keys that are revealed', () => {
    /** Talks for a while and checks every data message that goes over the wire. */
    function watch(turns: number, pattern: (turn: number) => number): void {
      const { a, b } = encryptedPair(`watch ${turns}`)
      const revealed = new Map<Party, string[]>([[a, []], [b, []]])
      const verified = new Map<Party, Set<string>>([[a, new Set()], [b, new Set()]])
      for (let turn = 0; turn < turns; turn++) {
        const [from, to] = turn % 2 === 0 ? [a, b] : [b, a]
        for (let i = 0; i < pattern(turn); i++) {
          const message = say(from, 'x')
          const old = keysIn(message.oldMacKeys)
          const { receiving, sending } = macKeys(from)
          for (const key of old) {
            expect(receiving, 'T5: of a message that would still be accepted').to.not.include(key)
            expect(sending, 'T5: one of our own sending keys').to.not.include(key)
            expect(verified.get(from), 'T6: never used').to.include(key)
            expect(key).to.not.equal('0'.repeat(40))
          }
          revealed.get(from)!.push(...old)
          const { keys } = encrypted(to)
          const selected = sessionKeys(
            message.recipientKeyId === keys.ourKeyId ? keys.ours : keys.oursPrevious,
            message.senderKeyId === keys.theirKeyId ? keys.theirs : keys.theirsPrevious!,
          )
          const key = hexEncode(selected.receivingMacKey)
          to.receive(message)
          verified.get(to)!.add(key)
        }
      }
      // At the end, the side that ends the session reveals every key that verified something.
      for (const party of [a, b]) {
        const end = endSession(party.session, party.context).outgoing[0] as DataMessageV3
        revealed.get(party)!.push(...keysIn(end.oldMacKeys))
        const all = revealed.get(party)!
        expect(new Set(all).size, 'T6: each once').to.equal(all.length)
        expect(new Set(all)).to.deep.equal(verified.get(party))
      }
    }

    it('T5, T6: are exactly those of read messages, when both write in turns', () => { watch(40, () => 1) })
    it('T5, T6: are exactly those of read messages, when both write rows of different length', () => { watch(40, (turn) => 1 + (turn * 7) % 4) })
    it('T5, T6: are exactly those of read messages, when one side is silent now and then', () => { watch(60, (turn) => (turn * 5) % 3) })

    it('T6: the length stays the same over 1,000 messages in one direction', () => {
      const { a, b } = encryptedPair()
      a.receive(say(b, 'x'))
      b.receive(say(a, 'x'))
      a.receive(say(b, 'x'))
      b.receive(say(a, 'x'))
      const lengths = new Set<number>()
      for (let i = 0; i < 1000; i++) {
        const message = say(a, '20 bytes of text ...')
        lengths.add(encodeMessage(message).length)
        if (i % 50 === 0) b.receive(message)
      }
      expect(lengths.size).to.equal(1)
      expect(encrypted(a).keys.used.length).to.be.at.most(4)
    })

    it('T5: with a revealed key a transcript can be forged, but no session accepts the forgery', () => {
      const { a, b } = encryptedPair()
      const original = say(a, 'I never said this')
      b.receive(original)
      a.receive(say(b, 'x'))
      b.receive(say(a, 'x'))
      a.receive(say(b, 'x'))
      b.receive(say(a, 'x'))
      const revealing = [say(b, 'x')]
      const keys = [...b.events, ...a.events].flatMap((event) => event.type === 'revealed-mac-keys' ? keysIn(event.keys) : [])
      keys.push(...revealing.flatMap((message) => keysIn(message.oldMacKeys)))
      const key = keys.find((candidate) =>
        hexEncode(hmacSha1(hexDecode(candidate), dataMessageV3MacInput(original))) === hexEncode(original.authenticator))
      expect(key, 'the key of the first message was revealed').to.not.equal(undefined)
      const forged = { ...original, encryptedMessage: original.encryptedMessage.map((byte) => byte ^ 1) }
      const authenticator = hmacSha1(hexDecode(key!), dataMessageV3MacInput(forged))
      expectRefused(b, { ...forged, authenticator, counter: Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 0) }, 'unreadable')
      expectRefused(b, original, 'duplicate')
    })

    it('T5, T6: a refresh reveals what no longer verifies anything in its first message, and the rest when the old session is not read any more', () => {
      const { a, b } = encryptedPair()
      b.receive(say(a, 'x'))
      a.receive(say(b, 'x'))
      // Under the first pair, which the next message replaces; its MAC key waits to be revealed, like the ones in use.
      b.receive(say(a, 'x'))
      a.receive(say(b, 'x'))
      b.receive(say(a, 'x'))
      const gone = keysIn(encrypted(b).keys.oldMacKeys)
      const used = encrypted(b).keys.used.flatMap(({ received }) => received === undefined ? [] : [hexEncode(received.macKey)])
      expect([gone.length, used.length]).to.deep.equal([1, 1])
      a.do(() => startHandshake(a.session, a.context))
      settle(a, b)
      expect(keysIn(say(b, 'x').oldMacKeys)).to.deep.equal(gone)
      expect(say(b, 'x').oldMacKeys.length).to.equal(0)
      b.now += SIDE_SESSION_SECONDS + 1
      b.do(() => runTimers(b.session, b.context))
      expect(keysIn(say(b, 'x').oldMacKeys)).to.deep.equal(used)
      expect(macKeys(b).receiving).to.not.include.any.members(used)
      expect(say(b, 'x').oldMacKeys.length).to.equal(0)
    })
  })

  it('T8: MACs, hashes and their like are compared in constant time only', () => {
    const folder = new URL('../../src/v3/', import.meta.url)
    const files = readdirSync(folder).filter((name) => name.endsWith('.ts'))
    expect(files.length).to.be.greaterThan(15)
    let uses = 0
    for (const name of files) {
      const source = readFileSync(new URL(name, folder), 'utf8')
      for (const line of source.split('\n')) {
        expect(line, name).to.not.match(/\b(mac|authenticator|hashedGx|receivingMacKey|\w*MacKey)\b\)?\s*[!=]==/i)
        expect(line, name).to.not.match(/[!=]==\s*\(?[\w.]*\b(mac|authenticator|hashedGx|\w*MacKey)\b(?!\?)/i)
        if (/equalBytes\(.*(mac|authenticator)/i.test(line)) uses++
      }
    }
    expect(uses, 'both MACs are compared by equalBytes').to.be.at.least(2)
  })

  describe('D8: a message that was accepted before is a duplicate, not an error', () => {
    it('D8: each of a long conversation, at once and much later', () => {
      const { a, b } = encryptedPair()
      const late: { to: Party, message: DataMessageV3 }[] = []
      for (let turn = 0; turn < 8; turn++) {
        const [from, to] = turn % 2 === 0 ? [a, b] : [b, a]
        for (let i = 0; i < 2; i++) {
          const message = say(from, `turn ${turn}`)
          to.receive(message)
          to.said()
          expectRefused(to, message, 'duplicate')
          late.push({ to, message })
        }
        for (const { to: receiver, message } of late.slice(-12)) expectRefused(receiver, message, 'duplicate')
      }
    })

    it('D8: a heartbeat twice is a duplicate too', () => {
      const { a, b } = encryptedPair()
      const heartbeat = say(a, '')
      b.receive(heartbeat)
      expectRefused(b, heartbeat, 'duplicate')
    })
  })

  describe('K4: next keys out of range', () => {
    const p = hexDecode(PRIME_1536)
    const near = (offset: number): Uint8Array => p.map((byte, i) => i === p.length - 1 ? byte + offset : byte)
    const bad: Record<string, Uint8Array> = { '0': new Uint8Array(0), '1': Uint8Array.of(1), 'p - 1': near(-1), 'p': p, '2p': Uint8Array.of(1, ...p) }
    for (const [name, nextDh] of Object.entries(bad)) {
      it(`K4: ${name} in an authenticated data message`, () => {
        const { a, b } = encryptedPair()
        const message = say(a, 'x')
        expectRefused(b, authenticated(a, { ...message, nextDh }), 'unreadable')
        // Also where the key would not be taken: the same pair again.
        b.receive(message)
        b.said()
        expectRefused(b, authenticated(a, { ...say(a, 'y'), nextDh }), 'unreadable')
        expect(describeSession(b.session).theirKeyId).to.equal(2)
      })
    }
  })

  it('K9: a random source that fails while a message makes keys rotate, or SMP go on, changes nothing', () => {
    const { a, b } = encryptedPair()
    b.receive(say(a, 'x'))
    const good = a.random
    const rotating = say(b, 'rotates')
    const broken = (): never => { throw new Error('no entropy') }
    const refused = (party: Party, operate: () => void): void => {
      const { session } = party
      const before = structuredClone(session)
      expect(operate).to.throw().with.property('code', 'OTR_RANDOM_FAILED')
      expect(party.session).to.equal(session)
      expect(party.session).to.deep.equal(before)
      expect(party.outgoing).to.deep.equal([])
    }
    a.random = broken
    refused(a, () => { a.receive(rotating) })
    a.random = good
    expect(a.receive(rotating).events[0]).to.deep.equal({ type: 'message', text: 'rotates' })

    a.random = broken
    refused(a, () => { a.do(() => startSmp(a.session, { secret: 'x' }, a.context)) })
    a.random = good
    a.do(() => startSmp(a.session, { secret: 'x' }, a.context))
    settle(a, b)
    const goodB = b.random
    b.random = broken
    refused(b, () => { b.do(() => answerSmp(b.session, 'x', b.context)) })
    b.random = goodB
    b.do(() => answerSmp(b.session, 'x', b.context))
    const second = b.take()[0]!
    // The message rotates a key, and the answer to SMP draws three times more: fail at each of them.
    for (let allowed = 0; ; allowed++) {
      let left = allowed
      a.random = (length) => left-- > 0 ? good(length) : broken()
      const { session } = a
      const before = structuredClone(session)
      try {
        a.receive(second)
        expect(allowed).to.be.at.least(4)
        break
      } catch (error) {
        expect(error).to.have.property('code', 'OTR_RANDOM_FAILED')
        expect(a.session).to.equal(session)
        expect(a.session).to.deep.equal(before)
      }
    }
    a.random = good
    settle(a, b)
    expect([...a.said(), ...b.said()].filter((event) => event.type === 'smp' && event.event === 'succeeded').length).to.equal(2)
  })

  it('I5: a message under the keys of another session fails and leaves both intact', () => {
    const one = encryptedPair('one')
    const other = encryptedPair('other')
    const message = say(one.a, 'for the first')
    expectRefused(other.b, message, 'unreadable')
    expect(one.b.receive(message).events[0]).to.deep.equal({ type: 'message', text: 'for the first' })
  })

  it('what was decrypted and not accepted is nowhere: decryption changes no state', () => {
    const { a, b } = encryptedPair()
    const message = say(a, 'x')
    const { keys } = encrypted(b)
    const before = structuredClone(keys)
    expect(decryptData(keys, message).kind).to.equal('accepted')
    expect(decryptData(keys, message).kind).to.equal('accepted')
    expect(keys).to.deep.equal(before)
  })

  it('secrets are overwritten when their time is over', () => {
    const { a, b } = encryptedPair()
    b.receive(say(a, 'x'))
    a.receive(say(b, 'x'))
    const { keys } = encrypted(b)
    const gone = keys.oursPrevious.privateKey
    const stays = keys.ours.privateKey
    b.receive(say(a, 'x'))
    expect(gone.every((byte) => byte === 0)).to.equal(true)
    expect(stays.some((byte) => byte !== 0)).to.equal(true)
    expect(encrypted(b).keys.oursPrevious.privateKey).to.equal(stays)
  })
})
