/**
 * What time it is for a server, as far as its lines tell: the clocks here and there may differ by any amount, so its times are compared
 * with each other alone. All times in milliseconds; those of here are of a clock that only runs forward.
 */
export class ServerClock {
  /** Server's time minus ours, by what our own server wrote, and by anybody's line where it writes no times itself. */
  #server: number | undefined
  #anybody: number | undefined

  /**
   * A line with a time came. `answer`: to a question that was just asked, so it is of now; else it is of now or older. `server`: from our
   * own server, `anybody`: from a person, with the time of a server that may be another's, whose clock may run ahead.
   */
  note(told: number, here: number, by: 'answer' | 'server' | 'anybody'): void {
    const offset = told - here
    if (by === 'answer') this.#server = offset
    else if (by === 'server') this.#server = Math.max(this.#server ?? offset, offset)
    else this.#anybody = Math.max(this.#anybody ?? offset, offset)
  }

  /** How old a line is; undefined while nothing is known to compare it with. Never negative. */
  age(told: number, here: number): number | undefined {
    const offset = this.#server ?? this.#anybody
    return offset === undefined ? undefined : Math.max(0, here + offset - told)
  }
}

/** Reads the `time` tag: ISO 8601, or seconds as old versions of ZNC write them. Milliseconds; undefined for what is no time. */
export function parseServerTime(tag: string | undefined): number | undefined {
  if (tag === undefined || tag === '') return undefined
  const time = /^\d{1,12}(?:\.\d+)?$/.test(tag) ? Number(tag) * 1000 : Date.parse(tag)
  return Number.isFinite(time) ? time : undefined
}
