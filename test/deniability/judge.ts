/** A judge who has everything but a witness: compares what really happened with what was simulated, by every feature that can be measured. */
import { littleEndian, mod } from '../support/v4-second/bytes.js'
import { q } from '../support/v4-second/ed448.js'
import { chiSquared, kolmogorovSmirnov } from './statistics.js'

/** What can be measured of one run: numbers, by name. A name with `#` is of a class; without, of a quantity. */
export type Evidence = Readonly<Record<string, number>>

/** Many runs of one kind: the values of each feature, in the order of the runs. */
export interface Sample {
  readonly runs: number
  readonly columns: Readonly<Record<string, readonly number[]>>
}

/** What a run has where it lacks a feature: a class of its own. */
export const MISSING = -1

/** How a feature differs. */
export interface Finding {
  readonly feature: string
  /** How likely such a difference is if there is none. */
  readonly p: number
}

/** What the judge says of a game. */
export interface Verdict {
  readonly features: number
  /** By which features the judge tells the two apart, the clearest first. Empty: no better than a coin. */
  readonly findings: readonly Finding[]
  /** The feature that differs most, told apart or not. */
  readonly closest: Finding
}

/** How likely it is that a judge who cannot tell says all the same that they can: over all features of a game together. */
export const FALSE_ALARM = 1e-4

/** Judges two samples of runs. */
export function judge(real: Sample, simulated: Sample): Verdict {
  const names = [...new Set([...Object.keys(real.columns), ...Object.keys(simulated.columns)])]
  const differences = names.map((feature): Finding => {
    const of = ({ runs, columns }: Sample): readonly number[] => columns[feature] ?? new Array<number>(runs).fill(MISSING)
    return { feature, p: (isClass(feature) ? chiSquared : kolmogorovSmirnov)(of(real), of(simulated)) }
  }).sort((a, b) => a.p - b.p)
  const [closest] = differences
  if (closest === undefined) throw new Error('a judge needs something to look at')
  return { features: names.length, findings: differences.filter(({ p }) => p < FALSE_ALARM / names.length), closest }
}

/** Whether the numbers of a feature are names of classes; else they are quantities. */
export function isClass(feature: string): boolean {
  return feature.includes('#')
}

/**
 * Everything that a ring signature shows, also to who has secrets of the ring: its six scalars, and for each key whose secret the judge has, the
 * commitment that its owner would have drawn, t = r + c * secret.
 *
 * @param secrets - of the three keys, those that the judge has
 * @param seen - what earlier runs showed: a value that comes again is a feature
 */
export function signatureEvidence(name: string, sigma: Uint8Array, secrets: readonly (Uint8Array | undefined)[], seen: Set<string>): Evidence {
  const scalar = (n: number): bigint => littleEndian(sigma.slice(57 * n, 57 * n + 57))
  const evidence: Record<string, number> = { [`${name} length#`]: sigma.length }
  const add = (what: string, value: bigint): void => {
    evidence[`${name} ${what}`] = Number(value >> 400n)
    evidence[`${name} ${what} mod 4 #`] = Number(value & 3n)
    evidence[`${name} ${what} below q #`] = Number(value < q)
    evidence[`${name} ${what} again #`] = Number(seen.has(`${name} ${what} ${value}`))
    seen.add(`${name} ${what} ${value}`)
  }
  for (const place of [0, 1, 2]) {
    const [c, r] = [scalar(2 * place), scalar(2 * place + 1)]
    add(`c${place + 1}`, c)
    add(`r${place + 1}`, r)
    // A pruned value is 2 or 3 mod 4 once it is reduced: both of a key that does not sign, where they are pruned.
    evidence[`${name} both of key ${place + 1} 2 or 3 mod 4 #`] = Number((c & 3n) >= 2n && (r & 3n) >= 2n)
    const secret = secrets[place]
    if (secret !== undefined) add(`t${place + 1}`, mod(r + c * littleEndian(secret), q))
  }
  return evidence
}

/** What a public value shows: its length, its ends, and whether it came before. */
export function bytesEvidence(name: string, bytes: Uint8Array, seen: Set<string>): Evidence {
  const text = `${name} ${Buffer.from(bytes).toString('hex')}`
  const again = Number(seen.has(text))
  seen.add(text)
  return {
    [`${name} length#`]: bytes.length, [`${name} first`]: bytes[0] ?? -1, [`${name} last`]: bytes.at(-1) ?? -1, [`${name} middle`]: bytes[bytes.length >> 1] ?? -1, [`${name} again #`]: again,
  }
}
