/** Numbers that look random and are the same in every run with the same seed (mulberry32). For schedules, never for keys. */
export interface SeededRandom {
  /** A whole number from 0 up to, and without, `limit`. */
  below(limit: number): number
  pick<T>(list: readonly T[]): T
  /** Text of that many characters, not only ASCII ones. */
  text(length: number): string
}

const alphabet = Array.from('abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789 <>&"\'?,.;:|/ äöüßéñøλж中文🙂')

export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  const pick = <T>(list: readonly T[]): T => {
    const item = list[below(list.length)]
    if (item === undefined) throw new Error('an empty list')
    return item
  }
  return { below, pick, text: (length) => Array.from({ length }, () => pick(alphabet)).join('') }
}
