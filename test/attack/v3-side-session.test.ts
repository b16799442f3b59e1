import { expect } from 'chai'
import { dsaFingerprint } from '../../src/crypto/index.js'
import { hmacSha1 } from '../../src/crypto/hash.js'
import { encryptData, sendingKeys } from '../../src/v3/data-message.js'
import {
  endSession, sendExtraKey, nextTimer, sendMessage, startSmp, startHandshake, runTimers, describeSession, type V3Account, type V3Encrypted, type V3Session,
} from '../../src/v3/index.js'
import { sessionKeys } from '../../src/v3/session-keys.js'
import { SIDE_SESSION_SECONDS } from '../../src/v3/side-session.js'
import { dataMessageV3MacInput, hexDecode, hexEncode, tlvTypeV3, type DataMessageV3, type Tlv } from '../../src/wire/index.js'
import { inBothVersions, bob, encryptedPair, libotrKey, Party, settle } from '../scenario/v3-parties.js'

const say = (party: Party, text: string, tlvs: readonly Tlv[] = []): DataMessageV3 => {
  party.do(() => sendMessage(party.session, { text, tlvs }, party.context))
  return party.take().at(-1) as DataMessageV3
}

function encrypted(party: Party): V3Encrypted {
  if (party.session.state !== 'encrypted') throw new Error('no session')
  return party.session
}

const told = (party: Party): string[] =>
  party.said().map((event) => event.type === 'message' ? event.text : event.type === 'notice' ? event.code : event.type)

/** Nothing happens but these notices: the session is the same object with the same bytes, and nothing is sent. */
function expectRefused(party: Party, message: DataMessageV3, ...codes: string[]): void {
  const { session } = party
  const before = structuredClone(session)
  const { events, outgoing } = party.receive(message)
  party.said()
  expect(events.map((event) => event.type === 'notice' ? event.code : event.type)).to.deep.equal(codes)
  expect(outgoing).to.deep.equal([])
  expect(party.session).to.equal(session)
  expect(party.session).to.deep.equal(before)
}

/** 20-byte keys in hexadecimal. */
function keysIn(bytes: Uint8Array): string[] {
  return Array.from({ length: bytes.length / 20 }, (_, i) => hexEncode(bytes.subarray(20 * i, 20 * i + 20)))
}

/**
 * Bob has written under the old keys, and these messages are still under way when Alice's client has renewed the session. `writes` makes the
 * messages under way; `heard`: Alice has received something of Bob in the old session before.
 */
function renewed(seed: string, writes: (b: Party) => readonly DataMessageV3[], heard = true): { a: Party, b: Party, late: readonly DataMessageV3[], old: V3Encrypted } {
  const { a, b } = encryptedPair(seed)
  if (heard) a.receive(say(b, 'heard'))
  const late = writes(b)
  const old = structuredClone(encrypted(b))
  a.do(() => startHandshake(a.session, a.context))
  settle(a, b)
  a.said()
  b.said()
  expect(a.session.side).to.have.length(1)
  return { a, b, late, old }
}

inBothVersions('sessions of version 3 that were renewed, under attack', (version) => {
  it('D8, T4: what was read in one is a duplicate when it is replayed, before the renewal or after it; a counter that does not grow is refused', () => {
    const { a, b } = encryptedPair('replay')
    const before = say(b, 'before')
    const [one, two, three] = [say(b, 'one'), say(b, 'two'), say(b, 'three')]
    a.receive(before)
    a.do(() => startHandshake(a.session, a.context))
    settle(a, b)
    a.said()
    expectRefused(a, before, 'duplicate')
    a.receive(one)
    a.receive(three)
    expect(told(a)).to.deep.equal(['one', 'three'])
    for (const message of [before, one, two, three]) expectRefused(a, message, 'duplicate')
    // Also when it was renewed once more.
    a.do(() => startHandshake(a.session, a.context))
    settle(a, b)
    a.said()
    for (const message of [before, one, two, three]) expectRefused(a, message, 'duplicate')
  })

  it('T4: nothing but what the other side made is read: any changed byte, key ids of another pair, keys of the new session', () => {
    const { a, late: [message], old } = renewed('forged', (b) => [say(b, 'genuine')])
    for (const field of ['encryptedMessage', 'authenticator', 'counter', 'nextDh'] as const) {
      const bytes = message![field].slice()
      bytes[0]! ^= 1
      expectRefused(a, { ...message!, [field]: bytes }, 'unreadable')
    }
    for (const [senderKeyId, recipientKeyId] of [[0, 1], [1, 0], [2, 1], [1, 2], [9, 9]] as const) {
      expectRefused(a, { ...message!, senderKeyId, recipientKeyId }, 'unreadable')
    }
    const ofZeros = { ...message!, counter: new Uint8Array(8) }
    expectRefused(a, { ...ofZeros, authenticator: hmacSha1(sendingKeys(old.keys).sendingMacKey, dataMessageV3MacInput(ofZeros)) }, 'duplicate')
    a.receive(message!)
    expect(told(a)).to.deep.equal(['genuine'])
  })

  it('T5, T6: the MAC keys with which it is read are not revealed as long as it is read, and once after that', () => {
    const { a, b, late: [message] } = renewed('MAC keys', (b) => [say(b, 'late')])
    const readable = (): string[] => [a.session.side, [encrypted(a)]].flat().flatMap(({ keys: { ours, oursPrevious, theirs, theirsPrevious } }) =>
      [ours, oursPrevious].flatMap((own) => [theirs, theirsPrevious].flatMap((other) => other === undefined ? [] : [hexEncode(sessionKeys(own, other).receivingMacKey)])))
    const revealed: string[] = []
    const speak = (): void => {
      const said = say(a, 'x')
      const keys = keysIn(said.oldMacKeys)
      for (const key of keys) expect(readable()).to.not.include(key)
      revealed.push(...keys)
      b.receive(said)
      a.receive(say(b, 'y'))
    }
    speak()
    a.receive(message!)
    expect(told(a)).to.include('late')
    for (let i = 0; i < 4; i++) speak()
    const used = a.session.side.flatMap(({ keys }) => keys.used.flatMap(({ received }) => received === undefined ? [] : [hexEncode(received.macKey)]))
    expect(used).to.have.length(1)
    expect(revealed).to.not.include(used[0])
    a.now += SIDE_SESSION_SECONDS + 1
    a.do(() => runTimers(a.session, a.context))
    for (let i = 0; i < 4; i++) speak()
    expect(revealed.filter((key) => key === used[0])).to.have.length(1)
    expect(new Set(revealed).size).to.equal(revealed.length)
    // Everybody may write with it then, and nobody reads it.
    const forged = { ...message!, counter: Uint8Array.of(0, 0, 0, 0, 0, 0, 9, 9) }
    expectRefused(a, { ...forged, authenticator: hmacSha1(hexDecode(used[0]!), dataMessageV3MacInput(forged)) }, 'unreadable')
  })

  it('T6: the last message of the session that runs reveals them too, and those of one that had to make room go into the next message', () => {
    const { a, b } = encryptedPair('room')
    const used: string[] = []
    for (let renewal = 0; renewal < 5; renewal++) {
      a.receive(say(b, 'x'))
      used.push(...encrypted(a).keys.used.flatMap(({ received }) => received === undefined ? [] : [hexEncode(received.macKey)]))
      a.do(() => startHandshake(a.session, a.context))
      settle(a, b)
    }
    expect(used).to.have.length(5)
    expect(keysIn(say(a, 'x').oldMacKeys)).to.deep.equal(used.slice(0, 2))
    const { outgoing: [last] } = a.do(() => endSession(a.session, a.context))
    expect(keysIn((last as DataMessageV3).oldMacKeys)).to.have.members(used.slice(2))
  })

  it('the end of one is not the end of the session that runs: an attacker who held it back ends nothing', () => {
    const { a, b } = encryptedPair('held back')
    a.receive(say(b, 'heard'))
    const copy: V3Session = structuredClone(b.session)
    const { outgoing: [end] } = endSession(copy, b.context)
    a.do(() => startHandshake(a.session, a.context))
    settle(a, b)
    a.said()
    const [side] = a.session.side
    const { ssid } = describeSession(a.session)
    a.receive(end as DataMessageV3)
    expect(told(a)).to.deep.equal([])
    expect(describeSession(a.session)).to.deep.include({ state: 'encrypted', ssid })
    expect(a.session.side).to.deep.equal([])
    expect([side!.keys.ours, side!.keys.oursPrevious].every(({ privateKey }) => privateKey.every((byte) => byte === 0))).to.equal(true)
    const next = say(a, 'goes on')
    // What verified the old session's messages reads nothing any more.
    expect(keysIn(next.oldMacKeys)).to.have.length(1)
    b.receive(next)
    expect(told(b)).to.include('goes on')
    expectRefused(a, end as DataMessageV3)
  })

  it('SMP in one is not answered, and does nothing to the one that runs in the new session', () => {
    const smp = (b: Party): readonly DataMessageV3[] => {
      b.do(() => startSmp(b.session, { secret: 'secret', question: 'question?' }, b.context))
      const begun = b.take() as DataMessageV3[]
      return [...begun, say(b, 'abort', [{ type: tlvTypeV3.smpAbort, value: new Uint8Array(0) }])]
    }
    const { a, b, late } = renewed('SMP', smp)
    a.do(() => startSmp(a.session, { secret: 'other' }, a.context))
    a.take()
    const running = encrypted(a).smp
    for (const message of late) expect(a.receive(message).outgoing).to.deep.equal([])
    expect(told(a)).to.deep.equal(['abort'])
    expect(encrypted(a).smp).to.equal(running)
    expect(describeSession(a.session).smp).to.equal('expect2')
    b.said()
  })

  if (version === 3) it('an extra symmetric key is the one of the session in which it was named', () => {
    let key: Uint8Array | undefined
    const { a, late } = renewed('extra key', (b) => {
      ({ key } = b.do(() => sendExtraKey(b.session, { use: 7, data: Uint8Array.of(1, 2) }, b.context)))
      return b.take() as DataMessageV3[]
    })
    for (const message of late) a.receive(message)
    expect(a.said()).to.deep.equal([{ type: 'extra-key', key, context: 7, data: Uint8Array.of(1, 2) }])
  })

  it('nothing is ever sent in one: no answer, no heartbeat, and the text that follows goes into the session that runs', () => {
    const { a, b, late, old } = renewed('silent', (b) => [say(b, 'one'), say(b, 'two')])
    a.options = { heartbeatAfter: 60 }
    a.now += 1000
    for (const message of late) expect(a.receive(message).outgoing).to.deep.equal([])
    a.do(() => runTimers(a.session, a.context))
    expect(a.take()).to.deep.equal([])
    const next = say(a, 'new')
    b.receive(next)
    expect(told(b)).to.include('new')
    // Who has the old session alone reads none of it.
    const stale = new Party(bob, 'stale')
    stale.session = old
    expectRefused(stale, next, 'unreadable')
  })

  it('its time is over after a day, whether the clock was asked or not', () => {
    const { a, late: [message] } = renewed('day', (b) => [say(b, 'late')])
    const { now } = a
    a.now = now + SIDE_SESSION_SECONDS
    expectRefused(a, message!, 'unreadable')
    a.now = now + SIDE_SESSION_SECONDS - 1
    a.receive(message!)
    expect(told(a)).to.deep.equal(['late'])
  })

  it('when the clock was set back between two renewals, the timer is that of the one whose time is over first', () => {
    const { a, b } = encryptedPair('set back')
    const { now } = a
    for (const later of [5000, 0]) {
      a.now = now + later
      a.do(() => startHandshake(a.session, a.context))
      settle(a, b)
    }
    expect(a.session.side.map(({ since }) => since - now)).to.deep.equal([5000, 0])
    expect(nextTimer(a.session, {})).to.equal(now + SIDE_SESSION_SECONDS)
    a.now = now + SIDE_SESSION_SECONDS
    a.do(() => runTimers(a.session, a.context))
    expect(a.session.side.map(({ since }) => since - now)).to.deep.equal([5000])
  })

  it('ends with the conversation: after the end nothing is read, and no secret is left', () => {
    const { a, late: [message] } = renewed('end', (b) => [say(b, 'late')])
    const secrets = a.session.side.flatMap(({ keys }) => [keys.ours.privateKey, keys.oursPrevious.privateKey, ...keys.used.flatMap(({ received }) => received?.macKey ?? [])])
    expect(secrets.length).to.equal(3)
    a.do(() => endSession(a.session, a.context))
    expect(a.session.side).to.deep.equal([])
    expect(secrets.every((secret) => secret.every((byte) => byte === 0))).to.equal(true)
    expectRefused(a, message!, 'unreadable')
  })

  it('is still read when the other side has ended the new one; its messages are emitted, and the state stays', () => {
    const { a, b, late: [message] } = renewed('finished', (b) => [say(b, 'late')])
    const { outgoing: [end] } = b.do(() => endSession(b.session, b.context))
    a.receive(end!)
    a.said()
    expect(a.session.state).to.equal('finished')
    a.receive(message!)
    expect(told(a)).to.deep.equal(['late'])
    expect(a.session.state).to.equal('finished')
    const secrets = a.session.side.map(({ keys }) => keys.ours.privateKey)
    a.now += SIDE_SESSION_SECONDS + 1
    a.do(() => runTimers(a.session, a.context))
    expect(a.session).to.include({ state: 'finished' }).and.to.have.property('side').that.deep.equals([])
    expect(secrets.every((secret) => secret.every((byte) => byte === 0))).to.equal(true)
  })

  it('A3: a session with another key is added to the current one, which stays unchanged and can still be read', () => {
    const { a, b } = encryptedPair('other key')
    a.receive(say(b, 'heard'))
    const late = say(b, 'late')
    a.do(() => startHandshake(a.session, a.context))
    settle(a, b)
    const before = encrypted(a)
    const account: V3Account = { dsa: libotrKey('alice'), instanceTag: bob.instanceTag }
    const other = new Party(account, 'other', a.account.instanceTag)
    other.do(() => startHandshake(other.session, other.context))
    settle(a, other)
    const standing = encrypted(a)
    expect(standing).to.deep.equal(before)
    expect(a.beside).to.have.property('state', 'encrypted')
    expect(a.beside?.state === 'encrypted' && a.beside.theirFingerprint).to.deep.equal(dsaFingerprint(account.dsa))
    expect(a.beside?.side).to.deep.equal([])
    a.said()
    a.receive(late)
    a.receive(say(b, 'and on'))
    expect(told(a).filter((what) => what === 'late' || what === 'and on')).to.deep.equal(['late', 'and on'])
  })

  it('a message that was made for the session that runs is not taken for one of an old one, and the reverse', () => {
    const { a, b, late: [message] } = renewed('mixed', (b) => [say(b, 'old')])
    const now = say(b, 'new')
    a.receive(now)
    a.receive(message!)
    expect(told(a).filter((what) => what !== 'revealed-mac-keys')).to.deep.equal(['new', 'old'])
    expectRefused(a, now, 'duplicate')
    expectRefused(a, message!, 'duplicate')
    // Only the session that runs has counters to send with.
    const { keys } = encryptData(encrypted(a).keys, { kind: 'v3-data', senderTag: 0x100, receiverTag: 0x100, flags: 0 }, 'x', [])
    expect(keys.used.filter(({ sent }) => sent > 0)).to.have.length(1)
  })

  it('a session that was replaced decrypts nothing for anybody and encrypts nothing, neither as a session nor as a side session', () => {
    const { a, b } = encryptedPair('stale')
    a.receive(say(b, 'heard'))
    const old = a.session
    a.do(() => startHandshake(a.session, a.context))
    settle(a, b)
    const aside = a.session
    const message = say(b, 'x')
    // A private key of zeros gives a shared secret of 1, which everybody knows.
    expect(() => sessionKeys({ privateKey: new Uint8Array(40), publicKey: message.nextDh }, message.nextDh)).to.throw().with.property('code', 'OTR_STALE_SESSION')
    a.do(() => endSession(a.session, a.context))
    for (const stale of [old, aside]) {
      a.session = stale
      expect(() => sendMessage(a.session, { text: 'x' }, a.context)).to.throw().with.property('code', 'OTR_STALE_SESSION')
      const end = endSession(a.session, a.context)
      expect([end.state.state, end.outgoing.length]).to.deep.equal(['plaintext', 0])
      expect(end.events.at(-1)).to.include({ code: 'internal' })
      expectRefused(a, message, 'unreadable')
    }
  })
})
