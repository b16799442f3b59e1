/**
 * The time, read from a clock that may be wrong for single readings: a machine wakes up, a time server errs, a virtual machine was
 * stopped. Whatever destroys or publishes something uses a time that two readings in a row support: the median of the time we were sure
 * of before and the last two readings. So a single wrong reading, ahead or behind, changes nothing, however often it recurs; a real jump
 * counts from the second reading on. See spec/time.md. Seconds.
 */
export class SteadyTime {
  #sure: number
  #last: number

  /** @param known - a time that is known to have passed; without one, nothing counts before the second reading */
  constructor(known = Number.NEGATIVE_INFINITY) {
    this.#sure = known
    this.#last = known
  }

  /** Records a reading. Returns the time that we are sure of after it. */
  look(now: number): number {
    this.#sure = this.sure(now)
    this.#last = now
    return this.#sure
  }

  /** The time that we can be sure of with this reading, which is not recorded. Minus infinity if there is none yet. */
  sure(now: number): number {
    const [, middle = now] = [this.#sure, this.#last, now].sort((a, b) => a - b)
    return middle
  }

  /** The reading itself if it is within `distance` of the last one, or if we are sure of no time yet; otherwise the time that we are sure of. */
  plausible(now: number, distance: number): number {
    if (Math.abs(now - this.#last) <= distance) return now
    const sure = this.sure(now)
    return Number.isFinite(sure) ? sure : now
  }

  /** When to read the clock for work that is due at `due`: at that time, or one second after the last reading if that one left us unsure. */
  nextLook(due: number, now: number): number {
    const waits = due <= now && this.#last <= now && now - this.#last < 1
    return waits ? this.#last + 1 : due
  }
}

/**
 * Whether at least `seconds` lie between the time `noted` and now. If `noted` is that far in the future, a wrong clock gave it: it counts
 * as past, so that nothing waits for the time of a wrong clock.
 */
export function isOver(noted: number, seconds: number, now: number): boolean {
  return Math.abs(now - noted) >= seconds
}
