/** Keeps a memory bounded: when it holds more than `most`, what came into it first is dropped. Call it with each that comes. */
export function forgetOldest<Key>(memory: { readonly size: number, keys(): Iterable<Key>, delete(key: Key): boolean }, most: number): void {
  if (memory.size <= most) return
  for (const oldest of memory.keys()) {
    memory.delete(oldest)
    return
  }
}
