import { expect } from 'chai'
import { encryptedPair, Network, type Party, type PartyOptions } from '../support/network.js'
import { restarted } from '../support/restarted.js'
import { seededRandom } from '../support/seeded.js'

/** Ends a party's program without a word, as a crash does. */
function kill(network: Network, party: Party): void {
  network.parties.splice(network.parties.indexOf(party), 1)
}

/** A killed party's program, started anew without its sessions. */
function restart(network: Network, { address, core }: Party, options: PartyOptions): Party {
  return network.add(address, { key: 2, tag: core.instanceTag, random: seededRandom('again'), ...options })
}

const lossOf = (party: Party): unknown => party.core.conversation('bob').status.probablyLost
const count = (party: Party, code: string): number => party.all('notice').filter((one) => one.code === code).length
const told = (party: Party): number => count(party, 'session-probably-lost')
const offers = (party: Party): string[][] => party.all('lost').map(({ messages }) => messages.map(({ text }) => text))
const queries = (network: Network): number => network.lines('alice', 'bob').filter((line) => line.startsWith('?OTRv')).length
const handleOf = (party: Party, text: string): number | undefined =>
  party.core.exportState().conversations[0]?.sent.find((one) => Buffer.from(one.text).toString() === text)?.id

function resendAll(party: Party): void {
  for (const { handle } of party.core.conversation('bob').lost) party.take(party.core.conversation('bob').resend(handle))
}

/** When a session of each version is long silent, and how long its answer may take. */
const cases = [{ versions: '3', quiet: 61, answer: 10 }, { versions: '34', quiet: 121, answer: 30 }] as const

describe('a session that the other side has lost', () => {
  for (const { versions, quiet, answer } of cases) {
    describe(`versions ${versions}`, () => {
      const pair = (alice: PartyOptions = {}, bob: PartyOptions = {}): ReturnType<typeof encryptedPair> =>
        encryptedPair({ alice: { versions, ...alice }, bob: { versions, ...bob } })

      /** Alice's text finds nobody after a long silence, and its answer is overdue. */
      function unanswered({ network, alice, bob }: ReturnType<typeof encryptedPair>, text = 'anybody?'): void {
        kill(network, bob)
        network.advance(quiet)
        alice.send('bob', text)
        network.advance(answer)
      }

      it('is told when a text after a long silence has no answer: once, with since when and the texts that are concerned', () => {
        const { network, alice, bob } = pair()
        bob.send('alice', 'hello')
        network.run()
        const since = network.now
        kill(network, bob)
        network.advance(20)
        alice.send('bob', 'early')
        network.advance(quiet - 20)
        expect(lossOf(alice)).to.equal(undefined)
        alice.send('bob', 'anybody?')
        network.advance(answer - 1)
        expect(lossOf(alice)).to.equal(undefined)
        network.advance(1)
        const loss = { since, sign: 'silence', messages: [handleOf(alice, 'early'), handleOf(alice, 'anybody?')] }
        expect(lossOf(alice)).to.deep.equal(loss)
        const [notice] = alice.all('notice').filter(({ code }) => code === 'session-probably-lost')
        expect(notice).to.deep.include({ peer: 'bob', instance: bob.core.instanceTag, probablyLost: loss })
        alice.send('bob', 'well?')
        network.advance(600, 10)
        expect(told(alice)).to.equal(1)
        expect(lossOf(alice)).to.deep.equal({ ...loss, messages: [...loss.messages, handleOf(alice, 'well?')] })
        // Nothing goes in clear, nothing is asked for, and nothing is offered while nobody could read it.
        expect(alice.core.conversation('bob').status.sending).to.equal('encrypted')
        expect(network.lines('alice', 'bob').filter((line) => !line.startsWith('?OTR'))).to.deep.equal([])
        expect(queries(network)).to.equal(1)
        expect(offers(alice)).to.deep.equal([])
      })

      it('its texts can be sent again to a key that a person accepted, where the program came back without its keys', () => {
        const { network, alice, bob } = pair()
        unanswered({ network, alice, bob }, 'are you there?')
        expect(alice.core.conversation('bob').lost.map(({ text }) => text)).to.deep.equal(['are you there?'])
        const anew = restart(network, bob, { versions, key: 3, tag: 0x7777 })
        alice.start('bob')
        network.run()
        expect(alice.core.conversation('bob').status.key?.trust).not.to.equal('changed')
        expect(offers(alice)).to.deep.equal([])
        // To the new key goes nothing before it is accepted.
        expect(anew.texts).to.deep.equal([])
        alice.take(alice.core.conversation('bob').trust('seen', { version: versions === '3' ? 3 : 4, fingerprint: alice.core.conversation('bob').keys.find(({ trust }) => trust === 'changed')!.fingerprint }))
        network.run()
        expect(anew.texts).to.deep.equal([])
        resendAll(alice)
        network.run()
        expect(anew.texts).to.deep.equal(['are you there?'])
        expect(alice.core.conversation('bob').lost).to.deep.equal([])
      })

      it('is not told of a program that has it: it answers at once, with nothing but a heartbeat', () => {
        const { network, alice, bob } = pair()
        for (let turn = 0; turn < 3; turn++) {
          network.advance(quiet)
          alice.send('bob', 'are you there?')
          network.advance(answer + 30)
        }
        expect([told(alice), told(bob), lossOf(alice)]).to.deep.equal([0, 0, undefined])
      })

      it('is not told while there is talk, whoever writes, nor of what is no text', () => {
        const { network, alice, bob } = pair()
        for (let turn = 0; turn < 20; turn++) {
          network.advance(30)
          if (turn % 3 === 0) alice.send('bob', 'a')
          else bob.send('alice', 'b')
          network.run()
        }
        kill(network, bob)
        network.advance(quiet)
        alice.take(alice.core.conversation('bob').sendTlvs([{ type: 0x77, value: Uint8Array.of(1) }]).events)
        network.advance(100)
        expect(told(alice)).to.equal(0)
      })

      it('the warning is taken back as soon as the other side proves itself: it was asleep', () => {
        const { network, alice, bob } = pair()
        network.advance(quiet)
        network.fate = ({ from, to, line }) => from === 'alice' ? [] : [{ from, to, line }]
        alice.send('bob', 'wake up')
        const [late] = network.queue
        network.advance(answer)
        expect(told(alice)).to.equal(1)
        network.fate = (packet) => [packet]
        bob.receive('alice', late?.line ?? '')
        network.run()
        expect(lossOf(alice)).to.equal(undefined)
        expect(count(alice, 'session-answers')).to.equal(1)
        expect(offers(alice)).to.deep.equal([])
        // And a new loss is told anew.
        unanswered({ network, alice, bob })
        expect(told(alice)).to.equal(2)
      })

      it('the texts are offered when there is a new session, and sent again, each once', () => {
        const both = pair()
        const { network, alice, bob } = both
        unanswered(both, 'one')
        alice.send('bob', 'two')
        network.run()
        const again = restart(network, bob, { versions })
        again.start('alice')
        network.run()
        expect(alice.ssid('bob')).to.equal(again.ssid('alice')).and.not.equal(undefined)
        expect([lossOf(alice), count(alice, 'session-answers')]).to.deep.equal([undefined, 0])
        expect(offers(alice)).to.deep.equal([['one', 'two']])
        expect(alice.all('lost')[0]?.renewed).to.equal(true)
        expect(again.texts).to.deep.equal([])
        resendAll(alice)
        network.run()
        expect(again.texts).to.deep.equal(['one', 'two'])
        network.advance(300, 5)
        expect(offers(alice)).to.have.length(1)
      })

      it('also if the program comes back under another instance tag, before or after the answer is overdue', () => {
        for (const early of [true, false]) {
          const { network, alice, bob } = pair()
          kill(network, bob)
          network.advance(quiet)
          alice.send('bob', 'one')
          network.advance(early ? 1 : answer)
          const again = restart(network, bob, { versions, tag: 0xabcd })
          again.start('alice')
          network.run()
          network.advance(answer)
          expect(offers(alice), `early: ${early}`).to.deep.equal([['one']])
          expect([lossOf(alice), told(alice)]).to.deep.equal([undefined, early ? 0 : 1])
          resendAll(alice)
          network.run()
          expect(again.texts).to.deep.equal(['one'])
        }
      })

      it('a text without an answer is lost when the other side begins anew before the answer is overdue', () => {
        const { network, alice, bob } = pair()
        kill(network, bob)
        network.advance(quiet)
        alice.send('bob', 'one')
        network.advance(2)
        const again = restart(network, bob, { versions })
        again.start('alice')
        network.run()
        expect(offers(alice)).to.deep.equal([['one']])
      })

      it('a new session offers nothing of one that answered', () => {
        const { network, alice, bob } = pair()
        network.advance(quiet)
        alice.send('bob', 'one')
        network.run()
        network.advance(quiet)
        bob.start('alice')
        network.run()
        network.advance(300, 5)
        expect(offers(alice)).to.deep.equal([])
      })

      it('a text in clear says so at once; a blank one, and one that the network had kept, do not', () => {
        const { network, alice, bob } = pair()
        alice.send('bob', 'one')
        kill(network, bob)
        network.queue.splice(0)
        alice.receive('bob', '  ')
        alice.take(alice.core.receive('bob', 'yesterday', { sentAt: network.now - 86_400 }))
        alice.take(alice.core.receive('bob', 'history', { archived: true }))
        expect(told(alice)).to.equal(0)
        alice.receive('bob', 'hello?')
        expect(lossOf(alice)).to.deep.include({ sign: 'plaintext', messages: [handleOf(alice, 'one')] })
        alice.receive('bob', 'hello??')
        expect(told(alice)).to.equal(1)
        expect(alice.core.conversation('bob').status).to.include({ sending: 'encrypted', latched: true })
        const again = restart(network, bob, { versions })
        again.start('alice')
        network.run()
        expect(offers(alice)).to.deep.equal([['one']])
      })

      it('a text in clear with a tag begins the new session by itself, and what was written before is offered', () => {
        const { network, alice, bob } = pair()
        alice.send('bob', 'one')
        kill(network, bob)
        network.queue.splice(0)
        const again = restart(network, bob, { versions, policy: { sendWhitespaceTag: true } })
        again.send('alice', 'hello?')
        network.run()
        expect(alice.ssid('bob')).to.equal(again.ssid('alice')).and.not.equal(undefined)
        expect(offers(alice)).to.deep.equal([['one']])
        expect(lossOf(alice)).to.equal(undefined)
      })

      it('the network says that the program has left: told at once, for its session only, and no query goes to nobody', () => {
        const { network, alice, bob } = pair({ policy: { refreshLost: true } })
        alice.take(alice.core.conversation('bob').gone([0x7777]))
        expect(told(alice)).to.equal(0)
        alice.take(alice.core.conversation('bob').gone([0x7777, bob.core.instanceTag]))
        alice.take(alice.core.conversation('bob').gone([bob.core.instanceTag]))
        expect(lossOf(alice)).to.deep.include({ sign: 'gone', messages: [] })
        expect([told(alice), queries(network)]).to.deep.equal([1, 1])
        bob.send('alice', 'only my network was gone')
        network.run()
        expect([lossOf(alice), count(alice, 'session-answers')]).to.deep.equal([undefined, 1])
        alice.take(alice.core.conversation('carol').gone([bob.core.instanceTag]))
        expect(told(alice)).to.equal(1)
      })

      it('where the policy says so, a new session is asked for by itself, once for a loss', () => {
        const both = pair({ policy: { refreshLost: true } })
        const { network, alice, bob } = both
        unanswered(both)
        expect(queries(network)).to.equal(2)
        network.advance(300, 5)
        expect(queries(network)).to.equal(2)
        const again = restart(network, bob, { versions })
        alice.receive('bob', 'are you there?')
        network.run()
        expect(queries(network)).to.equal(3)
        expect(alice.ssid('bob')).to.equal(again.ssid('alice')).and.not.equal(undefined)
        expect(offers(alice)).to.deep.equal([['anybody?']])
      })

      it('nothing is asked for that the policy does not allow, and nothing fails', () => {
        const policies = [{ allowV3: false, allowV4: false }, { requireAuthenticated: true }, ...versions === '3' ? [{ allowQueries: false }] : []]
        for (const policy of policies) {
          const { network, alice, bob } = pair({ policy: { refreshLost: true } })
          kill(network, bob)
          network.advance(quiet)
          alice.send('bob', 'one')
          network.queue.splice(0)
          alice.core.setPolicy(policy)
          network.advance(answer + 60)
          expect([told(alice), queries(network), count(alice, 'internal')], JSON.stringify(policy)).to.deep.equal([1, 1, 0])
        }
      })

      it('a program that sends no heartbeats is suspected once: then it is known, also after a restart of ours', async () => {
        const { network, alice, bob } = pair({}, { policy: { heartbeatAfter: 0 } })
        network.advance(quiet)
        alice.send('bob', 'one')
        network.advance(answer)
        expect(told(alice)).to.equal(1)
        bob.send('alice', 'I was thinking')
        network.run()
        expect([lossOf(alice), count(alice, 'session-answers')]).to.deep.equal([undefined, 1])
        const again = await restarted(network, alice, versions)
        for (const party of [alice, again]) {
          network.advance(quiet)
          party.send('bob', 'two')
          network.advance(answer)
        }
        expect([told(alice), told(again)]).to.deep.equal([1, 0])
        again.take(again.core.conversation('bob').nameDevice(bob.core.instanceTag, 'desk'))
        network.advance(quiet)
        again.send('bob', 'three')
        network.advance(answer)
        expect(told(again)).to.equal(0)
      })

      it('is still known to be lost after a restart of our program', async () => {
        const both = pair()
        unanswered(both)
        const loss = lossOf(both.alice)
        const again = await restarted(both.network, both.alice, versions)
        expect(lossOf(again)).to.deep.equal(loss)
        both.network.advance(100)
        expect(told(again)).to.equal(0)
      })

      it('a text that waits for its answer during a restart of ours is judged after it', async () => {
        const { network, alice, bob } = pair()
        kill(network, bob)
        network.advance(quiet)
        alice.send('bob', 'one')
        const again = await restarted(network, alice, versions)
        network.advance(answer)
        expect(told(again)).to.equal(1)
      })

      it('a text of many lines has more time', () => {
        const { network, alice, bob } = pair({ policy: { maxMessageLength: 300 } })
        kill(network, bob)
        network.advance(quiet)
        alice.send('bob', 'long '.repeat(400))
        const lines = network.queue.splice(0).length
        expect(lines).to.be.greaterThan(9)
        network.advance(answer + 2 * (lines - 1) - 1)
        expect(told(alice)).to.equal(0)
        network.advance(1)
        expect(told(alice)).to.equal(1)
      })

      it('is no longer shown as lost once the session has ended', () => {
        const both = pair()
        unanswered(both)
        both.alice.end('bob')
        expect(lossOf(both.alice)).to.equal(undefined)
        both.network.advance(100)
        expect(told(both.alice)).to.equal(1)
      })

      it('costs no change of the state that would not have been made anyway, unless a session is lost', () => {
        const { network, alice } = pair()
        network.advance(quiet)
        alice.core.takeChanges()
        alice.core.resume()
        alice.send('bob', 'one')
        network.run()
        expect(alice.core.takeChanges().conversations).to.have.length(1)
        network.advance(answer + 1)
        expect(alice.core.takeChanges().conversations).to.have.length(0)
      })
    })
  }

  it('is not expected of somebody who is away: an offline session has to answer only after their first message', () => {
    const network = new Network()
    const alice = network.add('alice', { versions: '4' })
    const bob = network.add('bob', { versions: '4' })
    const ensembles = bob.core.ensemble(1)
    alice.take(alice.core.conversation('bob').sendOffline(ensembles, 'read this later'))
    const kept = network.queue.splice(0)
    network.advance(500, 10)
    alice.send('bob', 'and this')
    kept.push(...network.queue.splice(0))
    network.advance(500, 10)
    expect(told(alice)).to.equal(0)
    for (const { line } of kept) bob.receive('alice', line)
    bob.send('alice', 'I have')
    network.run()
    kill(network, bob)
    network.advance(121)
    alice.send('bob', 'good')
    network.advance(30)
    expect(told(alice)).to.equal(1)
  })

  it('a clock that was far ahead for a moment makes nobody wait until then', () => {
    const { network, alice, bob } = encryptedPair()
    kill(network, bob)
    const { now } = network
    network.now = now + 1_000_000
    alice.send('bob', 'one')
    network.now = now + 61
    alice.send('bob', 'two')
    network.advance(10)
    expect(told(alice)).to.equal(1)
  })
})
