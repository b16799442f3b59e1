/** A generator of numbers from 0 up to, and without, a limit; the same for the same seed. */
export type Dice = (below: number) => number

/** mulberry32 */
export function dice(seed: number): Dice {
  let state = seed * 2654435761 + 1
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}
