import { expect } from 'chai'
import fc from 'fast-check'
import { OtrError, type ClientEvent, type PolicyChanges } from '../../src/index.js'
import { Network, type Party } from '../support/network.js'

/** What may happen at any time. */
type Deed =
  | { readonly kind: 'start' | 'end' | 'expire' | 'leave' | 'verify' | 'answer' | 'trust', readonly who: 0 | 1 }
  | { readonly kind: 'send', readonly who: 0 | 1, readonly all: boolean }
  | { readonly kind: 'inject', readonly who: 0 | 1, readonly line: string }
  | { readonly kind: 'policy', readonly who: 0 | 1, readonly changes: PolicyChanges }
  | { readonly kind: 'deliver' | 'drop' | 'repeat', readonly at: number }
  | { readonly kind: 'wait', readonly seconds: number }

const who = fc.constantFrom<0 | 1>(0, 1)
const policy: fc.Arbitrary<PolicyChanges> = fc.record({
  requireEncryption: fc.boolean(),
  requireVerified: fc.boolean(),
  sendWhitespaceTag: fc.boolean(),
  whitespaceStartsAke: fc.boolean(),
  errorStartsAke: fc.boolean(),
  answerStrangers: fc.boolean(),
  outbox: fc.constantFrom('hold' as const, 'reject' as const),
  sendTo: fc.constantFrom('best' as const, 'recent' as const, 'all' as const),
  maxMessageLength: fc.constantFrom(0, 120, 400),
  allowV4: fc.boolean(),
}, { requiredKeys: [] })

const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constantFrom('deliver' as const), at: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('deliver' as const, 'drop' as const, 'repeat' as const), at: fc.nat(5) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('send' as const), who, all: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('start' as const, 'start' as const, 'end' as const, 'expire' as const, 'leave' as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('verify' as const, 'answer' as const, 'trust' as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('policy' as const), who, changes: policy }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.constantFrom(1, 25, 70, 700_000) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('inject' as const),
      who,
      line: fc.constantFrom('?OTRv3?', '?OTRv34?', '?OTR Error: ERROR_1: x', 'hello', '?OTR:AAMD.', '?OTR|1|2,1,2,x,', 'tag \t  \t\t\t\t \t \t \t    \t\t  \t\t'),
    }),
  },
)

/** One side, and what the test knows about it: whether anything may leave it in clear. */
class Watched {
  readonly party: Party
  readonly peer: string
  private = false
  private count = 0

  constructor(party: Party, peer: string) {
    this.party = party
    this.peer = peer
  }

  get mayTalkInClear(): boolean {
    const { requireEncryption, requireVerified } = this.party.core.conversation(this.peer).policy
    return !requireEncryption && !requireVerified && !this.private
  }

  nextText(): string {
    return `WORDS-${this.party.address}-${this.count++}`
  }

  /** Records the events of a call; `clear`: text may have been sent in clear. */
  watch(events: readonly ClientEvent[], clear: boolean): void {
    for (const event of events) {
      if (event.type === 'send' && !clear) expect(event.message).to.not.include('WORDS-')
      if (event.type === 'state' && event.state === 'encrypted') this.private = true
      if (event.type === 'notice') expect(event.code, event.detail ?? '').to.not.equal('internal')
    }
  }
}

function perform(network: Network, sides: readonly [Watched, Watched], deed: Deed): void {
  switch (deed.kind) {
    case 'deliver':
      network.deliver(deed.at)
      return
    case 'drop':
      network.queue.splice(deed.at, 1)
      return
    case 'repeat': {
      const packet = network.queue[deed.at]
      if (packet !== undefined) network.queue.push(packet)
      return
    }
    case 'wait':
      network.now += deed.seconds
      for (const { party } of sides) party.take(party.core.tick())
      return
    default:
  }
  const side = sides[deed.who]
  const { party: { core }, party, peer } = side
  const call = (work: () => readonly ClientEvent[]): void => {
    const clear = deed.kind === 'send' && !deed.all && side.mayTalkInClear
    const from = party.events.length
    try {
      party.take(work())
    } catch (error) {
      expect(error).to.be.instanceOf(OtrError)
      return
    }
    side.watch(party.events.slice(from), clear)
  }
  switch (deed.kind) {
    case 'start': call(() => core.conversation(peer).start()); break
    case 'end': call(() => core.conversation(peer).end()); break
    case 'expire': call(() => core.conversation(peer).expire()); break
    case 'verify': call(() => core.conversation(peer).verify('secret')); break
    case 'answer': call(() => core.conversation(peer).answer('secret')); break
    case 'trust': call(() => core.conversation(peer).trust('verified')); break
    case 'policy': call(() => core.setPolicy(deed.changes)); break
    case 'inject': call(() => core.receive(peer, deed.line)); break
    case 'send': call(() => core.conversation(peer).send(side.nextText(), deed.all ? { to: 'all' } : {}).events); break
    case 'leave':
      call(() => {
        const events = core.conversation(peer).continueInPlaintext()
        side.private = false
        return events
      })
  }
}

describe('two clients with any order of actions', function () {
  this.timeout(120_000)

  for (const [versions, runs] of [['3', 120], ['34', 60]] as const) {
    it(`never let text out in clear where encryption is required or was there; versions ${versions}`, () => {
      fc.assert(fc.property(fc.array(deed, { minLength: 20, maxLength: 80 }), policy, policy, fc.nat(1000), (deeds, first, second, seed) => {
        const network = new Network(seed)
        const alice = new Watched(network.add('alice', { versions, policy: first }), 'bob')
        const bob = new Watched(network.add('bob', { versions, policy: second }), 'alice')
        const sides = [alice, bob] as const
        // What a delivery causes is watched as well: nothing of it may be in clear.
        for (const side of sides) {
          const { party } = side
          const take = party.receive.bind(party)
          party.receive = (from, line) => {
            const events = take(from, line)
            side.watch(events, false)
            return events
          }
        }
        for (const one of [{ kind: 'start', who: 0 } as const, ...deeds]) perform(network, sides, one)
        network.run(20_000)
        for (const { party } of sides) {
          const texts = party.all('message').filter(({ encrypted, text }) => encrypted && text.startsWith('WORDS-')).map(({ text }) => text)
          expect(new Set(texts).size).to.equal(texts.length)
          for (const { text, encrypted, unencrypted } of party.all('message')) if (unencrypted === true) expect(encrypted, text).to.equal(false)
        }
      }), { numRuns: runs })
    })
  }
})
