import { OtrError } from '../errors.js'
import { utf16be } from './bytes.js'
import { asSecret, type Secret } from '../crypto/secret.js'
import { wipeWatch } from '../wiped.js'

/** The values that MessagePack can encode: see `message-pack.ts`. No instances of classes. */
export type Plain = null | boolean | number | string | Uint8Array | readonly Plain[]

/**
 * How a value is encoded in a record, and decoded. `encode` refuses every value that `decode` would refuse, because a record that nobody can read
 * is worse than none. Byte arrays are passed through in both directions; packing and unpacking make the copies.
 */
export interface Codec<T> {
  /** For the specification of the format, and for tests that make up values. */
  readonly shape: Shape
  /** @throws Refusal */
  encode(value: T): Plain
  /** @throws Refusal */
  decode(plain: Plain): T
}

/** Which values a codec accepts, as data. */
export type Shape =
  | { readonly is: 'flag' | 'yes' | 'real' }
  | { readonly is: 'count', readonly max: number }
  | { readonly is: 'bytes', readonly min: number, readonly max: number, readonly unit: number }
  | { readonly is: 'text', readonly max: number }
  | { readonly is: 'choice', readonly of: readonly (string | number)[] }
  | { readonly is: 'list', readonly of: Shape, readonly max: number }
  /** `missing`: the property is left out, not `undefined`. */
  | { readonly is: 'maybe', readonly of: Shape, readonly missing: boolean }
  | { readonly is: 'struct', readonly fields: readonly (readonly [string, Shape])[] }
  | { readonly is: 'union', readonly by: string, readonly variants: readonly (readonly [string, readonly (readonly [string, Shape])[]])[] }
  /** A value with a form of its own. */
  | { readonly is: 'other', readonly what: string }

/** A property that may be missing. */
export interface OptionalCodec<T> extends Codec<T | undefined> {
  readonly optional: true
}

/** All properties of `T`, each with its codec, in the order of the record. An object literal keeps its order. */
export type Fields<T> = {
  readonly [K in keyof T]-?: Pick<T, K> extends Record<K, T[K]> ? Codec<T[K]> : OptionalCodec<Exclude<T[K], undefined>>
}

/** Why a value is refused, and where it is. It never contains the value. */
export class Refusal extends Error {
  readonly #where: string[] = []

  /** Adds the field in which it happened. */
  within(field: string): this {
    this.#where.unshift(field)
    return this
  }

  /** `sessions.0.state: no text` */
  override toString(): string {
    return `${this.#where.join('.') || 'value'}: ${this.message}`
  }
}

function refuse(what: string): never {
  throw new Refusal(what)
}

function guarded<T>(what: string, shape: Shape, is: (value: unknown) => value is T & Plain): Codec<T> {
  const check = (value: unknown): T & Plain => is(value) ? value : refuse(what)
  return { shape, encode: check, decode: check }
}

/** true or false. */
export const flag = guarded('no truth value', { is: 'flag' }, (value): value is boolean => typeof value === 'boolean')

/** The value true of a property that is otherwise missing. */
export const yes = guarded('not true', { is: 'yes' }, (value): value is true => value === true)

/** A whole number from 0 to `max`. */
export function count(max = Number.MAX_SAFE_INTEGER): Codec<number> {
  return guarded(`no whole number from 0 to ${max}`, { is: 'count', max }, (value): value is number =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= max)
}

/** An unsigned number of 32 bits: instance tags, identifiers. */
export const uint32 = count(0xffffffff)

/** A finite number: seconds of the clock, which may have fractions. */
export const real = guarded('no number', { is: 'real' }, (value): value is number => typeof value === 'number' && Number.isFinite(value))

/** From `min` to `max` bytes; with one number, exactly that many. */
export function bytes(min = 0, max = min === 0 ? Number.MAX_SAFE_INTEGER : min): Codec<Uint8Array> {
  return guarded('not the bytes that belong there', { is: 'bytes', min, max, unit: 1 }, (value): value is Uint8Array =>
    value instanceof Uint8Array && value.length >= min && value.length <= max)
}

/** As `bytes`, for a secret: the decoded bytes have a buffer of their own. */
export function secret(min: number, max = min): Codec<Secret> {
  const codec = bytes(min, max)
  return {
    shape: codec.shape,
    encode(value) {
      wipeWatch?.used([value])
      return codec.encode(value)
    },
    decode: (plain) => asSecret(codec.decode(plain)),
  }
}

/** A secret of whole units of `unit` bytes. */
export function units(unit: number): Codec<Secret> {
  return guarded<Secret>(`no multiple of ${unit} bytes`, { is: 'bytes', min: 0, max: Number.MAX_SAFE_INTEGER, unit }, (value): value is Secret & Plain =>
    value instanceof Uint8Array && value.length % unit === 0)
}

/**
 * Text, exactly as it is. A string with half a surrogate pair has no UTF-8: it is stored as the bytes of its 16-bit units,
 * so that two such names stay different.
 */
export function text(max = Number.MAX_SAFE_INTEGER): Codec<string> {
  return {
    shape: { is: 'text', max },
    encode(value) {
      if (typeof value !== 'string' || value.length > max) refuse(`no text of at most ${max} characters`)
      return isUnicode(value) ? value : utf16be(value)
    },
    decode(plain) {
      const value = plain instanceof Uint8Array ? ofUnits(plain) : plain
      if (typeof value !== 'string' || value.length > max) return refuse(`no text of at most ${max} characters`)
      return value
    },
  }
}

/** Matches half a surrogate pair: with the flag u, a whole pair is one character. */
const halves = /\p{Surrogate}/u

function isUnicode(value: string): boolean {
  return !halves.test(value)
}

function ofUnits(plain: Uint8Array): string {
  const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength)
  let value = ''
  for (let at = 0; at + 1 < plain.length; at += 2) value += String.fromCharCode(view.getUint16(at))
  if (plain.length % 2 !== 0 || isUnicode(value)) refuse('text in a form that is not its own')
  return value
}

/** One of these words or numbers. */
export function oneOf<const Choice extends string | number>(...choices: readonly Choice[]): Codec<Choice> {
  // Return the constant instead of the decoded string, so that memory holds the word once.
  const find = (value: unknown): Choice => choices.find((choice) => choice === value) ?? refuse(`none of ${choices.join(', ')}`)
  return { shape: { is: 'choice', of: choices }, encode: find, decode: find }
}

/** A property that is always there, and may be `undefined`. */
export function orUndefined<T>(codec: Codec<T>): Codec<T | undefined> {
  return {
    shape: { is: 'maybe', of: codec.shape, missing: false },
    encode: (value) => value === undefined ? null : codec.encode(value),
    decode: (plain) => plain === null ? undefined : codec.decode(plain),
  }
}

/** A property that may be missing, and is never `undefined`. */
export function optional<T>(codec: Codec<T>): OptionalCodec<T> {
  return { ...orUndefined(codec), shape: { is: 'maybe', of: codec.shape, missing: true }, optional: true }
}

/** All empty lists share this one: most lists are empty, and nobody changes a list in place. */
const none: readonly never[] = Object.freeze([])

/** A list of at most `max` values. */
export function list<T>(codec: Codec<T>, max = 0xffffff): Codec<readonly T[]> {
  const each = <From, To>(values: readonly From[], one: (value: From) => To): To[] => {
    if (values.length > max) refuse(`more than ${max} values`)
    let at = 0
    try {
      // Do not use `push`: it reserves room for more elements, which is most of the memory of a list with one element.
      return values.map((value, index) => {
        at = index
        return one(value)
      })
    } catch (error) {
      throw error instanceof Refusal ? error.within(String(at)) : error
    }
  }
  return {
    shape: { is: 'list', of: codec.shape, max },
    encode: (values) => each(values, (value) => codec.encode(value)),
    decode(plain) {
      const row = rowOf(plain)
      return row.length === 0 ? none : each(row, (value) => codec.decode(value))
    },
  }
}

/** An object, encoded as the list of its properties. A list of another length is refused. */
export function struct<T extends object>(fields: Fields<T>): Codec<T> {
  const row = rowCodec<T>(fields)
  return { shape: { is: 'struct', fields: row.shape }, encode: (value) => row.encode(value), decode: (plain) => row.decode(rowOf(plain), 0) }
}

/** The variants of a union: for each value of the property that distinguishes them, the other properties. */
export type Variants<T, By extends keyof T> = {
  readonly [Tag in T[By] & (string | number)]: Fields<Omit<Extract<T, Readonly<Record<By, Tag>>>, By>>
}

/** One of several objects, distinguished by the property `by`: its value, then the properties of that variant. */
export function union<T extends object, By extends keyof T & string>(by: By, variants: Variants<T, By>): Codec<T> {
  const rows = new Map(Object.entries(variants).map(([tag, fields]) =>
    [tag, rowCodec<Record<string, unknown>>(fields as Fields<Record<string, unknown>>, by)]))
  // Return the constant instead of the decoded string, so that memory holds the word once.
  const tags = new Map(Array.from(rows.keys(), (tag) => [tag, tag]))
  return {
    shape: { is: 'union', by, variants: Array.from(rows, ([tag, { shape }]) => [tag, shape] as const) },
    encode(value) {
      const tag = value[by] as string | number
      const row = rows.get(String(tag)) ?? refuse(`${by} is none that is known`)
      return [tag, ...row.encode(value as Record<string, unknown>)]
    },
    decode(plain) {
      const values = rowOf(plain)
      const [tag] = values
      if (typeof tag !== 'string' && typeof tag !== 'number') return refuse(`${by} is none that is known`)
      const row = rows.get(String(tag)) ?? refuse(`${by} is none that is known`)
      return row.decode(values, 1, typeof tag === 'number' ? tag : tags.get(tag)) as T
    },
  }
}

/** A value that is encoded as another value. If `from` throws, the value is refused. `what` names its form, if the name differs. */
export function mapped<T, Stored>(codec: Codec<Stored>, to: (value: T) => Stored, from: (stored: Stored) => T, what?: string): Codec<T> {
  return {
    shape: what === undefined ? codec.shape : { is: 'other', what },
    encode: (value) => codec.encode(to(value)),
    decode(plain) {
      const stored = codec.decode(plain)
      try {
        return from(stored)
      } catch (error) {
        if (error instanceof Refusal) throw error
        return refuse(error instanceof OtrError ? error.code : 'not well formed')
      }
    },
  }
}

interface RowCodec<T> {
  readonly shape: readonly (readonly [string, Shape])[]
  encode(value: T): Plain[]
  /** `values` from the place `from` on; `tag` goes first into the object, where there is one. */
  decode(values: readonly Plain[], from: number, tag?: string | number): T
}

/**
 * A store of ten thousand correspondents has some hundred thousand objects: they are copies of a template that already has
 * their properties. An object that gets properties one by one under computed names becomes a hash table, three times as large.
 */
function rowCodec<T extends object>(fields: Fields<T>, by?: string): RowCodec<T> {
  const columns = Object.entries(fields as Record<string, Codec<unknown> & { readonly optional?: true }>)
  const names = columns.map(([name]) => name)
  const codecs = columns.map(([, codec]) => codec)
  /** Which bit says that a property is missing; 0 for one that never is. */
  let bits = 0
  const bitOf = codecs.map((codec) => codec.optional === true ? 2 ** bits++ : 0)
  const templates = new Map<number, Record<string, unknown>>()

  /** `missing`: the bits of the properties that are not there. When it has no properties at all, everybody shares one object. */
  function template(missing: number): Record<string, unknown> {
    let found = templates.get(missing)
    if (found === undefined) {
      const there = names.filter((_, at) => bitOf[at] === 0 || Math.floor(missing / (bitOf[at] ?? 1)) % 2 === 0)
      found = JSON.parse(`{${[...by === undefined ? [] : [by], ...there].map((name) => `${JSON.stringify(name)}:null`).join()}}`) as Record<string, unknown>
      if (by === undefined && there.length === 0) Object.freeze(found)
      templates.set(missing, found)
    }
    return found
  }

  return {
    shape: columns.map(([name, { shape }]) => [name, shape] as const),
    encode(value) {
      const from = value as Record<string, unknown>
      const row: Plain[] = []
      try {
        for (const codec of codecs) row.push(codec.encode(from[names[row.length] ?? '']))
      } catch (error) {
        throw error instanceof Refusal ? error.within(names[row.length] ?? '') : error
      }
      return row
    },
    decode(values, from, tag) {
      if (values.length - from !== codecs.length) refuse(`${values.length - from} fields, not ${codecs.length}`)
      let missing = 0
      if (bits > 0) for (let at = 0; at < names.length; at++) if ((values[from + at] ?? null) === null) missing += bitOf[at] ?? 0
      const empty = template(missing)
      if (Object.isFrozen(empty)) return empty as T
      const result = { ...empty }
      if (by !== undefined) result[by] = tag
      let at = 0
      try {
        for (const codec of codecs) {
          const value = values[from + at] ?? null
          // A template has no slots for missing properties.
          if (value !== null || bitOf[at] === 0) result[names[at] ?? ''] = codec.decode(value)
          at++
        }
      } catch (error) {
        throw error instanceof Refusal ? error.within(names[at] ?? '') : error
      }
      return result as T
    },
  }
}

function rowOf(plain: Plain): readonly Plain[] {
  return Array.isArray(plain) ? plain as readonly Plain[] : refuse('no row of values')
}
