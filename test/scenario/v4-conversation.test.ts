import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'chai'
import { OtrError } from '../../src/errors.js'
import {
  abandonHandshake, adoptHandshake, endSession, expireSession, sendExtraKey, createSession, nextTimer, receiveMessage, sendMessage, startSmp, startHandshake, runTimers, describeSession,
} from '../../src/v4/index.js'
import { IGNORE_UNREADABLE, type DataMessageV4 } from '../../src/wire/index.js'
import { encryptedPair, notices, settle, strangers, talk, texts, V4Party, type PartyOptions } from '../support/v4-parties.js'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('a conversation of version 4', () => {
  it('when the clock was set back between two renewals, the timer is that of the session put aside whose time is over first', () => {
    const { alice, bob } = encryptedPair('set back')
    const { now } = alice
    for (const later of [600, 0]) {
      alice.now = bob.now = now + later
      bob.start()
      settle(alice, bob)
    }
    expect(alice.session.side.map(({ since }) => since - now)).to.deep.equal([600, 0])
    expect(nextTimer(alice.session, alice.options)).to.equal(now + 86_400)
  })

  it('that was renewed is read for a day, whether a timer ran or not', () => {
    for (const [later, read] of [[86_399, true], [86_400, false]] as const) {
      const { alice, bob } = encryptedPair('a day')
      bob.send('late')
      const late = bob.take()
      bob.start()
      settle(alice, bob)
      alice.now += later
      for (const message of late) alice.receive(message)
      expect(texts(alice.events).includes('late'), String(later)).to.equal(read)
    }
  })

  it('states: plaintext, handshake, encrypted, finished; each said once', () => {
    const { alice, bob } = strangers('states')
    expect(describeSession(alice.session)).to.include({ state: 'plaintext', messageState: 'plaintext', dake: 'none', theirTag: 0 })
    bob.start()
    expect(bob.said()).to.deep.equal([{ type: 'state', state: 'handshake' }])
    expect(describeSession(bob.session)).to.include({ state: 'handshake', messageState: 'plaintext', dake: 'awaiting-auth-r' })
    bob.start()
    expect(bob.said()).to.deep.equal([])
    for (const message of bob.take()) alice.receive(message)
    expect(alice.said()).to.deep.equal([{ type: 'state', state: 'handshake' }])
    expect(describeSession(alice.session)).to.include({ state: 'handshake', dake: 'awaiting-auth-i', theirTag: bob.account.instanceTag })
    // The second was the same: one answer would do.
    bob.receive(alice.take()[1]!)
    expect(bob.said()).to.deep.equal([{ type: 'state', state: 'encrypted' }])
    settle(alice, bob)
    expect(alice.said()).to.deep.equal([{ type: 'state', state: 'encrypted' }])
    alice.do(() => endSession(alice.session, alice.context))
    expect(alice.said()).to.deep.equal([{ type: 'state', state: 'plaintext' }])
    settle(alice, bob)
    expect(bob.said().at(-1)).to.deep.equal({ type: 'state', state: 'finished' })
    bob.do(() => endSession(bob.session, bob.context))
    expect(bob.said()).to.deep.equal([{ type: 'state', state: 'plaintext' }])
    expect(bob.take()).to.have.length(0)
    const before = bob.session
    bob.do(() => endSession(bob.session, bob.context))
    expect(bob.session).to.equal(before)
    expect(bob.said()).to.deep.equal([])
  })

  it('status: session id, whose half is bold, fingerprints, ratchet counters', () => {
    const { alice, bob } = encryptedPair('status')
    const [hers, his] = [describeSession(alice.session), describeSession(bob.session)]
    expect(hers.ssid).to.have.length(8).and.to.deep.equal(his.ssid)
    // Whoever transmitted the Auth-R message reads the first half.
    expect([hers.ssidBold, his.ssidBold, hers.initiator, his.initiator]).to.deep.equal(['first', 'second', false, true])
    expect(hex(hers.them!.fingerprint)).to.equal(hex(bob.encrypted.ourFingerprint)).and.to.have.length(112)
    expect(hers.ratchet).to.deep.equal({ i: 0, j: 0, k: 0, pn: 0, stored: 0 })
    alice.send('1')
    alice.send('2')
    const [, second] = alice.take()
    bob.receive(second!)
    expect(describeSession(alice.session).ratchet).to.deep.equal({ i: 0, j: 2, k: 0, pn: 0, stored: 0 })
    expect(describeSession(bob.session).ratchet).to.deep.equal({ i: 0, j: 0, k: 2, pn: 0, stored: 1 })
    talk(bob, alice, 2)
    expect(describeSession(bob.session).ratchet).to.include({ i: 4, pn: 1 })
    expect(JSON.stringify(describeSession(bob.session))).to.not.contain(hex(bob.encrypted.ratchet.rootKey))
  })

  it('a renewal: both use the old session until the new one is established, and "encrypted" is emitted again', () => {
    const { alice, bob } = encryptedPair('refresh')
    const { ssid } = alice.encrypted
    bob.start()
    expect(bob.said()).to.deep.equal([])
    const identity = bob.takeOne('v4-identity')
    talk(alice, bob)
    alice.receive(identity)
    expect(alice.said().some(({ type }) => type === 'state')).to.equal(false)
    expect(describeSession(alice.session)).to.include({ state: 'encrypted', dake: 'awaiting-auth-i' })
    settle(alice, bob)
    for (const party of [alice, bob]) expect(party.said().filter(({ type }) => type === 'state')).to.deep.equal([{ type: 'state', state: 'encrypted' }])
    expect(alice.encrypted.ssid).to.deep.equal(bob.encrypted.ssid).and.not.deep.equal(ssid)
    talk(alice, bob, 2)
  })

  it('data messages that overtake the Auth-I are read as soon as it is there, in order of arrival', () => {
    const { alice, bob } = strangers('early')
    bob.start()
    alice.receive(bob.takeOne('v4-identity'))
    bob.receive(alice.takeOne('v4-auth-r'))
    for (const text of ['one', 'two', 'three']) bob.send(text)
    const [authI, one, two, three] = bob.take()
    for (const early of [three!, one!]) expect(alice.receive(early).events).to.deep.equal([])
    expect(texts(alice.receive(authI!).events)).to.deep.equal(['three', 'one'])
    expect(texts(alice.receive(two!).events)).to.deep.equal(['two'])
    talk(alice, bob, 2)
  })

  it('data messages of the new session that overtake its Auth-I, while the old one runs', () => {
    const { alice, bob } = encryptedPair('early refresh')
    talk(alice, bob, 2)
    bob.start()
    alice.receive(bob.takeOne('v4-identity'))
    bob.receive(alice.takeOne('v4-auth-r'))
    bob.send('new')
    const [authI, early] = bob.take()
    alice.said()
    alice.send('old')
    expect(alice.receive(early!).events).to.deep.equal([])
    const { events } = alice.receive(authI!)
    expect(events[0]).to.deep.equal({ type: 'state', state: 'encrypted' })
    expect(texts(events)).to.deep.equal(['new'])
    expect(texts(bob.receive(alice.take()[0]!).events), 'what was written in the old session is read there').to.deep.equal(['old'])
    talk(alice, bob, 2)
  })

  describe('at first contact', () => {
    it('several instances answer one Identity message, and each has a session of its own', () => {
      const options: PartyOptions[] = [{ account: { tag: 0x1001 } }, { account: { tag: 0x1002 } }]
      const phones = options.map((one, n) => new V4Party('alice', 'bob', { ...one, seed: String(n) }))
      const opening = new V4Party('bob', 'alice')
      opening.start()
      const identity = opening.takeOne('v4-identity')
      expect(identity.receiverTag).to.equal(0)
      const ends = phones.map((phone) => {
        const end = new V4Party('bob', 'alice', { seed: `end ${phone.account.instanceTag}` })
        end.session = adoptHandshake(opening.session, undefined, phone.account.instanceTag)
        phone.receive(identity)
        end.receive(phone.takeOne('v4-auth-r'))
        phone.receive(end.takeOne('v4-auth-i'))
        return end
      })
      expect(new Set([...ends, ...phones].map(({ encrypted }) => hex(encrypted.ssid))).size).to.equal(2)
      ends.forEach((end, n) => { talk(end, phones[n]!, 2) })
      // The opening itself has not changed, so that another instance can answer it.
      expect(opening.session.dake).to.deep.include({ kind: 'awaiting-auth-r' })
      const third = new V4Party('alice', 'bob', { account: { tag: 0x1003 } })
      third.receive(identity)
      opening.receive(third.takeOne('v4-auth-r'))
      settle(opening, third)
      talk(opening, third)
    })

    it('adopting without an opening under way is the session that was there', () => {
      const { alice } = encryptedPair('adopt')
      expect(adoptHandshake(createSession({ theirTag: 0 }), alice.session, 1000)).to.equal(alice.session)
      expect(adoptHandshake(createSession({ theirTag: 0, learned: { ring: 'data' } }), undefined, 1000))
        .to.deep.equal(createSession({ theirTag: 1000, learned: { ring: 'data' } }))
    })
  })

  describe('heartbeats', () => {
    it('answer a message after a silence, never a heartbeat, and by the clock what came since', () => {
      const { alice, bob } = encryptedPair('heartbeat', { bob: { heartbeatAfter: 60 }, alice: { heartbeatAfter: 60 } })
      alice.now += 100
      bob.now += 100
      expect(nextTimer(bob.session, bob.options)).to.equal(undefined)
      alice.send('hello')
      bob.receive(alice.takeOne('v4-data'))
      const beat = bob.takeOne('v4-data')
      expect(beat.flags).to.equal(IGNORE_UNREADABLE)
      alice.now += 100
      expect(alice.receive(beat).events.filter(({ type }) => type === 'message')).to.deep.equal([])
      expect(nextTimer(alice.session, alice.options)).to.equal(undefined)
      alice.do(() => runTimers(alice.session, alice.context))
      expect(alice.take()).to.have.length(0)
      // Within the time, nothing; and when it is over, one by the clock.
      alice.send('again')
      bob.receive(alice.takeOne('v4-data'))
      expect(bob.take()).to.have.length(0)
      expect(nextTimer(bob.session, bob.options)).to.equal(bob.now + 60)
      bob.now += 59
      bob.do(() => runTimers(bob.session, bob.context))
      expect(bob.take()).to.have.length(0)
      bob.now += 1
      bob.do(() => runTimers(bob.session, bob.context))
      alice.receive(bob.takeOne('v4-data'))
      expect(nextTimer(bob.session, bob.options)).to.equal(undefined)
      const before = bob.session
      bob.do(() => runTimers(bob.session, bob.context))
      expect(bob.session).to.equal(before)
      talk(alice, bob)
    })
  })

  describe('what the application asks for', () => {
    it('extra symmetric keys: the same on both sides, another for each use and each message', () => {
      const { alice, bob } = encryptedPair('extra')
      const keys = [1, 2, 0xffff_ffff].map((context) => {
        const { key } = alice.do(() => sendExtraKey(alice.session, { use: context, data: Uint8Array.of(5, 6) }, alice.context))
        const { events } = bob.receive(alice.takeOne('v4-data'))
        expect(events).to.deep.equal([{ type: 'extra-key', key, context, data: Uint8Array.of(5, 6) }])
        return hex(key)
      })
      expect(new Set(keys).size).to.equal(3)
      expect(keys[0]).to.have.length(128)
    })

    it('nothing encrypted without a session, and nothing that cannot be encoded; nothing changes then', () => {
      const { alice } = encryptedPair('refusals')
      const before = alice.session
      const plaintext = createSession({ theirTag: 0 })
      const { context } = alice
      const cases: [code: string, attempt: () => unknown][] = [
        ['OTR_NOT_ENCRYPTED', () => sendMessage(plaintext, { text: 'x' }, context)],
        ['OTR_NOT_ENCRYPTED', () => sendExtraKey(plaintext, { use: 1, data: new Uint8Array(0) }, context)],
        ['OTR_NOT_ENCRYPTED', () => expireSession(plaintext, context)],
        ['OTR_INVALID_TEXT', () => sendMessage(before, { text: 'a\0b' }, context)],
        ['OTR_TLV_TOO_LONG', () => sendMessage(before, { text: 'x', tlvs: [{ type: 99, value: new Uint8Array(65_536) }] }, context)],
        ['OTR_TLV_TOO_LONG', () => sendExtraKey(before, { use: 1, data: new Uint8Array(65_532) }, context)],
      ]
      for (const [code, attempt] of cases) expect(attempt, code).to.throw(OtrError).with.property('code', code)
      expect(alice.session).to.equal(before)
      expect(alice.send('still good').kind).to.equal('v4-data')
    })

    it('a DAKE that has stalled is given up; the message state stays', () => {
      const { alice, bob } = strangers('abandon')
      bob.start()
      bob.do(() => abandonHandshake(bob.session))
      expect(bob.said().at(-1)).to.deep.equal({ type: 'state', state: 'plaintext' })
      bob.take()
      const before = bob.session
      expect(abandonHandshake(before).state).to.equal(before)
      bob.start()
      settle(alice, bob)
      bob.said()
      alice.start()
      alice.do(() => abandonHandshake(alice.session))
      expect(alice.encrypted.dake.kind).to.equal('none')
      alice.take()
      talk(alice, bob)
    })

    it('flags: IGNORE_UNREADABLE is set if there is no text, or as the application says', () => {
      const { alice } = encryptedPair('flags')
      const flags = (text: string, ignoreUnreadable?: boolean): number => {
        const { outgoing: [message], state } = sendMessage(alice.session, { text, ...(ignoreUnreadable !== undefined && { ignoreUnreadable }) }, alice.context)
        alice.session = state
        return (message as DataMessageV4).flags
      }
      expect([flags('x'), flags(''), flags('x', true), flags('', false)]).to.deep.equal([0, 1, 1, 0])
    })
  })

  it('sessions are plain data in every state: numbers, strings, booleans, byte strings, arrays and objects', () => {
    const { alice, bob } = strangers('plain')
    const check = (value: unknown): boolean =>
      ['number', 'string', 'boolean', 'undefined'].includes(typeof value) || value instanceof Uint8Array ||
      (Array.isArray(value) ? value.every(check) : typeof value === 'object' && value !== null &&
        Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(check))
    const both = (): void => { for (const { session } of [alice, bob]) expect(check(session)).to.equal(true) }
    both()
    bob.start()
    both()
    alice.receive(bob.takeOne('v4-identity'))
    both()
    alice.start()
    both()
    settle(alice, bob)
    both()
    alice.do(() => startSmp(alice.session, { secret: 's', question: 'q' }, alice.context))
    settle(alice, bob)
    both()
    talk(alice, bob)
    both()
  })

  it('a client with the session of a moment ago from its storage goes on as if nothing had happened', () => {
    const { alice, bob } = encryptedPair('stored')
    for (let i = 0; i < 6; i++) {
      alice.session = structuredClone(alice.session)
      talk(alice, bob)
      bob.session = structuredClone(bob.session)
    }
    const { outgoing: [identity], state } = startHandshake(alice.session, alice.context)
    alice.session = structuredClone(state)
    bob.receive(identity!)
    bob.session = structuredClone(bob.session)
    settle(alice, bob)
    talk(alice, bob)
  })

  it('R4: the session machine verifies ring signatures with the one verifier, in three places', () => {
    const folder = new URL('../../src/v4/', import.meta.url)
    const uses = readdirSync(folder).flatMap((name) => {
      const text = readFileSync(new URL(name, folder), 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*/g, '')
      return [...text.matchAll(/\bringVerify\(/g)].map(() => name)
    })
    expect(uses).to.deep.equal(['dake.ts', 'dake.ts', 'non-interactive.ts'])
  })

  it('a message that somebody else received is not for us', () => {
    const { alice, bob } = encryptedPair('others')
    const { state, events } = receiveMessage(alice.session, { ...(bob.send('x') as DataMessageV4), receiverTag: 0 }, alice.context)
    expect(state).to.equal(alice.session)
    expect(notices(events)).to.deep.equal(['other-instance'])
  })
})
