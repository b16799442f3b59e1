import type { Arithmetic } from '../../src/crypto/index.js'

/** The number of group operations so far. */
export interface Counter {
  operations: number
}

const costly = new Set([
  'isValidPoint', 'multiplyBase', 'multiply', 'multiplyAdd', 'multiplyPair', 'multiplyAddPublic', 'multiplyTwoPublic', 'power', 'powerOfGenerator',
  'doublePower', 'inSubgroup',
])

/** An arithmetic that counts what costs time: multiplications of points, exponentiations, checks of group elements. */
export function countingArithmetic(arithmetic: Arithmetic): { readonly arithmetic: Arithmetic, readonly counter: Counter } {
  const counter: Counter = { operations: 0 }
  const watch = <Group extends object>(group: Group): Group => new Proxy(group, {
    get(target, name, receiver): unknown {
      const member: unknown = Reflect.get(target, name, receiver)
      if (typeof member !== 'function' || !costly.has(String(name))) return member
      return (...parameters: unknown[]): unknown => {
        counter.operations++
        return Reflect.apply(member, target, parameters)
      }
    },
  })
  return {
    arithmetic: { ...arithmetic, ed448: watch(arithmetic.ed448), modp1536: watch(arithmetic.modp1536), modp3072: watch(arithmetic.modp3072) },
    counter,
  }
}
