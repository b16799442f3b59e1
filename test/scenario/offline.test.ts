import { expect } from 'chai'
import { encryptedPair, refusal, snapshot, type Network, type Party } from '../support/network.js'
import { handOut, strangers, writeOffline } from '../support/offline-parties.js'

const WEEK = 604_800
const DAY = 86_400

/** The client of `old` after a restart of its program: it has only what was exported. */
function restarted(network: Network, old: Party): Party {
  const state = structuredClone(old.core.exportState())
  const place = network.parties.indexOf(old)
  const fresh = network.add(old.address, { versions: '4', tag: old.core.instanceTag, key: place + 1, state })
  network.parties.splice(network.parties.indexOf(fresh), 1)
  network.parties[place] = fresh
  return fresh
}

describe('messages to somebody who is away', () => {
  it('Bob publishes and goes; Alice writes and goes; Bob comes back, reads and answers; both go on', () => {
    const { network, alice, bob } = strangers()
    const ensembles = handOut(bob.core.ensemble(1))
    alice.take(alice.core.conversation('bob').sendOffline(ensembles, 'are you there?'))
    alice.send('bob', 'when you are back: the key is under the mat')
    expect(network.queue).to.have.length(3)
    expect(alice.core.conversation('bob').status.sessions[0]).to.include({ state: 'encrypted', offline: true, initiator: true, ssidBold: 'first' })

    network.run()
    expect(bob.texts).to.deep.equal(['are you there?', 'when you are back: the key is under the mat'])
    expect(bob.core.conversation('alice').status.sessions[0]).to.include({ state: 'encrypted', offline: true, initiator: false, ssidBold: 'second' })
    expect(bob.ssid('alice')).to.equal(alice.ssid('bob'))
    expect(bob.core.prekeysLeft()).to.equal(0)

    for (let round = 0; round < 8; round++) {
      bob.send('alice', `answer ${round}`)
      network.run()
      alice.send('bob', `and ${round}`)
      network.run()
    }
    expect(alice.texts).to.deep.equal(Array.from({ length: 8 }, (_, n) => `answer ${n}`))
    expect(bob.texts.slice(2)).to.deep.equal(Array.from({ length: 8 }, (_, n) => `and ${n}`))
  })

  it('O10: events say that it was offline and that this is less deniable, on both sides; what is written later is not marked', () => {
    const { network, alice, bob } = strangers()
    writeOffline(alice, bob, 'hello')
    network.run()
    bob.send('alice', 'hello too')
    network.run()
    alice.send('bob', 'you are back')
    network.run()
    for (const party of [alice, bob]) {
      const [state] = party.all('state')
      expect(state).to.include({ state: 'encrypted', offline: true, trust: 'seen', key: 'new' })
      const [notice] = party.all('notice').filter(({ code }) => code === 'offline')
      expect(notice?.detail).to.match(/deny less well/)
    }
    expect(alice.all('notice').find(({ code }) => code === 'offline')?.detail).to.match(/^you began/)
    expect(bob.all('notice').find(({ code }) => code === 'offline')?.detail).to.match(/^the other side began/)
    expect(bob.all('message').map(({ text, offline }) => [text, offline])).to.deep.equal([['hello', true], ['you are back', undefined]])
    expect(alice.all('message').map(({ offline }) => offline)).to.deep.equal([undefined])
  })

  it('the session goes on after both programs were started again, out of order', () => {
    const { network, alice: alice1, bob: bob1 } = strangers()
    const ensembles = handOut(bob1.core.ensemble(3))
    const bob = restarted(network, bob1)
    alice1.take(alice1.core.conversation('bob').sendOffline(ensembles.slice(0, 1), 'one'))
    const alice = restarted(network, alice1)
    alice.send('bob', 'two')
    alice.send('bob', 'three')
    const [auth, one, two, three] = network.queue.splice(0)
    for (const packet of [auth!, three!, one!]) bob.receive('alice', packet.line)
    const bob2 = restarted(network, bob)
    bob2.receive('alice', two!.line)
    expect([...bob.texts, ...bob2.texts]).to.deep.equal(['three', 'one', 'two'])
    bob2.send('alice', 'four')
    network.run()
    expect(alice.texts).to.deep.equal(['four'])
    expect(bob2.core.prekeysLeft()).to.equal(2)
  })

  it('O7: the first messages replayed, at once and a day later, give one conversation', () => {
    const { network, alice, bob } = strangers()
    writeOffline(alice, bob, 'once')
    const lines = network.queue.map(({ line }) => line)
    network.run()
    const before = snapshot(bob)
    for (const line of lines) expect(bob.receive('alice', line).map((event) => event.type === 'notice' ? event.code : event.type)).to.deep.equal(['duplicate'])
    expect(snapshot(bob)).to.equal(before)
    bob.send('alice', 'answered')
    network.run()
    network.advance(DAY, 3600)
    for (const line of lines) expect(bob.receive('alice', line).map((event) => event.type === 'notice' ? event.code : event.type)).to.deep.equal(['duplicate'])
    expect(bob.texts).to.deep.equal(['once'])
    expect(bob.core.conversation('alice').status.sessions).to.have.length(1)
    expect(bob.ssid('alice')).to.equal(alice.ssid('bob'))
    alice.send('bob', 'still here')
    network.run()
    expect(bob.texts).to.deep.equal(['once', 'still here'])
  })

  it('a message that is delivered days later, after the Prekey Profile has ended and been renewed, is read; after its day of grace it is not', () => {
    for (const [late, isRead] of [[WEEK + DAY - 60, true], [WEEK + DAY + 60, false]] as const) {
      const { network, alice, bob } = strangers({ alice: { policy: { sessionExpires: 0 } }, bob: { policy: { sessionExpires: 0 } } })
      const ensembles = handOut(bob.core.ensemble(1))
      network.now += WEEK - 3600
      alice.take(alice.core.tick())
      alice.take(alice.core.conversation('bob').sendOffline(ensembles, 'slow'))
      const lines = network.queue.splice(0).map(({ line }) => line)
      network.now += late - WEEK + 3600
      expect(bob.take(bob.core.tick()).map((event) => event.type === 'notice' && event.code)).to.include('publish-prekeys')
      for (const line of lines) bob.receive('alice', line)
      expect(bob.texts).to.deep.equal(isRead ? ['slow'] : [])
    }
  })

  it('what waits in the outbox goes as soon as an offline message of the other side makes a session', () => {
    const { network, alice, bob } = strangers({ bob: { policy: { requireEncryption: true } } })
    bob.take(bob.core.conversation('alice').send('this waits').events)
    network.queue.splice(0)
    writeOffline(alice, bob, 'hello')
    network.run()
    expect(alice.texts).to.deep.equal(['this waits'])
  })

  it('two who are away at the same time write to each other: one session on both sides, nothing is lost', () => {
    for (let seed = 1; seed <= 6; seed++) {
      const { network, alice, bob } = strangers({ seed })
      const [ofAlice, ofBob] = [handOut(alice.core.ensemble(1)), handOut(bob.core.ensemble(1))]
      alice.take(alice.core.conversation('bob').sendOffline(ofBob, 'from alice'))
      bob.take(bob.core.conversation('alice').sendOffline(ofAlice, 'from bob'))
      alice.send('bob', 'more from alice')
      network.run()
      expect(alice.ssid('bob')).to.equal(bob.ssid('alice'))
      alice.send('bob', 'a2')
      bob.send('alice', 'b2')
      network.run()
      alice.send('bob', 'a3')
      network.run()
      expect(bob.texts).to.deep.equal(['from alice', 'more from alice', 'a2', 'a3'])
      expect(alice.texts).to.deep.equal(['from bob', 'b2'])
      expect([...alice.notices, ...bob.notices].filter((code) => code === 'unreadable')).to.deep.equal([])
    }
  })

  it('an interactive session replaces the offline one; what is still under way in the old one is read', () => {
    const { network, alice, bob } = strangers()
    writeOffline(alice, bob, 'one')
    network.run()
    bob.send('alice', 'late answer')
    alice.send('bob', 'late too')
    const late = network.queue.splice(0)
    bob.start('alice')
    network.run()
    expect(alice.core.conversation('bob').status.sessions[0]).to.include({ state: 'encrypted', offline: false })
    expect(alice.ssid('bob')).to.equal(bob.ssid('alice'))
    network.queue.push(...late)
    network.run()
    expect(alice.texts).to.deep.equal(['late answer'])
    expect(bob.texts).to.deep.equal(['one', 'late too'])
    alice.send('bob', 'new')
    network.run()
    expect(bob.texts.at(-1)).to.equal('new')
    // After a day nobody reads it any more.
    network.advance(DAY + 10, 3600)
    for (const party of [alice, bob]) for (const { state } of party.core.exportState().conversations[0]!.sessions) expect(state.session).to.have.property('side').with.length(0)
  })

  it('an offline message that arrives during an interactive session is read in a side session, and the interactive session stays', () => {
    const { network, alice, bob } = strangers()
    writeOffline(alice, bob, 'old news')
    const late = network.queue.splice(0)
    bob.start('alice')
    network.run()
    const ssid = alice.ssid('bob')
    expect(bob.ssid('alice')).to.equal(ssid)
    network.queue.push(...late)
    network.run()
    expect(bob.texts).to.deep.equal(['old news'])
    expect(bob.ssid('alice')).to.equal(ssid)
    expect(bob.core.prekeysLeft()).to.equal(0)
    alice.send('bob', 'to you')
    bob.send('alice', 'and back')
    network.run()
    expect(bob.texts.at(-1)).to.equal('to you')
    expect(alice.texts).to.deep.equal(['and back'])
  })

  it('Bob vanishes in an interactive session, Alice goes on offline: Bob\'s client follows, in any order of Alice\'s messages', () => {
    for (const order of [[0, 1, 2], [1, 2, 0], [1, 0, 2]]) {
      const { network, alice, bob } = encryptedPair({ alice: { versions: '4' }, bob: { versions: '4' } })
      alice.send('bob', 'online')
      network.run()
      bob.send('alice', 'online too')
      network.run()
      bob.send('alice', 'last words')
      const lastWords = network.queue.splice(0)
      writeOffline(alice, bob, 'you are gone')
      const lines = network.queue.splice(0)
      expect(lines).to.have.length(3)
      for (const at of order) network.queue.push(lines[at]!)
      network.queue.push(...lastWords)
      network.run()
      expect(bob.texts).to.deep.equal(['online', 'you are gone'])
      expect(alice.texts).to.deep.equal(['online too', 'last words'])
      expect(bob.ssid('alice')).to.equal(alice.ssid('bob'))
      expect(bob.core.conversation('alice').status.sessions[0]).to.include({ state: 'encrypted', offline: true })
      bob.send('alice', 'back again')
      network.run()
      alice.send('bob', 'good')
      network.run()
      expect(alice.texts.at(-1)).to.equal('back again')
      expect(bob.texts.at(-1)).to.equal('good')
    }
  })

  it('after an ended session, offline messages begin a new one; in an existing offline session they go on', () => {
    const { network, alice, bob } = encryptedPair({ alice: { versions: '4' }, bob: { versions: '4' } })
    bob.end('alice')
    network.run()
    expect(alice.core.conversation('bob').status.sessions[0]?.state).to.equal('finished')
    const ensembles = handOut(bob.core.ensemble(2))
    alice.take(alice.core.conversation('bob').sendOffline(ensembles.slice(0, 1), 'one'))
    alice.take(alice.core.conversation('bob').sendOffline(ensembles.slice(1), 'two'))
    network.run()
    expect(bob.texts).to.deep.equal(['one', 'two'])
    expect(bob.core.prekeysLeft()).to.equal(1)
    expect(alice.all('state').filter(({ offline }) => offline)).to.have.length(1)
  })

  describe('several devices and ensembles', () => {
    it('all, the one heard last, one by its tag', () => {
      const { network, alice } = strangers()
      const phone = network.parties[1]!
      const laptop = network.add('bob', { versions: '4', tag: 0x7777, key: 2 })
      const ensembles = (): ReturnType<typeof handOut> => handOut([...phone.core.ensemble(1), ...laptop.core.ensemble(1)])
      alice.take(alice.core.conversation('bob').sendOffline(ensembles(), 'to both', { to: 'all' }))
      network.run()
      expect([phone.texts, laptop.texts]).to.deep.equal([['to both'], ['to both']])
      network.now += 10
      laptop.send('alice', 'from the laptop')
      network.run()
      alice.take(alice.core.conversation('bob').sendOffline(ensembles(), 'to one'))
      network.run()
      expect([phone.texts.length, laptop.texts.length]).to.deep.equal([1, 2])
      alice.take(alice.core.conversation('bob').sendOffline(ensembles(), 'to the phone', { to: phone.core.instanceTag }))
      network.run()
      expect(phone.texts.at(-1)).to.equal('to the phone')
      expect(refusal(() => alice.core.conversation('bob').sendOffline(ensembles(), 'x', { to: 0x9999 }))).to.equal('OTR_NO_INSTANCE')
    })

    it('the newest of each instance, the same one only once', () => {
      const { network, alice, bob } = strangers()
      const old = handOut(bob.core.ensemble(1))
      network.now += WEEK - DAY + 60
      bob.take(bob.core.tick())
      const newer = handOut(bob.core.ensemble(1))
      alice.take(alice.core.tick())
      alice.take(alice.core.conversation('bob').sendOffline([...old, ...newer, ...newer], 'once', { to: 'all' }))
      network.run()
      expect(bob.texts).to.deep.equal(['once'])
      const left = bob.core.exportState().prekeys!.messages
      expect(left.map(({ message }) => message.identifier)).to.deep.equal([old[0]!.prekeyMessage.identifier])
    })

    it('a verified key is known: no other gets the message; and known ones come before unknown ones', () => {
      const { network, alice, bob } = strangers()
      writeOffline(alice, bob, 'hello')
      network.run()
      // The server gives out a key of its own for a device that does not exist.
      const mallory = network.add('bob', { versions: '4', tag: 0x6666, key: 9 })
      network.parties.pop()
      const both = handOut([...mallory.core.ensemble(1), ...bob.core.ensemble(1)])
      const [sent] = alice.take(alice.core.conversation('bob').sendOffline(both, 'for bob', { to: 'all' })).filter(({ type }) => type === 'send')
      expect(sent).to.not.equal(undefined)
      network.run()
      expect(bob.texts).to.deep.equal(['hello', 'for bob'])
      alice.core.conversation('bob').trust('verified')
      const alone = handOut(mallory.core.ensemble(1))
      const before = snapshot(alice)
      expect(refusal(() => alice.core.conversation('bob').sendOffline(alone, 'for nobody'))).to.equal('OTR_NOT_VERIFIED')
      expect(snapshot(alice)).to.equal(before)
    })

    it('only verified keys where the policy asks for them', () => {
      const { alice, bob } = strangers({ alice: { policy: { requireVerified: true } } })
      expect(refusal(() => alice.core.conversation('bob').sendOffline(handOut(bob.core.ensemble(1)), 'x'))).to.equal('OTR_NOT_VERIFIED')
    })
  })

  describe('policies', () => {
    it('requireInteractive publishes nothing, sends nothing and takes nothing in', () => {
      const { network, alice, bob } = strangers()
      const ensembles = handOut(bob.core.ensemble(2))
      alice.take(alice.core.conversation('bob').sendOffline(ensembles.slice(0, 1), 'hello'))
      bob.core.setPolicy({ requireInteractive: true })
      const before = bob.core.exportState()
      const [auth] = network.queue
      expect(bob.receive('alice', auth!.line).map((event) => event.type === 'notice' && event.code)).to.deep.equal(['policy'])
      expect(bob.core.exportState().prekeys).to.equal(before.prekeys)
      expect(bob.core.conversation('alice').status.sessions).to.deep.equal([])
      expect(refusal(() => bob.core.ensemble(1))).to.equal('OTR_POLICY')
      expect(refusal(() => bob.core.publication(1))).to.equal('OTR_POLICY')
      alice.core.conversation('bob').setPolicy({ requireInteractive: true })
      expect(refusal(() => alice.core.conversation('bob').sendOffline(ensembles.slice(1), 'x'))).to.equal('OTR_POLICY')
    })

    it('an account of version 3 has no prekeys; where version 4 is forbidden nobody is written to offline', () => {
      const { network, alice, bob } = strangers()
      const ensembles = handOut(bob.core.ensemble(1))
      const carol = network.add('carol', { versions: '3' })
      expect(refusal(() => carol.core.ensemble(1))).to.equal('OTR_POLICY')
      expect(refusal(() => carol.core.identityForPrekeys())).to.equal('OTR_POLICY')
      expect(refusal(() => carol.core.conversation('bob').sendOffline(ensembles, 'x'))).to.equal('OTR_POLICY')
      alice.core.setPolicy({ allowV4: false })
      expect(refusal(() => alice.core.conversation('bob').sendOffline(ensembles, 'x'))).to.equal('OTR_POLICY')
    })

    it('a stranger who may get no answer uses up no prekey', () => {
      const { network, alice, bob } = strangers({ bob: { policy: { answerStrangers: false } } })
      writeOffline(alice, bob, 'hello')
      network.run()
      expect(bob.notices).to.include('policy')
      expect(bob.core.prekeysLeft()).to.equal(1)
      expect(network.lines('bob', 'alice')).to.deep.equal([])
    })
  })

  it('a text that overtakes the message that makes its session is lost and reported; the session is established all the same, and the two go on', () => {
    const { network, alice, bob } = strangers()
    writeOffline(alice, bob, 'too early')
    alice.send('bob', 'in time')
    const [auth, early, late] = network.queue.splice(0)
    network.queue.push(early!, auth!, late!)
    network.run()
    expect(bob.texts).to.deep.equal(['in time'])
    expect(bob.notices).to.include('unreadable')
    expect(alice.notices).to.include('peer-could-not-read')
    // Alice's program asks for a new session, as the policy has it, and offers to send the text again.
    expect(alice.all('lost').flatMap(({ messages }) => messages.map(({ text }) => text))).to.include('too early')
    expect(alice.ssid('bob')).to.equal(bob.ssid('alice')).and.not.equal(undefined)
    alice.send('bob', 'once more')
    bob.send('alice', 'yes')
    network.run()
    expect(bob.texts.at(-1)).to.equal('once more')
    expect(alice.texts).to.deep.equal(['yes'])
  })

  it('in fragments too', () => {
    const { network, alice, bob } = strangers({ alice: { policy: { maxMessageLength: 400 } } })
    writeOffline(alice, bob, 'in pieces')
    expect(network.queue.length).to.be.greaterThan(6)
    network.run()
    expect(bob.texts).to.deep.equal(['in pieces'])
  })

  it('the Prekey Profile is renewed a day before its end, with a notice; nothing happens if nothing was published', () => {
    const { network, alice, bob } = strangers()
    bob.core.ensemble(1)
    const [first] = bob.core.exportState().prekeys!.profiles
    expect(first!.profile.expiration).to.equal(network.now + WEEK)
    network.now += WEEK - DAY
    const [told] = bob.core.tick().filter((event) => event.type === 'notice' && event.code === 'publish-prekeys')
    expect(told).to.not.equal(undefined)
    const { profiles } = bob.core.exportState().prekeys!
    expect(profiles).to.have.length(2)
    expect(profiles[1]!.profile.instanceTag).to.equal(bob.core.instanceTag)
    expect(alice.core.tick().filter((event) => event.type === 'notice')).to.deep.equal([])
    expect(alice.core.exportState()).to.not.have.property('prekeys')
    // Wiped after its day of grace, when two looks at the clock agree.
    network.now += 2 * DAY + 1
    bob.core.tick()
    bob.core.tick()
    expect(bob.core.exportState().prekeys!.profiles).to.have.length(1)
    expect(first!.secret.every((byte) => byte === 0)).to.equal(true)
  })
})
