/** Two-sample tests: how likely two samples are to differ so much if they come from one distribution. */

/** Kolmogorov and Smirnov's: for numbers. */
export function kolmogorovSmirnov(one: readonly number[], other: readonly number[]): number {
  const [a, b] = [[...one].sort((x, y) => x - y), [...other].sort((x, y) => x - y)]
  let [i, j, most] = [0, 0, 0]
  while (i < a.length && j < b.length) {
    const next = Math.min(a[i]!, b[j]!)
    while (i < a.length && a[i]! === next) i++
    while (j < b.length && b[j]! === next) j++
    most = Math.max(most, Math.abs(i / a.length - j / b.length))
  }
  const size = Math.sqrt(a.length * b.length / (a.length + b.length))
  const lambda = (size + 0.12 + 0.11 / size) * most
  return kolmogorov(lambda)
}

/** How likely Kolmogorov's statistic is to exceed lambda. */
function kolmogorov(lambda: number): number {
  if (lambda < 0.2) return 1
  let sum = 0
  for (let k = 1; k <= 100; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * lambda * lambda)
  return Math.min(1, Math.max(0, sum))
}

/** Pearson's chi-squared: for numbers that are names of classes. */
export function chiSquared(one: readonly number[], other: readonly number[]): number {
  const classes = [...new Set([...one, ...other])]
  if (classes.length < 2) return 1
  const count = (sample: readonly number[], name: number): number => sample.filter((value) => value === name).length
  let sum = 0
  for (const name of classes) {
    const [a, b] = [count(one, name), count(other, name)]
    for (const [seen, of] of [[a, one.length], [b, other.length]] as const) {
      const expected = (a + b) * of / (one.length + other.length)
      sum += (seen - expected) ** 2 / expected
    }
  }
  return upperGamma((classes.length - 1) / 2, sum / 2)
}

/** Q(a, x), the regularised upper incomplete gamma function: by its series, or by its continued fraction where x is large. */
function upperGamma(a: number, x: number): number {
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a))
  if (x === 0) return 1
  if (x < a + 1) {
    let [term, sum] = [1 / a, 1 / a]
    for (let n = 1; n < 1000; n++) sum += term *= x / (a + n)
    return 1 - sum * scale
  }
  let [b, c, d] = [x + 1 - a, 1e300, 1 / (x + 1 - a)]
  let h = d
  for (let n = 1; n < 1000; n++) {
    b += 2
    d = 1 / (n * (a - n) * d + b)
    c = b + n * (a - n) / c
    h *= d * c
  }
  return h * scale
}

/** ln of the gamma function, by Stirling's series from 10 on. */
function logGamma(a: number): number {
  let shift = 0
  for (; a < 10; a++) shift += Math.log(a)
  return (a - 0.5) * Math.log(a) - a + Math.log(2 * Math.PI) / 2 + 1 / (12 * a) - 1 / (360 * a ** 3) - shift
}

/** How likely the judge is to find a difference of the size that `detectableClass` and `detectableQuantity` name. */
export const POWER = 0.95

/**
 * The smallest difference of a class that half the runs have, as a share of the runs, that two samples of `runs` show with the probability `POWER`.
 *
 * @param falseAlarm - how likely a test may find what is not there
 */
export function detectableClass(runs: number, falseAlarm: number): number {
  return (deviations(falseAlarm) + deviations(2 * (1 - POWER))) * Math.sqrt(0.5 / runs)
}

/** The same for a quantity: the greatest distance of its two distributions. */
export function detectableQuantity(runs: number, falseAlarm: number): number {
  // At the place of the greatest distance, what is measured scatters by sqrt(0.5 / runs) at most.
  const lambda = falling((x) => kolmogorov(x), falseAlarm)
  return lambda * Math.sqrt(2 / runs) + deviations(2 * (1 - POWER)) * Math.sqrt(0.5 / runs)
}

/** So many standard deviations a normal variable exceeds, to either side, with this probability. */
function deviations(probability: number): number {
  return falling((z) => upperGamma(0.5, z * z / 2), probability)
}

/** Where a function that falls from 1 has this value. */
function falling(f: (x: number) => number, value: number): number {
  let [low, high] = [0.21, 40]
  for (let n = 0; n < 100; n++) {
    const middle = (low + high) / 2
    if (f(middle) > value) low = middle
    else high = middle
  }
  return low
}
