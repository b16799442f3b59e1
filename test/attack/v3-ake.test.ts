import { expect } from 'chai'
import { aes128Ctr } from '../../src/crypto/aes.js'
import { sha256 } from '../../src/crypto/hash.js'
import { dh1536SharedSecret, generateDh1536 } from '../../src/crypto/dh1536.js'
import { PRIME_1536 } from '../../src/crypto/noble/modp.js'
import { deriveAkeKeys, secretBytes } from '../../src/v3/ake-keys.js'
import { signExchange } from '../../src/v3/ake-signature.js'
import { sendMessage, startHandshake, describeSession, type V3Message } from '../../src/v3/index.js'
import {
  hexDecode, type DhCommitMessage, type DhKeyMessage, type RevealSignatureMessage, type SignatureMessage,
} from '../../src/wire/index.js'
import { inBothVersions, alice, bob, encryptedPair, overTheWire, Party, settle } from '../scenario/v3-parties.js'
import { isWiped, reachable, watchedRandom, watchingArithmetic, type Seen } from '../support/secrets.js'
import { withArithmetic } from '../support/toy-arithmetic.js'
import { getArithmetic } from '../../src/crypto/provider.js'
import { seededRandom } from '../support/seeded.js'
import { concatSecrets } from '../../src/crypto/secret.js'

const start = (party: Party): void => { party.do(() => startHandshake(party.session, party.context)) }
const zeroCounter = new Uint8Array(16)

/** Nothing happens but a notice with this code: the session is the same object with the same bytes. */
function expectRefused(party: Party, message: V3Message, ...codes: string[]): void {
  const { session } = party
  const before = structuredClone(session)
  const { events, outgoing } = party.receive(message)
  expect(events.map((event) => event.type === 'notice' ? event.code : event.type)).to.deep.equal(codes)
  expect(outgoing).to.deep.equal([])
  expect(party.session).to.equal(session)
  expect(party.session).to.deep.equal(before)
}

/** Both sides in the middle: each waits for the message that `next` holds. */
function midway(): { a: Party, b: Party, commit: DhCommitMessage, key: DhKeyMessage, reveal: RevealSignatureMessage } {
  const a = new Party(alice, 'midway alice', bob.instanceTag)
  const b = new Party(bob, 'midway bob', alice.instanceTag)
  start(a)
  const commit = a.take()[0] as DhCommitMessage
  b.receive(commit)
  const key = b.take()[0] as DhKeyMessage
  a.receive(key)
  const reveal = a.take()[0] as RevealSignatureMessage
  a.said()
  b.said()
  return { a, b, commit, key, reveal }
}

/** Every field of an AKE message with one bit changed, in several places. */
function* tampered<M extends V3Message>(message: M, ...fields: (keyof M)[]): Generator<M> {
  for (const field of fields) {
    const bytes = message[field] as Uint8Array
    for (const at of new Set([0, bytes.length >> 1, bytes.length - 1])) {
      yield { ...message, [field]: bytes.map((byte, i) => i === at ? byte ^ 0x10 : byte) }
    }
    yield { ...message, [field]: bytes.slice(0, -1) }
  }
}

inBothVersions('the AKE of version 3 under attack', (version) => {
  it('T1: our own D-H Commit message, reflected, completes nothing', () => {
    const a = new Party(alice, 'a', bob.instanceTag)
    start(a)
    const commit = a.take()[0] as DhCommitMessage
    a.said()
    // As it is, and with the tags that would let it through.
    expectRefused(a, { ...commit, receiverTag: alice.instanceTag }, 'unexpected')
    expectRefused(a, { ...commit, senderTag: bob.instanceTag, receiverTag: alice.instanceTag }, 'unexpected')
  })

  it('T1: a lower hash yields and a higher one stays, whatever the rest of the message', () => {
    const a = new Party(alice, 'a', bob.instanceTag)
    start(a)
    const commit = a.take()[0] as DhCommitMessage
    const theirs = { ...commit, senderTag: bob.instanceTag, receiverTag: alice.instanceTag }
    const lower = { ...theirs, hashedGx: new Uint8Array(32) }
    const { session } = a
    a.receive(lower)
    expect(a.session).to.equal(session)
    expect(a.take()).to.deep.equal([commit])
    a.receive({ ...theirs, hashedGx: new Uint8Array(32).fill(0xff) })
    expect(a.session.ake.kind).to.equal('awaiting-reveal-signature')
    expect(a.take()[0]!.kind).to.equal(`v${version}-dh-key`)
  })

  describe('T2: a D-H Commit message is answered by the table in every state, and never ends the session', () => {
    const commitFrom = (seed: string): DhCommitMessage => {
      const party = new Party(bob, seed, alice.instanceTag)
      start(party)
      return party.take()[0] as DhCommitMessage
    }
    const replayed = commitFrom('replayed')
    const bring: Record<string, (a: Party) => void> = {
      'none': () => undefined,
      'awaiting-dh-key': (a) => { start(a) },
      'awaiting-reveal-signature': (a) => { a.receive(commitFrom('other')) },
      'awaiting-signature': (a) => {
        start(a)
        const other = new Party(bob, 'answers', alice.instanceTag)
        other.receive(a.take()[0]!)
        a.receive(other.take()[0]!)
      },
    }
    for (const [kind, arrange] of Object.entries(bring)) {
      it(`T2: in the state ${kind}`, () => {
        const { a, b } = encryptedPair()
        arrange(a)
        const before = a.take()
        expect(a.session.ake.kind).to.equal(kind)
        for (let i = 0; i < 3; i++) {
          a.receive(replayed)
          expect(a.session.state).to.equal('encrypted')
          const [reply, ...more] = a.take()
          expect(more).to.deep.equal([])
          expect([`v${version}-dh-key`, `v${version}-dh-commit`]).to.include(reply!.kind)
          if (kind === 'awaiting-reveal-signature') expect(reply).to.deep.equal(before[0])
        }
        expect(a.said().filter(({ type }) => type === 'state')).to.deep.equal([])
        // The session goes on in both directions.
        for (const [from, to] of [[a, b], [b, a]] as const) {
          from.do(() => sendMessage(from.session, { text: 'alive' }, from.context))
          to.receive(from.take()[0]!)
          expect(to.said()[0]).to.deep.equal({ type: 'message', text: 'alive' })
        }
      })
    }

    it('T2: every other AKE message in every state where nobody waits for it changes nothing', () => {
      const { a, b, key, reveal } = midway()
      b.receive(reveal)
      const signature = b.take()[0] as SignatureMessage
      const back = (message: V3Message): V3Message => ({ ...message, senderTag: bob.instanceTag, receiverTag: alice.instanceTag })
      for (const arrange of Object.values(bring)) {
        const { a: party } = encryptedPair('elsewhere')
        arrange(party)
        party.take()
        for (const message of [back(reveal), back(signature)]) {
          const waits = message.kind === `v${version}-reveal-signature` ? 'awaiting-reveal-signature' : 'awaiting-signature'
          expectRefused(party, message, party.session.ake.kind === waits ? 'handshake-failed' : 'unexpected')
        }
        if (party.session.ake.kind !== 'awaiting-dh-key') expectRefused(party, back(key), 'unexpected')
      }
      expect(a.session.ake.kind).to.equal('awaiting-signature')
    })
  })

  it('T2: a recorded handshake, replayed as a whole, does not disturb the session that it made', () => {
    const { a, b, commit, reveal } = midway()
    b.receive(reveal)
    a.receive(b.take()[0]!)
    const { ssid } = describeSession(b.session)
    b.receive(commit)
    expect(b.receive(reveal).events).to.deep.include({
      type: 'notice', code: 'handshake-failed', detail: 'the Reveal Signature message does not verify',
    })
    expect(describeSession(b.session).ssid).to.deep.equal(ssid)
    b.take()
    a.do(() => sendMessage(a.session, { text: 'still here' }, a.context))
    settle(a, b)
    expect(b.said().at(-1)).to.deep.equal({ type: 'message', text: 'still here' })
  })

  it('T3: a signature over g^x and g^y in another order, or over another exchange, is refused', () => {
    // Mallory, who holds Bob's key, answers with each wrong order; only the right one is accepted.
    const orders = ['right', 'swapped', 'twice ours', 'twice theirs', 'keys of the other message'] as const
    for (const order of orders) {
      const a = new Party(alice, 'a', bob.instanceTag)
      start(a)
      const mine = generateDh1536(seededRandom('mallory'))
      const gx = a.session.ake.kind === 'awaiting-dh-key' ? a.session.ake.ours.publicKey : new Uint8Array(0)
      a.take()
      a.receive({ kind: 'v3-dh-key', senderTag: bob.instanceTag, receiverTag: alice.instanceTag, gy: mine.publicKey })
      const keys = deriveAkeKeys(dh1536SharedSecret(mine.privateKey, gx))
      const [first, second] = {
        'right': [mine.publicKey, gx], 'swapped': [gx, mine.publicKey], 'twice ours': [mine.publicKey, mine.publicKey],
        'twice theirs': [gx, gx], 'keys of the other message': [mine.publicKey, gx],
      }[order] as [Uint8Array, Uint8Array]
      const direction = order === 'keys of the other message' ? keys.revealSignature : keys.signature
      const signed = signExchange(direction, first, second, bob.dsa, 1, seededRandom('k'))
      const message: SignatureMessage = { kind: 'v3-signature', senderTag: bob.instanceTag, receiverTag: alice.instanceTag, ...signed }
      a.said()
      a.take()
      if (order === 'right') {
        a.receive(message)
        expect(a.session.state).to.equal('encrypted')
      } else {
        expectRefused(a, message, 'handshake-failed')
      }
    }
  })

  it('T3: a Reveal Signature message of one exchange does not fit another with the same peer', () => {
    const one = midway()
    const other = midway()
    const b = new Party(bob, 'other bob', alice.instanceTag)
    b.receive(one.commit)
    b.take()
    b.said()
    expectRefused(b, other.reveal, 'handshake-failed')
    expect(other.b.receive(other.reveal).events).to.deep.equal([{ type: 'state', state: 'encrypted' }])
  })

  it('T4: key id 0 in an AKE is refused', () => {
    const { a } = midway()
    if (a.session.ake.kind !== 'awaiting-signature') throw new Error('not waiting')
    const { ours } = a.session.ake
    const mine = generateDh1536(seededRandom('mallory'))
    const fresh = new Party(alice, 'midway alice', bob.instanceTag)
    start(fresh)
    fresh.take()
    fresh.receive({ kind: 'v3-dh-key', senderTag: bob.instanceTag, receiverTag: alice.instanceTag, gy: mine.publicKey })
    fresh.take()
    fresh.said()
    const keys = deriveAkeKeys(dh1536SharedSecret(mine.privateKey, ours.publicKey))
    for (const [keyId, accepted] of [[0, false], [0xffffffff, true]] as const) {
      const signed = signExchange(keys.signature, mine.publicKey, ours.publicKey, bob.dsa, keyId, seededRandom('k'))
      const message: SignatureMessage = { kind: 'v3-signature', senderTag: bob.instanceTag, receiverTag: alice.instanceTag, ...signed }
      if (accepted) expect(fresh.receive(message).events).to.deep.include({ type: 'state', state: 'encrypted' })
      else expectRefused(fresh, message, 'handshake-failed')
    }
  })

  it('every changed bit of a Reveal Signature or Signature message is refused, and the true one still taken', () => {
    const { a, b, reveal } = midway()
    // A revealed key that is too short does not even travel: the codec refuses it.
    for (const message of tampered(reveal, 'encryptedSignature')) expectRefused(b, message, 'handshake-failed')
    for (let bit = 0; bit < 128; bit += 9) {
      const revealedKey = reveal.revealedKey.map((byte, i) => i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)
      expectRefused(b, { ...reveal, revealedKey }, 'handshake-failed')
    }
    for (let bit = 0; bit < 160; bit += 7) {
      const mac = reveal.mac.map((byte, i) => i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)
      expectRefused(b, { ...reveal, mac }, 'handshake-failed')
    }
    b.receive(reveal)
    const signature = b.take()[0] as SignatureMessage
    for (const message of tampered(signature, 'encryptedSignature')) expectRefused(a, message, 'handshake-failed')
    for (let bit = 0; bit < 160; bit += 7) {
      const mac = signature.mac.map((byte, i) => i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)
      expectRefused(a, { ...signature, mac }, 'handshake-failed')
    }
    a.receive(signature)
    expect(describeSession(a.session).ssid).to.deep.equal(describeSession(b.session).ssid)
  })

  describe('K4: g^x and g^y out of range', () => {
    const p = hexDecode(PRIME_1536)
    const near = (offset: number): Uint8Array => p.map((byte, i) => i === p.length - 1 ? byte + offset : byte)
    const bad: Record<string, Uint8Array> = {
      '0': new Uint8Array(0), '1': Uint8Array.of(1), 'p - 1': near(-1), 'p': p, '2p': Uint8Array.of(1, ...p), 'long': new Uint8Array(1000).fill(0xff),
    }
    for (const [name, value] of Object.entries(bad)) {
      it(`K4: ${name} in a D-H Key message`, () => {
        const a = new Party(alice, 'a', bob.instanceTag)
        start(a)
        a.take()
        a.said()
        expectRefused(a, { kind: 'v3-dh-key', senderTag: bob.instanceTag, receiverTag: alice.instanceTag, gy: value }, 'handshake-failed')
      })

      it(`K4: ${name} behind a D-H Commit message`, () => {
        const b = new Party(bob, 'b', alice.instanceTag)
        const revealedKey = new Uint8Array(16).fill(5)
        const gxmpi = secretBytes(value)
        b.receive({
          kind: 'v3-dh-commit', senderTag: alice.instanceTag, receiverTag: bob.instanceTag,
          encryptedGx: aes128Ctr(revealedKey, zeroCounter, gxmpi), hashedGx: sha256(gxmpi),
        })
        b.take()
        b.said()
        const empty = { encryptedSignature: new Uint8Array(400), mac: new Uint8Array(20) }
        expectRefused(
          b, { kind: 'v3-reveal-signature', senderTag: alice.instanceTag, receiverTag: bob.instanceTag, revealedKey, ...empty }, 'handshake-failed',
        )
      })
    }

    for (const [name, gxmpi] of Object.entries({
      'no MPI': Uint8Array.of(1, 2, 3),
      'an MPI that runs over the end': Uint8Array.of(0, 0, 1, 0, 5),
      'bytes behind the MPI': concatSecrets(secretBytes(Uint8Array.of(5)), Uint8Array.of(0)),
      'a leading zero': secretBytes(Uint8Array.of(0, 5)),
    })) {
      it(`K4: ${name} behind a D-H Commit message`, () => {
        const b = new Party(bob, 'b', alice.instanceTag)
        const revealedKey = new Uint8Array(16).fill(5)
        b.receive({
          kind: 'v3-dh-commit', senderTag: alice.instanceTag, receiverTag: bob.instanceTag,
          encryptedGx: aes128Ctr(revealedKey, zeroCounter, gxmpi), hashedGx: sha256(gxmpi),
        })
        b.take()
        b.said()
        const empty = { encryptedSignature: new Uint8Array(400), mac: new Uint8Array(20) }
        expectRefused(
          b, { kind: 'v3-reveal-signature', senderTag: alice.instanceTag, receiverTag: bob.instanceTag, revealedKey, ...empty }, 'handshake-failed',
        )
      })
    }
  })

  it('K7: a signature by a DSA key with bad parameters is refused', () => {
    const a = new Party(alice, 'a', bob.instanceTag)
    start(a)
    const gx = a.session.ake.kind === 'awaiting-dh-key' ? a.session.ake.ours.publicKey : new Uint8Array(0)
    a.take()
    const mine = generateDh1536(seededRandom('mallory'))
    a.receive({ kind: 'v3-dh-key', senderTag: bob.instanceTag, receiverTag: alice.instanceTag, gy: mine.publicKey })
    a.take()
    a.said()
    const keys = deriveAkeKeys(dh1536SharedSecret(mine.privateKey, gx))
    const one = Uint8Array.of(1)
    // With g = y = 1 every signature with r = 1 would verify.
    for (const dsa of [{ ...bob.dsa, g: one, y: one }, { ...bob.dsa, y: new Uint8Array(0) }, { ...bob.dsa, p: bob.dsa.p.map((byte, i) => i === 64 ? byte ^ 1 : byte) }]) {
      const signed = signExchange(keys.signature, mine.publicKey, gx, { ...dsa, x: one }, 1, seededRandom('k'))
      expectRefused(a, { kind: 'v3-signature', senderTag: bob.instanceTag, receiverTag: alice.instanceTag, ...signed }, 'handshake-failed')
    }
  })

  // In version 2 there are none.
  if (version === 3) it('I1, I3: messages with the tags of others change nothing', () => {
    const { a, key } = midway()
    const to = { senderTag: bob.instanceTag, receiverTag: alice.instanceTag }
    expectRefused(a, { ...key, ...to, receiverTag: 0x12345 }, 'other-instance')
    expectRefused(a, { ...key, ...to, receiverTag: 0 }, 'other-instance')
    expectRefused(a, { ...key, ...to, senderTag: 0x12345 }, 'other-instance')
    expectRefused(a, { ...key, ...to, senderTag: alice.instanceTag }, 'unexpected')
  })

  describe('K9: a random source that fails leaves everything as it was', () => {
    /** Fails at each draw in turn, then works: the operation fails so often, and then succeeds as if nothing had been. */
    function failing(party: Party, operate: () => void): number {
      const good = party.random
      for (let allowed = 0; ; allowed++) {
        let left = allowed
        party.random = (length) => {
          if (left-- === 0) throw new Error('no entropy')
          return good(length)
        }
        const { session } = party
        const before = structuredClone(session)
        const seen: Seen[] = []
        party.random = watchedRandom(party.random, seen)
        try {
          withArithmetic(watchingArithmetic(getArithmetic(), seen), operate)
          party.random = good
          return allowed
        } catch (error) {
          expect(error).to.have.property('code', 'OTR_RANDOM_FAILED')
          expect(party.session).to.equal(session)
          expect(party.session).to.deep.equal(before)
          expect(party.outgoing).to.deep.equal([])
          const live = reachable([party.session, party.account])
          expect(seen.filter(({ bytes }) => !live.has(bytes) && !isWiped(bytes)).map(({ what }) => what)).to.deep.equal([])
        }
      }
    }

    it('K9: in each message of the AKE, also when it refreshes a session', () => {
      for (const { a, b } of [{ a: new Party(alice, 'a'), b: new Party(bob, 'b') }, encryptedPair()]) {
        expect(failing(a, () => { start(a) })).to.equal(2)
        const commit = a.take()[0]!
        expect(failing(b, () => { b.receive(commit) })).to.equal(1)
        const key = b.take()[0]!
        expect(failing(a, () => { a.receive(key) })).to.be.greaterThan(0)
        const reveal = a.take()[0]!
        expect(failing(b, () => { b.receive(reveal) })).to.be.greaterThan(1)
        const signature = b.take()[0]!
        expect(failing(a, () => { a.receive(signature) })).to.equal(1)
        expect(describeSession(a.session).ssid).to.deep.equal(describeSession(b.session).ssid)
        a.do(() => sendMessage(a.session, { text: 'works' }, a.context))
        b.said()
        b.receive(overTheWire(a.take()[0]!))
        expect(b.said()[0]).to.deep.equal({ type: 'message', text: 'works' })
      }
    })

    it('K9: a source that returns too few bytes is a source that fails', () => {
      const a = new Party(alice, 'a')
      a.random = (length) => new Uint8Array(length - 1)
      expect(() => { start(a) }).to.throw().with.property('code', 'OTR_RANDOM_FAILED')
      expect(a.session.ake.kind).to.equal('none')
    })
  })
})
