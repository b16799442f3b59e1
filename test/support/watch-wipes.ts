import type { OtrError } from '../../src/errors.js'
import { watchWipes } from '../../src/crypto/watch-wipes.js'

/** The uses of wiped secrets since the last test. What throws inside `receive` may end as a notice, so each is kept here as well. */
const uses: OtrError[] = []

/** Forgets what was wiped, and watches. */
export function watch(): void {
  watchWipes((error) => { uses.push(error) })
}

watch()

/** Takes the uses that a test has provoked. */
export function takeUses(): readonly OtrError[] {
  return uses.splice(0)
}

export const mochaHooks = {
  afterEach(): void {
    const [first] = takeUses()
    if (first !== undefined) throw first
  },
}
