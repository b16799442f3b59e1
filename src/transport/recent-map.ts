/**
 * A bounded map. It has at most `most` entries: one more drops the entry that was set longest ago. An entry that was set more than `lastsMs`
 * milliseconds ago counts as absent.
 */
export class RecentMap<Key, Value> {
  readonly #most: number
  readonly #lastsMs: number
  readonly #entries = new Map<Key, { readonly value: Value, readonly since: number }>()

  constructor(most: number, lastsMs = Infinity) {
    this.#most = most
    this.#lastsMs = lastsMs
  }

  get(key: Key): Value | undefined {
    const entry = this.#entries.get(key)
    return entry !== undefined && this.#isRecent(entry) ? entry.value : undefined
  }

  has(key: Key): boolean {
    return this.get(key) !== undefined
  }

  /** Makes it the newest entry, also where there was one for this key. */
  set(key: Key, value: Value): void {
    this.#entries.delete(key)
    this.#entries.set(key, { value, since: performance.now() })
    if (this.#entries.size <= this.#most) return
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest)
      return
    }
  }

  /** Removes an entry and returns its value. */
  take(key: Key): Value | undefined {
    const value = this.get(key)
    this.#entries.delete(key)
    return value
  }

  delete(key: Key): void {
    this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
  }

  /** The entry set longest ago first. */
  entries(): (readonly [Key, Value])[] {
    return [...this.#entries].filter(([, entry]) => this.#isRecent(entry)).map(([key, { value }]) => [key, value])
  }

  /** Replaces every value by what `by` makes of it. Ages and order stay. */
  change(by: (value: Value) => Value): void {
    for (const [key, { value, since }] of this.#entries) this.#entries.set(key, { value: by(value), since })
  }

  #isRecent({ since }: { readonly since: number }): boolean {
    return performance.now() - since < this.#lastsMs
  }
}
