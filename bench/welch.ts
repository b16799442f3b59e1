/**
 * Welch's t for two sets of times: how many standard errors their means are apart. What is independent of its class stays below 4.5 but in one
 * of about 100,000 experiments, whatever the number of samples; a leak grows with the square root of it.
 */
export function welch(a: readonly number[], b: readonly number[]): number {
  if (a.length < 2 || b.length < 2) return 0
  const [x, y] = [moments(a), moments(b)]
  const error = Math.sqrt(x.variance / a.length + y.variance / b.length)
  return error === 0 ? 0 : (x.mean - y.mean) / error
}

function moments(values: readonly number[]): { mean: number, variance: number } {
  let mean = 0
  let squares = 0
  values.forEach((value, i) => {
    const delta = value - mean
    mean += delta / (i + 1)
    squares += delta * (value - mean)
  })
  return { mean, variance: squares / (values.length - 1) }
}

/** The parts of the samples, the fastest first, of which t is computed: slow ones were disturbed by something else. */
const CROPS = [1, 0.9, 0.75, 0.5, 0.25]

/**
 * The t farthest from 0 of all crops (as dudect does it: Reparaz, Balasch and Verbauwhede, eprint 2016/1123). The limit of a crop is a quantile
 * of both classes together, so that it favours none.
 */
export function worstT(a: readonly number[], b: readonly number[]): number {
  const all = [...a, ...b].sort((x, y) => x - y)
  let worst = 0
  for (const crop of CROPS) {
    const limit = all[Math.ceil(all.length * crop) - 1] ?? Infinity
    const t = welch(a.filter((value) => value <= limit), b.filter((value) => value <= limit))
    if (Math.abs(t) > Math.abs(worst)) worst = t
  }
  return worst
}
