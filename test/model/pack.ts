import { isRow, shapeKeys, shapeOf } from './shapes.js'

/*
 * Encodes a client's state as one byte string, and decodes it. A running client overwrites the byte arrays of its state, so each step of the check
 * starts with arrays of its own; and a million states must fit into memory. A decoded state shares nothing, as after a restart.
 */

const kind = { undefined: 0, null: 1, false: 2, true: 3, number: 4, small: 5, string: 6, bytes: 7, list: 8, object: 9 } as const

/** The strings that ever occurred in a state: there are few. */
const strings = new Map<string, number>()
const stringOf: string[] = []

function numberOf(text: string): number {
  let number = strings.get(text)
  if (number === undefined) {
    strings.set(text, number = stringOf.length)
    stringOf.push(text)
  }
  return number
}

let buffer = Buffer.allocUnsafe(1 << 16)
let at = 0

function room(bytes: number): void {
  if (at + bytes <= buffer.length) return
  const larger = Buffer.allocUnsafe(2 * (at + bytes))
  buffer.copy(larger, 0, 0, at)
  buffer = larger
}

/** The bytes of plain data: objects without a class, lists, byte arrays, strings, numbers. */
export function pack(value: unknown): Uint8Array {
  at = 0
  write(value)
  return Uint8Array.prototype.slice.call(buffer, 0, at)
}

function write(value: unknown): void {
  room(16)
  switch (typeof value) {
    case 'undefined': buffer[at++] = kind.undefined; return
    case 'boolean': buffer[at++] = value ? kind.true : kind.false; return
    case 'number':
      if ((value | 0) === value) {
        buffer[at++] = kind.small
        at = buffer.writeInt32LE(value, at)
      } else {
        buffer[at++] = kind.number
        at = buffer.writeDoubleLE(value, at)
      }
      return
    case 'string': put(kind.string, numberOf(value)); return
    case 'object': writeObject(value); return
    default: throw new Error(`a ${typeof value} in a state`)
  }
}

function put(what: number, number: number): void {
  buffer[at++] = what
  at = buffer.writeInt32LE(number, at)
}

function writeObject(value: object | null): void {
  if (value === null) {
    buffer[at++] = kind.null
  } else if (value instanceof Uint8Array) {
    put(kind.bytes, value.length)
    room(value.length)
    buffer.set(value, at)
    at += value.length
  } else if (Array.isArray(value)) {
    put(kind.list, value.length)
    for (const one of value) write(one)
  } else if (isRow(value)) {
    const keys = Object.keys(value)
    put(kind.object, shapeOf(keys))
    for (const key of keys) write(value[key])
  }
}

let source: Buffer = Buffer.alloc(0)

/** Decodes a packed state into new objects and arrays. */
export function unpack(packed: Uint8Array): unknown {
  source = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength)
  at = 0
  return read()
}

function read(): unknown {
  const what = source[at++]
  switch (what) {
    case kind.undefined: return undefined
    case kind.null: return null
    case kind.false: return false
    case kind.true: return true
    case kind.number: at += 8; return source.readDoubleLE(at - 8)
    default:
  }
  const number = source.readInt32LE(at)
  at += 4
  switch (what) {
    case kind.small: return number
    case kind.string: return stringOf[number]
    case kind.bytes: at += number; return new Uint8Array(source.subarray(at - number, at))
    case kind.list: return Array.from({ length: number }, read)
    case kind.object: {
      const object: Record<string, unknown> = {}
      for (const key of shapeKeys(number)) object[key] = read()
      return object
    }
    default: throw new Error('no packed state')
  }
}
