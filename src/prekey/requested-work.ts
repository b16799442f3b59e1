import { equalBytes } from '../crypto/index.js'
import { isOver } from '../protocol/index.js'
import type { ClientProfile } from '../wire/index.js'
import type { PrekeyKeeping, PrekeyOwner } from './client-types.js'

/** What is wanted of the server through a key exchange. `own`: this client wants it, not the application. */
export type Work = PublishWork | { readonly kind: 'status', readonly own: boolean, readonly attempt: number }

export interface PublishWork {
  readonly kind: 'publish'
  readonly own: boolean
  readonly attempt: number
  readonly count: number
  readonly profiles: boolean
}

/** What the server was given, and said that it stored. */
export interface Published {
  readonly count: number
  readonly clientProfile: ClientProfile
  /** When the profiles have to be published anew, seconds. */
  readonly renewAt: number
  /** Both profiles, as bytes. */
  readonly profiles: readonly [Uint8Array, Uint8Array]
}

/** Seconds that this client waits, of its own will, before it tries something again that failed. */
const PATIENCE = 600
/** Seconds between two of its own questions about the number of prekeys. */
const ASK_AGAIN = 60

/** What the server is known to have of ours, and what the client does about it by itself. Times are seconds. */
export class Stock {
  readonly #owner: PrekeyOwner
  readonly #keep: PrekeyKeeping | undefined
  #published: Published | undefined
  /** Prekeys that nobody had used when we looked last. */
  #left: number
  #asked = Number.NEGATIVE_INFINITY
  #rested = Number.NEGATIVE_INFINITY

  /** @param keep - undefined: nothing happens by itself */
  constructor(owner: PrekeyOwner, keep: PrekeyKeeping | undefined) {
    this.#owner = owner
    this.#keep = keep
    this.#left = owner.prekeysLeft()
  }

  /** Whether the server has these very profiles. */
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

  /** Something that this client wanted by itself failed. */
  rest(now: number): void {
    this.#rested = now
  }

  /** What has to be done when nothing else is. */
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
    // One that was used was taken out of the store before.
    const wasUsed = this.#owner.prekeysLeft() < this.#left
    return isOver(this.#asked, keep.askEvery, now) || (wasUsed && isOver(this.#asked, ASK_AGAIN, now)) ? this.#ask(now) : undefined
  }

  /** The server says, without proof, that few are left for `identity`: it only makes us look. */
  hinted(identity: string, now: number): Work | undefined {
    const isHint = this.#keep !== undefined && identity === this.#owner.identityForPrekeys().address
    return isHint && isOver(this.#rested, PATIENCE, now) && isOver(this.#asked, ASK_AGAIN, now) ? this.#ask(now) : undefined
  }

  /** What has to be published where so many are stored. */
  missing(stored: number): Work | undefined {
    if (this.#keep === undefined) return undefined
    const missing = stored < this.#keep.low ? Math.min(255, this.#keep.full - stored) : 0
    // Nothing is known of its profiles after a new start: it gets them once.
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
