/** One line of the report. */
export interface Result {
  readonly bench: string
  readonly implementation: string
  readonly median: number
  readonly unit: 'ms' | 'per s' | 'MB'
  readonly runs: number
}

/** Something to measure. `run` does it once, or `count` times; with `count` the report says how many a second. */
export interface Row {
  readonly bench: string
  readonly implementation: string
  readonly runs: number
  readonly count?: number
  /** Called before each run; not measured. */
  readonly before?: () => void
  readonly run: () => void
}

/** The clock of `measure`, in milliseconds. */
export let now = (): number => performance.now()

/** From now on `measure` counts the time for which this process had a processor: on a machine that does other work too, the others' time is not in it. */
export function countProcessorTime(): void {
  now = () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  }
}

/** The median of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] ?? NaN : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2
}

/** Measures a row. The first two runs are for warming up and do not count. */
export function measure({ bench, implementation, runs, count, before, run }: Row): Result {
  const times: number[] = []
  for (let i = -2; i < runs; i++) {
    before?.()
    const start = now()
    run()
    if (i >= 0) times.push(now() - start)
  }
  const ms = median(times)
  return count === undefined
    ? { bench, implementation, median: round(ms), unit: 'ms', runs }
    : { bench, implementation, median: Math.round(count * 1000 / ms), unit: 'per s', runs }
}

function round(ms: number): number {
  return Number(ms.toPrecision(4))
}
