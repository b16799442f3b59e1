/** Moves an entry of a map to another key. */
export function renameEntry<Value>(map: Map<string, Value>, from: string, to: string): void {
  const value = map.get(from)
  map.delete(from)
  if (value !== undefined) map.set(to, value)
}
