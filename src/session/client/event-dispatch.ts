import { systemPause } from '../../crypto/index.js'
import type { ClientEvent } from '../event.js'
import type { DurableEvents } from './durable-events.js'
import type { Listeners } from './listeners.js'
import type { CommandResult } from './command-result.js'

/** Delivers the events of a client's calls to the listeners: at once, or, in a client with a persistence, when they are durable. */
export class EventDispatcher {
  readonly listeners: Listeners
  /** Absent in a client without a persistence. */
  readonly durable: DurableEvents | undefined
  readonly #tookLong: () => boolean
  /** The delivery that waits for a pause; later ones queue behind it. */
  #waiting: Promise<void> | undefined

  /** @param tookLong - whether the work since its last call did milliseconds of arithmetic */
  constructor(listeners: Listeners, durable: DurableEvents | undefined, tookLong: () => boolean) {
    this.listeners = listeners
    this.durable = durable
    this.#tookLong = tookLong
  }

  /**
   * Runs `work` at once, so that the order of calls is the order of work. Fulfilled with the result when the events have been delivered;
   * rejected with the error of `work`.
   */
  run(work: () => ClientEvent[]): Promise<void>
  run<Result>(work: () => CommandResult<Result>): Promise<Result>
  run(work: () => ClientEvent[] | CommandResult<unknown>): Promise<unknown>
  async run(work: () => ClientEvent[] | CommandResult<unknown>): Promise<unknown> {
    const { durable } = this
    durable?.check()
    const told = work()
    const done: CommandResult<unknown> = 'events' in told ? told : { events: told, result: undefined }
    if (durable !== undefined) await durable.add(done.events)
    else {
      const long = this.#tookLong()
      if (!long && this.#waiting === undefined) this.listeners.deliver(done.events)
      else await this.#deliverLater(done.events, long)
    }
    if (done.error !== undefined) throw done.error
    return done.result
  }

  /**
   * Lets the event loop run before the delivery. Otherwise everything that a listener causes would happen in the same task: if both sides of a
   * key exchange live in one page, the page would freeze for all its steps together.
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
