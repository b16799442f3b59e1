import { addFragment, emptyFragmentAssembler, expireFragments, dropOldestOpenMessage, type FragmentAssembler, type WireLimits } from '../wire/index.js'
import type { PrekeyServerLimits } from './limits.js'
import { parsePrekeyFragment, prekeyFragmentPrefix } from './fragment.js'

type FragmentLimits = Pick<PrekeyServerLimits, 'messageLength' | 'openMessages' | 'fragmentBytes' | 'fragmentBytesOfAll' | 'fragmentTimeout'>

/**
 * The incomplete messages of all senders, in bounded memory: each sender has a room of their own, and when all of it together is too much
 * a sender who takes more than their share loses their own, else the one who began first. Nobody's fragments touch another's.
 */
export class FragmentBuffers {
  readonly #limits: FragmentLimits
  readonly #wire: WireLimits
  readonly #senders = new Map<string, FragmentAssembler>()
  #bytes = 0

  constructor(limits: FragmentLimits) {
    this.#limits = limits
    this.#wire = {
      maxMessageLength: limits.messageLength,
      maxFragmentLength: limits.messageLength,
      maxOpenMessages: limits.openMessages,
      maxFragmentBytes: limits.fragmentBytes,
      fragmentTimeout: limits.fragmentTimeout,
    }
  }

  /** Memory taken, about. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * Takes a line that begins with `?OTRP|`.
   *
   * @param accepts - whether the tags of a fragment are good here
   * @returns the whole message when this was its last fragment, which is never a fragment itself
   * @throws MalformedError for what is no fragment
   */
  add(sender: string, line: string, now: number, accepts: (tags: { readonly senderTag: number, readonly receiverTag: number }) => boolean): string | undefined {
    const fragment = parsePrekeyFragment(line)
    if (!accepts(fragment)) return undefined
    const { state, complete } = addFragment(this.#senders.get(sender) ?? emptyFragmentAssembler, fragment, now, this.#wire)
    this.#put(sender, state)
    this.#makeRoom(sender)
    return complete?.startsWith(prekeyFragmentPrefix) === true ? undefined : complete
  }

  /** Forgets what was not completed in time. */
  expire(now: number): void {
    for (const [sender, state] of this.#senders) this.#put(sender, expireFragments(state, now, this.#wire))
  }

  #put(sender: string, state: FragmentAssembler): void {
    this.#bytes += state.bytes - (this.#senders.get(sender)?.bytes ?? 0)
    if (state.open.length === 0) this.#senders.delete(sender)
    else this.#senders.set(sender, state)
  }

  /** A look at all senders would cost more the more there are: whoever has more than their share gives way, else the oldest. */
  #makeRoom(sender: string): void {
    while (this.#bytes > this.#limits.fragmentBytesOfAll) {
      const own = this.#senders.get(sender)
      const [oldest] = this.#senders
      if (oldest === undefined) return
      const hasTooMuch = own !== undefined && own.bytes * this.#senders.size > this.#limits.fragmentBytesOfAll
      if (hasTooMuch) this.#put(sender, dropOldestOpenMessage(own))
      else this.#put(oldest[0], dropOldestOpenMessage(oldest[1]))
    }
  }
}
