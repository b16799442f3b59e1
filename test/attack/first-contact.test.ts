import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import type { ClientNoticeEvent } from '../../src/index.js'
import { armor, classify, unarmor } from '../../src/wire/index.js'
import { encryptedPair, Network, refusal, snapshot, type Packet, type Party } from '../support/network.js'
import { toyArithmetic, withArithmetic } from '../support/toy-arithmetic.js'

const { identity: older } = JSON.parse(readFileSync(new URL('../vectors/data/v4-libotr-ng.json', import.meta.url), 'utf8')) as { readonly identity: string }
const toy = (test: () => void) => () => { withArithmetic(toyArithmetic, test) }

const named = (party: Party): ClientNoticeEvent[] => party.all('notice').filter(({ code }) => code === 'older-draft' || code === 'incompatible')

/** Whether a line belongs to version 3: a message of it, or an offer of it alone. */
function isVersion3({ line }: Packet): boolean {
  const found = classify(line)
  if (found.kind === 'query') return !found.versions.includes(4)
  return line.startsWith('?OTR:AAM')
}

/** What somebody in the middle makes of a line of version 4. */
const spoilers: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  'the form of the older draft': (bytes) => Uint8Array.from(bytes, (byte, at) => at === 23 ? 0x00 : at === 24 ? 0x10 : byte),
  'another key type': (bytes) => Uint8Array.from(bytes, (byte, at) => at === 23 ? byte ^ 0x40 : byte),
  'another number of fields': (bytes) => Uint8Array.from(bytes, (byte, at) => at === 14 ? 9 : byte),
  'an unknown field': (bytes) => Uint8Array.from(bytes, (byte, at) => at === 16 ? 99 : byte),
  'a profile without version 4': (bytes) => Uint8Array.from(bytes, (byte, at) => bytes[at - 6] === 0x04 && bytes[at - 1] === 0x33 && byte === 0x34 ? 0x35 : byte),
  'another public key': (bytes) => Uint8Array.from(bytes, (byte, at) => at === 30 ? byte ^ 1 : byte),
  'a wrong signature': (bytes) => Uint8Array.from(bytes, (byte, at) => at === 190 ? byte ^ 1 : byte),
  'cut off': (bytes) => bytes.subarray(0, -40),
  'longer': (bytes) => Uint8Array.of(...bytes, 0),
}

describe('attacks on the first contact', () => {
  for (const [what, spoil] of Object.entries(spoilers)) {
    for (const from of ['bob', 'alice'] as const) {
      it(`Q17: a line of version 4 in the middle, from ${from === 'bob' ? 'them' : 'us'}, is spoilt (${what}): no version 3, no text in clear, one sentence a minute, and version 4 afterwards`, toy(() => {
        const network = new Network()
        const alice = network.add('alice', { versions: '34' })
        const bob = network.add('bob', { versions: '34' })
        network.fate = (packet) => [packet.from === from && packet.line.startsWith('?OTR:AAQ') ? { ...packet, line: armor(spoil(unarmor(packet.line))) } : packet]
        alice.start('bob')
        alice.send('bob', 'only for you')
        network.advance(59)
        expect([...named(alice), ...named(bob)].length).to.be.within(1, 2)
        for (const party of [alice, bob]) expect(named(party).length, party.address).to.be.at.most(1)
        network.advance(61)
        // The second sentence of two minutes is that which says that it came to nothing, or the same once more.
        for (const party of [alice, bob]) expect(named(party).length, party.address).to.be.at.most(2)
        expect(network.log.filter(isVersion3)).to.deep.equal([])
        expect(network.log.some(({ line }) => line.includes('only for you'))).to.equal(false)
        const { latched, sending, held } = alice.core.conversation('bob').status
        expect({ latched, sending, held }).to.deep.equal({ latched: true, sending: 'held', held: 1 })

        network.fate = (packet) => [packet]
        alice.start('bob')
        network.advance(120)
        expect(alice.core.conversation('bob').status.sessions[0]).to.include({ version: 4, state: 'encrypted' })
        expect(bob.texts).to.deep.equal(['only for you'])
        expect(alice.core.conversation('bob').status.contact).to.equal(undefined)
      }))
    }
  }

  it('Q17: a flood of such lines gives one sentence a minute, changes nothing that is kept, and is said of each line to programs', () => {
    const network = new Network()
    const alice = network.add('alice', { versions: '34' })
    alice.receive('mallory', older)
    const before = snapshot(alice)
    for (let i = 0; i < 300; i++) {
      alice.receive('mallory', i % 2 === 0 ? older : armor(unarmor(older).subarray(0, 20)))
      if (i % 5 === 0) network.now += 0.9
    }
    expect(snapshot(alice)).to.equal(before)
    expect(named(alice)).to.have.length(1)
    expect(alice.all('notice').filter(({ code, beginning }) => code === 'malformed' && beginning === true)).to.have.length(301)
    network.now += 10
    alice.receive('mallory', older)
    expect(named(alice)).to.have.length(2)
    expect(network.log).to.deep.equal([])
    expect(alice.core.conversation('mallory').status).to.include({ latched: false, sending: 'plaintext' })
  })

  it('Q17: where strangers get no answer such a line leaves nothing, and is what it was: a malformed one', () => {
    const alice = new Network().add('alice', { versions: '34', policy: { answerStrangers: false } })
    const before = snapshot(alice)
    alice.receive('mallory', older)
    expect(snapshot(alice)).to.equal(before)
    expect(alice.core.peers()).to.deep.equal([])
    expect(alice.notices).to.deep.equal(['malformed'])
    // Who was asked is no stranger.
    alice.start('bob')
    alice.receive('bob', older)
    expect(alice.notices).to.deep.equal(['malformed', 'older-draft', 'malformed'])
  })

  it('Q17: neither a stranger who asks all the time, nor errors that make us ask again, put off the sentence that nobody answered', () => {
    const network = new Network()
    const alice = network.add('alice', { versions: '34' })
    alice.start('bob')
    const since = network.now
    const told: number[] = []
    for (let second = 0; second < 300; second++) {
      network.advance(1)
      if (told.length < alice.notices.filter((code) => code === 'no-answer').length) told.push(network.now - since)
      if (second % 7 === 0) alice.receive('bob', '?OTR Error: I could not read that')
      if (second % 15 === 0) alice.receive('bob', '?OTRv34?')
    }
    expect(told[0]).to.equal(60)
    for (const [at, time] of told.entries()) if (at > 0) expect(time - (told[at - 1] ?? 0)).to.be.at.least(60)
  })

  it('Q17: of a correspondent who has used version 4, version 3 is no choice that is offered; it can be made, is called a downgrade, and can be forbidden', toy(() => {
    for (const allowDowngrade of [true, false]) {
      const { network, alice } = encryptedPair({ alice: { versions: '34', policy: { allowDowngrade } }, bob: { versions: '34' } })
      alice.end('bob')
      network.run()
      alice.start('bob')
      network.queue.length = 0
      alice.receive('bob', older)
      expect(named(alice).map(({ code }) => code)).to.deep.equal(['older-draft'])
      expect(alice.core.conversation('bob').status.contact?.choices).to.deep.equal([])
      const choose = (): void => { alice.take(alice.core.conversation('bob').start({ versions: [3] })) }
      if (allowDowngrade) {
        choose()
        network.run()
        expect(alice.notices).to.include('downgrade')
        expect(alice.core.conversation('bob').status.sessions[0]).to.include({ version: 3, trust: 'changed' })
        expect(alice.core.conversation('bob').status.sending, 'and nothing goes to its key').to.equal('held')
      } else {
        expect(refusal(choose)).to.equal('OTR_POLICY')
      }
    }
  }))

  it('Q17: in a private conversation that nobody renews, such a line is what it was: a malformed one', toy(() => {
    const { alice } = encryptedPair({ alice: { versions: '34' }, bob: { versions: '34' } })
    alice.receive('bob', older)
    expect(named(alice)).to.deep.equal([])
    expect(alice.all('notice').at(-1)).to.include({ code: 'malformed' }).and.not.have.property('beginning')
    expect(alice.core.conversation('bob').status.contact).to.equal(undefined)
  }))
})
