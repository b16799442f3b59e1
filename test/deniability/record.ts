/** What is kept of a large run, and what docs/pictures/ is drawn from: counts and verdicts, no runs. */
import { isClass, type Finding, type Sample } from './judge.js'

/** How the judge decided about one kind of simulated runs. */
export interface KindRecord {
  readonly how: string
  /** It is simulated badly, and has to be caught. */
  readonly control: boolean
  /** So many of them; of those that happened there may be more. */
  readonly runs: number
  readonly features: number
  /** By how many features the judge told it from what happened. */
  readonly told: number
  readonly closest: Finding
}

/** How the values of one feature are distributed. */
export interface Distribution {
  readonly feature: string
  /** The classes; of a quantity, where each of its intervals begins. */
  readonly bins: readonly number[]
  /** The share of the runs in each bin, by the kind of run; first those that happened. */
  readonly shares: Readonly<Record<string, readonly number[]>>
}

export interface GameRecord {
  readonly name: string
  readonly kinds: readonly KindRecord[]
  readonly distributions: readonly Distribution[]
}

/** What `--record` writes. */
export interface DeniabilityRecord {
  /** When the runs were made: YYYY-MM-DD. */
  readonly date: string
  readonly games: readonly GameRecord[]
}

/** Intervals of a quantity. */
const INTERVALS = 16

export function recordOf({ name, shown, kinds, samples }: {
  readonly name: string, readonly shown: readonly string[], readonly kinds: readonly KindRecord[], readonly samples: readonly (readonly [string, Sample])[],
}): GameRecord {
  return { name, kinds, distributions: shown.map((feature) => distribution(feature, samples)) }
}

function distribution(feature: string, samples: readonly (readonly [string, Sample])[]): Distribution {
  const values = samples.map(([how, { columns }]) => {
    const column = columns[feature]
    if (column === undefined) throw new Error(`${how} has no feature ${feature}`)
    return [how, column] as const
  })
  const all = values.flatMap(([, column]) => column)
  const [least, most] = all.reduce(([low, high], one) => [Math.min(low, one), Math.max(high, one)], [Infinity, -Infinity])
  const width = (most - least) / INTERVALS
  const bins = isClass(feature) ? [...new Set(all)].sort((a, b) => a - b) : Array.from({ length: INTERVALS }, (_, n) => least + n * width)
  const binOf = (value: number): number => isClass(feature) ? bins.indexOf(value) : Math.min(INTERVALS - 1, Math.floor((value - least) / width))
  return {
    feature, bins, shares: Object.fromEntries(values.map(([how, column]) => {
      const counts = bins.map(() => 0)
      for (const value of column) counts[binOf(value)]!++
      return [how, counts.map((count) => count / column.length)]
    })),
  }
}
