/** A plain object, as rows of properties. */
export type Row = Readonly<Record<string, unknown>>

export function isRow(value: object): value is Row {
  return !Array.isArray(value) && !(value instanceof Uint8Array)
}

interface Node {
  readonly next: Map<string, Node>
  number: number
}

const root: Node = { next: new Map(), number: -1 }
const keysOf: (readonly string[])[] = []

/** The number of a row of property names. Objects with the same properties in the same order have the same number. */
export function shapeOf(keys: readonly string[]): number {
  let node = root
  for (const key of keys) {
    let next = node.next.get(key)
    if (next === undefined) node.next.set(key, next = { next: new Map(), number: -1 })
    node = next
  }
  if (node.number < 0) {
    node.number = keysOf.length
    keysOf.push(keys)
  }
  return node.number
}

/** The names of a shape. */
export function shapeKeys(number: number): readonly string[] {
  return keysOf[number]!
}
