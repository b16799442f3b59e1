import { expectEqual } from '../../expectation.js'
import { messagesOf } from '../../lines.js'
import type { Scenario } from '../../scenario.js'
import type { Stage } from '../../stage.js'
import { scenariosOf, type Draft, type Spoken } from './spoken.js'

const endSection = 'The protocol state machine'

export const crossingScenarios = (spoken: Spoken): readonly Scenario[] => scenariosOf(spoken, 'crossing', [
  ...[1, 2, 3, 4, 5, 6].map((seed): Draft => ({
    id: `order-${seed}`, level: 'must', section: endSection,
    title: `comes to one session when both ask at once, order of arrival ${seed}`, sent: 'a query of each side before either has arrived', expected: 'one session, at once or after the retry that a program makes by itself',
    why: 'two people who press the button together must not fail',
    async play(stage) {
      stage.network.shuffleDirections(seed)
      await stage.start(stage.partner)
      await stage.start(stage.peer)
      await comeTogether(stage)
    },
  })),
  {
    id: 'commits', level: 'must', section: endSection,
    title: 'comes to one session when two D-H Commit Messages cross', sent: 'each side gets a query and both answer before either has read', expected: 'one D-H Commit Message wins; one session',
    why: 'the specification says which one, so that both choose the same',
    async play(stage) {
      await stage.deliver(stage.peer, spoken.query)
      await stage.deliver(stage.partner, spoken.query)
      expectEqual(messagesOf(stage.network.sentSince(0), spoken.kinds.dhCommit).length, 2, 'D-H Commit Messages')
      await comeTogether(stage)
    },
  },
])

/** Delivers what is under way. Fails unless both have one session then, or after retries that the programs make within three minutes. */
async function comeTogether(stage: Stage): Promise<void> {
  await stage.settle()
  for (let wait = 0; wait < 6 && !await meet(stage); wait++) await stage.pass(30)
  await stage.expectEncrypted()
  await stage.talk()
}

/** Whether both have a session, and it is the same. */
async function meet(stage: Stage): Promise<boolean> {
  const ssids = await Promise.all([stage.peer, stage.partner].map(async (party) => (await party.sessions(stage.other(party))).find(({ state }) => state === 'encrypted')?.ssid))
  return ssids[0] !== undefined && ssids[0] === ssids[1]
}
