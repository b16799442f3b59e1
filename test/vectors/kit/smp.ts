import { asSecret, copySecret, type Secret } from '../../../src/crypto/secret.js'
import { getArithmetic, type RandomSource } from '../../../src/crypto/index.js'
import { smpSecret as v3Secret } from '../../../src/v3/smp.js'
import { smpArithmetic as v3Arithmetic } from '../../../src/v3/smp-arithmetic.js'
import { smpSecret as v4Secret } from '../../../src/v4/smp.js'
import { smpArithmetic as v4Arithmetic } from '../../../src/v4/smp-arithmetic.js'
import { minimalBigEndian } from '../../../src/wire/index.js'
import type { Checks, Given } from './given.js'

const ed448 = getArithmetic().ed448
const modp = getArithmetic().modp1536

/** What differs between the versions: how numbers are drawn, and how elements stand in a state. */
interface Version {
  readonly arithmetic: typeof v4Arithmetic | typeof v3Arithmetic
  readonly secret: (given: Given, typed: Uint8Array) => Uint8Array
  /** What a source returns so that the number is drawn. */
  readonly drawn: (number: Uint8Array) => Uint8Array
  /** An element of a case as src/ keeps it, and back. */
  readonly inner: (element: Uint8Array) => Uint8Array
  readonly outer: (element: Uint8Array) => Uint8Array
  readonly power: (element: Uint8Array, number: Uint8Array) => Uint8Array
}

const padded = (element: Uint8Array): Uint8Array => {
  const full = new Uint8Array(192)
  full.set(element, 192 - element.length)
  return full
}

const versions: { readonly [version in 3 | 4]: Version } = {
  4: {
    arithmetic: v4Arithmetic, secret: (given, typed) => v4Secret({ initiator: given.bytes('initiator'), responder: given.bytes('responder'), ssid: given.bytes('ssid'), typed }, 'pruned'),
    drawn: (number) => Uint8Array.from([...number, ...new Uint8Array(57)]), inner: (element) => element, outer: (element) => element, power: (element, number) => ed448.multiply(number, element),
  },
  3: {
    arithmetic: v3Arithmetic, secret: (given, typed) => v3Secret(given.bytes('initiator'), given.bytes('responder'), given.bytes('ssid'), typed),
    drawn: (number) => number.slice(), inner: padded, outer: minimalBigEndian, power: (element, number) => modp.power(element, number),
  },
}

function smp(version: 3 | 4): Checks {
  const { arithmetic, secret, drawn, inner, outer, power } = versions[version]
  const source = (given: Given, ...names: readonly string[]): RandomSource => {
    const left = [...names]
    return (length) => {
      const name = left.shift()
      if (name === undefined) return new Uint8Array(length).fill(0x55)
      const bytes = drawn(given.bytes(name))
      if (bytes.length !== length) throw new Error(`${name} has ${bytes.length} bytes, not ${length}`)
      return bytes
    }
  }
  const secretOf = (given: Given, name: string): Secret => copySecret(given.bytes(name))
  const element = (given: Given, name: string): Uint8Array => inner(given.bytes(name))
  return {
    secret: (given) => ({ secret: secret(given, new TextEncoder().encode(given.text('typed'))) }),
    exchange(given) {
      const offered = arithmetic.offer(secretOf(given, 'x'), source(given, 'a2', 'a3', 'r2a', 'r3a'))
      const asked = arithmetic.ask(offered.message)
      if (asked === undefined) return undefined
      const answered = arithmetic.answer(asked, secretOf(given, 'y'), source(given, 'b2', 'b3', 'r2b', 'r3b', 'r4b', 'r5b', 'r6b'))
      const { g2, g3, pb, qb, b3 } = answered.values
      const kept = { g3a: answered.values.g3a.slice(), g2: copySecret(g2), g3: copySecret(g3), b3, pb: pb.slice(), qb: qb.slice() }
      const proved = arithmetic.prove(offered.values, answered.message, source(given, 'r4a', 'r5a', 'r6a', 'r7a'))
      if (proved === undefined) return undefined
      const concluded = arithmetic.conclude(kept, proved.message, source(given, 'r7b'))
      if (concluded === undefined) return undefined
      const values = proved.values
      const compared = arithmetic.compare(values as never, concluded.message)
      if (compared?.equal !== concluded.equal) return undefined
      const [pRatio, qRatio] = 'pDifference' in values ? [values.pDifference, values.qDifference] : [values.pQuotient, values.qQuotient]
      const rab = power(power(qRatio, given.bytes('a3')), given.bytes('b3'))
      return {
        message1: offered.message, message2: answered.message, message3: proved.message, message4: concluded.message, g2: outer(kept.g2), g3: outer(kept.g3), pb: outer(kept.pb), qb: outer(kept.qb),
        pRatio: outer(pRatio), qRatio: outer(qRatio), rab: outer(rab), equal: concluded.equal,
      }
    },
    verify1(given) {
      const asked = arithmetic.ask(given.bytes('message'))
      return asked && { g2a: outer(asked.g2a), g3a: outer(asked.g3a) }
    },
    verify2: (given) => arithmetic.prove({ secret: secretOf(given, 'x'), a2: secretOf(given, 'a2'), a3: secretOf(given, 'a3') }, given.bytes('message'), source(given)) && {},
    verify3(given) {
      const values = { g3a: element(given, 'g3a'), g2: asSecret(element(given, 'g2')), g3: asSecret(element(given, 'g3')), b3: secretOf(given, 'b3'), pb: element(given, 'pb'), qb: element(given, 'qb') }
      const concluded = arithmetic.conclude(values, given.bytes('message'), source(given))
      return concluded && { equal: concluded.equal }
    },
    verify4(given) {
      const common = { g3b: element(given, 'g3b'), a3: secretOf(given, 'a3') }
      const [p, q] = [asSecret(element(given, 'pRatio')), asSecret(element(given, 'qRatio'))]
      const compared = version === 4
        ? v4Arithmetic.compare({ ...common, pDifference: p, qDifference: q }, given.bytes('message'))
        : v3Arithmetic.compare({ ...common, pQuotient: p, qQuotient: q }, given.bytes('message'))
      return compared && { equal: compared.equal }
    },
  }
}

export const v4Smp = smp(4)
export const v3Smp = smp(3)
