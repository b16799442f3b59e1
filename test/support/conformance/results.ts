/** The committed results of the conformance suite: what a run says of each program, without what was sent. */
import type { Outcome } from '../../../src/conformance/verdict.js'

/** What `otr4 conformance --json` writes of one program, as far as it is kept. */
export interface RunJson {
  readonly suite: { readonly version: string }
  readonly date: string
  readonly peer: { readonly name: string, readonly version: string, readonly dialect?: string }
  readonly unusable?: string
  readonly results: readonly { readonly id: string, readonly group: string, readonly outcome: Outcome, readonly reason?: string }[]
}

/** One program's results. */
export interface ProgramResults {
  readonly name: string
  readonly version: string
  /** The day of the run. */
  readonly date: string
  /** The version of the suite and of our client, which is the other side. */
  readonly suite: string
  readonly dialect?: string
  /** By group: how many scenarios ended so. */
  readonly groups: Readonly<Record<string, Readonly<Partial<Record<Outcome, number>>>>>
  readonly failed: readonly string[]
  readonly deviates: readonly string[]
  /** By what the program lacks: how many scenarios need it. */
  readonly lacks: Readonly<Record<string, number>>
}

/** What is kept of a run: the groups that were run to their end. @throws Error if there is none */
export function reduced({ suite, date, peer: { name, version, dialect }, unusable, results: all }: RunJson): ProgramResults {
  const unfinished = new Set(all.filter(({ outcome }) => outcome === 'not-run').map(({ group }) => group))
  const results = all.filter(({ group }) => !unfinished.has(group))
  if (unusable !== undefined || results.length === 0) throw new Error(`${name}: ${unusable ?? 'no group was run to its end'}`)
  const groups: Record<string, Partial<Record<Outcome, number>>> = {}
  for (const { group, outcome } of results) {
    const counts = groups[group] ??= {}
    counts[outcome] = (counts[outcome] ?? 0) + 1
  }
  const idsOf = (wanted: Outcome): string[] => results.filter(({ outcome }) => outcome === wanted).map(({ id }) => id)
  const lacks: Record<string, number> = {}
  for (const { outcome, reason = '' } of results) {
    if (outcome !== 'unsupported') continue
    const what = / has no (.*?)(?: \(|$)/.exec(reason)?.[1] ?? reason.replace(`${name} `, '')
    lacks[what] = (lacks[what] ?? 0) + 1
  }
  return {
    name, version, date: date.slice(0, 10), suite: suite.version, ...dialect !== undefined && dialect !== 'spec' && { dialect },
    groups, failed: idsOf('failed'), deviates: idsOf('deviates'), lacks,
  }
}

/** The results with those of new runs: each takes the place of that of the same program and version, or of the same program. */
export function merged(old: readonly ProgramResults[], runs: readonly RunJson[]): ProgramResults[] {
  const fresh = runs.map(reduced)
  const replaced = old.map((one) => fresh.find(({ name, version }) => name === one.name && version === one.version) ?? one)
  return [...replaced, ...fresh.filter((one) => !replaced.includes(one))]
}
