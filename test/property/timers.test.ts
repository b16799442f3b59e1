/** An application that calls `tick` at the announced time never calls in vain: after `tick(nextTimer())`, `nextTimer()` is later, or there is none. */
import { expect } from 'chai'
import fc from 'fast-check'
import { errorMessage, fragmentMessage } from '../../src/wire/index.js'
import { Network, type Party } from '../support/network.js'

type Who = 0 | 1
type Deed =
  | { readonly kind: 'start' | 'renew' | 'opening' | 'end' | 'send' | 'talk' | 'half' | 'complain' | 'tick', readonly who: Who }
  | { readonly kind: 'deliver', readonly count: number }
  | { readonly kind: 'lose' | 'swap' }
  | { readonly kind: 'wait', readonly seconds: number }

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 8, arbitrary: fc.record({
      kind: fc.constantFrom('start' as const, 'renew' as const, 'renew' as const, 'opening' as const, 'end' as const, 'send' as const, 'send' as const, 'talk' as const,
        'half' as const, 'complain' as const, 'tick' as const, 'tick' as const),
      who: fc.constantFrom<Who>(0, 1),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('deliver' as const), count: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('lose' as const, 'swap' as const) }) },
  // Clocks count milliseconds: their sums are not exact, and the same sum must be made on both sides.
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.constantFrom(0.1, 0.007, 1, 19.9, 61.3, 3600.001) }) },
)

/** Sets the clock to exactly the time that a client asks for, at most `most` times, and checks that it did what was due. */
function tickOnTime(network: Network, party: Party, most: number): void {
  for (let count = 0; count < most; count++) {
    const due = party.core.nextTimer()
    if (due === undefined) return
    network.now = Math.max(network.now, due)
    party.take(party.core.tick())
    expect(party.core.nextTimer() ?? Infinity, `${party.address} was to come at ${due}, came at ${network.now}`).to.be.greaterThan(network.now)
  }
}

function perform(network: Network, pair: readonly [Party, Party], deed: Deed): void {
  switch (deed.kind) {
    case 'deliver':
      for (let i = 0; i < deed.count; i++) network.deliver()
      return
    case 'lose': network.queue.shift(); return
    case 'swap': network.queue.reverse(); return
    case 'wait': network.now += deed.seconds; return
    default:
  }
  const [party, other] = deed.who === 0 ? pair : [pair[1], pair[0]]
  switch (deed.kind) {
    case 'tick': tickOnTime(network, party, 3); break
    case 'start': party.start(other.address); break
    case 'renew':
      party.start(other.address)
      network.run()
      break
    case 'opening':
      if (party.core.policy.allowV4 && party.core.clientProfile !== undefined) party.take(party.core.conversation(other.address).start('identity'))
      break
    case 'end': party.end(other.address); break
    case 'send': party.send(other.address, 'some words that need more than one fragment'); break
    case 'talk':
      for (const [from, to] of [[party, other], [other, party]] as const) {
        from.send(to.address, 'and an answer')
        network.run()
      }
      break
    case 'half': {
      const version = party.core.clientProfile === undefined ? 3 : 4
      const address = { version, identifier: network.log.length + 1, senderTag: 0x2222, receiverTag: 0 } as const
      const [first] = fragmentMessage({ ...address, text: `?OTR:${'A'.repeat(400)}.`, maxLength: 120 })
      if (first !== undefined) party.receive(other.address, first)
      break
    }
    case 'complain': party.receive(other.address, errorMessage('ERROR_1: You sent something that cannot be read'))
  }
}

describe('timers', function () {
  this.timeout(240_000)

  for (const [versions, runs] of [['3', 60], ['34', 30]] as const) {
    it(`have done their work when the client was ticked exactly at nextTimer; versions ${versions}`, () => {
      fc.assert(fc.property(fc.array(deed, { minLength: 8, maxLength: 40 }), fc.constantFrom(0, 300), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(1000),
        (deeds, maxMessageLength, fraction, seed) => {
          const network = new Network(seed)
          network.now += fraction
          const policy = { maxMessageLength, whitespaceStartsAke: true }
          const pair = [network.add('alice', { versions, policy }), network.add('bob', { versions, policy })] as const
          for (const one of deeds) perform(network, pair, one)
          for (const party of pair) tickOnTime(network, party, 25)
          for (const party of pair) expect(party.notices).to.not.include('internal')
        }), { numRuns: runs })
    })
  }
})
