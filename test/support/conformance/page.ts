/** docs/conformance.md, made of the committed results, the words for what fails, and the mutants. */
import { dialectText } from '../../../src/conformance/dialect.js'
import { groups } from '../../../src/conformance/scenario.js'
import { outcomes, type Outcome } from '../../../src/conformance/verdict.js'
import { foundBy } from '../../conformance/found-by.js'
import { mutants } from '../../conformance/mutants.js'
import type { ProgramResults } from './results.js'

/** By program: what it does wrong, in words, and which scenarios show it. */
export type Words = Readonly<Record<string, readonly { readonly does: string, readonly scenarios: readonly string[] }[]>>

/** What is wrong with the words: a failing scenario that has none, words for one that does not fail, one that is named twice. */
export function faultsOfWords(programs: readonly ProgramResults[], words: Words): string[] {
  const faults: string[] = []
  for (const { name, version, failed, deviates } of programs) {
    const failing = [...failed, ...deviates]
    const named = (words[keyOf({ name, version })] ?? []).flatMap(({ scenarios }) => scenarios)
    for (const id of failing) if (!named.includes(id)) faults.push(`${keyOf({ name, version })}: no words say what it does in ${id}`)
    for (const [at, id] of named.entries()) {
      if (!failing.includes(id)) faults.push(`${keyOf({ name, version })}: there are words for ${id}, which does not fail`)
      if (named.indexOf(id) !== at) faults.push(`${keyOf({ name, version })}: ${id} is named twice`)
    }
  }
  const keys = programs.map(keyOf)
  for (const key of Object.keys(words)) if (!keys.includes(key)) faults.push(`${key}: there are words for it, and no results`)
  return faults
}

/** Under which name its words stand. */
export function keyOf({ name, version }: Pick<ProgramResults, 'name' | 'version'>): string {
  return version === '' ? name : `${name} ${version}`
}

/** What a column or a row is called: the name alone, where only one version of the program was judged. */
function labelOf(program: ProgramResults, programs: readonly ProgramResults[]): string {
  return programs.filter(({ name }) => name === program.name).length > 1 ? keyOf(program) : program.name
}

/** @throws Error if the words are not those for what fails */
export function conformancePage(programs: readonly ProgramResults[], words: Words): string {
  const faults = faultsOfWords(programs, words)
  if (faults.length > 0) throw new Error(faults.join('\n'))
  return `# How implementations fare

<!-- Written by npm run build:conformance from spec/conformance/. -->

These are the results of \`otr4 conformance\` ([how to use it](guides/testing.md#judging-a-whole-program)) for implementations of OTR. The other side is always our client.
To make the same report with every line that was sent, run \`test/interop/install.sh\` in a checkout, and then \`otr4 conformance --all --html report.html\`.
The option \`--explain\` with the name of a scenario says what the scenario asks for, and why. Three of the programs are built only if you supply their sources, as \`install.sh\` explains.

${table(['program', 'date', 'scenarios', ...outcomes.filter((outcome) => outcome !== 'not-run'), 'its version 4'], programs.map((program) => [
    keyOf(program), program.date, String(sum(program)), ...outcomes.filter((outcome) => outcome !== 'not-run').map((outcome) => String(sum(program, outcome))), ownVersion4(program),
  ]))}

*Unsupported*: the program does not claim to have what the scenario needs. *Deviates*: the program does not do what it should, but need not, do. Scenarios that other programs
pass are evidence that the scenarios are right. The date is that of a program's last run, and the number of scenarios is that of the suite on that date.

## By group

A cell says how many scenarios passed, and how many failed or deviate. "–": the program supports nothing of that group. An empty cell: the run ended before that group.

${table(['group', ...programs.map((program) => labelOf(program, programs))], Object.entries(groups).flatMap(([group, title]) =>
    programs.every((program) => program.groups[group] === undefined) ? [] : [[`\`${group}\` ${title}`, ...programs.map((program) => cell(program.groups[group]))]]))}

## What fails, in words

A scenario in italics asks for something that a program *should* do; the others ask for what it *must* do.

${table(['program', 'what it does', 'scenarios'], programs.flatMap((program) => (words[keyOf(program)] ?? []).map(({ does, scenarios }) => [
    labelOf(program, programs), does, scenarios.map((id) => program.deviates.includes(id) ? `*\`${id}\`*` : `\`${id}\``).join(', '),
  ])))}

## What is unsupported

${table(['program', 'has no', 'scenarios that need it'], programs.flatMap((program) => Object.entries(program.lacks).map(([what, count]) => [labelOf(program, programs), what.replaceAll('"', '`'), String(count)])))}

## The suite is proved by mutants

A suite that never finds a fault proves nothing. So we break \`otr4 peer\` on purpose: a mutant is a build with one fault, which is put into the sources while they are bundled (\`test/conformance/mutants.ts\`). None is in the package.
The scenarios below find each of ${mutants.length} mutants, and the unbroken program passes them all. \`npm run test:interop -- --grep mutants\` checks this; it needs only Node. Further scenarios, which are not named here, find many of them, too.

${table(['mutant', 'what it does wrong', 'found by'], mutants.map(({ id, about }) => [id, about, (foundBy[id] ?? []).map((scenario) => `\`${scenario}\``).join(', ')]))}
`
}

function sum({ groups: counts }: ProgramResults, outcome?: Outcome): number {
  const wanted = outcome === undefined ? outcomes : [outcome]
  return Object.values(counts).reduce((total, one) => total + wanted.reduce((some, name) => some + (one[name] ?? 0), 0), 0)
}

function ownVersion4({ dialect, groups: counts }: ProgramResults): string {
  const judged = Object.entries(counts).filter(([group]) => group.startsWith('v4-'))
  if (judged.length === 0) return 'not judged here'
  const has = judged.some(([, one]) => (one.passed ?? 0) + (one.failed ?? 0) > 0)
  if (dialect !== undefined) return Object.entries(dialectText).find(([name]) => name === dialect)?.[1] ?? dialect
  return has ? dialectText.spec : 'none'
}

function cell(counts: ProgramResults['groups'][string] | undefined): string {
  if (counts === undefined) return ''
  const { passed = 0, failed = 0, deviates = 0 } = counts
  if (passed + failed + deviates === 0) return '–'
  return [String(passed), ...failed === 0 ? [] : [`**${failed} failed**`], ...deviates === 0 ? [] : [`${deviates} deviates`]].join(', ')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((one) => one.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}
