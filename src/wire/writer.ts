import { OtrError } from '../errors.js'
import { wipeWatch } from '../wiped.js'
import { int64be, minimalBigEndian } from './bytes.js'
import { POINT_LENGTH } from './reader.js'

/** How much memory `restart` keeps: one huge message must not hold its memory for ever. */
const LARGEST_KEPT = 4096

/**
 * Writes the data types of both specifications one after another; the reverse of `Reader`. Numbers out of range and byte fields of a wrong
 * length are bugs and throw `OTR_INTERNAL`.
 *
 * @see [OTRv3, "Data types"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 * @see [OTRv4, "Data Types"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#data-types)
 */
export class Writer {
  #bytes: Uint8Array
  #length = 0

  /** @param capacity - expected length in bytes; more is possible */
  constructor(capacity = 512) {
    this.#bytes = new Uint8Array(capacity)
  }

  /** Call it before `#bytes` is used in an expression: growing replaces the array. */
  #advance(length: number): number {
    const at = this.#length
    const end = at + length
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.#bytes.length * 2))
      grown.set(this.#bytes)
      // The bytes may be secret: leave no copies.
      this.#bytes.fill(0)
      this.#bytes = grown
    }
    this.#length = end
    return at
  }

  /** BYTE. */
  byte(value: number): this {
    const at = this.#advance(1)
    this.#bytes[at] = inRange(value, 0xff)
    return this
  }

  /** SHORT: 2 bytes, big-endian. */
  short(value: number): this {
    const at = this.#advance(2)
    this.#bytes[at] = inRange(value, 0xffff) >>> 8
    this.#bytes[at + 1] = value
    return this
  }

  /** INT: 4 bytes, big-endian, unsigned. */
  int(value: number): this {
    const at = this.#advance(4)
    this.#bytes[at] = inRange(value, 0xffffffff) >>> 24
    this.#bytes[at + 1] = value >>> 16
    this.#bytes[at + 2] = value >>> 8
    this.#bytes[at + 3] = value
    return this
  }

  /** The type of an Ed448 key: 2 bytes, little-endian. */
  publicKeyType(value: number): this {
    const at = this.#advance(2)
    this.#bytes[at] = inRange(value, 0xffff)
    this.#bytes[at + 1] = value >>> 8
    return this
  }

  /** 8 bytes, big-endian, signed: an expiration in seconds. */
  time(value: number): this {
    if (!Number.isSafeInteger(value)) throw new OtrError('OTR_INTERNAL', 'a time must be a safe integer')
    return this.bytes(int64be(value))
  }

  /** Bytes as they are, with no length before them. */
  bytes(value: Uint8Array): this {
    wipeWatch?.used([value])
    const at = this.#advance(value.length)
    this.#bytes.set(value, at)
    return this
  }

  /** Bytes as they are, whose length the specification fixes. */
  fixed(value: Uint8Array, length: number): this {
    if (value.length !== length) throw new OtrError('OTR_INTERNAL', `a field of ${length} bytes was given ${value.length}`)
    return this.bytes(value)
  }

  /** DATA: the length as an INT, then the bytes. */
  data(value: Uint8Array): this {
    return this.int(value.length).bytes(value)
  }

  /** MPI: leading zeros are stripped. */
  mpi(value: Uint8Array): this {
    return this.data(minimalBigEndian(value))
  }

  /** POINT: 57 bytes. */
  point(value: Uint8Array): this {
    return this.fixed(value, POINT_LENGTH)
  }

  /** SCALAR: 57 bytes. */
  scalar(value: Uint8Array): this {
    return this.fixed(value, POINT_LENGTH)
  }

  /** A copy of the bytes that were written so far. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  /** A view of the bytes written so far; the next write invalidates it. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Starts again in the same memory, for public data that is written often. The old bytes stay there until they are overwritten. */
  restart(): this {
    if (this.#bytes.length > LARGEST_KEPT) this.#bytes = new Uint8Array(LARGEST_KEPT)
    this.#length = 0
    return this
  }
}

function inRange(value: number, largest: number): number {
  if (!Number.isInteger(value) || value < 0 || value > largest) {
    throw new OtrError('OTR_INTERNAL', `a number outside 0 to ${largest} cannot be encoded`)
  }
  return value
}
