/**
 * The time, by a clock that may be wrong for one look: a machine that wakes up, a time server that errs, a virtual machine that was
 * stopped. What destroys or publishes goes by a time that two readings in a row agree on: the middle one of what we were sure of before and
 * the last two readings. One wild reading, ahead or behind, changes nothing then, however often it comes; a jump that is real counts
 * from the second reading on. See spec/time.md. Seconds.
 */
export class SteadyTime {
  #sure: number
  #last: number

  /** @param known - a time of which we know that it has been; without one, nothing counts before the second reading */
  constructor(known = Number.NEGATIVE_INFINITY) {
    this.#sure = known
    this.#last = known
  }

  /** Takes a reading in. Returns the time that it leaves us sure of. */
  look(now: number): number {
    this.#sure = this.sure(now)
    this.#last = now
    return this.#sure
  }

  /** The time that we can be sure of with this reading, which is not remembered. Minus infinity: of none. */
  sure(now: number): number {
    const [, middle = now] = [this.#sure, this.#last, now].sort((a, b) => a - b)
    return middle
  }

  /** The reading itself where it is within `distance` of the last one; else, and where that is no time yet, what we can be sure of. */
  plausible(now: number, distance: number): number {
    if (Math.abs(now - this.#last) <= distance) return now
    const sure = this.sure(now)
    return Number.isFinite(sure) ? sure : now
  }

  /** When to look for work that is due at `due`: then; or, where we have just looked and were not sure yet, a second later. */
  nextLook(due: number, now: number): number {
    const waits = due <= now && this.#last <= now && now - this.#last < 1
    return waits ? this.#last + 1 : due
  }
}

/**
 * Whether so many seconds lie between a time that was noted and now. A noted time that lies further ahead than that was read off a wrong
 * clock: it counts as past, so that nothing waits until a wrong clock's time has come.
 */
export function isOver(noted: number, seconds: number, now: number): boolean {
  return Math.abs(now - noted) >= seconds
}
