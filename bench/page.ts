import { measure, type Result } from './measure.js'
import { rowsOf } from './rows.js'
import { measureSealing, sealingRows } from './sealing.js'
import { v4Account } from './two-clients.js'

const rows = new Map(rowsOf(() => v4Account))

/** Measures one row in a page; chromium.ts calls it. */
export function run(row: string): Promise<readonly Result[]> {
  if (sealingRows.some((one) => one === row)) return measureSealing(row, '-chromium')
  const maker = rows.get(row)
  return maker === undefined ? Promise.reject(new Error(`there is no ${row}`)) : Promise.resolve([measure(maker('otr4-chromium'))])
}
