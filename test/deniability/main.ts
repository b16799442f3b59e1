/**
 * `npm run bench:deniability [-- RUNS] [--keep DIR [--only WORDS ...]] [--record FILE]`: all games with so many runs of each kind, 5,000 if not said
 * otherwise. Ends with 1 if the judge is wrong. With `--keep`, the runs of each kind are stored when they are complete, and are not made again: a run
 * that was stopped goes on. `--only` makes and stores the kinds with these words in "GAME; HOW", and judges nothing: for several processors.
 * `--record` writes what docs/pictures/ is drawn from.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { controlRuns, games, runsOf } from './games.js'
import { FALSE_ALARM, judge, type Sample } from './judge.js'
import { recordOf, type GameRecord, type KindRecord } from './record.js'
import { detectableClass, detectableQuantity, POWER } from './statistics.js'

const { values: { keep, record, only }, positionals: [given = '5000'] } = parseArgs({
  options: { keep: { type: 'string' }, record: { type: 'string' }, only: { type: 'string', multiple: true } }, allowPositionals: true,
})
const runs = Number(given)
if (!Number.isSafeInteger(runs) || runs < 1) throw new Error(`${given} is no number of runs`)
if (keep !== undefined) mkdirSync(keep, { recursive: true })

/** A line every ten seconds. */
const every = 10_000
if (only !== undefined && keep === undefined) throw new Error('--only goes with --keep')
const kindsInAll = games.reduce((sum, { simulated, controls }) => sum + 1 + Object.keys(simulated).length + Object.keys(controls).length, 0)
let kindsDone = 0

function sampleOf(game: string, how: string, make: (progress: (done: number) => void) => Sample): Sample {
  const file = keep === undefined ? undefined : join(keep, `${runs} ${game} ${how}.json`.replaceAll(/[^a-z0-9.]+/gi, '-'))
  kindsDone++
  if (file !== undefined && existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Sample
  let told = Date.now()
  const sample = make((done) => {
    if (Date.now() - told < every) return
    told = Date.now()
    process.stderr.write(`kind ${kindsDone} of ${kindsInAll}: ${done} of ${runs} runs (${game}; ${how})\n`)
  })
  if (file !== undefined) {
    // Complete under its name, or not at all.
    writeFileSync(`${file}.part`, JSON.stringify(sample))
    renameSync(`${file}.part`, file)
  }
  return sample
}

if (only !== undefined) {
  for (const { name, real, simulated, controls } of games) {
    for (const [how, make] of Object.entries({ real, ...simulated, ...controls })) {
      if (typeof make === 'function' && only.some((words) => `${name}; ${how}`.includes(words))) sampleOf(name, how, (progress) => runsOf(make, runs, progress))
    }
  }
  process.exit()
}

let wrong = 0
const records: GameRecord[] = []
for (const { name, shown, real, simulated, controls } of games) {
  const happened = sampleOf(name, 'real', (progress) => runsOf(real, runs, progress))
  const kinds: KindRecord[] = []
  const samples = new Map([['real', happened]])
  const simulatedAs = (how: string): Sample => {
    const sample = samples.get(how)
    if (sample === undefined) throw new Error(`${name} has no simulated runs ${how}`)
    return sample
  }
  for (const [control, makers] of [[false, simulated], [true, controls]] as const) {
    for (const [how, make] of Object.entries(makers)) {
      const sample = sampleOf(name, how, (progress) => controlRuns(make, simulatedAs, runs, progress))
      const { findings, features, closest } = judge(happened, sample)
      const told = findings.length > 0
      if (told !== control) wrong++
      kinds.push({ how, control, runs: sample.runs, features, told: findings.length, closest })
      samples.set(how, sample)
      process.stdout.write(`${name}; ${how} (${happened.runs} and ${sample.runs} runs): ${told ? `told by ${findings.length} of ${features} features, first` : `cannot be told by any of ${features} features, closest`} by ${closest.feature} (p = ${closest.p.toExponential(1)})\n`)
    }
  }
  const falseAlarm = FALSE_ALARM / Math.max(...kinds.map(({ features }) => features))
  const least = Math.min(happened.runs, ...kinds.map((kind) => kind.runs))
  process.stdout.write(`${name}: with a probability of ${POWER} the judge finds a class of half the runs that differs by ${percent(detectableClass(least, falseAlarm))}, and a quantity whose distribution differs by D = ${detectableQuantity(least, falseAlarm).toFixed(3)}\n`)
  records.push(recordOf({ name, shown, kinds, samples: [...samples] }))
}
if (record !== undefined) writeFileSync(record, `${JSON.stringify({ date: new Date().toISOString().slice(0, 10), games: records }, undefined, 1)}\n`)
process.exitCode = wrong > 0 ? 1 : 0

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
