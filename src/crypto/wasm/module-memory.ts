/** The area of a module's memory through which data goes in and comes out. */
export interface Buffer {
  /** All of it, so that an address is a place in it and in its buffer. */
  readonly memory: Uint8Array
  readonly start: number
  readonly length: number
}

/**
 * Copies the parts into the buffer piece by piece and calls `take` for each full buffer but the last. Returns the length of the last piece, which
 * is still in the buffer: wipe it.
 */
export function feed({ memory, start, length }: Buffer, parts: readonly Uint8Array[], take: (length: number) => void): number {
  // Checked first: a hash that stops half way would spoil the next one.
  for (const part of parts) if (!(part instanceof Uint8Array)) throw new TypeError('what is hashed must be bytes')
  let filled = 0
  for (const part of parts) {
    if (part.length <= length - filled) {
      memory.set(part, start + filled)
      filled += part.length
      continue
    }
    for (let at = 0; at < part.length;) {
      if (filled === length) {
        take(filled)
        filled = 0
      }
      const piece = Math.min(part.length - at, length - filled)
      memory.set(part.subarray(at, at + piece), start + filled)
      filled += piece
      at += piece
    }
  }
  return filled
}

/** Runs a cipher over data of any length, one buffer at a time, into an array that `allocate` makes; wipes the buffer. */
export function applyCipher({ memory, start, length }: Buffer, data: Uint8Array, allocate: (length: number) => Uint8Array, call: (length: number, at: number) => void): Uint8Array {
  if (data.length <= length) {
    memory.set(data, start)
    call(data.length, 0)
    const result = allocate(data.length)
    result.set(new Uint8Array(memory.buffer, start, data.length))
    memory.fill(0, start, start + data.length)
    return result
  }
  const result = allocate(data.length)
  for (let at = 0; at < data.length; at += length) {
    const piece = Math.min(data.length - at, length)
    memory.set(data.subarray(at, at + piece), start)
    call(piece, at)
    result.set(memory.subarray(start, start + piece), at)
  }
  memory.fill(0, start, start + length)
  return result
}
