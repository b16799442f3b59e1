import type { ClientEvent } from '../event.js'

/** The events of one type. */
export type EventOf<Type extends ClientEvent['type']> = Extract<ClientEvent, { type: Type }>

/**
 * A listener of the application. It may return a promise: no other event waits for it, but a client with a persistence forgets the event only
 * when the promise has settled.
 */
export type Listener<Type extends ClientEvent['type']> = (event: EventOf<Type>) => unknown

/**
 * Delivers events to the application's listeners, in the order in which they happened. If a listener causes new events, these follow after
 * the current ones. A listener that throws, rejects or never settles does not affect the others.
 */
export class Listeners {
  readonly #listeners = new Map<string, Set<(event: ClientEvent) => unknown>>()
  readonly #readers = new Set<EventReader>()
  readonly #failed: (error: unknown, event: ClientEvent) => void
  readonly #taken: (event: ClientEvent) => void
  readonly #waiting: ClientEvent[] = []
  #delivering = false

  /** `taken`: called with every event that all listeners and all readers have finished with. */
  constructor(failed: (error: unknown, event: ClientEvent) => void, taken: (event: ClientEvent) => void = () => undefined) {
    this.#failed = failed
    this.#taken = taken
  }

  /** Adds a listener for a type. Call the result to remove it. */
  on<Type extends ClientEvent['type']>(type: Type, listener: Listener<Type>): () => void {
    const set = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, set)
    const added = (event: ClientEvent): unknown => listener(event as EventOf<Type>)
    set.add(added)
    return () => { set.delete(added) }
  }

  /** Returns an iterator over all events from now on. Events queue up until they are taken; leave the loop, or call `return`, to stop that. */
  read(): AsyncIterableIterator<ClientEvent> {
    const reader = new EventReader(() => { this.#readers.delete(reader) })
    this.#readers.add(reader)
    return reader
  }

  deliver(events: readonly ClientEvent[]): void {
    this.#waiting.push(...events)
    if (this.#delivering) return
    this.#delivering = true
    for (let event = this.#waiting.shift(); event !== undefined; event = this.#waiting.shift()) this.#tell(event)
    this.#delivering = false
  }

  /** Ends every iterator once its queue is empty. */
  close(): void {
    for (const reader of this.#readers) reader.end()
    this.#readers.clear()
  }

  #tell(event: ClientEvent): void {
    const open: Promise<unknown>[] = [...this.#readers].map((reader) => reader.put(event))
    for (const listener of [...this.#listeners.get(event.type) ?? []]) {
      try {
        const result = listener(event)
        if (result instanceof Promise) open.push(result.catch((error: unknown) => { this.#report(error, event) }))
      } catch (error) {
        this.#report(error, event)
      }
    }
    if (open.length === 0) this.#taken(event)
    else void Promise.all(open).then(() => { this.#taken(event) })
  }

  #report(error: unknown, event: ClientEvent): void {
    try {
      this.#failed(error, event)
    } catch {
      // The error handler failed too, and there is nobody left to report it to.
    }
  }
}

class EventReader implements AsyncIterableIterator<ClientEvent> {
  readonly #events: { readonly event: ClientEvent, readonly done: () => void }[] = []
  readonly #takers: ((result: IteratorResult<ClientEvent, undefined>) => void)[] = []
  readonly #stopped: () => void
  #ended = false
  /** Reports that the last taken event has been handled. */
  #done: () => void = () => undefined

  constructor(stopped: () => void) {
    this.#stopped = stopped
  }

  /** Fulfilled when the event was taken and the next one was asked for, or the loop was left. */
  put(event: ClientEvent): Promise<void> {
    return new Promise((done) => {
      const taker = this.#takers.shift()
      if (taker === undefined) {
        this.#events.push({ event, done })
        return
      }
      this.#done()
      this.#done = done
      taker({ value: event, done: false })
    })
  }

  end(): void {
    this.#ended = true
    for (const taker of this.#takers.splice(0)) taker({ value: undefined, done: true })
  }

  next(): Promise<IteratorResult<ClientEvent, undefined>> {
    this.#done()
    const taken = this.#events.shift()
    if (taken !== undefined) {
      this.#done = taken.done
      return Promise.resolve({ value: taken.event, done: false })
    }
    if (this.#ended) return Promise.resolve({ value: undefined, done: true })
    return new Promise((resolve) => { this.#takers.push(resolve) })
  }

  return(): Promise<IteratorResult<ClientEvent, undefined>> {
    this.#stopped()
    this.#done()
    // Events that nobody took do not count as delivered.
    this.#events.length = 0
    this.end()
    return Promise.resolve({ value: undefined, done: true })
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
