/** Generates integers from 0 (inclusive) to a limit (exclusive). */
export type IntegerSource = (below: number) => number

/** A generator that gives the same integers for the same seed (mulberry32). Not random at all. */
export function seededIntegers(seed: number): IntegerSource {
  let state = seed * 2654435761 + 1
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}
