import { availableParallelism } from 'node:os'
import { allScenarios } from '../conformance/scenarios/index.js'
import { PeerProcess } from '../conformance/peer-process.js'
import { LocalPeer } from '../conformance/local-peer.js'
import { runScenarios, type PeerSource, type RunReport } from '../conformance/run.js'
import { groups, sectionText, type Scenario } from '../conformance/scenario.js'
import { makeTestKeys } from '../conformance/test-keys.js'
import { UsageError, type Command, type Io } from './command.js'
import { conformanceTable } from './conformance/table.js'
import { Progress } from './conformance/progress.js'
import { counted, parseOptions, printable } from './options.js'

const defaults = { answer: 10, scenario: 60, run: 3600 }

export const command: Command = {
  summary: 'judge a program that speaks the peer protocol',
  help: `
usage: otr4 conformance --peer 'COMMAND' [--with 'COMMAND'] [SELECTION]
       otr4 conformance --list | --explain ID

Drives a program through a list of scenarios and prints what it does as the
specifications say, and what not. COMMAND goes to the shell; the program that
it starts speaks the peer protocol, as "otr4 peer" does.

  --peer 'COMMAND'  the program that is judged
  --with 'COMMAND'  the other side: our own client, unless you name another. Give
                    the same command to see the program talk to itself: what
                    works there and not with ours is a dialect
  --group GROUP     only this group, or groups that begin so: v3, v3-smp
  --only ID         only this scenario
  --list            print the groups and scenarios; they need no program
  --explain ID      what a scenario sends, what must be seen, and why
  --jobs N          how many scenarios run at the same time
  --timeout S       seconds until an answer (${defaults.answer})
  --limit S         seconds for the whole run (${defaults.run})

A scenario that needs what the program does not claim in "hello" is
"unsupported". What a program should do, and does not, "deviates".

exit codes: 0 all that was claimed holds, 1 something failed, 2 wrong options
`,
  async run(args, io) {
    const { values } = parseOptions(args, {
      options: {
        'peer': { type: 'string' }, 'with': { type: 'string' }, 'group': { type: 'string', multiple: true }, 'only': { type: 'string', multiple: true },
        'list': { type: 'boolean' }, 'explain': { type: 'string' }, 'jobs': { type: 'string' }, 'timeout': { type: 'string' }, 'limit': { type: 'string' },
      },
    })
    if (values.explain !== undefined) return explain(io, values.explain)
    const scenarios = selected(values.group ?? [], values.only ?? [])
    if (values.list === true) return list(io, scenarios)
    if (values.peer === undefined) throw new UsageError("--peer 'COMMAND' is missing")
    const answer = seconds('--timeout', values.timeout, defaults.answer)
    const peer = commandSource('the program', values.peer, answer)
    const partner = values.with === undefined ? ourClient : commandSource('the partner', values.with, answer)
    const progress = new Progress(io.stderr)
    const report = await runScenarios({
      peer, partner, scenarios, keys: await makeTestKeys(), keepSecrets: false,
      scenarioLimit: Math.max(defaults.scenario, answer), runLimit: seconds('--limit', values.limit, defaults.run),
      jobs: values.jobs === undefined ? Math.max(2, availableParallelism()) : seconds('--jobs', values.jobs, 2),
      onResult: (result, done, total) => { progress.show(result, done, total) },
    })
    progress.end()
    io.stdout.write(conformanceTable(report))
    return holds(report) ? 0 : 1
  },
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

function commandSource(name: string, command: string, answer: number): PeerSource {
  if (command.trim() === '') throw new UsageError('the command is empty')
  return { name, open: () => new PeerProcess(name, command, { limits: { answer, line: 16 << 20 } }) }
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
  return 0
}

function explain(io: Io, id: string): number {
  const { title, level, section, sent, expected, why, needs } = find(id)
  const rows = [['requirement', level], ['where', sectionText(section)], ['is sent', sent], ['must be seen', expected], ['why', why], ['needs', needs.join(', ') || 'nothing']]
  io.stdout.write(`${id}: ${title}\n${rows.map(([name = '', text = '']) => `  ${name.padEnd(12)}  ${text}\n`).join('')}`)
  return 0
}

function seconds(option: string, value: string | undefined, fallback: number): number {
  if (value === undefined) return fallback
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1 || number > 100_000) throw new UsageError(`${option} must be a whole number from 1`)
  return number
}
