import { data, littleEndian, mod } from './bytes.js'
import { add, decode, encode, equal, G, multiply, q, subtract, type Point } from './ed448.js'
import { id, kdf } from './kdf.js'

/** "Secret Information": x or y. The digest is pruned, and taken mod q. */
export function smpSecret(initiator: Uint8Array, responder: Uint8Array, ssid: Uint8Array, typed: Uint8Array): bigint {
  const digest = kdf(id.smpSecret, 57, Uint8Array.of(1), initiator, responder, ssid, data(typed))
  digest[0] = digest[0]! & 0xfc
  digest[55] = digest[55]! | 0x80
  digest[56] = 0
  return mod(littleEndian(digest), q)
}

const hashToScalar = (i: number, ...points: readonly Point[]): bigint => mod(littleEndian(kdf(i, 57, ...points.map(encode))), q)

/** The values of a message: points and scalars of 57 bytes. */
class Values {
  #at = 0

  constructor(readonly bytes: Uint8Array) {}

  #take(): Uint8Array {
    this.#at += 57
    return this.bytes.slice(this.#at - 57, this.#at)
  }

  point(): Point {
    return decode(this.#take())
  }

  scalar(): bigint {
    return mod(littleEndian(this.#take()), q)
  }
}

/** G * d + A * c: the commitment in the proof of a logarithm. */
const opened = (A: Point, c: bigint, d: bigint): Point => add(multiply(d, G), multiply(c, A))

function check(what: string, ok: boolean): void {
  if (!ok) throw new Error(what)
}

/** Finds a peer's random number: the scalar among these whose product with the point is the other point. */
function logarithm(of: Point, to: Point, among: readonly bigint[]): bigint {
  const found = among.find((scalar) => equal(multiply(scalar, to), of))
  if (found === undefined) throw new Error('nobody drew this number')
  return found
}

/**
 * Checks a whole exchange: the four messages without the question, the two secrets, and the random scalars that were drawn.
 * @returns whether the secrets are equal, as either side finds it
 * @throws Error with the equation that does not hold
 */
export function checkExchange(messages: readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array], x: bigint, y: bigint, drawn: readonly bigint[]): readonly [boolean, boolean] {
  const [one, two, three, four] = messages.map((message) => new Values(message)) as [Values, Values, Values, Values]
  // Message 1.
  const [G2a, c2a, d2a, G3a, c3a, d3a] = [one.point(), one.scalar(), one.scalar(), one.point(), one.scalar(), one.scalar()]
  check('c2 of message 1', c2a === hashToScalar(1, opened(G2a, c2a, d2a)))
  check('c3 of message 1', c3a === hashToScalar(2, opened(G3a, c3a, d3a)))
  const [a2, a3] = [logarithm(G2a, G, drawn), logarithm(G3a, G, drawn)]

  // Message 2.
  const [G2b, c2b, d2b, G3b, c3b, d3b] = [two.point(), two.scalar(), two.scalar(), two.point(), two.scalar(), two.scalar()]
  const [Pb, Qb, cpb, d5b, d6b] = [two.point(), two.point(), two.scalar(), two.scalar(), two.scalar()]
  check('c2 of message 2', c2b === hashToScalar(3, opened(G2b, c2b, d2b)))
  check('c3 of message 2', c3b === hashToScalar(4, opened(G3b, c3b, d3b)))
  const [b2, b3] = [logarithm(G2b, G, drawn), logarithm(G3b, G, drawn)]
  const G2 = multiply(b2, G2a)
  const G3 = multiply(b3, G3a)
  check('G2', equal(G2, multiply(a2, G2b)))
  check('G3', equal(G3, multiply(a3, G3b)))
  const r4b = logarithm(Pb, G3, drawn)
  check('Qb', equal(Qb, add(multiply(r4b, G), multiply(y, G2))))
  const commitment = (P: Point, Q: Point, c: bigint, d5: bigint, d6: bigint): [Point, Point] =>
    [add(multiply(d5, G3), multiply(c, P)), add(add(multiply(d5, G), multiply(d6, G2)), multiply(c, Q))]
  check('cp of message 2', cpb === hashToScalar(5, ...commitment(Pb, Qb, cpb, d5b, d6b)))

  // Message 3.
  const [Pa, Qa, cpa, d5a, d6a] = [three.point(), three.point(), three.scalar(), three.scalar(), three.scalar()]
  const [Ra, cra, d7a] = [three.point(), three.scalar(), three.scalar()]
  const r4a = logarithm(Pa, G3, drawn)
  check('Qa', equal(Qa, add(multiply(r4a, G), multiply(x, G2))))
  check('cp of message 3', cpa === hashToScalar(6, ...commitment(Pa, Qa, cpa, d5a, d6a)))
  const difference = subtract(Qa, Qb)
  check('Ra', equal(Ra, multiply(a3, difference)))
  check('cr of message 3', cra === hashToScalar(7, opened(G3a, cra, d7a), add(multiply(d7a, difference), multiply(cra, Ra))))

  // Message 4.
  const [Rb, crb, d7b] = [four.point(), four.scalar(), four.scalar()]
  check('Rb', equal(Rb, multiply(b3, difference)))
  check('cr of message 4', crb === hashToScalar(8, opened(G3b, crb, d7b), add(multiply(d7b, difference), multiply(crb, Rb))))
  return [equal(multiply(a3, Rb), subtract(Pa, Pb)), equal(multiply(b3, Ra), subtract(Pa, Pb))]
}

/** Removes the question in front of message 1. */
export function withoutQuestion(message1: Uint8Array): Uint8Array {
  return message1.slice(4 + Number(littleEndian(Uint8Array.from(message1.slice(0, 4)).reverse())))
}

