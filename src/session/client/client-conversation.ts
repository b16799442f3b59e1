import { OtrError } from '../../errors.js'
import type { ClientEvent } from '../event.js'
import { asynchronous, type Asynchronous } from './asynchronous.js'
import { ConversationHandle } from './conversation-handle.js'
import type { EventDispatcher } from './event-dispatch.js'
import type { EventOf, Listener, Listeners } from './listeners.js'

/**
 * A conversation with one correspondent, all their instances together, as `client.conversation(peer)` gives it: every command of
 * `ConversationHandle` with a promise, and what only listeners can know.
 */
export interface ClientConversation extends Asynchronous<ConversationHandle> {
  /** Calls `listener` for every event of a type in this conversation, as `client.on` does for all of them. Call the result to stop. */
  on<Type extends ClientEvent['type']>(type: Type, listener: Listener<Type>): () => void

  /**
   * Fulfilled as soon as the conversation is private: a text that is sent then is encrypted. `start` is fulfilled much earlier, when the query
   * was sent.
   *
   * ```ts
   * await conversation.start()
   * await conversation.encrypted({ timeout: 60 })
   * ```
   *
   * @param options - `timeout`: seconds of the client's clock, which `tick` looks at. Absent: until the key exchange is dropped
   * @throws (rejects) OtrError `OTR_NOT_ENCRYPTED`, whose message says why: nobody answered in time, the other side's key exchange was wrong, or a
   *   session was established with a key to which messages may not go (accept or verify it, then call again); `OTR_ARGUMENT` for another timeout
   */
  encrypted(options?: { readonly timeout?: number }): Promise<void>
}

/** A pending call of `encrypted`. */
interface Waiting {
  /** Seconds. */
  readonly until: number
  /** Ends the wait: fulfils the promise if the conversation is private now, otherwise rejects it with the reason. */
  readonly give: () => void
}

/** The implementation that a `Client` returns. */
export class WaitingConversation extends asynchronous(ConversationHandle) implements ClientConversation {
  readonly #listeners: Listeners
  readonly #clock: () => number
  readonly #waiting = new Set<Waiting>()

  constructor(handle: ConversationHandle, dispatcher: EventDispatcher, clock: () => number) {
    super(handle, dispatcher)
    this.#listeners = dispatcher.listeners
    this.#clock = clock
  }

  on<Type extends ClientEvent['type']>(type: Type, listener: Listener<Type>): () => void {
    return this.#listeners.on(type, (event: EventOf<Type>) => peerOf(event) === this.peer ? listener(event) : undefined)
  }

  async encrypted({ timeout }: { readonly timeout?: number } = {}): Promise<void> {
    if (timeout !== undefined && !(timeout > 0)) throw new OtrError('OTR_ARGUMENT', 'timeout is a number of seconds above 0')
    if (this.status.sending === 'encrypted') return
    const until = timeout === undefined ? Infinity : this.#clock() + timeout
    await new Promise<void>((fulfil, reject) => {
      // Anybody can send a wrong answer, or complete a key exchange with their own key. The right answer may still come, so only note the reason.
      let why = 'nobody answered in time'
      const done = (): void => {
        this.#waiting.delete(waiting)
        for (const stop of stops) stop()
      }
      const waiting: Waiting = {
        until,
        give: () => {
          done()
          // A person may have accepted the key meanwhile.
          if (this.status.sending === 'encrypted') fulfil()
          else reject(new OtrError('OTR_NOT_ENCRYPTED', `the conversation did not become private: ${why}`))
        },
      }
      const stops = [
        this.on('state', ({ state }) => {
          if (state !== 'encrypted') return
          if (this.status.sending !== 'encrypted') {
            why = 'the other side has a key that nobody accepted: verify or accept it'
            return
          }
          done()
          fulfil()
        }),
        this.on('notice', ({ code, detail = code }) => {
          if (code === 'handshake-failed' || code === 'policy' || code === 'older-draft') why = detail
          if (code === 'internal') why = `a fault of this library or of its platform (${detail})`
          if (code === 'internal' || ((code === 'no-answer' || code === 'handshake-timeout') && !this.status.pending)) waiting.give()
        }),
      ]
      this.#waiting.add(waiting)
    })
  }

  /** When `expireWaiting` is due, seconds of the clock; `Infinity` for never. */
  get waitsUntil(): number {
    let earliest = Infinity
    for (const { until } of this.#waiting) earliest = Math.min(earliest, until)
    return earliest
  }

  /** Ends the waits whose time is over. The client's `tick` calls it. */
  expireWaiting(now: number): void {
    for (const { until, give } of [...this.#waiting]) if (now >= until) give()
  }
}

function peerOf(event: ClientEvent): string | undefined {
  switch (event.type) {
    case 'send': return event.to
    case 'message': return event.from
    default: return event.peer
  }
}
