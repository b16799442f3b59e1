import { expect } from 'chai'
import { generateDh3072 } from '../../src/crypto/dh3072.js'
import { generateEcdh } from '../../src/crypto/ecdh.js'
import { getArithmetic } from '../../src/crypto/provider.js'
import { mixedSharedSecret } from '../../src/crypto/shared-secret.js'
import { OtrError } from '../../src/errors.js'
import {
  defaultRatchetLimits, dropSkipped, expireSkipped, extraSymmetricKeys, MAX_EXTRA_KEYS, ratchetExpired, ratchetReceive,
  ratchetSend, wipeReplaced, type RatchetState,
} from '../../src/ratchet/index.js'
import { deriveRatchetKeys } from '../../src/ratchet/keys.js'
import { countMacKeys } from '../../src/ratchet/mac-keys.js'
import type { DataMessageV4 } from '../../src/wire/index.js'
import { authenticate, ratchetPair, type Dake, type RatchetPeer } from '../support/ratchet-pair.js'
import { worked } from '../support/processor-time.js'
import { seededRandom } from '../support/seeded.js'
import { toyArithmetic, withArithmetic } from '../support/toy-arithmetic.js'

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const dakes: Dake[] = ['interactive', 'non-interactive']

/** Runs in the toy group: the ratchet's logic, at thousands of rotations a second. */
const toy = (action: () => void) => () => { withArithmetic(toyArithmetic, action) }

const expectText = (peer: RatchetPeer, message: DataMessageV4, text: string): void => {
  expect(peer.receive(message)).deep.equal({ text })
}
const expectRefused = (peer: RatchetPeer, message: DataMessageV4, why: string): void => {
  const before = peer.state
  const copy = structuredClone(before)
  expect(peer.receive(message)).deep.equal({ refused: why })
  expect(peer.state).equal(before)
  expect(peer.state).deep.equal(copy)
}
/** Both talk in turns; each rotates `rounds` times. */
const talk = (a: RatchetPeer, b: RatchetPeer, rounds: number): void => {
  for (let i = 0; i < rounds; i++) {
    expectText(b, a.send(`a${i}`), `a${i}`)
    expectText(a, b.send(`b${i}`), `b${i}`)
  }
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

describe('attack: double ratchet', () => {
  describe('the course of a conversation, on the curve', () => {
    for (const dake of dakes) {
      it(`${dake}: ids, DH keys and texts over twelve rotations`, () => {
        const { alice, bob } = ratchetPair(dake, seededRandom(dake))
        const ids: number[] = []
        for (let i = 0; i < 6; i++) {
          for (const [from, to] of [[alice, bob], [bob, alice]] as const) {
            for (const text of ['first', 'second']) {
              const message = from.send(text)
              expectText(to, message, text)
              ids.push(message.ratchetId)
              expect(message.dh.length > 0).equal(message.ratchetId % 3 === 0)
            }
          }
        }
        const expected = dake === 'interactive' ? [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] : [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
        expect(ids).deep.equal(expected.flatMap((id) => [id, id]))
      })
    }

    it('Bob may speak first after an interactive exchange', toy(() => {
      const { alice, bob } = ratchetPair('interactive', seededRandom(1))
      const first = bob.send('b')
      expect(first).include({ ratchetId: 0, messageId: 0, previousChain: 0 })
      // Alice speaks in her chain 0 before she has it, and rotates after.
      const early = alice.send('a')
      expectText(alice, first, 'b')
      const late = alice.send('a2')
      expect(late).include({ ratchetId: 1, messageId: 0, previousChain: 1 })
      expectText(bob, late, 'a2')
      expectText(bob, early, 'a')
    }))

    it('the publisher may speak first after a non-interactive exchange', toy(() => {
      const { alice, bob } = ratchetPair('non-interactive', seededRandom(2))
      const first = bob.send('b')
      expect(first).include({ ratchetId: 1, messageId: 0, previousChain: 0 })
      expectText(alice, first, 'b')
      talk(alice, bob, 6)
    }))
  })

  describe('D1: forged messages', () => {
    const positions: [name: string, prepare: (alice: RatchetPeer, bob: RatchetPeer) => DataMessageV4][] = [
      ['the first message of all', (alice) => alice.send('x')],
      ['the next message of a chain', (alice, bob) => { expectText(bob, alice.send('0'), '0'); return alice.send('x') }],
      ['a message with others missing before it', (alice) => { for (let i = 0; i < 5; i++) alice.send('lost'); return alice.send('x') }],
      ['the first message of a chain', (alice, bob) => { talk(alice, bob, 1); return alice.send('x') }],
      ['the first message of a chain with a DH key', (alice, bob) => { talk(alice, bob, 2); return alice.send('x') }],
      ['a later message of a new chain, with others missing in both', (alice, bob) => {
        talk(alice, bob, 1)
        alice.send('lost')
        const reply = bob.send('y')
        expectText(alice, reply, 'y')
        alice.send('lost')
        return alice.send('x')
      }],
      ['a message that was skipped', (alice, bob) => { const x = alice.send('x'); expectText(bob, alice.send('1'), '1'); return x }],
      ['a message that was skipped in an earlier chain', (alice, bob) => {
        const x = alice.send('x')
        expectText(bob, alice.send('1'), '1')
        talk(bob, alice, 3)
        return x
      }],
    ]
    for (const [name, prepare] of positions) {
      it(`D1: ${name}: nothing changes, and the genuine one is read`, toy(() => {
        const { alice, bob } = ratchetPair('interactive', seededRandom(name))
        const genuine = prepare(alice, bob)
        const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => i === 0 ? byte ^ 1 : byte)
        expectRefused(bob, { ...genuine, ciphertext: flip(genuine.ciphertext) }, 'mac')
        expectRefused(bob, { ...genuine, authenticator: flip(genuine.authenticator) }, 'mac')
        expectRefused(bob, { ...genuine, flags: 1 }, 'mac')
        expectRefused(bob, { ...genuine, senderTag: 0x101 }, 'mac')
        for (const field of ['previousChain', 'ratchetId', 'messageId'] as const) {
          const before = bob.state
          expect(bob.receive({ ...genuine, [field]: genuine[field] + 1 })).property('refused')
          expect(bob.state).equal(before)
        }
        const before = bob.state
        expect(bob.receive({ ...genuine, ecdh: generateEcdh(bob.random).publicKey })).property('refused')
        expect(bob.state).equal(before)
        expectText(bob, genuine, 'x')
        expectRefused(bob, genuine, 'duplicate')
        talk(bob, alice, 4)
      }))
    }

    it('D1: on the curve too, where a wrong key of the right kind only shows in the MAC', () => {
      const { alice, bob } = ratchetPair('interactive', seededRandom('D1'))
      talk(alice, bob, 2)
      const genuine = alice.send('x')
      expect(genuine.ratchetId).equal(3)
      expectRefused(bob, { ...genuine, ecdh: generateEcdh(bob.random).publicKey }, 'mac')
      expectRefused(bob, { ...genuine, dh: generateDh3072(bob.random).publicKey }, 'mac')
      expectText(bob, genuine, 'x')
    })
  })

  describe('D4: too far ahead', () => {
    const far = [defaultRatchetLimits.maxSkip + 1, 100_000, 0xffff_ffff]

    it('D4: a message id beyond max_skip in the same chain costs no hash', toy(() => {
      const { alice, bob } = ratchetPair('interactive', seededRandom(4))
      expectText(bob, alice.send('0'), '0')
      const next = alice.send('1')
      for (const skip of far) {
        const messageId = Math.min(skip + 1, 0xffff_ffff)
        const { result, hashes } = counted(() => ratchetReceive(bob.state, { ...next, messageId }, { now: 0 }))
        expect(result).deep.equal({ kind: 'refused', reason: 'skip-limit' })
        expect(hashes).equal(0)
      }
      expectText(bob, next, '1')
    }))

    it('D4: a message id or a previous chain beyond max_skip in a new chain costs no hash and no arithmetic', () => {
      const { alice, bob } = ratchetPair('interactive', seededRandom(4))
      expectText(bob, alice.send('0'), '0')
      expectText(alice, bob.send('1'), '1')
      const next = alice.send('2')
      for (const skip of far) {
        for (const header of [{ ...next, messageId: skip }, { ...next, previousChain: Math.min(skip + 1, 0xffff_ffff) }]) {
          const { result: { result, hashes }, milliseconds } = worked(() => counted(() => ratchetReceive(bob.state, header, { now: 0 })))
          expect(milliseconds).below(50)
          expect(result).deep.equal({ kind: 'refused', reason: 'skip-limit' })
          expect(hashes).equal(0)
        }
      }
      expectText(bob, next, '2')
    })

    it('D4: exactly max_skip is read, in the same chain and across chains', toy(() => {
      const { alice, bob } = ratchetPair('interactive', seededRandom(4))
      const { maxSkip } = defaultRatchetLimits
      for (let i = 0; i < maxSkip; i++) alice.send('lost')
      expectText(bob, alice.send('x'), 'x')
      expectText(alice, bob.send('y'), 'y')
      for (let i = 0; i < maxSkip; i++) alice.send('lost')
      expectText(bob, alice.send('z'), 'z')
    }))

    it('D4: a chain whose ids are used up sends nothing more', toy(() => {
      const { alice } = ratchetPair('interactive', seededRandom(4))
      if (alice.state.turn !== 'theirs') throw new Error('Alice sends first')
      const last: RatchetState = { ...alice.state, sending: { ...alice.state.sending, messageId: 0xffff_ffff } }
      expect(() => ratchetSend(last, 'due', { random: alice.random, now: 0 })).throw(OtrError).property('code', 'OTR_CHAIN_EXHAUSTED')
    }))
  })

  describe('D5: the store of skipped keys', () => {
    it('D5: it holds no more than its limit; the oldest make room and are wiped', toy(() => {
      const { alice, bob } = ratchetPair('interactive', seededRandom(5))
      bob.limits = { ...defaultRatchetLimits, maxSkip: 20, maxStored: 30 }
      const sent: DataMessageV4[] = []
      for (let round = 0; round < 5; round++) {
        for (let i = 0; i < 20; i++) sent.push(alice.send(`${round}/${i}`))
        const old = bob.state
        expectText(bob, alice.send('x'), 'x')
        expect(bob.state.skipped.length).most(30)
        for (const key of old.skipped) {
          if (!bob.state.skipped.includes(key)) expect(toHex(key.mkEnc) + toHex(key.extraBase)).equal('00'.repeat(128))
        }
        expectText(alice, bob.send('y'), 'y')
      }
      expect(bob.state.skipped.length).equal(30)
      sent.forEach((message, i) => {
        if (i < 70) expectRefused(bob, message, 'duplicate')
        else expectText(bob, message, `${Math.floor(i / 20)}/${i % 20}`)
      })
      expect(bob.state.skipped).length(0)
    }))

    it('D5: one message cannot bring more than the limit, even over two chains', toy(() => {
      const { alice, bob } = ratchetPair('interactive', seededRandom(5))
      bob.limits = { ...defaultRatchetLimits, maxSkip: 50, maxStored: 50 }
      expectText(bob, alice.send('0'), '0')
      expectText(alice, bob.send('1'), '1')
      const chain = Array.from({ length: 50 }, () => alice.send('lost'))
      expectText(bob, alice.send('2'), '2')
      expect(bob.state.skipped).length(50)
      expectText(alice, bob.send('3'), '3')
      for (let i = 0; i < 50; i++) alice.send('lost too')
      expectText(bob, alice.send('4'), '4')
      expect(bob.state.skipped).length(50)
      expect(bob.state.skipped.every((key) => key.ratchetId === 3)).equal(true)
      expectRefused(bob, chain[49]!, 'duplicate')
    }))

    it('D5: keys die by time', toy(() => {
      const { alice, bob } = ratchetPair('interactive', seededRandom(5))
      const early = alice.send('early')
      bob.now = 1000
      expectText(bob, alice.send('x'), 'x')
      const late = alice.send('late')
      bob.now = 50_000
      expectText(bob, alice.send('y'), 'y')
      bob.now = 1000 + defaultRatchetLimits.storedSeconds - 1
      expect(expireSkipped(bob.state, bob.now, bob.limits)).equal(bob.state)
      bob.now += 1
      // Whether or not the timers ran, an old key is not used.
      expectRefused(bob, early, 'duplicate')
      const expired = expireSkipped(bob.state, bob.now, bob.limits)
      const [gone] = bob.state.skipped
      wipeReplaced(bob.state, expired)
      bob.state = expired
      expect(toHex(gone!.mkEnc)).equal('00'.repeat(64))
      expect(expired.skipped).length(1)
      expectText(bob, late, 'late')
    }))

    it('D5: keys die by the count of rotations', toy(() => {
      const { alice, bob } = ratchetPair('interactive', seededRandom(5))
      bob.limits = { ...defaultRatchetLimits, storedRatchets: 7 }
      const lost = alice.send('lost')
      expectText(bob, alice.send('x'), 'x')
      expectText(alice, bob.send('y'), 'y')
      talk(alice, bob, 3)
      expect(bob.state).include({ ratchetId: 7 })
      expect(bob.state.skipped).length(1)
      talk(alice, bob, 1)
      expect(expireSkipped(bob.state, 0, bob.limits).skipped).length(0)
      expectRefused(bob, lost, 'duplicate')
      talk(alice, bob, 1)
      expect(bob.state.skipped).length(0)
    }))

    it('D5: an application can bound them over all sessions', toy(() => {
      const { alice, bob } = ratchetPair('interactive', seededRandom(5))
      const lost = [alice.send('0'), alice.send('1'), alice.send('2')]
      expectText(bob, alice.send('x'), 'x')
      expect(dropSkipped(bob.state, 0)).equal(bob.state)
      bob.state = dropSkipped(bob.state, 2)
      expect(bob.receive(lost[1]!)).deep.equal({ refused: 'duplicate' })
      expectText(bob, lost[2]!, '2')
    }))
  })

  describe('D6: out of order', () => {
    for (const dake of dakes) {
      for (const rotations of [1, 2, 3, 4]) {
        it(`D6: ${dake}, ${rotations} rotations late, with and without DH keys in between`, () => {
          // On the curve for the first, in the toy group for every phase of the count by three.
          for (const [arithmetic, phases] of [[getArithmetic(), [0]], [toyArithmetic, [0, 1, 2, 3, 4, 5]]] as const) {
            withArithmetic(arithmetic, () => {
              for (const phase of phases) {
                const { alice, bob } = ratchetPair(dake, seededRandom(`${dake}${rotations}${phase}`))
                talk(alice, bob, phase)
                const late = [alice.send('late 0'), alice.send('late 1'), alice.send('late 2')]
                expectText(bob, late[1]!, 'late 1')
                for (let i = 0; i < rotations; i++) {
                  expectText(alice, bob.send('b'), 'b')
                  late.push(alice.send(`chain ${i}`))
                  expectText(bob, alice.send('a'), 'a')
                }
                expectText(bob, late[2]!, 'late 2')
                expectText(bob, late[0]!, 'late 0')
                late.slice(3).reverse().forEach((message, i) => { expectText(bob, message, `chain ${rotations - 1 - i}`) })
                expect(bob.state.skipped).length(0)
                talk(bob, alice, 2)
              }
            })
          }
        })
      }
    }
  })

  describe('D7: DH keys out of place', () => {
    for (const dake of dakes) {
      it(`D7: ${dake}: absent where id % 3 is 0, present where it is not, another one in the same chain`, toy(() => {
        const { alice, bob } = ratchetPair(dake, seededRandom(7))
        const stranger = generateDh3072(seededRandom(70)).publicKey
        for (let i = 0; i < 14; i++) {
          const [from, to] = i % 2 === 0 ? [alice, bob] : [bob, alice]
          for (const text of ['first', 'second']) {
            const message = from.send(text)
            if (message.ratchetId % 3 === 0) {
              expectRefused(to, { ...message, dh: new Uint8Array(0) }, 'dh-presence')
              if (text === 'second') expectRefused(to, { ...message, dh: stranger }, 'unknown-ratchet')
            } else {
              expectRefused(to, { ...message, dh: stranger }, 'dh-presence')
            }
            expectText(to, message, text)
          }
        }
      }))
    }
  })

  describe('D8: replays', () => {
    it('D8: every message accepted is a duplicate ever after, in its chain and in later ones', toy(() => {
      const { alice, bob } = ratchetPair('interactive', seededRandom(8))
      const accepted: [RatchetPeer, DataMessageV4][] = []
      for (let i = 0; i < 12; i++) {
        const [from, to] = i % 2 === 0 ? [alice, bob] : [bob, alice]
        const [first, second, third] = [from.send('1'), from.send('2'), from.send('3')]
        for (const [message, text] of [[third, '3'], [first, '1'], [second, '2']] as const) {
          expectText(to, message, text)
          accepted.push([to, message])
          for (const [peer, old] of accepted) expectRefused(peer, old, 'duplicate')
        }
      }
    }))
  })

  describe('D10: revealed MAC keys', () => {
    const split = (message: DataMessageV4): string[] => toHex(message.revealedMacKeys).match(/.{128}/g) ?? []

    for (const dake of dakes) {
      it(`D10: ${dake}: those of verified messages, each once, with the first message of a chain only; never ours, never zeros`, toy(() => {
        const { alice, bob } = ratchetPair(dake, seededRandom(`D10${dake}`))
        const revealed = new Map<RatchetPeer, string[]>([[alice, []], [bob, []]])
        for (let i = 0; i < 20; i++) {
          const [from, to] = i % 2 === 0 ? [alice, bob] : [bob, alice]
          const messages = [from.send('1'), from.send('2'), from.send('3')]
          for (const message of messages) {
            const keys = split(message)
            if (message.messageId > 0 || message.ratchetId === 0) expect(keys).length(0)
            // Not before the message was authenticated.
            for (const key of keys) expect(from.verifiedMacKeys).include(key)
            revealed.get(from)!.push(...keys)
          }
          // A forged message, read by nobody, leaves no key behind; a lost one neither.
          to.receive({ ...messages[0]!, authenticator: new Uint8Array(64) })
          expectText(to, messages[2]!, '3')
          if (i % 3 > 0) expectText(to, messages[0]!, '1')
        }
        for (const [peer, other] of [[alice, bob], [bob, alice]] as const) {
          revealed.get(peer)!.push(...split(peer.send('bye', 'all')))
          const all = revealed.get(peer)!
          expect(new Set(all).size).equal(all.length)
          expect([...all].sort()).deep.equal([...peer.verifiedMacKeys].sort())
          for (const key of all) {
            expect(peer.sentMacKeys).not.include(key)
            expect(other.sentMacKeys).include(key)
            expect(key).not.match(/^0*$/)
          }
          expect(peer.state.macKeysToReveal).deep.equal([])
        }
      }))
    }

    it('D10: what one message reveals and what waits is bounded', toy(() => {
      const { alice, bob } = ratchetPair('interactive', seededRandom(10))
      bob.limits = { ...defaultRatchetLimits, maxRevealed: 100, maxUnrevealed: 150 }
      talk(alice, bob, 1)
      // Two full blocks of 64, then the first is dropped for the 151st.
      for (let i = 0; i < 200; i++) {
        expectText(bob, alice.send('x'), 'x')
        expect(countMacKeys(bob.state.macKeysToReveal)).most(150)
      }
      const kept = bob.verifiedMacKeys.slice(-countMacKeys(bob.state.macKeysToReveal))
      expect(kept).length(137)
      const first = bob.send('y')
      expect(split(first)).deep.equal(kept.slice(0, 100))
      expect(split(bob.send('y2'))).length(0)
      expectText(alice, first, 'y')
      expectText(bob, alice.send('z'), 'z')
      expect(split(bob.send('y3'))).deep.equal([...kept.slice(100), bob.verifiedMacKeys.at(-1)])
      expect(bob.state.macKeysToReveal).deep.equal([])
    }))

    it('D9: with a revealed key anyone can make a message that passes the MAC check', toy(() => {
      const { alice, bob } = ratchetPair('interactive', seededRandom(9))
      talk(alice, bob, 1)
      const message = alice.send('hi')
      expectText(bob, message, 'hi')
      const mkMac = new Uint8Array(bob.send('reveals').revealedMacKeys.slice(-64))
      expect(authenticate(message, mkMac)).deep.equal(message.authenticator)
      const text = new TextEncoder()
      const ciphertext = message.ciphertext.map((byte, i) => byte ^ (text.encode('hi')[i] ?? 0) ^ (text.encode('yo')[i] ?? 0))
      const forged = { ...message, ciphertext }
      expect(authenticate({ ...forged, authenticator: authenticate(forged, mkMac) }, mkMac)).deep.equal(authenticate(forged, mkMac))
      // And the side that revealed it would no longer accept that.
      expectRefused(bob, { ...forged, authenticator: authenticate(forged, mkMac) }, 'duplicate')
    }))
  })

  describe('D13: healing', () => {
    for (const dake of dakes) {
      it(`D13: ${dake}: somebody who has copied the whole state can read until both have rotated, and then no more`, () => {
        for (let phase = 0; phase < 6; phase++) {
          withArithmetic(phase === 0 ? getArithmetic() : toyArithmetic, () => {
            const { alice, bob } = ratchetPair(dake, seededRandom(`D13${phase}`))
            for (let i = 0; i < phase; i++) {
              const [from, to] = i % 2 === 0 ? [alice, bob] : [bob, alice]
              expectText(to, from.send('x'), 'x')
            }
            const thief = { alice: structuredClone(alice.state), bob: structuredClone(bob.state) }
            /** The thief follows one side with a copy of everything, but does not know what it draws afterwards. */
            const reads = (message: DataMessageV4, as: 'alice' | 'bob'): boolean => {
              const received = ratchetReceive(thief[as], message, { now: 0 })
              if (received.kind !== 'keys') return false
              if (toHex(authenticate(message, received.keys.mkMac)) !== toHex(message.authenticator)) return false
              thief[as] = received.state
              return true
            }
            const readable: boolean[] = []
            for (let i = 0; i < 6; i++) {
              const [from, to, as] = (i + phase) % 2 === 0 ? [alice, bob, 'bob'] as const : [bob, alice, 'alice'] as const
              const message = from.send('secret')
              readable.push(reads(message, as))
              expectText(to, message, 'secret')
            }
            expect(readable[0], `phase ${phase}`).equal(true)
            expect(readable.slice(2), `phase ${phase}`).deep.equal([false, false, false, false])
          })
        }
      })
    }

    it('D13: even who breaks ECDH entirely loses the thread at every third rotation', () => {
      const { alice, bob } = ratchetPair('interactive', seededRandom('D13 ECC'))
      // He knows all state at one time, and every ECDH private key from then on, but no DH one.
      let { rootKey, braceKey }: { rootKey: Uint8Array, braceKey: Uint8Array } = structuredClone(bob.state)
      const followed: boolean[] = []
      const { ed448 } = getArithmetic()
      for (let i = 0; i < 8; i++) {
        const [from, to] = i % 2 === 0 ? [bob, alice] : [alice, bob]
        const message = from.send('x')
        if (from.state.turn !== 'theirs') throw new Error('it has just rotated')
        const kEcdh = ed448.multiply(from.state.sending.ecdh.privateKey, from.state.theirEcdh)
        // Without the DH secret the thief can only go on as if there were none.
        braceKey = getArithmetic().shake256([new TextEncoder().encode('OTRv4\x02'), braceKey], 32)
        rootKey = deriveRatchetKeys(rootKey, mixedSharedSecret(kEcdh, braceKey)).rootKey
        const match = toHex(rootKey) === toHex(from.state.rootKey)
        followed.push(match)
        if (!match) ({ rootKey, braceKey } = structuredClone(from.state))
        expectText(to, message, 'x')
      }
      expect(followed).deep.equal([false, true, true, false, true, true, false, true])
    })
  })

  describe('wiping', () => {
    const all = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0)

    it('a secret that was replaced is overwritten; one that is still in use is not', () => {
      const { alice, bob } = ratchetPair('interactive', seededRandom('wipe'))
      const before = alice.state
      if (before.turn !== 'theirs') throw new Error('Alice sends first')
      const lost = alice.send('0')
      expectText(bob, alice.send('1'), '1')
      expect(all(before.sending.chainKey)).equal(true)
      expect(all(before.rootKey)).equal(false)
      const { ourDh } = before
      expectText(alice, bob.send('2'), '2')
      // Her rotation as receiver with a DH key uses up all of these.
      for (const gone of [before.rootKey, before.braceKey, before.sending.ecdh.privateKey, ourDh!]) expect(all(gone)).equal(true)
      const [skipped] = bob.state.skipped
      expectText(bob, lost, '0')
      expect(all(skipped!.mkEnc) && all(skipped!.extraBase)).equal(true)
      talk(alice, bob, 2)

      const last = bob.state
      bob.end()
      for (const gone of [last.rootKey, last.braceKey, last.receiving?.chainKey, last.ourDh]) expect(gone === undefined || all(gone)).equal(true)
    })

    it('a message that was not accepted leaves no secret behind, and the state whole', () => {
      const { alice, bob } = ratchetPair('interactive', seededRandom('wipe'))
      talk(alice, bob, 1)
      alice.send('lost')
      const message = alice.send('x')
      const copy = structuredClone(bob.state)
      const received = ratchetReceive(bob.state, message, { now: 0 })
      if (received.kind !== 'keys') throw new Error('it is genuine')
      const { state } = received
      wipeReplaced(state, bob.state)
      expect(bob.state).deep.equal(copy)
      for (const gone of [state.rootKey, state.braceKey, state.receiving!.chainKey, state.skipped[0]!.mkEnc]) expect(all(gone)).equal(true)
      expectText(bob, message, 'x')
    })
  })

  describe('D15: expiry', () => {
    it('D15: the time runs from the first message, and again from each rotation of ours, not from theirs', toy(() => {
      const { alice, bob } = ratchetPair('interactive', seededRandom(15))
      expect(ratchetExpired(alice.state, 1e9, 60)).equal(false)
      alice.now = bob.now = 100
      expectText(bob, alice.send('x'), 'x')
      for (const peer of [alice, bob]) {
        expect(ratchetExpired(peer.state, 159, 60)).equal(false)
        expect(ratchetExpired(peer.state, 160, 60)).equal(true)
      }
      alice.now = bob.now = 150
      expectText(alice, bob.send('y'), 'y')
      expect(ratchetExpired(bob.state, 160, 60)).equal(false)
      expect(ratchetExpired(alice.state, 160, 60)).equal(true)
      alice.now = 155
      alice.send('z')
      alice.now = 200
      alice.send('same chain')
      expect(ratchetExpired(alice.state, 214, 60)).equal(false)
      expect(ratchetExpired(alice.state, 215, 60)).equal(true)
    }))

    it('D15: the last message reveals what is pending, in whatever chain it is', toy(() => {
      const { alice, bob } = ratchetPair('interactive', seededRandom(15))
      talk(alice, bob, 1)
      bob.send('in chain')
      expectText(bob, alice.send('x'), 'x')
      expect(toHex(bob.send('bye', 'all').revealedMacKeys)).equal(bob.verifiedMacKeys.join(''))
      expect(countMacKeys(bob.state.macKeysToReveal)).equal(0)
    }))
  })

  describe('extra symmetric keys', () => {
    it('one for each TLV, each from the one before, ten at most', () => {
      const base = seededRandom('extra')(64)
      const context = Uint8Array.of(0, 0, 0, 1)
      const requests = Array.from({ length: 12 }, (_, i) => ({ index: 2 * i, context }))
      const keys = extraSymmetricKeys(base, requests)
      expect(keys).length(MAX_EXTRA_KEYS)
      let previous = base
      keys.forEach((key, i) => {
        const prefix = Uint8Array.of(...new TextEncoder().encode('OTRv4'), 2 * i, ...context)
        expect(key).deep.equal(getArithmetic().shake256([prefix, previous], 64))
        previous = key
      })
      expect(extraSymmetricKeys(base, [{ index: 0, context: new Uint8Array(0) }])).deep.equal(
        extraSymmetricKeys(base, [{ index: 0, context: new Uint8Array(4) }]))
      expect(extraSymmetricKeys(base, [{ index: 256, context }])).length(0)
    })
  })
})
