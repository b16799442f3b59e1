/** Examines scenarios, one after another, in a separate process: it receives a message for each, and answers when it is done. */
import { takeUses } from '../support/watch-wipes.js'
import { check, type Extent, type Report } from './check.js'
import type { Progress } from './explore.js'
import { scenarios } from './scenarios.js'

/** To a worker: the number of a scenario, and how much of it to examine. */
export interface Order extends Omit<Extent, 'progress'> {
  readonly scenario: number
}

/** From a worker. */
export type Answer =
  | { readonly kind: 'progress', readonly scenario: number, readonly progress: Progress }
  | { readonly kind: 'report', readonly scenario: number, readonly report: Report }

process.on('message', ({ scenario, ...extent }: Order) => {
  const answer = (message: Answer): void => { process.send?.(message) }
  let told = 0
  const report = check(scenarios[scenario]!, {
    ...extent,
    progress(progress) {
      if (performance.now() - told < 500) return
      told = performance.now()
      answer({ kind: 'progress', scenario, progress })
    },
  })
  const [used] = takeUses()
  if (used !== undefined) throw used
  answer({ kind: 'report', scenario, report })
})
