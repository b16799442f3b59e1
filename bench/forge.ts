/** What it costs to forge a conversation of 1,000 messages of version 4, and what it cost the two to hold it: in CPU time, in turns of two. */
import { systemRandom } from '../src/crypto/index.js'
import { forgeTranscript, type ForgedText } from '../src/forge/index.js'
import { median, type Result } from './measure.js'
import { TwoClients, v4Account } from './two-clients.js'

/** The row that is measured in this way. */
export const forgeRow = 'forge-1000'

const texts: readonly ForgedText[] = Array.from({ length: 1000 }, (_, at) => ({ from: (at >> 1) % 2 === 0 ? 'alice' : 'bob', text: 'x'.repeat(20) }))
const RUNS = 3

/** Measures both, one after the other in each run, so that the ratio holds on a busy machine. */
export function measureForge(): Result[] {
  const held: number[] = []
  const forged: number[] = []
  for (let run = 0; run < RUNS; run++) {
    const pair = new TwoClients(v4Account)
    held.push(cpu(() => {
      pair.start()
      for (const { from, text } of texts) pair.send(pair[from], text)
    }))
    const [alice, bob] = [pair.alice, pair.bob].map(({ address, clientProfile }) => {
      if (clientProfile === undefined) throw new Error('no profile')
      return { address, clientProfile }
    })
    if (alice === undefined || bob === undefined) throw new Error('nobody')
    forged.push(cpu(() => { forgeTranscript({ alice, bob, texts, now: 1_800_000_000 }, systemRandom) }))
  }
  return [['otr4', forged], ['held', held]].map(([implementation, times]) => ({
    bench: forgeRow, implementation: implementation as string, median: Math.round(median(times as number[])), unit: 'ms', runs: RUNS,
  }))
}

/** Milliseconds of CPU time. */
function cpu(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
