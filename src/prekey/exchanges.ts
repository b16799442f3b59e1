import { wipe } from '../crypto/index.js'
import { isOver } from '../protocol/index.js'
import type { PrekeySessionKeys } from './key-schedule.js'
import type { PrekeyServerLimits } from './limits.js'
import type { VerifiedClientProfile } from '../v4/index.js'

/** A key exchange in which the server has sent its DAKE-2. The ephemeral secret is wiped already: `keys` has what was derived from it. */
export interface Exchange {
  /** The DAKE-1 in text form, and the answer to it. The same DAKE-1 gets the same answer again. */
  readonly dake1: string
  readonly answer: string
  readonly client: VerifiedClientProfile
  /** I and S: the ephemeral keys of the publisher and of the server. */
  readonly i: Uint8Array
  readonly s: Uint8Array
  readonly keys: PrekeySessionKeys
  /** When it began, in seconds. */
  readonly since: number
}

/** The key exchanges under way, by identity and instance tag, so that two devices of one account do not disturb each other. */
export class Exchanges {
  readonly #limits: Pick<PrekeyServerLimits, 'sessions' | 'sessionsPerIdentity' | 'sessionTimeout'>
  /** Oldest first. The second map has the names of each identity's key exchanges, oldest first, too. */
  readonly #all = new Map<string, { readonly identity: string, readonly exchange: Exchange }>()
  readonly #ofIdentity = new Map<string, Set<string>>()

  constructor(limits: Pick<PrekeyServerLimits, 'sessions' | 'sessionsPerIdentity' | 'sessionTimeout'>) {
    this.#limits = limits
  }

  get size(): number {
    return this.#all.size
  }

  get(identity: string, tag: number, now: number): Exchange | undefined {
    this.expire(now)
    return this.#all.get(name(identity, tag))?.exchange
  }

  /** Removes and returns a key exchange: each serves one DAKE-3. The caller wipes its keys. */
  take(identity: string, tag: number, now: number): Exchange | undefined {
    const exchange = this.get(identity, tag, now)
    this.#remove(name(identity, tag))
    return exchange
  }

  put(identity: string, tag: number, exchange: Exchange): void {
    this.#forget(name(identity, tag))
    const names = this.#ofIdentity.get(identity) ?? new Set()
    const [oldestOfHis] = names
    if (names.size >= this.#limits.sessionsPerIdentity && oldestOfHis !== undefined) this.#forget(oldestOfHis)
    const [oldest] = this.#all.keys()
    if (this.#all.size >= this.#limits.sessions && oldest !== undefined) this.#forget(oldest)
    this.#all.set(name(identity, tag), { identity, exchange })
    this.#ofIdentity.set(identity, (this.#ofIdentity.get(identity) ?? new Set()).add(name(identity, tag)))
  }

  expire(now: number): void {
    for (const [key, { exchange: { since } }] of this.#all) {
      // The rest began later.
      if (!isOver(since, this.#limits.sessionTimeout, now)) return
      this.#forget(key)
    }
  }

  /** Drops all key exchanges, and wipes their keys. */
  clear(): void {
    for (const key of this.#all.keys()) this.#forget(key)
  }

  #forget(key: string): void {
    const found = this.#remove(key)
    if (found !== undefined) wipe(found.keys.macKey, found.keys.proofContext)
  }

  #remove(key: string): Exchange | undefined {
    const found = this.#all.get(key)
    if (found === undefined) return undefined
    this.#all.delete(key)
    const names = this.#ofIdentity.get(found.identity)
    names?.delete(key)
    if (names?.size === 0) this.#ofIdentity.delete(found.identity)
    return found.exchange
  }
}

function name(identity: string, tag: number): string {
  return `${tag} ${identity}`
}
