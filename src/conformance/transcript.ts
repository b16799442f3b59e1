import type { RequestFields, Response } from './link.js'
import { isJsonObject } from './peer-event.js'

/** One request of a scenario and its answer. */
export interface TranscriptEntry {
  readonly who: 'peer' | 'partner'
  readonly cmd: string
  readonly fields: RequestFields
  readonly ok: boolean
  readonly out: readonly Readonly<Record<string, unknown>>[]
  readonly results: RequestFields
  readonly error?: { readonly code: string, readonly message: string }
}

/** Long-term keys, secrets that two people share, keys of sessions, and a client's whole state. */
const secretFields = new Set(['dsa', 'ed448', 'secret', 'key', 'state', 'passphrase'])
/** Of the events only `extra-key` has a secret; in a `state` event `state` is a word. */
const secretEventFields = new Set(['key'])

const maxEntries = 3000
const maxText = 20_000
/** A shorter string, such as the answer in a scenario's SMP, is not secret, and occurs inside many words. */
const shortestSecret = 8

/** The requests of a scenario and their answers. Without secrets, unless it was made to keep them. */
export class Transcript {
  readonly entries: TranscriptEntry[] = []
  /** How many requests were not recorded, because there were too many. */
  left = 0
  readonly #keepSecrets: boolean
  /** Secrets that occurred in the scenario: an error's message may contain them. */
  readonly #secrets = new Set<string>()

  constructor(keepSecrets: boolean) {
    this.#keepSecrets = keepSecrets
  }

  add(who: 'peer' | 'partner', cmd: string, fields: RequestFields, { ok, out, error, ...results }: Response): void {
    if (this.entries.length >= maxEntries) {
      this.left++
      return
    }
    this.entries.push({
      who, cmd, ok,
      fields: this.#clean(fields, secretFields),
      out: out.map((event) => this.#clean(event, secretEventFields)),
      results: this.#clean(results, secretFields),
      ...error !== undefined && { error },
    })
  }

  /** A message about what happened, without the secrets of the scenario. */
  cleanText(text: string): string {
    let clean = text
    for (const secret of this.#secrets) clean = clean.replaceAll(secret, '(secret)')
    return clean
  }

  /** A request as it was written, without its secrets. */
  cleanRequest(line: string): string {
    if (this.#keepSecrets) return line
    try {
      const fields: unknown = JSON.parse(line)
      return isJsonObject(fields) ? this.cleanText(JSON.stringify(this.#clean(fields, secretFields))) : line
    } catch {
      // A scenario wrote a line that is no request.
      return line
    }
  }

  #clean(values: object, secrets: ReadonlySet<string>): Readonly<Record<string, unknown>> {
    return Object.fromEntries(Object.entries(values).map(([name, value]: [string, unknown]): [string, unknown] => {
      if (this.#keepSecrets || !secrets.has(name) || value === undefined) return [name, shortened(value)]
      if (typeof value === 'string' && value.length >= shortestSecret) this.#secrets.add(value)
      return [name, '(secret)']
    }))
  }
}

function shortened(value: unknown): unknown {
  return typeof value === 'string' && value.length > maxText ? `${value.slice(0, maxText)}... (${value.length} characters)` : value
}
