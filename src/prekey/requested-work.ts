import { equalBytes } from '../crypto/index.js'
import { isOver } from '../protocol/index.js'
import type { ClientProfile } from '../wire/index.js'
import type { PrekeyKeeping, PrekeyOwner } from './client-types.js'

/** A request to the server that needs a key exchange. `own`: the client makes it by itself; the application did not ask for it. */
export type Work = PublishWork | { readonly kind: 'status', readonly own: boolean, readonly attempt: number }

export interface PublishWork {
  readonly kind: 'publish'
  readonly own: boolean
  readonly attempt: number
  readonly count: number
  readonly profiles: boolean
}

/** A publication that was sent to the server, which confirms that it is stored. */
export interface Published {
  readonly count: number
  readonly clientProfile: ClientProfile
  /** When the profiles must be published anew, in seconds. */
  readonly renewAt: number
  /** Both encoded profiles. */
  readonly profiles: readonly [Uint8Array, Uint8Array]
}

/** How long the client waits before it does something by itself again after a failure, in seconds. */
const PATIENCE = 600
/** The shortest time between two of its own questions about the number of prekeys, in seconds. */
const ASK_AGAIN = 60

/** What is known about our profiles and prekeys on the server, and what the client does by itself to renew them. Times are in seconds. */
export class Stock {
  readonly #owner: PrekeyOwner
  readonly #keep: PrekeyKeeping | undefined
  #published: Published | undefined
  /** The number of unused prekeys when we last looked. */
  #left: number
  #asked = Number.NEGATIVE_INFINITY
  #rested = Number.NEGATIVE_INFINITY

  /** @param keep - `undefined`: the client does nothing by itself */
  constructor(owner: PrekeyOwner, keep: PrekeyKeeping | undefined) {
    this.#owner = owner
    this.#keep = keep
    this.#left = owner.prekeysLeft()
  }

  /** Whether the server is known to have exactly these profiles. */
  has(profiles: Published['profiles']): boolean {
    const known = this.#published?.profiles
    return known !== undefined && profiles.every((profile, n) => equalBytes(profile, known[n] ?? profile.subarray(1)))
  }

  stored(published: Published): void {
    this.#published = published
    this.#left = this.#owner.prekeysLeft()
  }

  /** The server may have lost everything. */
  forget(): void {
    this.#published = undefined
  }

  /** A request that the client made by itself has failed: it makes none for a while. */
  rest(now: number): void {
    this.#rested = now
  }

  /** The request that is due, for a moment when no other is under way. */
  due(now: number): Work | undefined {
    const keep = this.#keep
    const published = this.#published
    if (keep === undefined || !isOver(this.#rested, PATIENCE, now)) return undefined
    if (published !== undefined) {
      const isNew = !equalBytes(this.#owner.identityForPrekeys().clientProfile.signature, published.clientProfile.signature)
      if (isNew || now >= published.renewAt) {
        this.rest(now)
        return publish(0)
      }
    }
    // A used prekey was taken out of the server's store before.
    const wasUsed = this.#owner.prekeysLeft() < this.#left
    return isOver(this.#asked, keep.askEvery, now) || (wasUsed && isOver(this.#asked, ASK_AGAIN, now)) ? this.#ask(now) : undefined
  }

  /** The server says, unauthenticated, that few prekeys are left for `identity`. That only makes us ask. */
  hinted(identity: string, now: number): Work | undefined {
    const isHint = this.#keep !== undefined && identity === this.#owner.identityForPrekeys().address
    return isHint && isOver(this.#rested, PATIENCE, now) && isOver(this.#asked, ASK_AGAIN, now) ? this.#ask(now) : undefined
  }

  /** The publication that is necessary if the server stores `stored` prekey messages. */
  missing(stored: number): Work | undefined {
    if (this.#keep === undefined) return undefined
    const missing = stored < this.#keep.low ? Math.min(255, this.#keep.full - stored) : 0
    // After a restart we do not know which profiles the server has: we publish them once.
    return missing > 0 || this.#published === undefined ? publish(missing) : undefined
  }

  #ask(now: number): Work {
    this.#asked = now
    this.#left = this.#owner.prekeysLeft()
    return { kind: 'status', own: true, attempt: 1 }
  }
}

function publish(count: number): Work {
  return { kind: 'publish', own: true, attempt: 1, count, profiles: true }
}
