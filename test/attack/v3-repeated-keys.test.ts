import { expect } from 'chai'
import { generateDh1536, isSameDh1536, isValidDh1536 } from '../../src/crypto/dh1536.js'
import { minimal, toBytes, toInteger } from '../../src/crypto/integer.js'
import { getArithmetic } from '../../src/crypto/provider.js'
import type { RandomSource } from '../../src/crypto/random.js'
import { endSession, sendMessage, startHandshake } from '../../src/v3/index.js'
import { hexEncode, type DataMessageV3 } from '../../src/wire/index.js'
import { inBothVersions, alice, bob, encryptedPair, overTheWire, Party, settle } from '../scenario/v3-parties.js'
import { seededRandom } from '../support/seeded.js'
import { craftData, encryptedOf } from '../support/v3-crafted.js'
import { copySecret } from '../../src/crypto/secret.js'

const say = (party: Party, text: string): DataMessageV3 => {
  party.do(() => sendMessage(party.session, { text }, party.context))
  return party.take()[0] as DataMessageV3
}

/** p minus a key: with an even private key it leads to the same secret. */
const negated = (publicKey: Uint8Array): Uint8Array => 
  minimal(toBytes(toInteger(getArithmetic().modp1536.prime) - toInteger(publicKey), 192))

/** Bob has read Alice's first message; she goes on under the same key, which is to be followed by another one now. */
function aboutToRotate(seed: string): { a: Party, b: Party } {
  const { a, b } = encryptedPair(seed)
  b.receive(say(a, 'x'))
  a.receive(say(b, 'y'))
  b.said()
  return { a, b }
}

/** Nothing happens but a notice: the session is the same object with the same bytes. */
function expectUnreadable(party: Party, message: DataMessageV3): void {
  const { session } = party
  const before = structuredClone(session)
  const { events, outgoing } = party.receive(message)
  expect(events).to.have.length(1)
  expect(events[0]).to.include({ type: 'notice', code: 'unreadable' })
  expect(outgoing).to.deep.equal([])
  expect(party.session).to.equal(session)
  expect(party.session).to.deep.equal(before)
}

/** A source that gives the same bytes at each call for so many. */
const constant: RandomSource = (length) => seededRandom('constant')(length)

inBothVersions('keys that come again, in version 3', () => {
  it('A7: two public keys are the same where they lead to the same secrets', () => {
    const random = seededRandom('same')
    const one = generateDh1536(random).publicKey
    const other = generateDh1536(random).publicKey
    expect(isSameDh1536(one, one.slice())).to.equal(true)
    expect(isSameDh1536(one, negated(one))).to.equal(true)
    expect(isSameDh1536(negated(one), one)).to.equal(true)
    expect(isSameDh1536(one, other)).to.equal(false)
    expect(isSameDh1536(one, negated(other))).to.equal(false)
    expect(isValidDh1536(negated(one))).to.equal(true)
  })

  it('A7: a next D-H key equal to the current one is refused: no key and counter is used for two texts', () => {
    const { b } = aboutToRotate('equal')
    const { theirs, theirsPrevious, ours, oursPrevious } = encryptedOf(b).keys
    const first = say(b, 'first text')
    const repeats = [theirs, theirsPrevious!, ours.publicKey, oursPrevious.publicKey]
    for (const nextDh of [...repeats, ...repeats.map(negated)]) {
      expectUnreadable(b, craftData(b, { recipientKeyId: encryptedOf(b).keys.ourKeyId - 1, nextDh, counter: 9, text: 'rotates' }))
      expectUnreadable(b, craftData(b, { nextDh, counter: 9, text: 'rotates' }))
    }
    const second = say(b, 'other text')
    expect([second.senderKeyId, second.recipientKeyId]).to.deep.equal([first.senderKeyId, first.recipientKeyId])
    expect(hexEncode(second.counter)).to.not.equal(hexEncode(first.counter))
  })

  it('A7: neither does a key come back after others, as long as a key of ours lives that it was in use with', () => {
    const { b } = aboutToRotate('cycle')
    const random = seededRandom('their keys')
    const { theirs, theirsPrevious } = encryptedOf(b).keys
    const met = [theirsPrevious!, theirs]
    // They never show that they have seen our next key: so ours stays.
    const { oursPrevious } = encryptedOf(b).keys
    let counter = 100
    const rotate = (nextDh: Uint8Array): DataMessageV3 =>
      craftData(b, { recipientKeyId: encryptedOf(b).keys.ourKeyId - 1, nextDh, counter: counter++, text: 'rotates' })
    let rotations = 0
    for (; rotations < 40; rotations++) {
      const { publicKey } = generateDh1536(random)
      for (const old of met) expectUnreadable(b, rotate(old))
      const { events } = b.receive(rotate(publicKey))
      if (events[0]?.type !== 'message') break
      met.push(publicKey)
      expect(encryptedOf(b).keys.theirs).to.deep.equal(publicKey)
      expect(encryptedOf(b).keys.oursPrevious).to.equal(oursPrevious)
    }
    // The remembered keys are bounded, and so are the MAC keys that wait to be revealed.
    expect(rotations).to.be.within(10, 20)
    expect(encryptedOf(b).keys.gone.length).to.be.at.most(16)
    expect(encryptedOf(b).keys.oldMacKeys.length).to.be.at.most(20 * 20)
    // Once they show that they have seen it, they may go on.
    say(b, 'announces our next key')
    for (let n = 0; n < 2; n++) {
      expectUnreadable(b, craftData(b, { recipientKeyId: encryptedOf(b).keys.ourKeyId - 1, nextDh: generateDh1536(random).publicKey, counter: counter++ }))
      const senderKeyId = encryptedOf(b).keys.theirKeyId - 1
      expect(b.receive(craftData(b, { senderKeyId, nextDh: theirs, counter: counter++, text: 'seen' })).events[0]).to.include({ text: 'seen' })
    }
    expect(encryptedOf(b).keys.gone).to.have.length(0)
    expect(b.receive(craftData(b, { nextDh: generateDh1536(random).publicKey, counter: counter++, text: 'on' })).events[0]).to.include({ text: 'on' })
  })

  it('A7: a conversation of honest clients never comes near the bound, whichever side is silent and whatever is lost', () => {
    const { a, b } = encryptedPair('honest')
    const dice = seededRandom('honest dice')
    let most = 0
    for (let n = 0; n < 400; n++) {
      const [from, to] = (dice(1)[0] ?? 0) % 2 === 0 ? [a, b] : [b, a]
      const message = say(from, `${n}`)
      if ((dice(1)[0] ?? 0) % 3 === 0) continue
      expect(to.receive(message).events[0]).to.deep.equal({ type: 'message', text: `${n}` })
      most = Math.max(most, encryptedOf(to).keys.gone.length)
    }
    expect(most).to.be.within(1, 2)
  })

  it('A7: an own next key that is one of before, as of a random source that repeats itself, fails with nothing changed', () => {
    const { a, b } = aboutToRotate('repeating')
    const message = say(a, 'asks for our next key')
    const { ours, oursPrevious, theirs } = encryptedOf(b).keys
    const good = b.random
    for (const known of [ours, oursPrevious]) {
      b.random = () => copySecret(known.privateKey)
      const { session } = b
      const before = structuredClone(session)
      expect(() => b.receive(message)).to.throw().with.property('code', 'OTR_RANDOM_FAILED')
      expect(b.session).to.equal(session)
      expect(b.session).to.deep.equal(before)
    }
    b.random = good
    expect(b.receive(message).events[0]).to.include({ text: 'asks for our next key' })
    expect(encryptedOf(b).keys.theirs).to.not.deep.equal(theirs)
  })

  it('A7: the same in the key exchange: with a source that repeats itself no session is established, on either side', () => {
    for (const broken of ['a', 'b'] as const) {
      const a = new Party(alice, 'constant a')
      const b = new Party(bob, 'constant b')
      if (broken === 'a') a.random = constant
      else b.random = constant
      expect(() => {
        a.do(() => startHandshake(a.session, a.context))
        settle(a, b)
      }).to.throw().with.property('code', 'OTR_RANDOM_FAILED')
      expect((broken === 'a' ? a : b).session.state).to.equal('plaintext')
    }
  })

  it('A7: a session is not renewed with a key of ours that it has', () => {
    const { a, b } = encryptedPair('renewed')
    const known = copySecret(encryptedOf(a).keys.ours.privateKey)
    a.random = (length) => length === 40 ? copySecret(known) : seededRandom('rest')(length)
    expect(() => { a.do(() => startHandshake(a.session, a.context)) }).to.throw().with.property('code', 'OTR_RANDOM_FAILED')
    b.do(() => startHandshake(b.session, b.context))
    const [commit] = b.take()
    expect(() => { a.receive(commit!) }).to.throw().with.property('code', 'OTR_RANDOM_FAILED')
    expect(a.session.state).to.equal('encrypted')
  })

  it('A7: in the key exchange our own public key is not taken for theirs', () => {
    const a = new Party(alice, 'reflected')
    a.do(() => startHandshake(a.session, a.context))
    a.take()
    const { ake } = a.session
    if (ake.kind !== 'awaiting-dh-key') throw new Error('no commitment')
    for (const gy of [ake.ours.publicKey, negated(ake.ours.publicKey)]) {
      const { session } = a
      const { events } = a.receive({ kind: 'v3-dh-key', senderTag: bob.instanceTag, receiverTag: alice.instanceTag, gy })
      expect(events[0]).to.include({ code: 'handshake-failed', detail: 'g^y is our own g^x' })
      expect(a.session).to.equal(session)
    }
    // The same for the side that answers: the revealed key is its own.
    const b = new Party(bob, 'reflected b')
    const shared = seededRandom('one key of both')(40)
    const c = new Party(alice, 'reflected c')
    for (const party of [b, c]) party.random = (length) => length === 40 ? shared.slice() : seededRandom(`${party.account.instanceTag}`)(length)
    c.do(() => startHandshake(c.session, c.context))
    b.receive(c.take()[0]!)
    const { ake: answered } = b.session
    const { ake: committed } = c.session
    if (answered.kind !== 'awaiting-reveal-signature' || committed.kind !== 'awaiting-dh-key') throw new Error('no exchange')
    expect(answered.ours.publicKey).to.deep.equal(committed.ours.publicKey)
    const reveal = {
      kind: 'v3-reveal-signature' as const, senderTag: alice.instanceTag, receiverTag: bob.instanceTag,
      revealedKey: copySecret(committed.revealedKey), encryptedSignature: new Uint8Array(300), mac: new Uint8Array(20),
    }
    expect(b.receive(reveal).events[0]).to.include({ code: 'handshake-failed', detail: 'g^x is our own g^y' })
  })

  it('A7: what ends a session does not depend on the random source', () => {
    const { a, b } = encryptedPair('end')
    a.random = () => { throw new Error('no entropy') }
    const { outgoing } = a.do(() => endSession(a.session, a.context))
    expect(b.receive(overTheWire(outgoing[0]!)).state.state).to.equal('finished')
  })
})
