import { OtrError } from '../../errors.js'
import type { Ed448 } from '../arithmetic.js'
import { equalBytes } from '../compare.js'
import { instantiate, selfTest, type Address, type ModuleMemory } from './instance.js'
import { coreModule } from './modules/core.js'
import { copySecret } from '../secret.js'
import { copyPublic } from '../../wire/public-bytes.js'
import { hexDecode } from '../../wire/bytes.js'

/** assembly/core.ts */
interface Core extends ModuleMemory {
  readonly IN_A: Address
  readonly IN_B: Address
  readonly IN_C: Address
  readonly IN_D: Address
  readonly IN_E: Address
  readonly OUT: Address
  readonly OUT2: Address
  readonly isValidPoint: () => number
  readonly multiplyBase: () => void
  readonly multiply: () => number
  readonly multiplyAdd: () => number
  readonly multiplyAddOpen: () => number
  readonly multiplyPair: (withBase: boolean) => number
  readonly multiplyTwo: (withBase: boolean) => number
  readonly add: (sign: number) => number
  readonly reduceScalar: () => void
  readonly addScalars: () => void
  readonly subtractScalars: () => void
  readonly multiplyScalars: () => void
}

const POINT = 57
const WIDE = 114

/** RFC 8032, section 5.2: the base point and the order of its group. */
const generator = hexDecode(
  '14fa30f25b790898adc8d74e2c13bdfdc4397ce61cffd33ad7c2a0051e9c78874098a36c7373ea4b62c7c9563720768824bcb66e71463f6900')
const order = hexDecode(
  'f34458ab92c27823558fc58d72c26c219036d6ae49db4ec4e923ca7cffffffffffffffffffffffffffffffffffffffffffffffffffffff3f00')

/**
 * Ed448 and its scalars by the module `core`.
 * @param packed - the module with SIMD, or the one without
 * @param memories - see `instantiate`
 * @throws OtrError `OTR_WASM`, see `instantiate`
 */
export function wasmEd448(packed = coreModule, memories: Uint8Array[] = []): Ed448 {
  const { exports: core, bytes: memory } = instantiate<Core>(packed, [
    'IN_A', 'IN_B', 'IN_C', 'IN_D', 'IN_E', 'OUT', 'OUT2', 'isValidPoint', 'multiplyBase', 'multiply', 'multiplyAdd', 'multiplyAddOpen', 'multiplyPair',
    'multiplyTwo', 'add', 'reduceScalar', 'addScalars', 'subtractScalars', 'multiplyScalars',
  ], memories)
  const a = core.IN_A.value
  const b = core.IN_B.value
  const c = core.IN_C.value
  const d = core.IN_D.value
  const e = core.IN_E.value
  const out = core.OUT.value
  const out2 = core.OUT2.value

  const putScalar = (at: number, scalar: Uint8Array): void => {
    if (scalar.length > WIDE) throw new OtrError('OTR_INTERNAL', `a scalar of more than ${WIDE} bytes`)
    memory.set(scalar, at)
  }
  const putPoint = (at: number, point: Uint8Array): void => {
    if (point.length !== POINT) throw notAPoint()
    memory.set(point, at)
  }
  const wipe = (): void => { memory.fill(0, a, out2 + POINT) }
  /** Calls a function on the argument area, then wipes arguments and result there, whatever happens. */
  const run = (put: () => void, call: () => unknown): Uint8Array => {
    try {
      put()
      if (call() === 0) throw notAPoint()
      return copySecret(memory, out, out + POINT)
    } finally {
      wipe()
    }
  }
  const onScalars = (x: Uint8Array, y: Uint8Array, call: () => void): Uint8Array =>
    run(() => {
      putScalar(a, x)
      putScalar(b, y)
    }, call)
  const multiplyAdd = (x: Uint8Array, point: Uint8Array, y: Uint8Array, call: () => number): Uint8Array =>
    run(() => {
      putScalar(a, x)
      putPoint(b, point)
      putScalar(c, y)
    }, call)
  const addPoints = (p: Uint8Array, q: Uint8Array, sign: number): Uint8Array =>
    run(() => {
      putPoint(a, p)
      putPoint(b, q)
    }, () => core.add(sign))

  const ed448: Ed448 = {
    generator,
    order,
    isValidPoint: (point) => {
      if (point.length !== POINT) return false
      memory.set(point, a)
      const valid = core.isValidPoint() !== 0
      memory.fill(0, a, a + POINT)
      return valid
    },
    multiplyBase: (scalar) => run(() => { putScalar(a, scalar) }, core.multiplyBase),
    multiply: (scalar, point) =>
      run(() => {
        putScalar(a, scalar)
        putPoint(b, point)
      }, core.multiply),
    multiplyAdd: (x, point, y) => multiplyAdd(x, point, y, core.multiplyAdd),
    multiplyAddPublic: (x, point, y) => multiplyAdd(x, point, y, core.multiplyAddOpen),
    multiplyPair: (x, y, point, z, w) => {
      try {
        putScalar(a, x)
        putPoint(b, point)
        putScalar(c, y)
        if (z !== undefined) putScalar(d, z)
        if (w !== undefined) putScalar(e, w)
        if (core.multiplyPair(z !== undefined || w !== undefined) === 0) throw notAPoint()
        return [copySecret(memory, out, out + POINT), copySecret(memory, out2, out2 + POINT)]
      } finally {
        wipe()
      }
    },
    multiplyTwoPublic: (x, p, y, q, z) =>
      run(() => {
        putScalar(a, x)
        putPoint(b, p)
        putScalar(c, y)
        putPoint(d, q)
        if (z !== undefined) putScalar(e, z)
      }, () => core.multiplyTwo(z !== undefined)),
    add: (p, q) => addPoints(p, q, 0),
    subtract: (p, q) => addPoints(p, q, -1),
    isIdentity: (point) => {
      if (point.length !== POINT) return false
      let difference = (point[0] ?? 0) ^ 1
      for (let i = 1; i < POINT; i++) difference |= point[i] ?? 0
      return difference === 0
    },
    reduceScalar: (scalar) => run(() => { putScalar(a, scalar) }, core.reduceScalar),
    addScalars: (x, y) => onScalars(x, y, core.addScalars),
    subtractScalars: (x, y) => onScalars(x, y, core.subtractScalars),
    multiplyScalars: (x, y) => onScalars(x, y, core.multiplyScalars),
  }

  selfTest('Ed448', () => {
    const minusOne = ed448.subtractScalars(Uint8Array.of(0), Uint8Array.of(1))
    const minusG = negated(generator)
    return ed448.isValidPoint(generator) && equalBytes(ed448.multiply(minusOne, generator), minusG) && ed448.isIdentity(ed448.add(generator, minusG))
  })
  return ed448
}

function negated(point: Uint8Array): Uint8Array {
  const other = copyPublic(point)
  other[POINT - 1] = (other[POINT - 1] ?? 0) ^ 0x80
  return other
}

function notAPoint(): OtrError {
  return new OtrError('OTR_POINT', 'these bytes do not encode a point of Ed448')
}
