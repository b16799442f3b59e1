/**
 * Estimates a server's clock from the times in its lines. The server's clock and ours may differ by any amount, so the server's times are compared
 * only with each other. All times are milliseconds; ours come from a clock that only runs forward.
 */
export class ServerClock {
  /** The server's time minus ours: from our own server's lines, and from those of people for a server that gives its own lines no time. */
  #server: number | undefined
  #anybody: number | undefined

  /**
   * A line with a time came. `answer`: the server answers a question that we have just asked, so the line is new. `server`: another line of our own
   * server's, new or older. `anybody`: a line of a person's; its time may come from another server, whose clock may run ahead.
   */
  note(told: number, here: number, by: 'answer' | 'server' | 'anybody'): void {
    const offset = told - here
    if (by === 'answer') this.#server = offset
    else if (by === 'server') this.#server = Math.max(this.#server ?? offset, offset)
    else this.#anybody = Math.max(this.#anybody ?? offset, offset)
  }

  /** How old a line is, at least 0. Undefined while there is nothing to compare it with. */
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
