import { RecentMap } from '../recent-map.js'
import { canonicalNick, foldCase, type CaseMapping } from './case-mapping.js'

/** A correspondent who was found under the key `from` is found under `to` from now on. */
export interface Moved {
  /** The key of before. */
  readonly from: string
  /** The key from now on. */
  readonly to: string
}

/** Correspondents whose spelling is remembered. */
const maxNicks = 4096

/**
 * Who is who on one IRC network: under which key a correspondent's conversation is found, and how people and the server spell the name.
 * The key is made here and nowhere else. Pure data, without a connection.
 */
export class NickBook {
  #mapping: CaseMapping = 'ascii'
  /** The spelling met last, by its key. */
  readonly #spellings = new RecentMap<string, string>(maxNicks)

  /** How the network compares names. */
  get mapping(): CaseMapping {
    return this.#mapping
  }

  /** The key for a name that somebody typed. Throws `OTR_TRANSPORT_ADDRESS`. */
  canonical(name: string): string {
    const key = canonicalNick(name, this.#mapping)
    // A key that comes back says nothing of the spelling, and what the server wrote is better than what a person typed.
    this.#spellings.set(key, this.#spellings.get(key) ?? name)
    return key
  }

  /** The key for a name of which nothing is to be remembered. */
  fold(name: string): string {
    return foldCase(name, this.#mapping)
  }

  /** The key for a name as the server spelled it, whatever it looks like. */
  heard(nick: string): string {
    const key = foldCase(nick, this.#mapping)
    this.#spellings.set(key, nick)
    return key
  }

  /** Whether two names are one. */
  same(one: string, other: string): boolean {
    return foldCase(one, this.#mapping) === foldCase(other, this.#mapping)
  }

  /** How the name of a key was spelled last; the key itself for one that was not met. */
  spelling(key: string): string {
    return this.#spellings.get(key) ?? key
  }

  /** The server says that somebody has another nick now. Undefined where that makes no difference to us. */
  renamed(from: string, to: string): Moved | undefined {
    const old = foldCase(from, this.#mapping)
    if (this.#spellings.take(old) === undefined) return undefined
    const key = this.heard(to)
    return key === old ? undefined : { from: old, to: key }
  }

  /** The server tells how it compares names. Gives the keys that are others now: two of them may have become one. */
  learn(mapping: CaseMapping): Moved[] {
    if (mapping === this.#mapping) return []
    this.#mapping = mapping
    const before = this.#spellings.entries()
    this.#spellings.clear()
    return before.flatMap(([from, spelling]) => {
      const to = this.heard(spelling)
      return from === to ? [] : [{ from, to }]
    })
  }
}
