import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { median, type Result } from './measure.js'

/** The rows that `store.ts` measures, each in a process of its own. */
export const storeRows = ['store-message', 'store-batch', 'store-open-10000'] as const

const root = join(import.meta.dirname, '..')

/** Measures durable messages and, for comparison, messages without a store; or the opening of a store, with the memory of its process afterwards. */
export function measureStore(row: typeof storeRows[number]): readonly Result[] {
  if (row !== 'store-open-10000') return run(row)
  const cache = join(root, 'node_modules/.cache/otr4')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'store-'))
  const directory = join(folder, 'store')
  try {
    run('fill', directory)
    // At the first opening after a large write, LevelDB compacts its files.
    run('open', directory)
    const opened = Array.from({ length: 3 }, () => run('open', directory))
    return opened[0]?.map((result, at) => ({ ...result, median: median(opened.map((one) => one[at]?.median ?? NaN)), runs: opened.length })) ?? []
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function run(...args: readonly string[]): Result[] {
  const text = execFileSync(process.execPath, [join(root, 'scripts/bench.mjs'), 'store', ...args], { encoding: 'utf8' })
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Result)
}
