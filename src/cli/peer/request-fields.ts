import { OtrError } from '../../errors.js'
import type { Version } from '../../session/versions/version.js'
import { base64Decode } from '../../wire/index.js'

/** The fields of one request. Each is read once, with its type. `done` refuses fields that were not read. */
export class Fields {
  readonly #values: ReadonlyMap<string, unknown>
  readonly #read = new Set<string>()

  /** `request`: without `id` and `cmd`. */
  constructor(request: Readonly<Record<string, unknown>>) {
    this.#values = new Map(Object.entries(request))
  }

  /** A string, any. */
  text(name: string): string {
    return this.#required(name, this.optionalText(name))
  }

  optionalText(name: string): string | undefined {
    const value = this.#take(name)
    if (value === undefined || typeof value === 'string') return value
    throw bad(name, 'a string')
  }

  /** One of a few strings. */
  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice {
    return this.#required(name, this.optionalChoice(name, choices))
  }

  optionalChoice<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.#take(name)
    if (value === undefined) return undefined
    const choice = choices.find((one) => one === value)
    if (choice === undefined) throw bad(name, `one of ${choices.join(', ')}`)
    return choice
  }

  /** The digits of protocol versions, in any order. Newest first. */
  versions(name: string): readonly Version[] {
    return this.#required(name, this.optionalVersions(name))
  }

  optionalVersions(name: string): readonly Version[] | undefined {
    const value = this.#take(name)
    if (value === undefined) return undefined
    const versions = ([4, 3, 2] as const).filter((version) => typeof value === 'string' && value.includes(String(version)))
    if (typeof value !== 'string' || versions.length === 0 || versions.length !== value.length) throw bad(name, 'digits of 2, 3 and 4, each once')
    return versions
  }

  /** A whole number from `min` to `max`. */
  integer(name: string, min: number, max: number): number {
    return this.#required(name, this.optionalInteger(name, min, max))
  }

  optionalInteger(name: string, min: number, max: number): number | undefined {
    const value = this.#take(name)
    if (value === undefined) return undefined
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
    throw bad(name, `a whole number from ${min} to ${max}`)
  }

  /** Seconds; may have a fraction. */
  seconds(name: string): number {
    const value = this.#required(name, this.#take(name))
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
    throw bad(name, 'a number of seconds')
  }

  /** Bytes as base64; empty where absent. */
  optionalBytes(name: string): Uint8Array | undefined {
    const value = this.optionalText(name)
    return value === undefined ? undefined : bytes(name, value)
  }

  /** Bytes as base64. */
  bytes(name: string): Uint8Array {
    return this.#required(name, this.optionalBytes(name))
  }

  /** An object with fields of its own. */
  object<Item>(name: string, read: (fields: Fields) => Item): Item {
    return this.#required(name, this.optionalObject(name, read))
  }

  optionalObject<Item>(name: string, read: (fields: Fields) => Item): Item | undefined {
    const value = this.#take(name)
    if (value === undefined) return undefined
    if (!isObject(value)) throw bad(name, 'an object')
    const fields = new Fields(value)
    const result = read(fields)
    fields.done()
    return result
  }

  /** A list of objects, each with fields of its own. */
  optionalList<Item>(name: string, read: (fields: Fields) => Item): Item[] | undefined {
    const value = this.#take(name)
    if (value === undefined) return undefined
    if (!Array.isArray(value)) throw bad(name, 'a list')
    return value.map((item: unknown) => {
      if (!isObject(item)) throw bad(name, 'a list of objects')
      const fields = new Fields(item)
      const result = read(fields)
      fields.done()
      return result
    })
  }

  /** Everything that was not read yet, by name. */
  rest(): Record<string, unknown> {
    const rest = [...this.#values].filter(([name]) => !this.#read.has(name))
    for (const [name] of rest) this.#read.add(name)
    return Object.fromEntries(rest)
  }

  /** @throws OtrError `OTR_FIELD` for a field that nobody read */
  done(): void {
    for (const name of this.#values.keys()) {
      if (!this.#read.has(name)) throw new OtrError('OTR_FIELD', `this command has no field ${JSON.stringify(name)}`)
    }
  }

  #take(name: string): unknown {
    this.#read.add(name)
    return this.#values.get(name)
  }

  #required<Value>(name: string, value: Value | undefined): Value {
    if (value === undefined) throw new OtrError('OTR_FIELD', `field ${JSON.stringify(name)} is missing`)
    return value
  }
}

/** Whether a JSON value is an object with named fields. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function bytes(name: string, value: string): Uint8Array {
  try {
    return base64Decode(value, name)
  } catch {
    throw bad(name, 'base64 with padding')
  }
}

function bad(name: string, expected: string): OtrError {
  return new OtrError('OTR_FIELD', `field ${JSON.stringify(name)} must be ${expected}`)
}
