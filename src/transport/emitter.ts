/** Listeners by name, typed by a table of events. */
export class Emitter<Events> {
  readonly #listeners = new Map<keyof Events, Set<(event: never) => unknown>>()

  /** Adds a listener; the returned function removes it. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => unknown): () => void {
    const own = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, own)
    own.add(listener)
    return () => { own.delete(listener) }
  }

  /**
   * Tells every listener, in the order in which they came. A listener that throws is the host's defect and must show as one, but
   * must not stop the line that is being handled: its error surfaces in a microtask of its own.
   * A promise that a listener returned and that is rejected is its own business.
   */
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const open of this.#tell(name, event)) open.catch(() => undefined)
  }

  /** As `emit`; fulfilled when every promise is that listeners returned, rejected when one is. */
  async ask<Name extends keyof Events>(name: Name, event: Events[Name]): Promise<void> {
    await Promise.all(this.#tell(name, event))
  }

  #tell<Name extends keyof Events>(name: Name, event: Events[Name]): Promise<unknown>[] {
    const open: Promise<unknown>[] = []
    for (const listener of [...this.#listeners.get(name) ?? []]) {
      try {
        const result = (listener as (event: Events[Name]) => unknown)(event)
        if (result instanceof Promise) open.push(result)
      } catch (error) {
        queueMicrotask(() => { throw error })
      }
    }
    return open
  }
}
