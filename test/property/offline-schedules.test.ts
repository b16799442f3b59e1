import { expect } from 'chai'
import fc from 'fast-check'
import type { Party } from '../support/network.js'
import { handOut, strangers } from '../support/offline-parties.js'
import { toyArithmetic, withArithmetic } from '../support/toy-arithmetic.js'

/** What happens next: somebody writes, offline or in the current session; somebody begins an interactive one; a line arrives; time passes. */
const step = fc.constantFrom(
  'alice offline', 'bob offline', 'alice says', 'bob says', 'alice says', 'bob says', 'alice starts', 'bob starts',
  'to alice', 'to bob', 'to alice', 'to bob', 'to alice', 'to bob', 'a minute',
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

const other = { alice: 'bob', bob: 'alice' } as const
type Name = keyof typeof other

/** A network that keeps the order in each direction and loses nothing; nobody ends anything. */
function play(steps: readonly Step[]): { readonly alice: Party, readonly bob: Party, readonly written: Readonly<Record<Name, readonly string[]>> } {
  const { network, alice, bob } = strangers({ alice: { policy: { heartbeatAfter: 0 } }, bob: { policy: { heartbeatAfter: 0 } } })
  const parties = { alice, bob }
  const written: Record<Name, string[]> = { alice: [], bob: [] }
  const deliver = (to: Name): void => {
    const at = network.queue.findIndex((packet) => packet.to === to)
    if (at >= 0) network.deliver(at)
  }
  steps.forEach((what, n) => {
    const [name, verb] = what.split(' ') as [Name, string]
    const text = `${what} ${n}`
    switch (verb) {
      case 'offline':
        written[name].push(text)
        parties[name].take(parties[name].core.conversation(other[name]).sendOffline(handOut(parties[other[name]].core.ensemble(1)), text))
        break
      case 'says':
        if (!parties[name].isEncrypted(other[name])) break
        written[name].push(text)
        parties[name].send(other[name], text)
        break
      case 'starts':
        // Two interactive exchanges at once, or one after another, are another matter: v4-schedules.test.ts.
        if (isInteractive(alice) || isInteractive(bob)) break
        parties[name].take(parties[name].core.conversation(other[name]).start('identity'))
        break
      case 'alice':
      case 'bob':
        deliver(verb)
        break
      default:
        network.advance(0)
        network.now += 60
    }
  })
  network.run()
  for (const last of ['last', 'very last']) {
    for (const name of ['alice', 'bob'] as const) {
      if (!parties[name].isEncrypted(other[name])) continue
      written[name].push(last)
      parties[name].send(other[name], last)
    }
    network.run()
  }
  return { alice, bob, written }
}

/** Whether there is an interactive session, or a key exchange under way that may lead to one. */
function isInteractive(party: Party): boolean {
  return party.core.exportState().conversations.some(({ sessions, openings }) => openings.length > 0 || sessions.some(({ state }) =>
    state.version === 4 && (state.session.dake.kind !== 'none' || (state.session.state === 'encrypted' && !state.session.offline))))
}

describe('offline and online sessions in any interleaving', function () {
  this.timeout(120_000)

  it('O7: on a network that keeps the order every text is read once, nothing is unreadable, and when both have written both are in one session', () => {
    withArithmetic(toyArithmetic, () => {
      fc.assert(fc.property(fc.array(step, { minLength: 4, maxLength: 40 }), (steps) => {
        const { alice, bob, written } = play(steps)
        expect([...bob.texts].sort()).to.deep.equal([...written.alice].sort())
        expect([...alice.texts].sort()).to.deep.equal([...written.bob].sort())
        // An interactive exchange that was begun twice is answered twice, and one of the answers is refused.
        const bad = [...alice.all('notice'), ...bob.all('notice')].filter(({ code, detail }) =>
          ['unreadable', 'duplicate', 'internal'].includes(code) || detail?.startsWith('Non-Interactive-Auth') === true)
        expect(bad).to.deep.equal([])
        if (written.alice.length + written.bob.length > 0) expect(alice.ssid('bob')).to.equal(bob.ssid('alice')).and.not.equal(undefined)
      }), {
        numRuns: 500,
        // Each took another one of three sessions for that which runs.
        examples: [[['alice starts', 'alice offline', 'to bob', 'bob offline', 'to alice', 'alice offline', 'alice offline', 'alice offline']]],
      })
    })
  })
})
