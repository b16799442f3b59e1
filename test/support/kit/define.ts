import { createHash } from 'node:crypto'

/** What the files of `vectors/` consist of. A field is declared once: the schema and the tables of the README come from it. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

export interface Field {
  readonly schema: { readonly [name: string]: Json }
  readonly about: string
  readonly optional?: true
}

export type Fields = Readonly<Record<string, Field>>

/** Bytes in lower-case hexadecimal digits; `bytes`: how many. */
export const hex = (about: string, bytes?: number): Field => ({
  schema: { type: 'string', pattern: bytes === undefined ? '^([0-9a-f]{2})*$' : `^[0-9a-f]{${2 * bytes}}$` }, about: bytes === undefined ? about : `${about} (${bytes} bytes)`,
})
export const integer = (about: string): Field => ({ schema: { type: 'integer', minimum: 0 }, about })
export const text = (about: string): Field => ({ schema: { type: 'string' }, about })
export const flag = (about: string): Field => ({ schema: { type: 'boolean' }, about })
export const list = (item: Field, about: string): Field => ({ schema: { type: 'array', items: item.schema }, about })
export const record = (fields: Fields, about: string): Field => ({
  schema: schemaOf(fields), about: `${about}: ${Object.entries(fields).map(([name, field]) => `\`${name}\` ${field.about}`).join('; ')}`,
})
export const optional = (field: Field): Field => ({ ...field, optional: true })

export function schemaOf(fields: Fields): { readonly [name: string]: Json } {
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(fields).map(([name, { schema, about }]) => [name, { ...schema, description: about }])),
    required: Object.entries(fields).filter(([, field]) => field.optional !== true).map(([name]) => name),
    additionalProperties: false,
  }
}

/** One thing that an implementation does: from what is given follows what is expected, or that it is refused. */
export interface Operation {
  readonly about: string
  /** Where the specification says it. */
  readonly section: string
  readonly given: Fields
  readonly expected: Fields
}

export interface Case {
  readonly id: string
  readonly operation: string
  readonly about: string
  readonly result: 'valid' | 'invalid'
  /** Of an invalid case: what is wrong with it. */
  readonly why?: string
  /** Programs and documents that are not of this project and have the same result. */
  readonly confirmedBy?: readonly string[]
  readonly given: { readonly [name: string]: Json }
  readonly expected?: { readonly [name: string]: Json }
}

/** Byte strings and big numbers may stand for their digits. A number in a case is big-endian, without leading zeros. */
export type Value = Json | Uint8Array | bigint | undefined | readonly Value[] | { readonly [name: string]: Value }

export const SEED = 'otr4-vectors/1'

/** The cases of one file. */
export class Group {
  readonly cases: Case[] = []

  constructor(readonly name: string, readonly title: string, readonly about: string, readonly operations: Readonly<Record<string, Operation>>) {}

  /** Bytes that depend on the seed and the label alone, so that a new case changes no other. */
  readonly draw = (label: string, length: number): Uint8Array =>
    new Uint8Array(createHash('shake256', { outputLength: length }).update(`${SEED}/${this.name}/${label}`).digest())

  valid(operation: string, about: string, given: Value, expected: Value, confirmedBy?: readonly string[]): void {
    this.#add(operation, { about, result: 'valid', ...confirmedBy !== undefined && { confirmedBy }, given: object(given), expected: object(expected) })
  }

  invalid(operation: string, about: string, why: string, given: Value, confirmedBy?: readonly string[]): void {
    this.#add(operation, { about, result: 'invalid', why, ...confirmedBy !== undefined && { confirmedBy }, given: object(given) })
  }

  #add(operation: string, rest: Omit<Case, 'id' | 'operation'>): void {
    if (this.operations[operation] === undefined) throw new Error(`${this.name} declares no operation ${operation}`)
    const number = this.cases.filter((one) => one.operation === operation).length + 1
    this.cases.push({ id: `${this.name}/${operation}/${number}`, operation, ...rest })
  }
}

function object(value: Value): { readonly [name: string]: Json } {
  const json = toJson(value)
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new Error('a record is expected')
  return json as { readonly [name: string]: Json }
}

export function toJson(value: Value): Json {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (typeof value === 'bigint') {
    const digits = value === 0n ? '' : value.toString(16)
    return digits.length % 2 === 0 ? digits : `0${digits}`
  }
  if (Array.isArray(value)) return value.map((one: Value) => toJson(one))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined).map(([name, one]) => [name, toJson(one)]))
  }
  if (value === undefined) throw new Error('undefined in a list')
  return value
}

/** A copy with one bit changed. */
export function flipped(bytes: Uint8Array, at: number, bit = 1): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[at] = copy[at]! ^ bit
  return copy
}
