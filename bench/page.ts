import { measure, type Result } from './measure.js'
import { rowsOf } from './rows.js'
import { v4Account } from './two-clients.js'

const rows = new Map(rowsOf(() => v4Account))

/** What chromium.ts runs in a page: one row of version 4. */
export function run(row: string): Result {
  const maker = rows.get(row)
  if (maker === undefined) throw new Error(`there is no ${row}`)
  return measure(maker('otr4-chromium'))
}
