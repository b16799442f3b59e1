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
   * Calls every listener, in the order in which they were added. What a listener throws is a defect of the application: it is thrown again
   * in a microtask of its own, so that it shows, while the other listeners and the line that is being handled go on.
   * Promises that listeners return are not waited for, and their rejections are ignored.
   */
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const open of this.#tell(name, event)) open.catch(() => undefined)
  }

  /** As `emit`, but waits for the promises that listeners return. Rejects when one of them does. */
  async emitAndWait<Name extends keyof Events>(name: Name, event: Events[Name]): Promise<void> {
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
