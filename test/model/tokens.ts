import { createHash } from 'node:crypto'
import { isRow, shapeOf, type Row } from './shapes.js'

/*
 * Two worlds count as the same if a consistent renaming of all secrets, public keys, session ids and texts turns one into the other, with all
 * times relative to now. So a value is written as tokens in which a byte string is a name: its hash, which `Digester` replaces by the number of
 * its first occurrence in the whole world. Long-term keys are not renamed: they are represented by their owner.
 */

/** What a token is; how many numbers follow it. */
export const token = {
  undefined: 0, null: 1, false: 2, true: 3,
  /** Low and high half of the double. */
  number: 4,
  /** The number of the string. */
  string: 5,
  /** Two halves of a hash. */
  name: 6,
  /** Seconds after the beginning of time. */
  time: 7,
  /** How many elements. */
  list: 8,
  /** The number of the row of its properties. */
  object: 9,
  /** The number of the owner's key. */
  constant: 10,
  /** How many zeros: wiped bytes. */
  zeros: 11,
  /** How many bytes, of which nothing follows. */
  length: 12,
} as const

/** When every check begins, in seconds since 1970. */
export const START = 1_700_000_000
/** What counts as a time: anything so near to the beginning. */
const SPAN = 50_000_000

const strings = new Map<string, number>()
const view = new DataView(new ArrayBuffer(8))

/** A number for a string. */
export function numberOf(text: string): number {
  let number = strings.get(text)
  if (number === undefined) strings.set(text, number = strings.size)
  return number
}

/** 64 bits of a hash of bytes, in two halves, and whether all of them are zero. */
const hash = { a: 0, b: 0, zeros: true }

function hashBytes(bytes: Uint8Array): void {
  let [a, b] = [0x811c9dc5, bytes.length]
  let any = 0
  for (const byte of bytes) {
    any |= byte
    a = Math.imul(a ^ byte, 0x01000193)
    b = Math.imul(b ^ byte, 0x5bd1e995) ^ (b >>> 15)
  }
  hash.a = a
  hash.b = b
  hash.zeros = any === 0
}

/** 53 bits of two halves, as one number. */
function nameOf(a: number, b: number): number {
  return a * 0x200000 + (b & 0x1fffff)
}

/** The owners of byte strings that everybody knows, by content. */
export class Constants {
  readonly #numbers = new Map<number, number>()

  /** A later name of the same bytes is ignored. */
  add(bytes: Uint8Array, name: string): void {
    hashBytes(bytes)
    const key = nameOf(hash.a, hash.b)
    if (!this.#numbers.has(key)) this.#numbers.set(key, numberOf(`constant ${name}`))
  }

  /** `key`: of the bytes. */
  find(key: number): number | undefined {
    return this.#numbers.get(key)
  }
}

/** Fields that do not influence what happens next: history for people, counters of names, allowances far from their limit. */
const overlooked = new Set(['trustHistory', 'handshakes', 'nextHeld', 'nextSent', 'id', 'firstSeen', 'allowance', 'allowanceAt'])
/** Fields of which only the presence matters. */
const presence = new Set(['lastSeen'])
/** Fields of which only the length matters: they are for others to read. */
const lengths = new Set(['oldMacKeys', 'revealedMacKeys', 'macKeysToReveal'])
/** A time so far away that the distance does not matter: nobody waits for it. */
const faraway = new Set(['expiration'])
/** Numbers that are stored as bytes. */
const values = new Set(['counter'])

const hexOfBytes = /^(?:[0-9a-f]{2}){8,}$/

/** Writes values as tokens. */
export class Tokens {
  #at = 0
  #numbers = new Int32Array(1 << 14)
  readonly #constants: Constants

  constructor(constants: Constants) {
    this.#constants = constants
  }

  /** The tokens of some values, concatenated. */
  of(...all: readonly unknown[]): Int32Array {
    this.#at = 0
    for (const value of all) this.#value(value, '')
    return this.#numbers.slice(0, this.#at)
  }

  #value(value: unknown, key: string): void {
    switch (typeof value) {
      case 'undefined': this.#put(token.undefined); return
      case 'boolean': this.#put(value ? token.true : token.false); return
      case 'number': this.#number(value, key); return
      case 'string': this.#string(value); return
      case 'object':
        if (value === null) this.#put(token.null)
        else if (value instanceof Uint8Array) this.#bytes(value, key)
        else if (Array.isArray(value)) this.#list(value, key)
        else if (isRow(value)) this.#object(value)
        return
      default: throw new Error(`a ${typeof value} in a state`)
    }
  }

  #number(value: number, key: string): void {
    if (Math.abs(value - START) < SPAN && !faraway.has(key)) {
      this.#put1(token.time, value - START)
      return
    }
    view.setFloat64(0, value)
    this.#put2(token.number, view.getInt32(0), view.getInt32(4))
  }

  #string(value: string): void {
    // Ids and fingerprints in hex are the same names as their bytes, and so are texts.
    if (value.length >= 16 && hexOfBytes.test(value)) this.#bytes(Buffer.from(value, 'hex'), '')
    else if (value.startsWith('TEXT-')) this.#bytes(Buffer.from(value), '')
    else this.#put1(token.string, numberOf(value))
  }

  #bytes(value: Uint8Array, key: string): void {
    if (lengths.has(key)) {
      this.#put1(token.length, value.length)
      return
    }
    if (values.has(key)) {
      const bytes = Buffer.concat([new Uint8Array(8), value]).subarray(-8)
      this.#put2(token.number, bytes.readInt32BE(0), bytes.readInt32BE(4))
      return
    }
    hashBytes(value)
    const constant = this.#constants.find(nameOf(hash.a, hash.b))
    if (constant !== undefined) this.#put1(token.constant, constant)
    else if (hash.zeros) this.#put1(token.zeros, value.length)
    else this.#put2(token.name, hash.a, hash.b)
  }

  #list(value: readonly unknown[], key: string): void {
    this.#put1(token.list, value.length)
    if (lengths.has(key)) return
    for (const one of value) this.#value(one, '')
  }

  #object(value: Row): void {
    const keys = Object.keys(value)
    this.#put1(token.object, shapeOf(keys))
    for (const key of keys) {
      if (overlooked.has(key)) continue
      if (presence.has(key)) this.#put(value[key] === undefined ? token.false : token.true)
      else this.#value(value[key], key)
    }
  }

  #put(kind: number): void {
    this.#room()
    this.#numbers[this.#at++] = kind
  }

  #put1(kind: number, a: number): void {
    this.#room()
    this.#numbers[this.#at++] = kind
    this.#numbers[this.#at++] = a
  }

  #put2(kind: number, a: number, b: number): void {
    this.#put1(kind, a)
    this.#numbers[this.#at++] = b
  }

  #room(): void {
    if (this.#at + 4 <= this.#numbers.length) return
    const larger = new Int32Array(2 * this.#numbers.length)
    larger.set(this.#numbers)
    this.#numbers = larger
  }
}

/** Makes one short string of the tokens of a whole world. */
export class Digester {
  #numbers = new Int32Array(1 << 15)
  readonly #names = new Map<number, number>()

  /** The first 8 bytes of a SHA-1 over the tokens, with names numbered by appearance and times counted from `now`, as two numbers. */
  digest(parts: readonly Int32Array[], now: number): readonly [number, number] {
    const names = this.#names
    names.clear()
    let out = this.#numbers
    let at = 0
    for (const part of parts) {
      if (at + part.length + 1 > out.length) {
        const larger = new Int32Array(2 * (at + part.length + 1))
        larger.set(out)
        out = this.#numbers = larger
      }
      for (let from = 0; from < part.length;) {
        const kind = part[from++]!
        out[at++] = kind
        switch (kind) {
          case token.name: {
            const name = nameOf(part[from]!, part[from + 1]!)
            from += 2
            let number = names.get(name)
            if (number === undefined) names.set(name, number = names.size)
            out[at++] = number
            break
          }
          case token.time: out[at++] = part[from++]! - now + START; break
          case token.number: out[at++] = part[from++]!; out[at++] = part[from++]!; break
          case token.string:
          case token.list:
          case token.object:
          case token.constant:
          case token.zeros:
          case token.length: out[at++] = part[from++]!; break
          default:
        }
      }
      out[at++] = -1
    }
    const hash = createHash('sha1').update(new Uint8Array(out.buffer, 0, at * 4)).digest()
    return [hash.readInt32BE(0), hash.readInt32BE(4)]
  }
}
