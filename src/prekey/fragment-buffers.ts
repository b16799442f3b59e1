import { addFragment, emptyFragmentAssembler, expireFragments, dropOldestOpenMessage, type FragmentAssembler, type WireLimits } from '../wire/index.js'
import type { PrekeyServerLimits } from './limits.js'
import { parsePrekeyFragment, prekeyFragmentPrefix } from './fragment.js'

type FragmentLimits = Pick<PrekeyServerLimits, 'messageLength' | 'openMessages' | 'fragmentBytes' | 'fragmentBytesOfAll' | 'fragmentTimeout'>

/**
 * The incomplete messages of all senders, in bounded memory. Each sender has buffers of their own, so fragments of different senders never
 * mix. If all buffers together become too large, the sender of the new fragment loses their oldest message if they use more than their share;
 * otherwise the sender who began first does.
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

  /** The memory in use, in bytes, approximately. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * Adds a fragment: a line that begins with `?OTRP|`.
   *
   * @param accepts - whether a fragment with these tags is to be kept
   * @returns the whole message if this was its last missing fragment; never a text that is a fragment itself
   * @throws MalformedError if the line is not a fragment
   */
  add(sender: string, line: string, now: number, accepts: (tags: { readonly senderTag: number, readonly receiverTag: number }) => boolean): string | undefined {
    const fragment = parsePrekeyFragment(line)
    if (!accepts(fragment)) return undefined
    const { state, complete } = addFragment(this.#senders.get(sender) ?? emptyFragmentAssembler, fragment, now, this.#wire)
    this.#put(sender, state)
    this.#makeRoom(sender)
    return complete?.startsWith(prekeyFragmentPrefix) === true ? undefined : complete
  }

  /** Drops the messages that were not completed in time. */
  expire(now: number): void {
    for (const [sender, state] of this.#senders) this.#put(sender, expireFragments(state, now, this.#wire))
  }

  /** Drops all. */
  clear(): void {
    this.#senders.clear()
    this.#bytes = 0
  }

  #put(sender: string, state: FragmentAssembler): void {
    this.#bytes += state.bytes - (this.#senders.get(sender)?.bytes ?? 0)
    if (state.open.length === 0) this.#senders.delete(sender)
    else this.#senders.set(sender, state)
  }

  /** Drops messages until the memory suffices. It does not search all senders, because that would cost more the more there are. */
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
