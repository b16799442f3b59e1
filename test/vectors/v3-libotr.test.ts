import { expect } from 'chai'
import { aes128Ctr } from '../../src/crypto/aes.js'
import { isValidDh1536 } from '../../src/crypto/dh1536.js'
import { sha256 } from '../../src/crypto/hash.js'
import type { RandomSource } from '../../src/crypto/random.js'
import type { ProtocolEvent } from '../../src/protocol/index.js'
import type { V3Keys } from '../../src/v3/key-management.js'
import { sessionKeys } from '../../src/v3/session-keys.js'
import { smpArithmetic } from '../../src/v3/smp-arithmetic.js'
import { verifyKnowledge, verifyPower } from '../../src/v3/smp-proofs.js'
import { decodeMpis } from '../../src/v3/smp-values.js'
import {
  endSession, createSession, receiveMessage, sendMessage, startHandshake, describeSession, type V3Account, type V3Encrypted, type V3Session,
} from '../../src/v3/index.js'
import { getArithmetic } from '../../src/crypto/provider.js'
import { armor, base64Decode, encodeMessage, hexEncode, Reader, type DataMessageV3 } from '../../src/wire/index.js'
import { alice, bob, Party } from '../scenario/v3-parties.js'
import { transcript, type Dump, type Recorded, type TranscriptStep } from './v3-transcript.js'
import { asSecret, copySecret, type Secret } from '../../src/crypto/secret.js'

const full = transcript('v3-full')
const dumps = full.flatMap((step) => step.dump === undefined ? [] : [{ what: step.what, by: step.by, dump: step.dump }])

function dumpOf(what: string, by: 'alice' | 'bob'): Dump {
  return dumps.find((entry) => entry.what === what && entry.by === by)!.dump
}

function stepOf(what: string, occurrence = 0): TranscriptStep {
  return full.filter((step) => step.what === what)[occurrence]!
}

function messageOf<K extends Recorded['message']['kind']>(step: TranscriptStep, kind: K): Recorded & { message: { kind: K } } {
  return step.messages.find(({ message }) => message.kind === kind) as Recorded & { message: { kind: K } }
}

/** Gives the recorded Diffie-Hellman keys, in order; then, and for signatures, what nobody looks at. */
function recordedRandom(...keys: readonly Uint8Array[]): RandomSource {
  const left = [...keys]
  return (length) => (left[0]?.length === length ? left.shift()!.slice() : new Uint8Array(length).fill(0x55))
}

function encrypted(session: V3Session): V3Encrypted {
  if (session.state !== 'encrypted') throw new Error(`the session is ${session.state}`)
  return session
}

/** Everything that libotr knew of a session must be what we know. */
function expectKeys(keys: V3Keys, dump: Dump): void {
  expect(keys.ourKeyId).to.equal(dump.ourKeyId)
  expect(keys.theirKeyId).to.equal(dump.theirKeyId)
  expect(keys.ours).to.deep.equal(dump.ours)
  expect(keys.oursPrevious).to.deep.equal(dump.oursPrevious)
  expect(keys.theirs).to.deep.equal(dump.theirs)
  expect(keys.theirsPrevious).to.deep.equal(dump.theirsPrevious)
  expect(hexEncode(keys.oldMacKeys)).to.equal(hexEncode(dump.savedMacs))
  const zeros = new Uint8Array(8)
  for (const pair of dump.pairs) {
    const theirs = pair.their === keys.theirKeyId ? keys.theirs : keys.theirsPrevious
    if (theirs === undefined) continue
    const derived = sessionKeys(pair.our === keys.ourKeyId ? keys.ours : keys.oursPrevious, theirs)
    expect(hexEncode(derived.sendingMacKey), `sending MAC key ${pair.our} ${pair.their}`).to.equal(hexEncode(pair.sendingMacKey))
    expect(hexEncode(derived.receivingMacKey)).to.equal(hexEncode(pair.receivingMacKey))
    expect(hexEncode(derived.extraKey)).to.equal(hexEncode(pair.extraKey))
    const used = keys.used.find(({ ourKeyId, theirKeyId }) => ourKeyId === pair.our && theirKeyId === pair.their)
    expect(used?.received?.counter ?? zeros).to.deep.equal(pair.received)
    expect(used?.received !== undefined).to.equal(pair.receivingUsed)
    expect(used?.sent ?? 0).to.equal(pair.sent[7])
  }
}

/** Our message, as libotr sent it. */
function expectSent(session: V3Session, recorded: Recorded, text: string, tlvs: { type: number, value: Uint8Array }[], account: V3Account): V3Session {
  const { message } = recorded as { message: DataMessageV3 }
  const env = { random: recordedRandom(), now: 0 }
  const { state, outgoing } = sendMessage(session, { text, tlvs, ignoreUnreadable: message.flags === 1 }, { ...env, account })
  expect(armor(encodeMessage(outgoing[0]!))).to.equal(recorded.text)
  return state
}

const ake = stepOf('query')
const dhCommit = messageOf(ake, 'v3-dh-commit')
const dhKey = messageOf(ake, 'v3-dh-key')
const revealSignature = messageOf(ake, 'v3-reveal-signature')
const signature = messageOf(ake, 'v3-signature')

/** Alice after the recorded AKE, her own keys and random numbers being those of the recording. */
function aliceAfterAke(later: readonly Uint8Array[] = []): Party {
  const dump = dumpOf('after AKE secrets', 'alice')
  const party = new Party(alice, '', bob.instanceTag)
  party.random = recordedRandom(dump.oursPrevious.privateKey, dump.ours.privateKey, ...later)
  party.receive(dhCommit.message)
  expect(armor(encodeMessage(party.take()[0]!))).to.equal(dhKey.text)
  party.receive(revealSignature.message)
  return party
}

/** Bob after the recorded AKE, likewise. */
function bobAfterAke(later: readonly Uint8Array[] = []): Party {
  const dump = dumpOf('after AKE secrets', 'bob')
  const party = new Party(bob, '')
  party.random = recordedRandom(dump.oursPrevious.privateKey, revealSignature.message.revealedKey, dump.ours.privateKey, ...later)
  party.do(() => startHandshake(party.session, party.context))
  expect(armor(encodeMessage(party.take()[0]!))).to.equal(dhCommit.text)
  party.receive(dhKey.message)
  party.receive(signature.message)
  return party
}

describe('v3 transcripts of libotr 4.1.1', () => {
  describe('the AKE', () => {
    it('is completed by the side that sends the Signature message: same keys, session id, fingerprint', () => {
      const party = aliceAfterAke()
      expectKeys(encrypted(party.session).keys, dumpOf('after AKE secrets', 'alice'))
      const status = describeSession(party.session)
      expect(ake.alice.events[1]).to.contain(`fp=${hexEncode(status.theirFingerprint!)} `)
      expect(ake.alice.events[1]).to.contain(`ssid=${hexEncode(status.ssid!)} ssid_bold=${status.ssidBold}`)
      expect(party.said()).to.deep.equal([{ type: 'state', state: 'handshake' }, { type: 'state', state: 'encrypted' }])
      const [ours] = party.take()
      expect(ours?.kind).to.equal('v3-signature')
    })

    it('is completed by the side that sends the Reveal Signature message', () => {
      const party = bobAfterAke()
      expectKeys(encrypted(party.session).keys, dumpOf('after AKE secrets', 'bob'))
      const status = describeSession(party.session)
      expect(ake.bob.events[1]).to.contain(`fp=${hexEncode(status.theirFingerprint!)} `)
      expect(ake.bob.events[1]).to.contain(`ssid=${hexEncode(status.ssid!)} ssid_bold=${status.ssidBold}`)
      const [ours] = party.take()
      expect(ours).to.deep.include({
        kind: 'v3-reveal-signature', revealedKey: revealSignature.message.revealedKey, senderTag: bob.instanceTag, receiverTag: alice.instanceTag,
      })
    })

    it('writes everything of X but the signature as libotr does', () => {
      // AES-CTR under c with counter 0: what is equal before encryption is equal after it.
      const ours = bobAfterAke().take()[0] as typeof revealSignature.message
      const lengthOfSignature = 40
      const same = revealSignature.message.encryptedSignature.length - lengthOfSignature
      expect(ours.encryptedSignature.length).to.equal(same + lengthOfSignature)
      expect(ours.encryptedSignature.slice(0, same)).to.deep.equal(revealSignature.message.encryptedSignature.slice(0, same))
    })

    for (const name of ['v3-full', 'v3-commit-collision-refresh', 'v3-commit-collision-first-contact', 'v3-fragmented-ake',
      'v3-preferred-of-v23', 'require-encryption', 'whitespace-tag', 'malformed-and-not-private']) {
      it(`opens the commitments of ${name}`, () => {
        const messages = transcript(name).flatMap((step) => step.messages)
        let opened = 0
        for (const { from, message } of messages) {
          if (message.kind !== 'v3-reveal-signature') continue
          const earlier = messages.slice(0, messages.findIndex((other) => other.message === message))
          const commit = earlier.filter((other) => other.from === from && other.message.kind === 'v3-dh-commit').at(-1)!.message
          if (commit.kind !== 'v3-dh-commit') continue
          const gxmpi = aes128Ctr(message.revealedKey, new Uint8Array(16), commit.encryptedGx)
          expect(sha256(gxmpi)).to.deep.equal(commit.hashedGx)
          const reader = new Reader(gxmpi)
          expect(isValidDh1536(reader.mpi('g^x'))).to.equal(true)
          reader.end()
          opened++
        }
        expect(opened).to.be.greaterThan(0)
      })
    }
  })

  describe('data messages', () => {
    const later = (who: 'alice' | 'bob'): Uint8Array[] => {
      const dump = dumpOf('after data secrets', who)
      return [dump.oursPrevious.privateKey, dump.ours.privateKey]
    }

    /** Both after data messages 0 to 5. */
    function afterData(): { parties: Record<'alice' | 'bob', Party> } {
      const parties = { alice: aliceAfterAke(later('alice')), bob: bobAfterAke(later('bob')) }
      for (const party of Object.values(parties)) {
        party.take()
        party.said()
      }
      for (let i = 0; i < 6; i++) {
        const step = stepOf(`data ${i}`)
        const [sender, receiver] = step.by === 'alice' ? ['alice', 'bob'] as const : ['bob', 'alice'] as const
        const text = step[receiver].msgs[0]!.text
        parties[sender].session = expectSent(parties[sender].session, step.messages[0]!, text, [], parties[sender].account)
        const { events } = parties[receiver].receive(step.messages[0]!.message)
        expect(events[0]).to.deep.equal({ type: 'message', text })
      }
      return { parties }
    }

    it('are sent byte for byte and read, with the keys rotated and the MAC keys revealed in the same messages', () => {
      const { parties } = afterData()
      expectKeys(encrypted(parties.alice.session).keys, dumpOf('after data secrets', 'alice'))
      expectKeys(encrypted(parties.bob.session).keys, dumpOf('after data secrets', 'bob'))
    })

    it('carry SMP: the question, and the TLVs of the first run as far as the secrets reach', () => {
      const { parties } = afterData()
      const tlvOf = (seen: TranscriptStep['alice'], type: number): { type: number, value: Uint8Array } =>
        ({ type, value: base64Decode(seen.tlvs.find((tlv) => tlv.type === type)!.data) })
      const asked = stepOf('smpq')
      const answered = stepOf('smprespond')
      const [answer, proof, end] = answered.messages as [Recorded, Recorded, Recorded]

      parties.alice.session = expectSent(parties.alice.session, asked.messages[0]!, '', [tlvOf(asked.bob, 7)], alice)
      expect(parties.bob.receive(asked.messages[0]!.message).events).to.deep.include({
        type: 'smp', event: 'asked', attempts: 1, question: asked.bob.smp[0]!.q,
      })
      // Both have keys from here on whose private half was not recorded: their public half is what the next message says.
      const giveNext = (party: Party, { message }: Recorded): void => {
        const session = encrypted(party.session)
        const ours = { ...session.keys.ours, publicKey: (message as DataMessageV3).nextDh }
        party.session = { ...session, keys: { ...session.keys, ours } }
      }
      parties.bob.session = expectSent(parties.bob.session, answer, '', [tlvOf(answered.alice, 3)], bob)
      // Without the random numbers of the recording we cannot be expecting this answer; but we can read it.
      expect(parties.alice.receive(answer.message).events).to.deep.include({ type: 'notice', code: 'unexpected', detail: 'an SMP message out of turn' })
      // We said that, which libotr did not: as if we had not.
      const session = encrypted(parties.alice.session)
      const used = session.keys.used.filter(({ ourKeyId, theirKeyId }) => ourKeyId !== 4 || theirKeyId !== 4)
      const macKeys = parties.alice.take().at(-1) as DataMessageV3
      parties.alice.session = { ...session, keys: { ...session.keys, used, oldMacKeys: copySecret(macKeys.oldMacKeys) } }
      giveNext(parties.alice, proof)
      parties.alice.session = expectSent(parties.alice.session, proof, '', [tlvOf(answered.bob, 4)], alice)
      parties.bob.receive(proof.message)
      const reply = parties.bob.take().at(-1) as DataMessageV3
      const after = encrypted(parties.bob.session)
      parties.bob.session = { ...after, keys: { ...after.keys, used: after.keys.used.filter(({ sent }) => sent === 0), oldMacKeys: copySecret(reply.oldMacKeys) } }
      giveNext(parties.bob, end)
      expectSent(parties.bob.session, end, '', [tlvOf(answered.alice, 5)], bob)
    })

    /** The public key that a side announced as number `keyId`. */
    function announced(by: 'alice' | 'bob', keyId: number): Uint8Array {
      const message = full.flatMap((step) => step.messages).filter(({ from }) => from === by)
        .map((recorded) => recorded.message).find((data): data is DataMessageV3 => data.kind === 'v3-data' && data.senderKeyId === keyId - 1)
      return message!.nextDh
    }

    /** A session of the recording in the middle, with what is known of its keys. */
    function inTheMiddle(by: 'alice' | 'bob', ourKeyId: number, ours: Dump['ours'], theirKeyId: number): V3Encrypted {
      const other = by === 'alice' ? 'bob' : 'alice'
      const start = encrypted((by === 'alice' ? aliceAfterAke() : bobAfterAke()).session)
      return {
        ...start,
        keys: {
          ourKeyId,
          // A copy: the machine overwrites it in its time.
          ours: { privateKey: copySecret(ours.privateKey), publicKey: ours.publicKey },
          oursPrevious: { privateKey: copySecret(new Uint8Array(40).fill(1)), publicKey: announced(by, ourKeyId - 1) },
          theirKeyId,
          theirs: announced(other, theirKeyId),
          theirsPrevious: announced(other, theirKeyId - 1),
          used: [],
          retired: [],
          gone: [],
          oldMacKeys: copySecret(new Uint8Array(0)),
        },
      }
    }

    it('go on to the end: a fragmented one, one with a TLV, the disconnection', () => {
      const beforeEnd = { alice: dumpOf('before disconnect secrets', 'alice'), bob: dumpOf('before disconnect secrets', 'bob') }
      const toAlice = stepOf('fragmented b>a')
      const toBob = stepOf('unknown TLV')
      const disconnect = stepOf('disconnect')

      const envOf = (who: 'alice' | 'bob') => ({ random: recordedRandom(beforeEnd[who].ours.privateKey), now: 0 })
      const middle = inTheMiddle('alice', 10, beforeEnd.alice.oursPrevious, 9)
      // The heartbeat was read with keys that were not recorded; but its MAC key was, when it was revealed.
      const heartbeat = stepOf('data that calls for a heartbeat').messages[1]!.message as DataMessageV3
      const received = { counter: heartbeat.counter, macKey: copySecret((toBob.messages[0]!.message as DataMessageV3).oldMacKeys) }
      const used = [{ ourKeyId: heartbeat.recipientKeyId, theirKeyId: heartbeat.senderKeyId, sent: 0, received }]
      let ofAlice: V3Session = { ...middle, keys: { ...middle.keys, used } }
      const read = receiveMessage(ofAlice, toAlice.messages[0]!.message, { ...envOf('alice'), account: alice })
      expect(read.events[0]).to.deep.equal({ type: 'message', text: toAlice.alice.msgs[0]!.text })
      ofAlice = read.state
      ofAlice = expectSent(ofAlice, toBob.messages[0]!, 'hi', [{ type: 0, value: base64Decode(toBob.bob.tlvs[0]!.data) }], alice)
      const ended = endSession(ofAlice, { random: recordedRandom(), now: 0, account: alice })
      expect(ended.state.state).to.equal('plaintext')
      // We reveal the MAC keys of the keys that are forgotten, which libotr does not; nothing else differs.
      const theirs = disconnect.messages[0]!.message as DataMessageV3
      expect({ ...ended.outgoing[0], oldMacKeys: theirs.oldMacKeys }).to.deep.equal(theirs)

      const ofBob = receiveMessage(inTheMiddle('bob', 10, beforeEnd.bob.oursPrevious, 10), toBob.messages[0]!.message, { ...envOf('bob'), account: bob })
      expect(ofBob.events[0]).to.deep.equal({ type: 'message', text: 'hi' })
      const { keys } = encrypted(ofBob.state)
      expect(keys.ours).to.deep.equal(beforeEnd.bob.ours)
      expect(keys.theirs).to.deep.equal(beforeEnd.bob.theirs)
      const finished = receiveMessage(ofBob.state, theirs, { random: recordedRandom(), now: 0, account: bob })
      expect(finished.state.state).to.equal('finished')
      expect(finished.events).to.deep.equal([{ type: 'state', state: 'finished' }] satisfies ProtocolEvent[])
    })

    it('derive the session keys and the extra key of the last state', () => {
      for (const who of ['alice', 'bob'] as const) {
        const dump = dumpOf('before disconnect secrets', who)
        for (const pair of dump.pairs) {
          const ours = pair.our === dump.ourKeyId ? dump.ours : dump.oursPrevious
          const theirs = pair.their === dump.theirKeyId ? dump.theirs : dump.theirsPrevious!
          const keys = sessionKeys(ours, theirs)
          expect(keys.sendingMacKey).to.deep.equal(pair.sendingMacKey)
          expect(keys.receivingMacKey).to.deep.equal(pair.receivingMacKey)
          expect(keys.extraKey).to.deep.equal(pair.extraKey)
        }
      }
    })
  })

  describe('SMP', () => {
    /** The SMP messages of the recording in order, each with its type. */
    const smp = full.flatMap((step) => {
      const other = step.by === 'alice' ? 'bob' : 'alice'
      return [...step[other].tlvs, ...step[step.by].tlvs].filter(({ type }) => type >= 2 && type <= 7).sort((a, b) => a.type - b.type)
    }).map(({ type, data }) => ({ type, value: data === '-' ? new Uint8Array(0) : base64Decode(data) }))

    it('verifies every proof of the recording that needs no secret', () => {
      const group = getArithmetic().modp1536
      let proofs = 0
      let g3a = new Uint8Array(0)
      let second: ReturnType<typeof read2>
      const read2 = (value: Uint8Array) => decodeMpis(value, [
        'element', 'hash', 'exponent', 'element', 'hash', 'exponent', 'element', 'element', 'hash', 'exponent', 'exponent'])!
      let quotient: Secret = asSecret(new Uint8Array(0))
      for (const { type, value } of smp) {
        if (type === 2 || type === 7) {
          const asked = smpArithmetic.ask(type === 7 ? value.slice(value.indexOf(0) + 1) : value)
          expect(asked).to.not.equal(undefined)
          g3a = asked!.g3a as Uint8Array<ArrayBuffer>
          proofs += 2
        } else if (type === 3) {
          second = read2(value)
          expect(verifyKnowledge(3, second[0], { c: second[1], d: second[2] })).to.equal(true)
          expect(verifyKnowledge(4, second[3], { c: second[4], d: second[5] })).to.equal(true)
          proofs += 2
        } else if (type === 4) {
          const [, qa, , , , ra, c, d7] = decodeMpis(value, ['element', 'element', 'hash', 'exponent', 'exponent', 'element', 'hash', 'exponent'])!
          quotient = asSecret(group.multiply(qa, group.invert(second![7])))
          expect(verifyPower(7, g3a, quotient, ra, { c, d7 })).to.equal(true)
          proofs++
        } else if (type === 5) {
          const [rb, c, d7] = decodeMpis(value, ['element', 'hash', 'exponent'])!
          expect(verifyPower(8, second![3], quotient, rb, { c, d7 })).to.equal(true)
          expect(verifyPower(8, second![3], quotient, rb, { c, d7: group.respond(d7, c, c) })).to.equal(false)
          proofs++
        }
      }
      // Three runs begun, two of them finished.
      expect(proofs).to.equal(3 * 2 + 2 * 2 + 2 + 2)
    })
  })

  it('ignores what it cannot read when the flag says so, and not otherwise', () => {
    const session = createSession({ theirTag: bob.instanceTag })
    const flagged = stepOf('smprespond').messages[0]!.message
    const plain = stepOf('data 1').messages[0]!.message
    const env = { random: recordedRandom(), now: 0 }
    expect(receiveMessage(session, flagged, { ...env, account: alice })).to.deep.equal({ state: session, outgoing: [], events: [] })
    expect(receiveMessage(session, plain, { ...env, account: alice }).events).to.deep.include({ type: 'notice', code: 'unreadable', detail: 'there is no encrypted session' })
  })
})
