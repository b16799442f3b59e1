/** Where scenarios play: our implementation here, somebody else's there, a new pair of programs for each. */
import { skipWithout } from '../missing.js'
import { Pair, type PairOptions } from '../pair.js'
import type { Party } from '../../../../src/conformance/party.js'
import { howToInstall, isBuilt, type Lack, type PeerKind } from '../peers.js'

export type Side = 'ours' | 'theirs'

export const sides: readonly Side[] = ['ours', 'theirs']

export interface Stage {
  readonly our: PeerKind
  readonly their: PeerKind
  /** Laid under the options of every scenario. */
  readonly options?: PairOptions
  /** The version that the sessions have. */
  readonly version: 2 | 3 | 4
}

/** One mocha test with a pair of its own. */
export function scenario(stage: Stage, title: string, options: PairOptions, play: (pair: Pair) => Promise<void>): void {
  it(title, async function () {
    for (const kind of [stage.our, stage.their]) {
      if (!isBuilt(kind)) skipWithout(this, `there is no ${kind.name} peer: ${howToInstall}`)
    }
    const pair = await Pair.open(stage.our, stage.their, { ...stage.options, ...options })
    // mocha does not stop what takes too long; without its programs it stops by itself.
    const timer = setTimeout(() => { pair.kill() }, this.timeout() - 500)
    try {
      await play(pair)
    } finally {
      clearTimeout(timer)
      await pair.close()
    }
  })
}

/** The same for something that `side` has to do: when its implementation cannot, the test is that it says so. */
export function scenarioBy(
  stage: Stage, side: Side, needs: { readonly lack: Lack; readonly cmd?: string }, title: string, options: PairOptions,
  play: (pair: Pair, by: Party, other: Party) => Promise<void>,
): void {
  const kind = side === 'ours' ? stage.our : stage.their
  if (kind.lacks.includes(needs.lack)) {
    const cmd = needs.cmd
    if (cmd === undefined) return
    scenario(stage, `${kind.name} has no ${cmd} and says so`, options, async (pair) => {
      const party = pair[side]
      const code = await party.refusal(cmd, { to: pair.other(party).address, context: 1 })
      if (code !== 'UNSUPPORTED') throw new Error(`${kind.name} answered ${String(code)}`)
    })
    return
  }
  scenario(stage, title, options, (pair) => play(pair, pair[side], pair.other(pair[side])))
}
