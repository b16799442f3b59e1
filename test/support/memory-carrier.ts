import type { FileCarrier, FilePlace } from '../../src/file/index.js'
import { OtrError } from '../../src/errors.js'

/** What a carrier in memory does wrong, if anything. */
export interface CarrierFaults {
  /** The connection of an upload breaks when so many bytes are stored. Used up by one upload. */
  storeAtMost?: number
  /** The connection of a download breaks after so many bytes. Used up by one download. */
  fetchAtMost?: number
  /** What is given instead of what was stored. */
  instead?: (stored: Uint8Array) => Uint8Array
}

/** Carries files in memory, in pieces of a length that fits nothing. */
export class MemoryCarrier implements FileCarrier {
  readonly files = new Map<string, Uint8Array>()
  readonly faults: CarrierFaults = {}

  reserve(length: number): Promise<FilePlace> {
    const place = `memory:${this.files.size + 1}`
    this.files.set(place, new Uint8Array(0))
    return Promise.resolve({
      place,
      stored: () => Promise.resolve(this.files.get(place)?.length ?? 0),
      store: async (from, sealed) => {
        for await (const piece of sealed) {
          const before = this.files.get(place) ?? new Uint8Array(0)
          if (before.length < from || before.length + piece.length > length) throw new OtrError('OTR_FILE_CARRIER', 'no room')
          if (this.faults.storeAtMost !== undefined && before.length + piece.length > this.faults.storeAtMost) {
            delete this.faults.storeAtMost
            throw new OtrError('OTR_FILE_CARRIER', 'the connection broke')
          }
          this.files.set(place, new Uint8Array(Buffer.concat([before, piece])))
        }
      },
      remove: () => {
        this.files.delete(place)
        return Promise.resolve()
      },
    })
  }

  takes(place: string): boolean {
    return place.startsWith('memory:')
  }

  async *fetch(place: string, from: number): AsyncGenerator<Uint8Array, void, undefined> {
    await Promise.resolve()
    const stored = this.files.get(place)
    if (stored === undefined) throw new OtrError('OTR_FILE_CARRIER', 'it is not there')
    const given = this.faults.instead?.(stored) ?? stored
    const end = this.faults.fetchAtMost === undefined ? given.length : Math.min(given.length, from + this.faults.fetchAtMost)
    delete this.faults.fetchAtMost
    for (let at = from; at < end; at += 10_007) yield given.subarray(at, Math.min(end, at + 10_007))
  }
}

/** A file's content by its length, the same at each call. */
export function contentOf(length: number): Uint8Array {
  const content = new Uint8Array(length)
  for (let at = 0; at < length; at++) content[at] = (at * 31 + (at >> 8)) & 0xff
  return content
}

/** Opens the content from a byte on, in pieces. */
export function reading(content: Uint8Array, piece = 9_973): (from: number) => AsyncGenerator<Uint8Array, void, undefined> {
  return async function* (from) {
    await Promise.resolve()
    for (let at = from; at < content.length; at += piece) yield content.subarray(at, at + piece)
  }
}
