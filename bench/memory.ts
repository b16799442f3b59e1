import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { median, type Result } from './measure.js'

const script = join(import.meta.dirname, '../scripts/bench.mjs')

/** Measures a thousand idle encrypted sessions of one client, each with another correspondent: heap and buffers, in megabytes. */
export function measureIdleSessions(bench: string): Result {
  const runs = 1
  const bytes = Array.from({ length: runs }, () =>
    Number(execFileSync(process.execPath, ['--expose-gc', script, 'idle-sessions', '1000'], { encoding: 'utf8' })))
  return { bench, implementation: 'otr4', median: Number((median(bytes) / 1e6).toPrecision(3)), unit: 'MB', runs }
}
