import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { allScenarios } from '../conformance/scenarios/index.js'
import { judgeRecorded } from '../conformance/recorded/judge.js'
import { recordedRules } from '../conformance/recorded/rules.js'
import { isBuilt, knownPeers } from '../conformance/known-peers.js'
import { PeerProcess } from '../conformance/peer-process.js'
import { LocalPeer } from '../conformance/local-peer.js'
import { runScenarios, type PeerSource, type RunReport } from '../conformance/run.js'
import { groups, sectionText, type Scenario } from '../conformance/scenario.js'
import { makeTestKeys } from '../conformance/test-keys.js'
import { UsageError, type Command, type Io } from './command.js'
import { htmlReport } from './conformance/html-report.js'
import { jsonReport } from './conformance/json-report.js'
import { junitReport } from './conformance/junit-report.js'
import { conformanceTable } from './conformance/table.js'
import { Progress } from './conformance/progress.js'
import { recordedJson, recordedText, ruleRows } from './conformance/recorded-report.js'
import { TranscriptFolder } from './conformance/transcript-folder.js'
import { readIfThere } from './files.js'
import { inertJson } from './inert-text.js'
import { counted, parseOptions, printable } from './options.js'
import { readAll } from './read-all.js'
import { untilSignal } from './signals.js'

const defaults = { answer: 10, scenario: 60, run: 3600 }

export const command: Command = {
  summary: 'judge a program that speaks the peer protocol',
  help: `
usage: otr4 conformance --peer 'COMMAND' [--with 'COMMAND']
                        [SELECTION] [OUTPUT]
       otr4 conformance --all [SELECTION] [OUTPUT]
       otr4 conformance --read FILE [--json]
       otr4 conformance --list | --explain ID

Drives a program through a list of scenarios and prints what it does as the
specifications say, and what not. COMMAND goes to the shell; the program that
it starts speaks the peer protocol, as "otr4 peer" does.

  --peer 'COMMAND'  the program that is judged
  --with 'COMMAND'  the other side: our own client, unless you name another.
                    Give the same command to see the program talk to itself:
                    what works there and not with ours is a dialect
  --all             judge our own program and every one around other people's
                    implementations that test/interop/install.sh has built
  --read FILE       judge a recorded transcript (spec/transcript.md; - is
                    standard input) by what can be seen without any key:
                    counters, key ids, signatures, published MAC keys, ...
  --group GROUP     only this group, or groups that begin so: v3, v3-smp
  --only ID         only this scenario
  --list            print the groups and scenarios; they need no program
  --explain ID      what a scenario sends, what must be seen, and why
  --jobs N          how many scenarios run at the same time
  --timeout S       seconds until an answer (${defaults.answer})
  --limit S         seconds for the whole run of a program (${defaults.run})
  --json            print one JSON object instead of the table
  --junit FILE      write the results as JUnit's XML
  --html FILE       write one page with all results; each opens to what was
                    sent and seen, decoded as "otr4 inspect" does
  --transcripts DIR
                    write what the network of each scenario saw into DIR: a
                    file for each scenario, which "otr4 inspect -",
                    "otr4 forge" and --read read (spec/transcript.md)
  --keep-secrets    keep keys and shared secrets in what is written

A scenario that needs what the program does not claim in "hello" is
"unsupported". What a program should do, and does not, "deviates".

exit codes: 0 all that was claimed holds, 1 something failed, 2 wrong options,
  or nothing in FILE is a message
`,
  async run(args, io) {
    const { values } = parseOptions(args, {
      options: {
        'peer': { type: 'string' }, 'with': { type: 'string' }, 'all': { type: 'boolean' },
        'read': { type: 'string' }, 'group': { type: 'string', multiple: true }, 'only': { type: 'string', multiple: true }, 'list': { type: 'boolean' }, 'explain': { type: 'string' },
        'jobs': { type: 'string' }, 'timeout': { type: 'string' }, 'limit': { type: 'string' },
        'transcripts': { type: 'string' }, 'json': { type: 'boolean' }, 'junit': { type: 'string' }, 'html': { type: 'string' }, 'keep-secrets': { type: 'boolean' },
      },
    })
    if (values.explain !== undefined) return explain(io, values.explain)
    if (values.read !== undefined) {
      const [other] = Object.keys(values).filter((name) => name !== 'read' && name !== 'json')
      if (other !== undefined) throw new UsageError(`--read and --${other} cannot be used together`)
      return await readRecorded(io, values.read, values.json === true)
    }
    const scenarios = selected(values.group ?? [], values.only ?? [])
    if (values.list === true) return list(io, scenarios)
    const answer = wholeNumber('--timeout', values.timeout, defaults.answer)
    const common = {
      scenarios, keepSecrets: values['keep-secrets'] === true, scenarioLimit: Math.max(defaults.scenario, answer),
      runLimit: wholeNumber('--limit', values.limit, defaults.run), jobs: wholeNumber('--jobs', values.jobs, Math.max(2, availableParallelism())),
    }
    if ((values.peer === undefined) !== (values.all === true)) throw new UsageError("give either --peer 'COMMAND' or --all")
    const judged = values.peer === undefined ? everyPeer(answer) : [commandSource('the program', values.peer, answer)]
    const partner = values.with === undefined ? ourClient : commandSource('the partner', values.with, answer)
    const keys = await makeTestKeys()
    const finished = new AbortController()
    const stopped = new AbortController()
    const signal = untilSignal(finished.signal).then(() => { stopped.abort() })
    const reports: RunReport[] = []
    const folder = values.transcripts === undefined ? undefined : new TranscriptFolder(values.transcripts, judged.length > 1)
    for (const peer of judged) {
      if (stopped.signal.aborted && reports.length > 0) break
      const progress = new Progress(io.stderr, peer.name)
      reports.push(await runScenarios({
        ...common, peer, partner, keys, signal: stopped.signal, record: folder !== undefined,
        onResult: (result, done, total) => {
          folder?.write(peer.name, result)
          progress.show(result, done, total)
        },
      }))
      progress.end()
    }
    finished.abort()
    await signal
    await write(io, reports, values)
    folder?.done()
    return reports.every(holds) ? 0 : 1
  },
}

async function readRecorded(io: Io, path: string, json: boolean): Promise<number> {
  const text = path === '-' ? await readAll(io.stdin) : readIfThere(path)
  if (text === undefined) throw new UsageError(`--read: ${printable(path)}: no such file`)
  const report = judgeRecorded(text)
  if (report.results.every(({ outcome }) => outcome === 'nothing')) throw new UsageError(`--read: ${printable(path)}: nothing in it is a message of OTR`)
  io.stdout.write(json ? `${inertJson(recordedJson(path, report, new Date().toISOString()))}\n` : recordedText(path, report))
  return report.results.some(({ outcome }) => outcome === 'failed') ? 1 : 0
}

async function write(io: Io, reports: readonly RunReport[], { json, junit, html }: { readonly json?: boolean, readonly junit?: string, readonly html?: string }): Promise<void> {
  const date = new Date().toISOString()
  if (junit !== undefined) await toFile('--junit', junit, junitReport(reports))
  if (html !== undefined) await toFile('--html', html, htmlReport(reports, date))
  if (json !== true) {
    io.stdout.write(reports.map(conformanceTable).join('\n'))
    return
  }
  for (const report of reports) io.stdout.write(`${inertJson(jsonReport(report, date))}\n`)
}

async function toFile(option: string, path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { mode: 0o600 })
  } catch {
    throw new UsageError(`${option}: ${printable(path)} cannot be written`)
  }
}

/** Whether all claims of the program are true. */
function holds({ results, unusable }: RunReport): boolean {
  return unusable === undefined && results.every(({ verdict: { outcome } }) => outcome !== 'failed' && outcome !== 'not-run')
}

/** `otr4 peer`, in this process. */
const ourClient: PeerSource = {
  name: 'otr4',
  open() {
    const peer = import('./peer/peer.js').then(({ Peer }) => new Peer({ log: () => undefined }))
    return new LocalPeer('otr4', async (line) => (await (await peer).answer(line)).line, async () => { await (await peer).close() })
  },
}

/** Our own program, and those of others that are built in this checkout. */
function everyPeer(answer: number): PeerSource[] {
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const built = Object.values(knownPeers(root)).filter(isBuilt)
  if (built.length === 0) throw new UsageError('--all needs a checkout of the repository, in which test/interop/install.sh has built the other programs')
  const limits = { answer, line: maxAnswer }
  const ours = [process.execPath, ...process.execArgv, process.argv[1] ?? '', 'peer']
  return [
    { name: 'otr4 peer', open: () => new PeerProcess('otr4 peer', ours, { limits }) },
    ...built.map(({ name, command: words }) => ({ name, open: () => new PeerProcess(name, words, { limits, cwd: root }) })),
  ]
}

/** Characters of one answer. */
const maxAnswer = 16 << 20

function commandSource(name: string, command: string, answer: number): PeerSource {
  if (command.trim() === '') throw new UsageError('the command is empty')
  return { name, open: () => new PeerProcess(name, command, { limits: { answer, line: maxAnswer } }) }
}

function selected(wantedGroups: readonly string[], ids: readonly string[]): readonly Scenario[] {
  const inGroup = (name: string) => ({ group }: Scenario): boolean => group === name || group.startsWith(`${name}-`)
  for (const name of wantedGroups) {
    if (!Object.keys(groups).some((group) => group === name || group.startsWith(`${name}-`))) throw new UsageError(`there is no group "${printable(name)}"; --list names them`)
  }
  for (const id of ids) find(id)
  if (wantedGroups.length === 0 && ids.length === 0) return allScenarios
  return allScenarios.filter((scenario) => ids.includes(scenario.id) || wantedGroups.some((name) => inGroup(name)(scenario)))
}

function find(id: string): Scenario {
  const scenario = allScenarios.find((one) => one.id === id)
  if (scenario === undefined) throw new UsageError(`there is no scenario "${printable(id)}"; --list names them`)
  return scenario
}

function list(io: Io, scenarios: readonly Scenario[]): number {
  for (const [group, title] of Object.entries(groups)) {
    const members = scenarios.filter((scenario) => scenario.group === group)
    if (members.length === 0) continue
    io.stdout.write(`${group}: ${title} (${counted(members.length, 'scenario')})\n`)
    for (const { id, level, title: asked } of members) io.stdout.write(`  ${id}  ${level}: ${asked}\n`)
  }
  io.stdout.write(`${counted(scenarios.length, 'scenario')}\n`)
  if (scenarios === allScenarios) {
    io.stdout.write(`\nrecorded: what --read looks for in a transcript (${counted(recordedRules.length, 'rule')})\n`)
    for (const { id, level, title } of recordedRules) io.stdout.write(`  ${id}  ${level}: ${title}\n`)
  }
  return 0
}

function explain(io: Io, id: string): number {
  const rule = recordedRules.find((one) => one.id === id)
  const { title } = rule ?? find(id)
  const rows = rule === undefined ? scenarioRows(find(id)) : ruleRows(rule)
  io.stdout.write(`${id}: ${title}\n${rows.map(([name, text]) => `  ${name.padEnd(12)}  ${text}\n`).join('')}`)
  return 0
}

function scenarioRows({ level, section, sent, expected, why, needs }: Scenario): readonly (readonly [string, string])[] {
  return [['requirement', level], ['where', sectionText(section)], ['is sent', sent], ['must be seen', expected], ['why', why], ['needs', needs.join(', ') || 'nothing']]
}

function wholeNumber(option: string, value: string | undefined, fallback: number): number {
  if (value === undefined) return fallback
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1 || number > 100_000) throw new UsageError(`${option} must be a whole number from 1`)
  return number
}
