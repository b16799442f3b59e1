import { expect } from 'chai'
import { encryptedPair, Network, refusal, snapshot, type Party, type PartyOptions, type Versions } from '../support/network.js'
import { nameAfterVersion2 } from '../support/attack-ids.js'
import { seededRandom } from '../support/seeded.js'

const queries = (network: Network): number => network.lines('alice', 'bob').filter((line) => line.startsWith('?OTRv')).length
const inClear = (network: Network): string[] => network.lines('alice', 'bob').filter((line) => !line.startsWith('?OTR'))
const told = (party: Party): number => party.notices.filter((code) => code === 'session-probably-lost').length
const gone = (party: Party, tag: number): unknown => party.take(party.core.conversation('bob').gone([tag]))

describe('somebody pretends that a correspondent has lost the session', () => {
  for (const versions of ['3', '34', '2'] as const) {
    const suite = describe(`with versions ${versions}`, () => { tests(versions) })
    if (versions === '2') nameAfterVersion2(suite)
  }

  function tests(versions: Versions): void {
    const pair = (alice: PartyOptions = {}): ReturnType<typeof encryptedPair> => encryptedPair({ alice: { versions, ...alice }, bob: { versions } })

    it(`L1: versions ${versions}: clear lines and presence change no session, key, latch or destination, and nothing goes in clear`, () => {
      const { network, alice, bob } = pair()
      const ssid = alice.ssid('bob')
      const { sending, latched, floor, key, sessions } = alice.core.conversation('bob').status
      for (let i = 0; i < 500; i++) {
        alice.receive('bob', `let us talk in clear ${i}`)
        gone(alice, bob.core.instanceTag)
      }
      const { probablyLost, ...now } = alice.core.conversation('bob').status
      expect(now).to.deep.include({ sending, latched, floor, key, sessions })
      expect(probablyLost).to.deep.include({ sign: 'plaintext' })
      expect([told(alice), queries(network), inClear(network)]).to.deep.equal([1, 1, []])
      alice.send('bob', 'secret')
      network.run()
      expect([bob.texts, alice.ssid('bob')]).to.deep.equal([['secret'], ssid])
    })

    it(`L2: versions ${versions}: where lost sessions are renewed, clear lines gain one query a minute, and each text is offered once at most`, () => {
      const { network, alice, bob } = pair({ policy: { refreshLost: true } })
      const begun = network.now
      for (let second = 0; second < 300; second++) {
        alice.receive('bob', 'hello?')
        gone(alice, bob.core.instanceTag)
        if (second % 50 === 0) alice.send('bob', `text ${second}`)
        network.run()
        // The correspondent is there all the time: each proof takes the warning back.
        if (second % 7 === 0) bob.send('alice', 'I am here')
        network.run()
        network.advance(1)
      }
      expect(queries(network) - 1).to.be.at.most(Math.ceil((network.now - begun) / 60))
      expect(queries(network) - 1).to.be.greaterThan(1)
      const offered = alice.all('lost').flatMap(({ messages }) => messages.map(({ handle }) => handle))
      expect(new Set(offered).size).to.equal(offered.length)
      expect(bob.texts.filter((text) => text.startsWith('text'))).to.deep.equal([0, 50, 100, 150, 200, 250].map((at) => `text ${at}`))
      expect(inClear(network)).to.deep.equal([])
      expect(bob.ssid('alice')).to.equal(alice.ssid('bob'))
    })

    it(`L2: versions ${versions}: with error messages together it is still one query a minute`, () => {
      const { network, alice } = pair({ policy: { refreshLost: true } })
      network.parties.splice(1, 1)
      for (let second = 0; second < 60; second++) {
        alice.receive('bob', second % 2 === 0 ? 'hello?' : '?OTR Error: what?')
        network.now += 1
      }
      expect(queries(network) - 1).to.equal(1)
    })

    it(`L3: versions ${versions}: whoever swallows the answers gains a warning, and one query where the policy says so; what was sent is read later all the same`, () => {
      const { network, alice, bob } = pair({ policy: { refreshLost: true } })
      network.advance(121)
      network.fate = ({ from, to, line }) => from === 'bob' ? [] : [{ from, to, line }]
      for (let i = 0; i < 20; i++) {
        alice.send('bob', `text ${i}`)
        network.advance(30)
      }
      expect([told(alice), queries(network)]).to.deep.equal([1, 2])
      expect(bob.texts).to.have.length(20)
      expect(alice.core.conversation('bob').status.sending).to.equal('encrypted')
    })

    it(`L3: versions ${versions}: whoever swallows one heartbeat, so that the program seems to send none, does not switch off the warning for good`, () => {
      const { network, alice, bob } = pair()
      const swallow = (on: boolean): void => { network.fate = ({ from, to, line }) => on && from === 'bob' ? [] : [{ from, to, line }] }
      const quietly = (text: string): void => {
        network.advance(121)
        alice.send('bob', text)
        network.advance(30)
      }
      swallow(true)
      quietly('one')
      swallow(false)
      bob.send('alice', 'I type only now')
      network.run()
      // Taken for a program without heartbeats, until one comes.
      swallow(true)
      quietly('two')
      expect(told(alice)).to.equal(1)
      swallow(false)
      quietly('three')
      swallow(true)
      quietly('four')
      expect(told(alice)).to.equal(2)
    })

    it(`L4: versions ${versions}: a key exchange with another key takes nothing over: texts for the lost session go to its key only`, () => {
      const { network, alice, bob } = pair()
      alice.take(alice.core.conversation('bob').trust('verified'))
      network.parties.splice(1, 1)
      network.advance(121)
      alice.send('bob', 'for bob')
      network.advance(30)
      const mallory = network.add('bob', { versions, key: 9, tag: bob.core.instanceTag, random: seededRandom('mallory') })
      mallory.start('alice')
      network.run()
      network.advance(120)
      for (const { handle } of alice.core.conversation('bob').lost) alice.take(alice.core.conversation('bob').resend(handle))
      alice.send('bob', 'and this')
      network.run()
      expect(mallory.texts).to.deep.equal([])
      network.parties.splice(1, 1)
      const again = network.add('bob', { versions, key: 2, tag: bob.core.instanceTag, random: seededRandom('again') })
      again.start('alice')
      network.run()
      for (const { handle } of alice.core.conversation('bob').lost) alice.take(alice.core.conversation('bob').resend(handle))
      network.run()
      expect(new Set(again.texts)).to.deep.equal(new Set(['for bob', 'and this']))
      expect(mallory.texts).to.deep.equal([])
    })
  }

  it('L5: of strangers, and of sessions that are not there, nothing of this is remembered', () => {
    const network = new Network()
    const alice = network.add('alice', { policy: { refreshLost: true } })
    const before = snapshot(alice)
    for (const instances of [[], [0], [-1], [0x100, 0xffffffff], [NaN]]) alice.take(alice.core.conversation('bob').gone(instances))
    expect(snapshot(alice)).to.equal(before)
    expect([alice.events, alice.core.nextTimer()]).to.deep.equal([[], undefined])
    for (const wrong of [undefined, null, 'x', 5, ['x'], [{}]]) {
      expect(refusal(() => alice.core.conversation('bob').gone(wrong as unknown as number[])), typeof wrong).to.equal('OTR_ARGUMENT')
    }
  })
})

describe('a stranger pretends to write to an earlier installation of ours', () => {
  it('L6: gains a notice in ten minutes, one change of the state for it, not one byte, and no latch', () => {
    const network = new Network()
    const alice = network.add('alice')
    const mallory = network.add('mallory', { tag: 0xbad })
    const other = network.add('alice', { tag: 0x7777, key: 1, random: seededRandom('other') })
    mallory.start('alice')
    network.parties.splice(0, 1)
    network.run()
    expect(mallory.isEncrypted('alice')).to.equal(true)
    alice.core.resume()
    alice.core.takeChanges()
    let changes = 0
    for (let second = 0; second < 500; second++) {
      mallory.send('alice', `text ${second}`)
      for (const { line } of network.queue.splice(0)) alice.receive('mallory', line)
      changes += alice.core.takeChanges().conversations.length
      network.now += 1
    }
    expect(other.texts).to.deep.equal([])
    expect(alice.notices.filter((code) => code === 'earlier-installation')).to.have.length(1)
    expect(changes).to.equal(1)
    expect(alice.all('send')).to.deep.equal([])
    expect(alice.core.conversation('mallory').status).to.include({ latched: false, sending: 'plaintext', pending: false })
    expect(alice.core.nextTimer()).to.equal(undefined)
    // Of one who gets no answer, nothing at all is kept.
    const strict = network.add('alice', { key: 1, tag: 0x9999, policy: { answerStrangers: false } })
    const before = snapshot(strict)
    strict.receive('mallory', network.lines('mallory', 'alice').at(-1) ?? '')
    expect([strict.notices, snapshot(strict), strict.core.peers()]).to.deep.equal([['other-instance'], before, []])
  })

  it('L7: what the person then tells goes to the stranger alone, and to no session with a correspondent', () => {
    const { network, alice, bob } = encryptedPair()
    const ssid = alice.ssid('bob')
    const mallory = network.add('mallory', { tag: 0xbad })
    const [line = ''] = network.lines('alice', 'bob').filter((one) => one.startsWith('?OTR:'))
    // A line of bob's for another tag of alice's, from an address of mallory's.
    mallory.start('alice')
    network.run()
    mallory.end('alice')
    network.run()
    expect(line).not.to.equal('')
    expect(refusal(() => alice.core.conversation('mallory').tellUnreadable())).to.equal('OTR_NOT_UNREADABLE')
    expect(refusal(() => alice.core.conversation('bob').tellUnreadable())).to.equal('OTR_NOT_UNREADABLE')
    alice.receive('mallory', forTag(network, mallory, 0x7777))
    alice.take(alice.core.conversation('mallory').tellUnreadable())
    network.run()
    network.advance(10)
    expect(network.lines('alice', 'bob').filter((one) => one.startsWith('?OTR Error'))).to.deep.equal([])
    expect(network.lines('alice', 'mallory').filter((one) => one.startsWith('?OTR Error'))).to.have.length(1)
    expect([alice.ssid('bob'), bob.ssid('alice')]).to.deep.equal([ssid, ssid])
  })
})

/** A data message of a party for a tag that nobody has. */
function forTag(network: Network, party: Party, tag: number): string {
  const victim = network.add('alice', { tag, key: 1, random: seededRandom('victim') })
  const others = network.parties.splice(0, network.parties.length, victim, party)
  victim.start(party.address)
  network.run()
  party.take(party.core.conversation('alice').send('unread', { to: tag }).events)
  const [packet] = network.queue.splice(0)
  network.parties.splice(0, network.parties.length, ...others.filter((one) => one !== victim))
  if (packet === undefined) throw new Error('no line')
  return packet.line
}
