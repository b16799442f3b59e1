/** Version 4 with somebody else's: what is the same as in version 3 runs from the same scenarios, the rest is here. */
import { expect } from 'chai'
import type { Pair } from '../pair.js'
import { exchangeScenarios, manyExchanges } from './exchange.js'
import { fragmentScenarios, messageScenarios } from './messages.js'
import { seededRandom } from '../../../../src/conformance/random.js'
import { smpScenarios } from './smp.js'
import { scenario, sides, type Stage } from './stage.js'

export function v4Scenarios(stage: Stage): void {
  exchangeScenarios(stage)
  // otrr stores no skipped keys: what crosses on the wire is lost with it.
  messageScenarios(stage, { crossing: false })
  fragmentScenarios(stage, [150, 400])
  smpScenarios(stage)

  for (const side of sides) {
    const name = stage[side === 'ours' ? 'our' : 'their'].name
    scenario(stage, `an Identity message without a query before it, from ${name}`, {}, async (pair) => {
      const { ours } = await pair.establish(pair[side], 'identity')
      expect(ours.version).to.equal(4)
      await pair.say(pair.theirs, 'first')
      await pair.say(pair.ours, 'second')
      await pair.end(pair.ours)
      await pair.end(pair.theirs)
      // Again, now with a known instance and a known dialect. (otrr can begin but once with each correspondent.)
      const again = await pair.establish(pair.ours, 'identity')
      expect(again.ours.ssid).to.not.equal(ours.ssid)
      await pair.say(pair.ours, 'third')
      await pair.say(pair.theirs, 'fourth')
    })

    scenario(stage, `200 messages in random turns over at least 60 ratchets, begun by ${name}`, {}, async (pair) => {
      await pair.establish(pair[side])
      await turns(pair, 200, 60)
    })
  }

  scenario(stage, 'crossing Identity messages: one session, and nobody asks again', {}, async (pair) => {
    await Promise.all([
      pair.ours.call('start', { to: pair.theirs.address, how: 'identity' }),
      pair.theirs.call('start', { to: pair.ours.address, how: 'identity' }),
    ])
    await pair.settleExchange()
    await pair.expectEncrypted()
    await pair.say(pair.theirs, 'here')
    await pair.say(pair.ours, 'there')
  })

  manyExchanges(stage, 50)
}

/** At least `ratchets` changes of the sender among `count` messages: each begins a new chain. */
async function turns(pair: Pair, count: number, ratchets: number): Promise<void> {
  const random = seededRandom(4)
  let changes = 0
  let last = pair.ours
  for (let i = 0; i < count; i++) {
    const from = random.pick([pair.ours, pair.theirs])
    if (from !== last) changes++
    last = from
    await pair.say(from, `${i}: ${random.text(1 + random.below(200))}`.trim())
  }
  expect(changes, 'ratchets').to.be.at.least(ratchets)
  const ratchet = (await pair.ours.encrypted(pair.theirs)).ratchet
  if (ratchet) expect(ratchet.i).to.be.at.least(ratchets)
}
