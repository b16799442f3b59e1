import { expect } from 'chai'
import { eddsaSign, generateDh3072, generateEcdh, getArithmetic } from '../../src/crypto/index.js'
import { MalformedError } from '../../src/errors.js'
import { abandonHandshake, endSession, createSession, receiveMessage, startHandshake, type V4Message, type V4Session, type V4Step } from '../../src/v4/index.js'
import { ANSWERED_IDENTITIES } from '../../src/v4/dake-state.js'
import { EARLY_MESSAGE_BYTES, EARLY_MESSAGE_SECONDS, EARLY_MESSAGES } from '../../src/v4/early-message.js'
import {
  decodeMessage, encodeClientProfileFields, encodeMessage, makeClientProfile, type ClientProfile, type DataMessageV4,
} from '../../src/wire/index.js'
import { rfc6979Key } from '../support/dsa.js'
import { isWiped, reachable, secretsIn, watchedRandom, watchingArithmetic, type Seen } from '../support/secrets.js'
import { seededRandom } from '../support/seeded.js'
import { toyArithmetic, withArithmetic } from '../support/toy-arithmetic.js'
import {
  altered, encryptedPair, NOW, notices, overTheWire, settle, strangers, talk, texts, V4Party, v4Account,
} from '../support/v4-parties.js'

const full = process.env['OTR4_FULL'] === '1'

/** Runs in the toy group. */
const toy = (action: () => void) => () => { withArithmetic(toyArithmetic, action) }

/** Receives on a copy: whatever happens, the party does not change. */
function tryOn(party: V4Party, message: V4Message): V4Step & { readonly wasRefused: boolean } {
  const session = structuredClone(party.session)
  const step = receiveMessage(session, message, party.context)
  return { ...step, wasRefused: step.state === session && step.outgoing.length === 0 }
}

function expectRefused(party: V4Party, message: V4Message, codes: readonly string[]): void {
  const before = party.session
  const copy = structuredClone(before)
  const { outgoing, events, refused } = party.receive(message)
  expect(refused).to.equal(codes[0])
  expect(party.session).to.equal(before)
  expect(party.session).to.deep.equal(copy)
  expect(outgoing).to.have.length(0)
  expect(notices(events)).to.deep.equal(codes)
  expect(events).to.have.length(codes.length)
  party.said()
}

/** The message of these bytes, or undefined where they are none. */
function decoded(bytes: Uint8Array): V4Message | undefined {
  try {
    return decodeMessage(bytes) as V4Message
  } catch (error) {
    if (error instanceof MalformedError) return undefined
    throw error
  }
}

/** Every message that differs from this one in one byte and is still a message. `step`: only every so many bytes. */
function* oneByteOff(message: V4Message, step: number): Generator<{ at: number, message: V4Message | undefined }> {
  const bytes = encodeMessage(message)
  for (let at = 0; at < bytes.length; at += step) {
    for (const by of full ? [0x01, 0x10, 0x80, 0xff] : [[0x01, 0x80, 0xff][at % 3]!]) {
      const copy = bytes.slice()
      copy[at] = (copy[at] ?? 0) ^ by
      yield { at, message: decoded(copy) }
    }
  }
}

/** There is a session, and a new DAKE begins in it. A single changed byte must have no effect. */
function changeEveryByte(step: number): { refused: number, answered: number, malformed: number } {
  const { alice, bob } = encryptedPair('V1')
  const count = { refused: 0, answered: 0, malformed: 0 }
  bob.start()
  const identity = bob.takeOne('v4-identity')
  for (const { at, message } of oneByteOff(identity, step)) {
    if (message === undefined) {
      count.malformed++
      continue
    }
    const { wasRefused, outgoing: [answer], state } = tryOn(alice, message)
    if (wasRefused || answer === undefined) {
      count.refused++
      continue
    }
    // Alice cannot know, because this is not signed. But she signs what she saw, so Bob refuses her answer, and her session goes on.
    count.answered++
    expect(state.state, `byte ${at}`).to.equal('encrypted')
    const { state: after, ...back } = tryOn(bob, overTheWire(answer))
    expect(back.wasRefused, `byte ${at}`).to.equal(true)
    expect(notices(back.events), `byte ${at}`).to.deep.equal(['handshake-failed'])
    expect(after.state).to.equal('encrypted')
  }
  talk(alice, bob)

  alice.receive(identity)
  const authR = alice.takeOne('v4-auth-r')
  for (const { at, message } of oneByteOff(authR, step)) {
    if (message === undefined) count.malformed++
    else expect(tryOn(bob, message).wasRefused, `byte ${at} of Auth-R`).to.equal(true)
  }
  talk(alice, bob)

  bob.receive(authR)
  const authI = bob.takeOne('v4-auth-i')
  for (const { at, message } of oneByteOff(authI, step)) {
    if (message === undefined) count.malformed++
    else expect(tryOn(alice, message).wasRefused, `byte ${at} of Auth-I`).to.equal(true)
  }
  const old = structuredClone(alice.encrypted.ssid)
  alice.receive(authI)
  expect(alice.encrypted.ssid).to.deep.equal(bob.encrypted.ssid).and.not.deep.equal(old)
  talk(alice, bob)
  return count
}

/** A profile of the account with version 4 alone that ends later, as genuine as the first. */
function otherProfile({ identity, clientProfile }: V4Party['account'], later = 0): ClientProfile {
  const { instanceTag, publicKey, forgingKey, expiration } = clientProfile
  const contents = { instanceTag, publicKey, forgingKey, versions: '4', expiration: expiration + later }
  return makeClientProfile(contents, eddsaSign(identity.symmetricKey, encodeClientProfileFields(contents)))
}

describe('attack: interactive DAKE, version 4', function () {
  this.timeout(full ? 600_000 : 60_000)

  describe('V1: one changed byte', () => {
    it('V1: every single byte of Identity, Auth-R and Auth-I, in the toy group: no new session, and the old one lives on', toy(() => {
      const { refused, answered, malformed } = changeEveryByte(1)
      expect(refused).to.be.greaterThan(100)
      expect(answered).to.be.greaterThan(100)
      expect(malformed).to.be.greaterThan(10)
    }))

    it('V1: bytes all over them, on the curve', () => {
      changeEveryByte(full ? 5 : 41)
    })
  })

  describe('V2: replayed Identity messages', () => {
    it('V2: that of the existing session, and an older one, leave it usable in both directions', () => {
      const { alice, bob } = strangers('V2')
      const seen: V4Message[] = []
      for (let i = 0; i < 2; i++) {
        bob.start()
        const identity = bob.takeOne('v4-identity')
        seen.push(identity)
        alice.receive(identity)
        settle(alice, bob)
      }
      const { ssid } = alice.encrypted
      for (const identity of [...seen, ...seen]) {
        alice.receive(identity)
        expect(alice.encrypted.dake.kind).to.equal('awaiting-auth-i')
        // Bob cannot use her answer.
        expectRefused(bob, alice.takeOne('v4-auth-r'), ['unexpected'])
        talk(alice, bob, 2)
        expect(alice.encrypted.ssid).to.equal(ssid)
      }
      // And a new DAKE still completes, while Alice waits for the Auth-I of the replayed one.
      bob.start()
      settle(alice, bob)
      expect(alice.encrypted.ssid).to.deep.equal(bob.encrypted.ssid).and.not.deep.equal(ssid)
      talk(alice, bob)
    })

    it('V2: one replayed in the middle of another DAKE does not stop that one', toy(() => {
      for (const when of ['before the Auth-R is delivered', 'after it'] as const) {
        const { alice, bob } = encryptedPair('V2 middle')
        bob.start()
        const old = bob.takeOne('v4-identity')
        alice.receive(old)
        settle(alice, bob)
        bob.start()
        alice.receive(bob.takeOne('v4-identity'))
        const authR = alice.takeOne('v4-auth-r')
        if (when === 'after it') bob.receive(authR)
        alice.receive(old)
        expectRefused(bob, alice.takeOne('v4-auth-r'), [when === 'after it' ? 'unexpected' : 'handshake-failed'])
        if (when !== 'after it') bob.receive(authR)
        alice.receive(bob.takeOne('v4-auth-i'))
        expect(alice.encrypted.ssid).to.deep.equal(bob.encrypted.ssid)
        talk(alice, bob)
      }
    }))

    it('V2: Auth-R and Auth-I messages that come again say nothing and change nothing', () => {
      const { alice, bob } = strangers('V2 again')
      bob.start()
      alice.receive(bob.takeOne('v4-identity'))
      const authR = alice.takeOne('v4-auth-r')
      bob.receive(authR)
      const authI = bob.takeOne('v4-auth-i')
      alice.receive(authI)
      alice.said()
      bob.said()
      expectRefused(bob, authR, ['unexpected'])
      expectRefused(alice, authI, ['unexpected'])
      talk(alice, bob)
    })

    it('V2: an Identity message that comes again while its Auth-I is awaited gets the very same answer', () => {
      const { alice, bob } = strangers('V2 same')
      bob.start()
      const identity = bob.takeOne('v4-identity')
      alice.receive(identity)
      const answer = alice.takeOne('v4-auth-r')
      const before = alice.session
      alice.receive(identity)
      // Also when the receiver's tag has been filled in since.
      alice.receive({ ...identity, receiverTag: alice.account.instanceTag })
      expect(alice.session).to.equal(before)
      expect(alice.take()).to.deep.equal([answer, answer])
    })
  })

  it('V2: one that differs in anything is another, and gets another answer', () => {
    const { alice, bob } = strangers('V2 differs')
    const elsewhere = new V4Party('bob', 'alice', { seed: 'elsewhere' })
    bob.start()
    elsewhere.start()
    const [identity, other] = [bob.takeOne('v4-identity'), elsewhere.takeOne('v4-identity')]
    alice.receive(identity)
    const { a } = alice.takeOne('v4-auth-r')
    const renewed = { clientProfile: otherProfile(bob.account, 1) }
    for (const changes of [{ y: other.y }, { b: other.b }, { firstEcdh: other.firstEcdh }, { firstDh: other.firstDh }, renewed]) {
      const { outgoing: [answer] } = tryOn(alice, { ...identity, ...changes })
      expect(answer?.kind === 'v4-auth-r' && Buffer.from(answer.a).equals(a)).to.equal(false)
    }
  })

  it('V5: a side that answered, then began as well and loses, repeats its earlier answer', toy(() => {
    for (let n = 0, lost = 0; lost < 2; n++) {
      const { alice, bob } = strangers(`V5 ${n}`)
      bob.start()
      const identity = bob.takeOne('v4-identity')
      alice.receive(identity)
      const answer = alice.takeOne('v4-auth-r')
      alice.start()
      alice.take()
      const keys = secretsIn(alice.session.dake)
      alice.receive(identity)
      const [next] = alice.take()
      if (next?.kind !== 'v4-auth-r') continue
      lost++
      expect(next).to.deep.equal(answer)
      expect(alice.session.dake).to.deep.include({ kind: 'awaiting-auth-i', older: [] })
      const live = reachable(alice.session)
      expect(keys.every(({ bytes }) => live.has(bytes) || isWiped(bytes))).to.equal(true)
      bob.receive(answer)
      settle(alice, bob)
      talk(alice, bob)
    }
  }))

  it('V5: the higher of two that crossed is sent once: a program that answers each copy with other keys ends up in our session', toy(() => {
    for (let n = 0, won = 0; won < 2; n++) {
      const { alice, bob } = strangers(`V5 once ${n}`)
      alice.start()
      bob.start()
      const [ours, theirs] = [alice.takeOne('v4-identity'), bob.takeOne('v4-identity')]
      const waiting = alice.session
      alice.receive(theirs)
      const said = alice.take()
      if (said.length > 0) continue
      won++
      expect(alice.session).to.equal(waiting)
      // At first contact, otrr and otr4j process an Identity message regardless of the one they sent, and each copy again.
      bob.session = createSession({ theirTag: 0 })
      bob.receive(ours)
      settle(alice, bob)
      expect(alice.encrypted.initiator).to.equal(true)
      talk(alice, bob)
    }
  }))

  describe('V3: unknown key share', () => {
    it('V3: an answer that was meant for somebody else is refused', () => {
      const { bob } = strangers('V3')
      bob.start()
      const identity = bob.takeOne('v4-identity')
      // Mallory passes it on to Carol, who talks to bob@example.org; but Bob believes that he talks to Alice.
      const carol = new V4Party('carol', 'bob')
      carol.receive(identity)
      expectRefused(bob, carol.takeOne('v4-auth-r'), ['handshake-failed'])
      // Alice herself, who believes that she talks to Mallory.
      const alice = new V4Party('alice', 'mallory')
      alice.receive(identity)
      expectRefused(bob, alice.takeOne('v4-auth-r'), ['handshake-failed'])
    })

    it('V3: an answer to another Identity message of ours is refused', () => {
      const { alice, bob } = strangers('V3 other')
      const elsewhere = new V4Party('bob', 'alice', { seed: 'elsewhere' })
      elsewhere.start()
      bob.start()
      bob.take()
      alice.receive(elsewhere.takeOne('v4-identity'))
      expectRefused(bob, alice.takeOne('v4-auth-r'), ['handshake-failed'])
    })

    it('V3: swapped roles: a signature for one role is not valid in the other', () => {
      const { alice, bob } = strangers('V3 roles')
      bob.start()
      const identity = bob.takeOne('v4-identity')
      alice.receive(identity)
      const authR = alice.takeOne('v4-auth-r')
      const { outgoing: [authI] } = tryOn(bob, authR)
      if (authI?.kind !== 'v4-auth-i') throw new Error('no Auth-I')
      expectRefused(bob, { ...authR, sigma: authI.sigma }, ['handshake-failed'])
      alice.said()
      expectRefused(alice, { ...authI, sigma: authR.sigma }, ['handshake-failed'])
      // The keys for the DAKE and those for the ratchet exchanged.
      expectRefused(bob, { ...authR, x: authR.firstEcdh, firstEcdh: authR.x }, ['handshake-failed'])
      expectRefused(bob, { ...authR, a: authR.firstDh, firstDh: authR.a }, ['handshake-failed'])
      bob.receive(authR)
      settle(alice, bob)
      talk(alice, bob)
    })

    it('V3: an Auth-I of another DAKE between the same two is refused', () => {
      const { alice, bob } = strangers('V3 auth-i')
      const elsewhere = new V4Party('bob', 'alice', { seed: 'elsewhere' })
      const there = new V4Party('alice', 'bob', { seed: 'there' })
      elsewhere.start()
      there.receive(elsewhere.takeOne('v4-identity'))
      elsewhere.receive(there.takeOne('v4-auth-r'))
      bob.start()
      alice.receive(bob.takeOne('v4-identity'))
      alice.said()
      expectRefused(alice, elsewhere.takeOne('v4-auth-i'), ['handshake-failed'])
    })

    it('V3: with our own profile, or as our own message', () => {
      const { alice, bob } = strangers('V3 own')
      bob.start()
      const identity = bob.takeOne('v4-identity')
      expectRefused(bob, identity, ['unexpected'])
      alice.receive(identity)
      const authR = alice.takeOne('v4-auth-r')
      expectRefused(bob, { ...authR, senderTag: bob.account.instanceTag, clientProfile: bob.account.clientProfile }, ['unexpected'])
      expectRefused(bob, { ...authR, clientProfile: bob.account.clientProfile }, ['handshake-failed'])
      // Our B under somebody else's name.
      const { account } = new V4Party('mallory', 'bob')
      const reflected = { ...identity, senderTag: account.instanceTag, clientProfile: account.clientProfile }
      expectRefused(bob, reflected, ['handshake-failed'])
      bob.receive(authR)
      settle(alice, bob)
      talk(alice, bob)
    })

    it('V3: another instance of the right one cannot answer in its place, nor read what it says', () => {
      const { alice, bob } = encryptedPair('V3 instance')
      const phone = new V4Party('alice', 'bob', { account: { tag: 0x12345678 }, theirTag: bob.account.instanceTag })
      phone.start()
      expectRefused(bob, { ...phone.takeOne('v4-identity') }, ['other-instance'])
      talk(alice, bob)
    })
  })

  describe('V4: what is agreed on is signed', () => {
    it('V4: a genuine profile of the same side that promises less, in place of the one that was sent, is refused', () => {
      const { alice, bob } = strangers('V4', { bob: { account: { dsa: rfc6979Key } } })
      bob.start()
      alice.receive({ ...bob.takeOne('v4-identity'), clientProfile: otherProfile(bob.account) })
      expectRefused(bob, alice.takeOne('v4-auth-r'), ['handshake-failed'])
    })

    it('V4: the same in place of the profile in the answer is refused', () => {
      const { alice, bob } = strangers('V4', { alice: { account: { dsa: rfc6979Key } } })
      bob.start()
      alice.receive(bob.takeOne('v4-identity'))
      bob.said()
      const authR = alice.takeOne('v4-auth-r')
      expectRefused(bob, { ...authR, clientProfile: otherProfile(alice.account) }, ['handshake-failed'])
      bob.receive(authR)
      settle(alice, bob)
      talk(alice, bob)
    })

    for (const [name, alicePhi, bobPhi] of [
      ['missing on one side', undefined, Uint8Array.of(1)], ['different', Uint8Array.of(1), Uint8Array.of(2)],
      ['longer', Uint8Array.of(1), Uint8Array.of(1, 0)],
    ] as const) {
      it(`V4: phi' is ${name}`, () => {
        const { alice, bob } = strangers('V4 phi', {
          alice: alicePhi === undefined ? {} : { phiExtra: alicePhi }, bob: { phiExtra: bobPhi },
        })
        bob.start()
        alice.receive(bob.takeOne('v4-identity'))
        bob.said()
        expectRefused(bob, alice.takeOne('v4-auth-r'), ['handshake-failed'])
      })
    }

    it('V4: the same phi\' on both sides is no hindrance', () => {
      const phiExtra = new TextEncoder().encode('a shared password')
      const { alice, bob } = encryptedPair('V4 same', { alice: { phiExtra }, bob: { phiExtra } })
      talk(alice, bob)
    })

    it('V4: phi is different for addresses that only look alike when they are joined', () => {
      // DATA() keeps "ab" + "c" and "a" + "bc" apart.
      const alice = new V4Party('alice', 'bob', { theirAddress: 'bob@example.orgx' })
      const bob = new V4Party('bob', 'alice', { theirAddress: 'alice@example.org' })
      alice.account = { ...alice.account, address: 'alice@example.or' }
      bob.start()
      alice.receive(bob.takeOne('v4-identity'))
      bob.said()
      expectRefused(bob, alice.takeOne('v4-auth-r'), ['handshake-failed'])
    })
  })

  describe('V6: floods', () => {
    it('V6: however many Identity messages arrive, the memory in use is the same, and the secrets of the dropped ones are gone', toy(() => {
      const { alice, bob } = encryptedPair('V6')
      const size = (): number => [...reachable(alice.session)].reduce((sum, bytes) => sum + bytes.length, 0)
      const sizes: number[] = []
      const given: Seen[] = []
      const flood = full ? 10_000 : 1000
      for (let i = 0; i < flood; i++) {
        const { outgoing: [identity] } = startHandshake(createSession({ theirTag: 0 }), { random: seededRandom(`flood ${i}`), now: NOW, account: bob.account, theirAddress: alice.account.address })
        alice.receive(identity!)
        given.push(...secretsIn(alice.session.dake))
        alice.take()
        alice.said()
        sizes.push(size())
      }
      // Numbers differ in length by a few bytes.
      expect(Math.max(...sizes)).to.be.lessThan(sizes[ANSWERED_IDENTITIES - 1]! + 64)
      const live = reachable(alice.session)
      expect(given.filter(({ bytes }) => !live.has(bytes) && !isWiped(bytes))).to.have.length(0)
      expect(new Set(secretsIn(alice.session.dake)).size).to.equal(3 * ANSWERED_IDENTITIES)
      talk(alice, bob)
    }))

    it('V6: the same Identity message ten thousand times costs no arithmetic', toy(() => {
      const { alice, bob } = strangers('V6 same')
      bob.start()
      const identity = bob.takeOne('v4-identity')
      alice.receive(identity)
      const before = alice.session
      const seen: Seen[] = []
      withArithmetic(watchingArithmetic(getArithmetic(), seen), () => {
        for (let i = 0; i < 10_000; i++) receiveMessage(alice.session, identity, alice.context)
      })
      expect(alice.session).to.equal(before)
      expect(seen).to.have.length(0)
    }))

    it('V6: data messages that come before the Auth-I are kept up to a number, a size and a time', toy(() => {
      const { alice, bob } = strangers('V6 early')
      bob.start()
      alice.receive(bob.takeOne('v4-identity'))
      alice.said()
      bob.receive(alice.takeOne('v4-auth-r'))
      const authI = bob.takeOne('v4-auth-i')
      const genuine = bob.send('early') as DataMessageV4
      const forged = (n: number, ciphertext = 10): DataMessageV4 =>
        ({ ...genuine, messageId: n, ciphertext: new Uint8Array(ciphertext), revealedMacKeys: new Uint8Array(0) })
      alice.receive(genuine)
      const kept = (): number => alice.session.dake.kind === 'none' ? 0 : alice.session.dake.early.length
      expect(kept()).to.equal(1)
      expectRefused(alice, genuine, ['duplicate'])
      expectRefused(alice, forged(1, EARLY_MESSAGE_BYTES), ['unreadable'])
      expectRefused(alice, { ...forged(2), ratchetId: 1 }, ['unreadable'])
      for (let n = 1; n < 500; n++) alice.receive(forged(n))
      expect(kept()).to.equal(EARLY_MESSAGES)
      const { events } = alice.receive(authI)
      expect(texts(events)).to.deep.equal(['early'])
      expect(alice.encrypted.dake.kind).to.equal('none')
      alice.take()
      talk(alice, bob)
    }))

    it('V6: an early message that was altered on its way does not keep the genuine one out', toy(() => {
      const { alice, bob } = strangers('V6 altered')
      bob.start()
      alice.receive(bob.takeOne('v4-identity'))
      bob.receive(alice.takeOne('v4-auth-r'))
      const authI = bob.takeOne('v4-auth-i')
      const genuine = bob.send('genuine') as DataMessageV4
      for (const message of [altered(genuine, 'ecdh'), { ...genuine, messageId: 7 }, altered(genuine, 'authenticator'), genuine]) alice.receive(message)
      alice.said()
      expect(texts(alice.receive(authI).events)).to.deep.equal(['genuine'])
    }))

    it('V6: early messages are forgotten when their time is over', toy(() => {
      const { alice, bob } = strangers('V6 late')
      bob.start()
      alice.receive(bob.takeOne('v4-identity'))
      bob.receive(alice.takeOne('v4-auth-r'))
      const authI = bob.takeOne('v4-auth-i')
      alice.receive(bob.send('too early'))
      alice.now += EARLY_MESSAGE_SECONDS + 1
      expect(texts(alice.receive(authI).events)).to.deep.equal([])
    }))
  })

  describe('V7: secrets whose time is over', () => {
    /** Runs one step of a party; afterwards each secret of before, and each that passed through the step, is in the new session or zero. */
    function wiped(party: V4Party, step: () => void): Seen[] {
      const before = secretsIn(party.session)
      const seen: Seen[] = []
      const random = party.random
      party.random = watchedRandom(random, seen)
      withArithmetic(watchingArithmetic(getArithmetic(), seen), step)
      party.random = random
      const longLived = new Set([...reachable(party.session), ...reachable(party.account)])
      const left = [...before, ...seen].filter(({ bytes }) => !longLived.has(bytes) && !isWiped(bytes))
      expect(left.map(({ what }) => what)).to.deep.equal([])
      return seen
    }
    const count = (seen: readonly Seen[], what: string): number => seen.filter((one) => one.what === what).length

    it('V7: through a DAKE, a refresh, a crossing, and the end: every ephemeral secret is overwritten as soon as it has served', () => {
      const { alice, bob } = strangers('V7')
      for (const round of ['first', 'refresh']) {
        wiped(bob, () => { bob.start() })
        const answer = wiped(alice, () => { alice.receive(bob.takeOne('v4-identity')) })
        // The test observes the right secrets: K_ecdh, k_dh, the brace key, K; and all but K are wiped.
        expect([count(answer, 'ECDH'), count(answer, 'k_dh'), count(answer, 'KDF 0x1'), count(answer, 'KDF 0x3')], round).to.deep.equal([1, 1, 1, 1])
        expect(secretsIn(alice.session.dake).map(({ what }) => what)).to.deep.equal(['mixedSecret', 'privateKey', 'privateKey'])
        const proof = wiped(bob, () => { bob.receive(alice.takeOne('v4-auth-r')) })
        expect([count(proof, 'KDF 0xb'), count(proof, 'KDF 0x12'), count(proof, 'KDF 0x13')], round).to.deep.equal([1, 1, 1])
        wiped(alice, () => { alice.receive(bob.takeOne('v4-auth-i')) })
        expect([secretsIn(alice.session.dake), secretsIn(bob.session.dake)]).to.deep.equal([[], []])
        for (let i = 0; i < 4; i++) {
          for (const [from, to] of [[alice, bob], [bob, alice]] as const) {
            wiped(from, () => { from.send('lost') })
            wiped(from, () => { from.send('x') })
            const [late, now] = from.take()
            wiped(to, () => { to.receive(now!) })
            wiped(to, () => { to.receive(late!) })
          }
        }
      }
      wiped(alice, () => { alice.start() })
      wiped(bob, () => { bob.start() })
      const [a, b] = [alice.takeOne('v4-identity'), bob.takeOne('v4-identity')]
      wiped(alice, () => { alice.receive(b) })
      wiped(bob, () => { bob.receive(a) })
    })

    it('V7: a DAKE that is abandoned, or that ends with the session, leaves nothing behind', toy(() => {
      for (const role of ['alice', 'bob'] as const) {
        for (const how of [endSession, (session: V4Session) => abandonHandshake(session)]) {
          for (const pair of [strangers('V7 given up'), encryptedPair('V7 given up')]) {
            pair.bob.start()
            if (role === 'alice') pair.alice.receive(pair.bob.takeOne('v4-identity'))
            const party = pair[role]
            const secrets = secretsIn(party.session.dake)
            expect(secrets.length).to.be.greaterThan(2)
            party.do((p) => how(p.session, p.context))
            expect(secrets.every(({ bytes }) => isWiped(bytes))).to.equal(true)
          }
        }
      }
    }))

    it('V7: a refused message leaves nothing behind', () => {
      const { alice, bob } = encryptedPair('V7 refused')
      bob.start()
      const identity = bob.takeOne('v4-identity')
      wiped(alice, () => { alice.receive({ ...identity, b: new Uint8Array(0) }) })
      wiped(alice, () => { alice.receive({ ...identity, firstEcdh: identity.firstEcdh.map((byte, i) => i === 56 ? byte ^ 0x80 : byte) }) })
      alice.take()
      wiped(alice, () => { alice.receive(identity) })
      const authR = alice.takeOne('v4-auth-r')
      wiped(bob, () => { bob.receive(altered(authR, 'sigma', 3)) })
      alice.send('x')
      const data = alice.takeOne('v4-data')
      wiped(bob, () => { bob.receive(altered(data, 'authenticator')) })
      bob.receive(data)
      talk(bob, alice)
      bob.send('z')
      alice.receive(bob.takeOne('v4-data'))
      alice.send('y')
      const next = alice.takeOne('v4-data')
      wiped(bob, () => { bob.receive(altered(next, 'ciphertext')) })
      wiped(bob, () => { bob.receive(next) })
    })
  })

  describe('first keys and ephemeral keys', () => {
    it('each Identity message has four new keys; sent again it has the same', () => {
      const { bob } = strangers('fresh')
      bob.start()
      const first = bob.takeOne('v4-identity')
      bob.start()
      expect(bob.takeOne('v4-identity')).to.deep.equal(first)
      const keys = [first.y, first.firstEcdh, first.b, first.firstDh].map((key) => Buffer.from(key).toString('hex'))
      expect(new Set(keys).size).to.equal(4)
    })

    it('one key for both uses is refused: it would live on in the ratchet when the DAKE has to be forgotten', () => {
      const random = seededRandom('one key')
      const [ecdh, dh] = [generateEcdh(random), generateDh3072(random)]
      const { alice, bob } = strangers('same keys')
      bob.start()
      const identity = bob.takeOne('v4-identity')
      expectRefused(alice, { ...identity, y: ecdh.publicKey, firstEcdh: ecdh.publicKey }, ['handshake-failed'])
      expectRefused(alice, { ...identity, b: dh.publicKey, firstDh: dh.publicKey }, ['handshake-failed'])
      alice.receive(identity)
      settle(alice, bob)
      talk(alice, bob)
    })
  })

  it('somebody without an account of ours is no danger to us: tags and receivers', () => {
    const { alice, bob } = strangers('tags')
    bob.start()
    const identity = bob.takeOne('v4-identity')
    expectRefused(alice, { ...identity, receiverTag: 0x999 }, ['other-instance'])
    alice.receive(identity)
    const authR = alice.takeOne('v4-auth-r')
    bob.said()
    for (const receiverTag of [0, 0x999]) expectRefused(bob, { ...authR, receiverTag }, ['other-instance'])
    expect(v4Account('alice').instanceTag).to.equal(authR.senderTag)
  })
})
