import { expect } from 'chai'
import { endSession, sendExtraKey, createSession, sendMessage, runTimers, describeSession } from '../../src/v3/index.js'
import { hmacSha1 } from '../../src/crypto/hash.js'
import { aes128Ctr } from '../../src/crypto/aes.js'
import { sessionKeys } from '../../src/v3/session-keys.js'
import { dataMessageV3MacInput, type DataMessageV3, type Tlv } from '../../src/wire/index.js'
import { alice, bob, encryptedPair, overTheWire, Party, settle } from './v3-parties.js'

const say = (party: Party, text: string, tlvs: Tlv[] = []): void => {
  party.do(() => sendMessage(party.session, { text, tlvs }, party.context))
}
const texts = (party: Party): string[] => party.said().flatMap((event) => event.type === 'message' ? [event.text] : [])

describe('v3 data messages', () => {
  it('are read in both directions, in turns and in rows, with keys rotating', () => {
    const { a, b } = encryptedPair()
    for (let i = 0; i < 30; i++) {
      const [from, to] = i % 3 === 0 ? [a, b] : [b, a]
      const row = Array.from({ length: 1 + (i % 4) }, (_, j) => `message ${i}.${j} é中 😀`)
      for (const text of row) say(from, text)
      settle(a, b)
      expect(texts(to)).to.deep.equal(row)
    }
    expect(describeSession(a.session).ourKeyId).to.be.greaterThan(10)
  })

  it('count from 1 under each pair of keys, and hold the next key of the sender', () => {
    const { a, b } = encryptedPair()
    say(a, 'one')
    say(a, 'two')
    const [one, two] = a.take() as [DataMessageV3, DataMessageV3]
    expect([one.senderKeyId, one.recipientKeyId, one.counter[7], two.counter[7]]).to.deep.equal([1, 1, 1, 2])
    expect(two.nextDh).to.deep.equal(one.nextDh)
    b.receive(one)
    say(b, 'three')
    const [three] = b.take() as [DataMessageV3]
    expect([three.senderKeyId, three.recipientKeyId, three.counter[7]]).to.deep.equal([1, 2, 1])
    a.receive(three)
    say(a, 'four')
    expect(a.take()[0]).to.deep.include({ senderKeyId: 2, recipientKeyId: 2, counter: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1) })
  })

  it('with an empty text are heartbeats: not shown, IGNORE_UNREADABLE set', () => {
    const { a, b } = encryptedPair()
    say(a, '')
    const [heartbeat] = a.take() as [DataMessageV3]
    expect(heartbeat.flags).to.equal(1)
    b.receive(heartbeat)
    expect(b.said()).to.deep.equal([])
    expect(describeSession(b.session).theirKeyId).to.equal(2)
    say(a, 'text')
    expect((a.take()[0] as DataMessageV3).flags).to.equal(0)
  })

  it('are answered with a heartbeat when we have been silent for long', () => {
    const { a, b } = encryptedPair()
    b.options = { heartbeatAfter: 60 }
    b.now += 59
    say(a, 'early')
    settle(a, b)
    expect(texts(b)).to.deep.equal(['early'])
    const quiet = b.session
    b.now += 1
    say(a, 'late')
    b.receive(a.take()[0]!)
    const [heartbeat] = b.take() as [DataMessageV3]
    expect(heartbeat).to.include({ kind: 'v3-data', flags: 1 })
    expect(a.receive(heartbeat).outgoing).to.deep.equal([])
    expect(quiet).to.not.equal(b.session)
    // It counts as a message of ours.
    say(a, 'again')
    b.receive(a.take()[0]!)
    expect(b.take()).to.deep.equal([])
  })

  it('are answered with a heartbeat by the clock alone, once', () => {
    const { a, b } = encryptedPair()
    const options = { heartbeatAfter: 60 }
    const tick = (): number => b.do(() => runTimers(b.session, { ...b.context, ...options })).outgoing.length
    b.now += 1000
    expect(tick()).to.equal(0)
    b.options = {}
    say(a, 'hello')
    b.receive(a.take()[0]!)
    expect(b.do(() => runTimers(b.session, b.context)).outgoing).to.deep.equal([])
    expect(tick()).to.equal(1)
    expect(tick()).to.equal(0)
    expect(a.receive(b.take()[0]!).events).to.deep.equal([])
    expect(runTimers(createSession({ theirTag: 1 }), { ...b.env, account: bob, ...options }).outgoing).to.deep.equal([])
  })

  it('contain TLVs: padding is dropped, unknown types are emitted', () => {
    const { a, b } = encryptedPair()
    say(a, 'hi', [{ type: 0, value: new Uint8Array(100) }, { type: 0x7a7a, value: Uint8Array.of(1, 2, 3) }])
    settle(a, b)
    expect(b.said()).to.deep.equal([
      { type: 'message', text: 'hi' }, { type: 'tlv', tlvType: 0x7a7a, value: Uint8Array.of(1, 2, 3) },
    ])
  })

  it('that are not well formed inside give what could be read, and a notice', () => {
    const { a, b } = encryptedPair()
    if (a.session.state !== 'encrypted') throw new Error('no session')
    say(a, 'x')
    const [message] = a.take() as [DataMessageV3]
    const keys = sessionKeys(a.session.keys.oursPrevious, a.session.keys.theirs)
    const counter = new Uint8Array(16)
    counter.set(message.counter)
    const plaintext = Uint8Array.of(0x61, 0xff, 0, 0, 1, 0, 9)
    const forged = { ...message, encryptedMessage: aes128Ctr(keys.sendingKey, counter, plaintext) }
    const { events } = b.receive({ ...forged, authenticator: hmacSha1(keys.sendingMacKey, dataMessageV3MacInput(forged)) })
    expect(events).to.deep.equal([
      { type: 'message', text: 'a�' },
      { type: 'notice', code: 'malformed-content', detail: 'text or TLVs that are not well formed' },
    ])
  })

  it('refuse text with a NUL and TLVs that are too long, and change nothing', () => {
    const { a } = encryptedPair()
    const { session } = a
    expect(() => { say(a, 'a\0b') }).to.throw().with.property('code', 'OTR_INVALID_TEXT')
    expect(() => { say(a, '', [{ type: 0, value: new Uint8Array(65_536) }]) }).to.throw().with.property('code', 'OTR_TLV_TOO_LONG')
    expect(a.session).to.equal(session)
  })

  it('are refused by our own session when it is not encrypted', () => {
    for (const state of ['plaintext', 'finished'] as const) {
      const session = { ...createSession({ theirTag: bob.instanceTag }), state }
      const env = { random: () => new Uint8Array(0), now: 0 }
      expect(() => sendMessage(session, { text: 'never in clear' }, { ...env, account: alice })).to.throw().with.property('code', 'OTR_NOT_ENCRYPTED')
      expect(() => sendExtraKey(session, { use: 1, data: new Uint8Array(0) }, { ...env, account: alice })).to.throw().with.property('code', 'OTR_NOT_ENCRYPTED')
    }
  })

  it('tell of the extra symmetric key: equal on both sides, another under other keys', () => {
    const { a, b } = encryptedPair()
    const first = a.do(() => sendExtraKey(a.session, { use: 0xfffffff0, data: Uint8Array.of(9, 8) }, a.context))
    settle(a, b)
    expect(b.said()).to.deep.equal([{ type: 'extra-key', key: first.key, context: 0xfffffff0, data: Uint8Array.of(9, 8) }])
    expect(first.key.length).to.equal(32)
    const second = b.do(() => sendExtraKey(b.session, { use: 7, data: new Uint8Array(0) }, b.context))
    settle(a, b)
    expect(a.said()).to.deep.include({ type: 'extra-key', key: second.key, context: 7, data: new Uint8Array(0) })
    expect(second.key).to.not.deep.equal(first.key)
    say(a, '', [{ type: 8, value: Uint8Array.of(1, 2) }])
    settle(a, b)
    expect(b.said().find(({ type }) => type === 'extra-key')).to.deep.include({ context: 0, data: Uint8Array.of(1, 2) })
  })

  it('end the session with TLV 1: plaintext here, finished there, nothing secret left on either side', () => {
    const { a, b } = encryptedPair()
    say(a, 'one')
    settle(a, b)
    if (a.session.state !== 'encrypted' || b.session.state !== 'encrypted') throw new Error('no session')
    const secrets = [a.session.keys, b.session.keys].flatMap((keys) => [keys.ours.privateKey, keys.oursPrevious.privateKey])
    a.do(() => endSession(a.session, a.context))
    const [last] = a.take() as [DataMessageV3]
    expect(last.flags).to.equal(1)
    b.said()
    b.receive(last)
    expect(a.said()).to.deep.equal([{ type: 'state', state: 'plaintext' }])
    expect(b.said().at(-1)).to.deep.equal({ type: 'state', state: 'finished' })
    expect(a.session).to.deep.equal({ state: 'plaintext', theirTag: bob.instanceTag, ake: { kind: 'none' }, side: [] })
    expect(b.session).to.deep.equal({ state: 'finished', theirTag: alice.instanceTag, ake: { kind: 'none' }, side: [] })
    for (const secret of secrets) expect(secret.every((byte) => byte === 0)).to.equal(true)
    b.do(() => endSession(b.session, b.context))
    expect(b.session.state).to.equal('plaintext')
    expect(b.take()).to.deep.equal([])
  })

  it('ignore what follows TLV 1', () => {
    const { a, b } = encryptedPair()
    say(a, 'bye', [{ type: 1, value: new Uint8Array(0) }, { type: 0x100, value: new Uint8Array(0) }])
    settle(a, b)
    expect(b.said()).to.deep.equal([{ type: 'message', text: 'bye' }, { type: 'state', state: 'finished' }])
  })

  it('that cannot be read give a notice, or nothing when they say IGNORE_UNREADABLE', () => {
    const { a, b } = encryptedPair()
    say(a, 'text')
    say(a, '')
    const [text, heartbeat] = a.take() as [DataMessageV3, DataMessageV3]
    const stranger = new Party(bob, 'stranger', alice.instanceTag)
    for (const party of [stranger, b]) {
      const broken = (message: DataMessageV3): DataMessageV3 => ({ ...message, authenticator: new Uint8Array(20) })
      const { session } = party
      expect(party.receive(broken(text)).events.map((event) => event.type === 'notice' ? event.code : event.type)).to.deep.equal(['unreadable'])
      expect(party.receive(broken(heartbeat)).events).to.deep.equal([])
      expect(party.session).to.equal(session)
    }
    expect(b.receive(overTheWire(text)).events).to.deep.equal([{ type: 'message', text: 'text' }])
  })
})
