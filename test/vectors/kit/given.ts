import type { Json } from '../../support/kit/define.js'

type Record = { readonly [name: string]: Json }

/** What a case gives, read by type. */
export class Given {
  constructor(readonly all: Record) {}

  #get(name: string): Json {
    const value = this.all[name]
    if (value === undefined) throw new Error(`the case does not give ${name}`)
    return value
  }

  has(name: string): boolean {
    return this.all[name] !== undefined
  }

  bytes(name: string): Uint8Array {
    return bytesOf(this.#get(name))
  }

  text(name: string): string {
    const value = this.#get(name)
    if (typeof value !== 'string') throw new Error(`${name} is no text`)
    return value
  }

  int(name: string): number {
    const value = this.#get(name)
    if (typeof value !== 'number') throw new Error(`${name} is no number`)
    return value
  }

  flag(name: string): boolean {
    return this.#get(name) === true
  }

  list(name: string): readonly Json[] {
    const value = this.#get(name)
    if (!Array.isArray(value)) throw new Error(`${name} is no list`)
    return value as readonly Json[]
  }

  byteList(name: string): Uint8Array[] {
    return this.list(name).map(bytesOf)
  }

  textList(name: string): string[] {
    return this.list(name).map(String)
  }

  record(name: string): Given {
    return new Given(recordOf(this.#get(name)))
  }

  records(name: string): Given[] {
    return this.list(name).map((one) => new Given(recordOf(one)))
  }
}

function bytesOf(value: Json): Uint8Array {
  if (typeof value !== 'string' || !/^([0-9a-f]{2})*$/.test(value)) throw new Error('not hexadecimal digits')
  return new Uint8Array(Buffer.from(value, 'hex'))
}

function recordOf(value: Json): Record {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('not a record')
  return value as Record
}

/** What src/ makes of a case: the expected fields that it has, or `undefined` when it refuses. What else is expected stands between. */
type Result = { readonly [name: string]: unknown } | undefined
export type Check = (given: Given, expected: Given) => Result | Promise<Result>

export type Checks = { readonly [operation: string]: Check }
