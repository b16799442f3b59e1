import { MalformedError } from '../errors.js'
import { plainBytes } from './bytes.js'

/** Length of an encoded Ed448 point or scalar. */
export const POINT_LENGTH = 57

/**
 * Reads the data types of both specifications from front to back. Every method takes the specification's name of the field for the error
 * message, and throws `MalformedError` when the bytes do not contain it. A length is compared with the remaining bytes before it is used. Byte
 * fields are copies: they outlive the input and can be wiped by themselves.
 *
 * @see [OTRv3, "Data types"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 * @see [OTRv4, "Data Types"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#data-types)
 */
export class Reader {
  readonly #bytes: Uint8Array
  #offset: number

  /**
   * @param bytes - any number of bytes; not copied, not changed
   * @param offset - the first byte to read
   */
  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = plainBytes(bytes)
    this.#offset = offset
  }

  /** Position of the next byte. */
  get offset(): number {
    return this.#offset
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.#bytes.length - this.#offset
  }

  /** Throws for the field that begins at the present position, or at `offset`. @throws MalformedError (`OTR_MALFORMED`), always */
  fail(field: string, what: string, offset = this.#offset): never {
    throw new MalformedError(field, offset, what)
  }

  #at(index: number): number {
    return this.#bytes[index] ?? 0
  }

  #advance(field: string, length: number): number {
    const at = this.#offset
    if (length > this.#bytes.length - at) this.fail(field, `${length} bytes wanted, ${this.#bytes.length - at} left`)
    this.#offset = at + length
    return at
  }

  /** BYTE: 0 to 255. */
  byte(field: string): number {
    return this.#at(this.#advance(field, 1))
  }

  /** SHORT: 2 bytes, big-endian. */
  short(field: string): number {
    const at = this.#advance(field, 2)
    return (this.#at(at) << 8) | this.#at(at + 1)
  }

  /** INT: 4 bytes, big-endian, unsigned. */
  int(field: string): number {
    const at = this.#advance(field, 4)
    return ((this.#at(at) << 24) | (this.#at(at + 1) << 16) | (this.#at(at + 2) << 8) | this.#at(at + 3)) >>> 0
  }

  /** The type of an Ed448 key: the only SHORT that is little-endian (`10 00` is 0x0010). */
  publicKeyType(field: string): number {
    const at = this.#advance(field, 2)
    return (this.#at(at + 1) << 8) | this.#at(at)
  }

  /** 8 bytes, big-endian, signed: an expiration in seconds. Refused beyond 2^53, where a number is no longer exact. */
  time(field: string): number {
    const at = this.#advance(field, 8)
    const value = Number(new DataView(this.#bytes.buffer, this.#bytes.byteOffset).getBigInt64(at))
    if (!Number.isSafeInteger(value)) this.fail(field, 'out of range for a time', at)
    return value
  }

  /** Exactly `length` bytes. */
  take(field: string, length: number): Uint8Array {
    const at = this.#advance(field, length)
    return this.#bytes.slice(at, at + length)
  }

  /** DATA: an INT with the length, then that many bytes. */
  data(field: string): Uint8Array {
    const start = this.#offset
    const length = this.int(field)
    if (length > this.remaining) this.fail(field, `length ${length}, but ${this.remaining} bytes left`, start)
    return this.take(field, length)
  }

  /** MPI: big-endian without leading zeros, zero is the empty array. Anything but the minimal form is refused. */
  mpi(field: string): Uint8Array {
    const start = this.#offset
    const value = this.data(field)
    if (value[0] === 0) this.fail(field, 'an MPI with a leading zero byte', start)
    return value
  }

  /** @internal As `mpi`, for a number that comes again and again: `last` itself if it is the same one, without a copy. */
  repeatedMpi(field: string, last: Uint8Array): Uint8Array {
    const start = this.#offset
    const length = this.int(field)
    if (length === last.length && length <= this.remaining && last[0] !== 0 && this.#isNext(last)) {
      this.#offset += length
      return last
    }
    this.#offset = start
    return this.mpi(field)
  }

  /** Variable-time. */
  #isNext(expected: Uint8Array): boolean {
    const [bytes, from] = [this.#bytes, this.#offset]
    let at = 0
    while (at < expected.length && bytes[from + at] === expected[at]) at++
    return at === expected.length
  }

  /** POINT: 57 bytes with y below p. `crypto/` checks whether they are on the curve. */
  point(field: string): Uint8Array {
    const start = this.#offset
    const point = this.take(field, POINT_LENGTH)
    if (!isCanonicalY(point)) this.fail(field, 'the y coordinate is not below p', start)
    return point
  }

  /** SCALAR: 57 bytes, little-endian, not reduced. */
  scalar(field: string): Uint8Array {
    return this.take(field, POINT_LENGTH)
  }

  /** A copy of the bytes that were read since `start`: what a signature covers. */
  slice(start: number): Uint8Array {
    return this.#bytes.slice(start, this.#offset)
  }

  /** Throws when bytes are left: nothing may follow the last field of a message. */
  end(what = 'end of message'): void {
    if (this.remaining > 0) this.fail(what, `${this.remaining} bytes too many`)
  }
}

/** Whether y, the lower 455 bits, is below p = 2^448 - 2^224 - 1: in little-endian bytes 28 times ff, fe, 27 times ff. */
function isCanonicalY(point: Uint8Array): boolean {
  if (((point[56] ?? 0) & 0x7f) !== 0) return false
  for (let i = 55; i > 28; i--) if (point[i] !== 0xff) return true
  if (point[28] !== 0xfe) return point[28] !== 0xff
  for (let i = 27; i >= 0; i--) if (point[i] !== 0xff) return true
  return false
}
