/** Somebody is found under another key from now on: what stands in a map under the old one stands under the new one. */
export function renameEntry<Value>(map: Map<string, Value>, from: string, to: string): void {
  const value = map.get(from)
  map.delete(from)
  if (value !== undefined) map.set(to, value)
}
