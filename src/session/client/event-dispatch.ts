import { systemPause } from '../../crypto/index.js'
import type { ClientEvent } from '../event.js'
import type { DurableEvents } from './durable-events.js'
import type { Listeners } from './listeners.js'

/** Where the events of a client's calls go: to the listeners at once, or, in a client that keeps its state, when they are durable. */
export class EventDispatcher {
  readonly listeners: Listeners
  /** Absent in a client that keeps nothing. */
  readonly durable: DurableEvents | undefined
  readonly #tookLong: () => boolean
  /** The last events that wait for a pause; others queue behind them. */
  #waiting: Promise<void> | undefined

  /** @param tookLong whether the work since the last question did milliseconds of arithmetic */
  constructor(listeners: Listeners, durable: DurableEvents | undefined, tookLong: () => boolean) {
    this.listeners = listeners
    this.durable = durable
    this.#tookLong = tookLong
  }

  /** Works at once, so that the order of calls is the order of work; only what went wrong waits for the promise. */
  async run(work: () => readonly ClientEvent[]): Promise<void> {
    const { durable } = this
    if (durable !== undefined) {
      durable.check()
      await durable.add(work())
      return
    }
    const events = work()
    const long = this.#tookLong()
    if (!long && this.#waiting === undefined) this.listeners.deliver(events)
    else await this.#deliverLater(events, long)
  }

  /**
   * Lets the event loop transaction first. What a listener causes would otherwise be done in the same task: where both sides of a key exchange live
   * in one page, the page would stand still for all its steps together.
   */
  #deliverLater(events: readonly ClientEvent[], long: boolean): Promise<void> {
    const delivered = (this.#waiting ?? Promise.resolve()).then(() => long ? systemPause() : undefined).then(() => {
      if (this.#waiting === delivered) this.#waiting = undefined
      this.listeners.deliver(events)
    })
    this.#waiting = delivered
    return delivered
  }
}
