/** The Socialist Millionaires' Protocol with somebody else's: right, wrong, asked, given up, by either side. */
import { expect } from 'chai'
import type { Pair } from '../pair.js'
import type { Party } from '../../../../src/conformance/party.js'
import { otr4 } from '../peers.js'
import { scenario, scenarioBy, sides, type Stage } from './stage.js'

const secret = 'where we met: Café ☕'

async function ask(pair: Pair, by: Party, fields: Readonly<Record<string, unknown>>): Promise<void> {
  const other = pair.other(by)
  await pair.giveTurn(by)
  by.forget()
  other.forget()
  await by.call('smp-start', { to: other.address, ...fields })
  await pair.network.settle()
  expect(other.smpEvents(), `${other.name} is asked`).to.deep.equal(['asked'])
  expect(by.smpEvents(), `${by.name} waits`).to.deep.equal([])
}

async function answer(pair: Pair, by: Party, words: string): Promise<void> {
  await by.call('smp-answer', { to: pair.other(by).address, secret: words })
  await pair.network.settle()
}

async function agree(pair: Pair, by: Party, fields: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const other = pair.other(by)
  await ask(pair, by, { secret, ...fields })
  await answer(pair, other, secret)
  expect(by.smpEvents(), by.name).to.deep.equal(['succeeded'])
  expect(other.smpEvents(), other.name).to.deep.equal(['asked', 'succeeded'])
}

export function smpScenarios(stage: Stage): void {
  const nameOf = (side: 'ours' | 'theirs'): string => stage[side === 'ours' ? 'our' : 'their'].name
  // Others leave it to their users to begin anew.
  if (stage.our === otr4 && stage.version === 2) scenario(stage, 'SMP begun by both at once: without instance tags both give up, and it is begun again', {}, (pair) => cross(pair, 'theirs'))
  else if (stage.our === otr4) for (const lower of sides) {
    scenario(stage, `SMP begun by both at once, the lower instance tag is of ${nameOf(lower)}`, { ourAccount: { tag: lower === 'ours' ? 0x100 : 0xffffffff } }, (pair) => cross(pair, lower))
  }

  for (const side of sides) {
    scenario(stage, `SMP begun by ${nameOf(side)}: the same secret`, {}, async (pair) => {
      await pair.establish(pair.ours)
      await agree(pair, pair[side])
      await pair.say(pair.ours, 'so it is you')
      await pair.say(pair.theirs, 'who else')
      // A second one in the same session, and the other way round.
      await agree(pair, pair[side])
      await agree(pair, pair.other(pair[side]))
    })

    scenario(stage, `SMP begun by ${nameOf(side)} with a question`, {}, async (pair) => {
      await pair.establish(pair.theirs)
      const question = 'Where did we meet? <in 2019 & after> ☕'
      await agree(pair, pair[side], { question })
      expect(pair.other(pair[side]).of('smp')[0]?.question).to.equal(question)
      expect(pair.network.sentSince(0).join('\n'), 'the wire').to.not.include('Where did')
    })

    scenario(stage, `SMP begun by ${nameOf(side)}: another secret fails, the next attempt succeeds`, {}, async (pair) => {
      await pair.establish(pair.ours)
      const by = pair[side]
      const other = pair.other(by)
      for (const question of [undefined, 'which?']) {
        await ask(pair, by, { secret, ...(question === undefined ? {} : { question }) })
        await answer(pair, other, 'somewhere else')
        for (const party of [by, other]) {
          const outcome = party.smpEvents().filter((event) => event !== 'asked')
          expect(outcome, `${party.name} is told`).to.have.length.greaterThan(0)
          expect(stage.their.wrongSecret, `${party.name}: ${outcome.join()}`).to.include.members(outcome)
        }
      }
      await pair.say(by, 'try again')
      await agree(pair, by)
    })

    // Beginning and giving up are two messages in a row.
    const bears = side === 'theirs' || stage.version === 4 || !stage.their.losesAfterTwoInARow
    if (bears) scenarioBy(stage, side, { lack: 'smp-abort', cmd: 'smp-abort' }, `SMP begun by ${nameOf(side)} and given up by it`, {}, async (pair, by, other) => {
      await pair.establish(pair.ours)
      await ask(pair, by, { secret })
      await by.call('smp-abort', { to: other.address })
      await pair.network.settle()
      if (side === 'ours' && stage.their.waitsForAnswer) await answer(pair, other, secret)
      expect(told(other), other.name).to.be.oneOf(['aborted', 'failed'])
      await pair.say(other, 'not now?')
      await pair.say(by, 'now')
      await agree(pair, by)
      await agree(pair, other)
    })

    scenarioBy(stage, side, { lack: 'smp-abort' }, `SMP that ${nameOf(side)} is asked for and declines`, {}, async (pair, by, other) => {
      await pair.establish(pair.ours)
      await ask(pair, other, { secret, question: 'will you?' })
      await by.call('smp-abort', { to: other.address })
      await pair.network.settle()
      expect(told(other), other.name).to.be.oneOf(['aborted', 'failed'])
      await pair.say(other, 'pity')
      await agree(pair, other)
    })
  }
}

/** Both begin before either has heard of it. Which instance tag is the lower one, and who is asked again for it. */
async function cross(pair: Pair, lower: 'ours' | 'theirs'): Promise<void> {
  const { ours, theirs } = pair
  await pair.establish(ours)
  for (const party of [ours, theirs]) party.forget()
  for (const party of [ours, theirs]) await party.call('smp-start', { to: pair.other(party).address, secret })
  await pair.network.settle()
  if (lower === 'theirs') {
    // Both aborted. Theirs is somebody else's program: it does not ask again by itself.
    expect(ours.smpEvents()).to.deep.equal(['aborted'])
    expect(theirs.smpEvents()).to.not.include.members(['asked'])
    await agree(pair, theirs)
    return
  }
  expect(ours.smpEvents(), 'nothing changed for our person').to.deep.equal([])
  expect(theirs.smpEvents().at(-1)).to.equal('asked')
  await answer(pair, theirs, secret)
  expect(ours.smpEvents()).to.deep.equal(['succeeded'])
  expect(theirs.smpEvents().at(-1)).to.equal('succeeded')
}

/** How it ended there. otrr says `failed` for every end that is no success. */
function told(party: Party): string | undefined {
  return party.smpEvents().filter((event) => event !== 'asked').at(-1)
}
