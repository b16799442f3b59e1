/**
 * Welch's t for two sets of times: by how many standard errors their means differ. If times do not depend on the class, |t| exceeds 4.5 in about one
 * of 100,000 experiments, whatever the number of samples. With a leak, t grows with the square root of that number.
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

/** t is computed for each of these fractions of the samples, the fastest: slow samples were disturbed by something else. */
const CROPS = [1, 0.9, 0.75, 0.5, 0.25]

/**
 * The t of all crops that is farthest from 0 (as in dudect: Reparaz, Balasch and Verbauwhede, eprint 2016/1123). The limit of a crop is a quantile
 * of both classes together, so that it favours neither.
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
