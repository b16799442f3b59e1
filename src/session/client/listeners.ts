import type { ClientEvent } from '../event.js'

/** The event of a type. */
export type EventOf<Type extends ClientEvent['type']> = Extract<ClientEvent, { type: Type }>

/**
 * Code of the application. It may return a promise: no other event waits for it, but a client that keeps its state forgets the event only when
 * it has settled.
 */
export type Listener<Type extends ClientEvent['type']> = (event: EventOf<Type>) => unknown

/**
 * Delivers events to the application's listeners, in the order in which they happened, even when a listener causes new ones: those come after
 * the ones under way. A listener that throws, rejects or never settles changes nothing for the others.
 */
export class Listeners {
  readonly #listeners = new Map<string, Set<(event: ClientEvent) => unknown>>()
  readonly #readers = new Set<EventReader>()
  readonly #failed: (error: unknown, event: ClientEvent) => void
  readonly #taken: (event: ClientEvent) => void
  readonly #waiting: ClientEvent[] = []
  #delivering = false

  /** `taken`: told of every event that all listeners have settled for, and all readers have done with. */
  constructor(failed: (error: unknown, event: ClientEvent) => void, taken: (event: ClientEvent) => void = () => undefined) {
    this.#failed = failed
    this.#taken = taken
  }

  /** Adds a listener for a type. Call the result to take it away. */
  on<Type extends ClientEvent['type']>(type: Type, listener: Listener<Type>): () => void {
    const set = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, set)
    const added = (event: ClientEvent): unknown => listener(event as EventOf<Type>)
    set.add(added)
    return () => { set.delete(added) }
  }

  /** All events from now on, as an iterator. Those that nobody has taken yet are kept; leave the loop, or call `return`, to stop that. */
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

  /** Ends every iterator after what it still has. */
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
      // The last resort failed too: there is nobody left to tell.
    }
  }
}

class EventReader implements AsyncIterableIterator<ClientEvent> {
  readonly #events: { readonly event: ClientEvent, readonly done: () => void }[] = []
  readonly #takers: ((result: IteratorResult<ClientEvent, undefined>) => void)[] = []
  readonly #stopped: () => void
  #ended = false
  /** Says that the event which was taken last is done with. */
  #done: () => void = () => undefined

  constructor(stopped: () => void) {
    this.#stopped = stopped
  }

  /** Fulfilled when the event was taken and the one after it asked for, or the loop left. */
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
    // What nobody took counts as not delivered.
    this.#events.length = 0
    this.end()
    return Promise.resolve({ value: undefined, done: true })
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
