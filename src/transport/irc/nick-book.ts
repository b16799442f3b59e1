import { RecentMap } from '../recent-map.js'
import { canonicalNick, foldCase, type CaseMapping } from './case-mapping.js'

/** A correspondent's key has changed. */
export interface Moved {
  /** The key of before. */
  readonly from: string
  /** The key from now on. */
  readonly to: string
}

/** How many spellings are remembered. */
const maxNicks = 4096

/**
 * The names on one IRC network: the key of each correspondent's conversation, and how their nick is spelled. Keys are made here and nowhere else.
 * Plain data, without a connection.
 */
export class NickBook {
  #mapping: CaseMapping = 'ascii'
  /** The last spelling met, by key. */
  readonly #spellings = new RecentMap<string, string>(maxNicks)

  /** How the network compares names. */
  get mapping(): CaseMapping {
    return this.#mapping
  }

  /** The key for a name that somebody typed. @throws OtrError `OTR_TRANSPORT_ADDRESS` */
  canonical(name: string): string {
    const key = canonicalNick(name, this.#mapping)
    // The server's spelling is better than what a person typed, and a key that comes back does not show the spelling.
    this.#spellings.set(key, this.#spellings.get(key) ?? name)
    return key
  }

  /** The key for a name; remembers nothing. */
  fold(name: string): string {
    return foldCase(name, this.#mapping)
  }

  /** The key for a name as the server spells it. Never throws. */
  heard(nick: string): string {
    const key = foldCase(nick, this.#mapping)
    this.#spellings.set(key, nick)
    return key
  }

  /** Whether two names are the same to this network. */
  same(one: string, other: string): boolean {
    return foldCase(one, this.#mapping) === foldCase(other, this.#mapping)
  }

  /** How the name of a key was spelled last, or the key itself. */
  spelling(key: string): string {
    return this.#spellings.get(key) ?? key
  }

  /** The server says that somebody has another nick now. Undefined where no key changes by that. */
  renamed(from: string, to: string): Moved | undefined {
    const old = foldCase(from, this.#mapping)
    if (this.#spellings.take(old) === undefined) return undefined
    const key = this.heard(to)
    return key === old ? undefined : { from: old, to: key }
  }

  /** The server says how it compares names. Returns the keys that have changed; two of them may have become one. */
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
