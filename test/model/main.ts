// The model check of SECURITY.md: drives the real client through all orders of what its person, a correspondent, a stranger and the network may do.
//   npm run check:trust -- [--states 2400000] [--seed 1] [--jobs 2] [--scenario NAME] [--walks 2000] [--json]
// Exits with 1 if a rule was broken, after printing the shortest path to it.
import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import type { Report } from './check.js'
import type { Progress } from './explore.js'
import { scenarios } from './scenarios.js'
import type { Answer, Order } from './worker.js'

const { values } = parseArgs({
  options: {
    states: { type: 'string', default: '2400000' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    walks: { type: 'string', default: '2000' },
    scenario: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})

function count(name: string, text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= 0) return number
  console.error(`--${name} takes a whole number`)
  process.exit(2)
}

const chosen = scenarios.flatMap(({ name }, at) => values.scenario === undefined || name === values.scenario ? [at] : [])
if (chosen.length === 0) {
  console.error(`there is no scenario "${values.scenario ?? ''}": ${scenarios.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}
const states = Math.ceil(count('states', values.states) / chosen.length)
const walks = Math.ceil(count('walks', values.walks) / chosen.length)
const wanted = states * chosen.length
const began = performance.now()
const progresses = new Map<number, Progress>()
const reports = new Map<number, Report>()

function tell(line: string): void {
  if (!values.json) console.log(line)
}

function secondsText(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`
}

const live = process.stderr.isTTY && !values.json

/** One line: how many states, which scenarios, how fast, how long. */
function progressLine(): string {
  const done = [...chosen].reduce((sum, at) => sum + (reports.get(at)?.states ?? progresses.get(at)?.states ?? 0), 0)
  const seconds = (performance.now() - began) / 1000
  const rate = done / seconds
  const running = [...progresses].filter(([at]) => !reports.has(at)).map(([at, progress]) => `${scenarios[at]!.name}: depth ${progress.depth + 1}`)
  return `${done} of ${wanted} states, ${Math.round(rate)} a second, ${secondsText((wanted - done) / Math.max(rate, 1))} left; ${running.join(', ')}`
}

const ticker = setInterval(() => {
  if (live) process.stderr.write(`\r\x1b[K${progressLine().slice(0, (process.stderr.columns || 80) - 1)}`)
  else if (!values.json) console.log(progressLine())
}, live ? 1000 : 60_000)

function reportLine({ scenario, about, ...report }: Report): string {
  const depth = report.whole ? 'all there is' : `all of ${report.depth} moves and part of ${report.depth + 1}`
  return `${scenario}: ${report.states} states, ${depth}, ${report.transitions} moves, ${report.read} decrypted; ` +
    `${report.compared} ways with the real arithmetic (${report.crossed} parted at a crossing), ${report.meetings} meetings, ${report.walked} moves of ${report.walks} long ways; ` +
    `${secondsText(report.seconds)} (${about})`
}

function hasReported(at: number, report: Report): void {
  reports.set(at, report)
  if (live) process.stderr.write('\r\x1b[K')
  tell(reportLine(report))
  for (const { what, story } of report.problems) tell(`\n*** ${what}\n${story.join('\n')}\n`)
}

const waiting = [...chosen]
const workers = Array.from({ length: Math.max(1, Math.min(count('jobs', values.jobs), chosen.length)) }, () =>
  fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), { execArgv: process.execArgv }))
await Promise.all(workers.map((worker) => new Promise<void>((resolve, reject) => {
  const next = (): void => {
    const at = waiting.shift()
    if (at === undefined) {
      worker.disconnect()
      resolve()
      return
    }
    worker.send({ scenario: at, states, seed: values.seed, sampleEvery: 5000, walks } satisfies Order)
  }
  worker.on('error', reject)
  worker.on('exit', (code) => {
    if (code !== 0 && code !== null) reject(new Error(`a process of the check ended with ${code}`))
  })
  worker.on('message', (answer: Answer) => {
    if (answer.kind === 'progress') {
      progresses.set(answer.scenario, answer.progress)
      return
    }
    hasReported(answer.scenario, answer.report)
    next()
  })
  next()
})))
clearInterval(ticker)

const all = [...reports.values()]
const sum = (of: (report: Report) => number): number => all.reduce((total, report) => total + of(report), 0)
const problems = sum((report) => report.problems.length)
const result = {
  states: sum((report) => report.states), transitions: sum((report) => report.transitions), walked: sum((report) => report.walked),
  compared: sum((report) => report.compared), problems, seconds: (performance.now() - began) / 1000, seed: values.seed,
}
if (values.json) console.log(JSON.stringify({ ...result, scenarios: all }))
else tell(`${result.states} distinct states in all orders, ${result.transitions} moves, in ${secondsText(result.seconds)}; ${problems === 0 ? 'no rule was broken' : `${problems} problems`}`)
process.exitCode = problems === 0 ? 0 : 1
