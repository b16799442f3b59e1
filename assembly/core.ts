// The module `core`: Ed448 and its scalars. What the binding calls. Arguments are at IN_A to IN_E, the result is at OUT;
// scalars come as 114 little-endian bytes (shorter ones padded with zeros), points as 57. Each function wipes what it computed with.

import { IN_A, IN_B, IN_C, IN_D, IN_E, OUT, SCRATCH, SCRATCH_END, WORKSHOP_END } from './memory'
import * as point from './point'
import * as scalar from './scalar'
export { IN_A, IN_B, IN_C, IN_D, IN_E, OUT } from './memory'

const ROOM: usize = SCRATCH
const WIDE: usize = ROOM + point.ROOM
const DIGITS: usize = WIDE + 256
const P: usize = DIGITS + 2 * point.DIGITS
const Q: usize = P + point.POINT
const ENTRY: usize = Q + point.POINT
const S: usize = ENTRY + 2 * point.POINT
const S2: usize = S + scalar.SCALAR
const TABLE: usize = S2 + scalar.SCALAR
/** Of the second point; or what inversion needs. */
const TABLE2: usize = TABLE + point.TABLE
const INVERSION: usize = TABLE

point.useRoom(ROOM)

function wipe(): void {
  memory.fill(SCRATCH, 0, SCRATCH_END - SCRATCH)
}

export function memoryEnd(): usize { return WORKSHOP_END }

/** Whether the 57 bytes at IN_A are the encoding of a good public value: canonical, on the curve, of order q. */
export function isValidPoint(): bool {
  const valid = point.isValid(IN_A)
  wipe()
  return valid
}

function timesBase(to: usize, at: usize, open: bool): void {
  scalar.fromBytes(S, at, WIDE)
  scalar.recode(DIGITS, S, 4, 112)
  point.multiplyBase(to, DIGITS, ENTRY, open)
}

// Public scalars get odd digits and tables where there is SIMD; the twin without is small rather than fast.
@inline function isOdd(open: bool): bool { return ASC_FEATURE_SIMD && open }

// The digits of the scalar at `at` and the table of the point `a`, for term 0 or 1.
function prepare(term: usize, at: usize, a: usize, open: bool): void {
  const digits = DIGITS + term * point.DIGITS
  scalar.fromBytes(S, at, WIDE)
  if (isOdd(open)) scalar.recodeOpen(digits, S)
  else scalar.recode(digits, S, 5, 90)
  point.prepare(TABLE + term * point.TABLE, a, ENTRY, isOdd(open))
}

// to = the sum of what was prepared.
function sumUp(to: usize, terms: usize, open: bool): void {
  if (isOdd(open)) point.multiplyOpen(to, terms, DIGITS, TABLE, ENTRY)
  else point.multiplyVariable(to, terms, DIGITS, TABLE, ENTRY)
}

// to += b.
function addTo(to: usize, b: usize): void {
  point.cache(b)
  point.addCached(to, to, b)
}

/** OUT = scalar IN_A times G. */
export function multiplyBase(): void {
  timesBase(Q, IN_A, false)
  point.encode(OUT, Q)
  wipe()
}

/** OUT = scalar IN_A times point IN_B; false if that is no point. */
export function multiply(): bool {
  const ok = point.decode(P, IN_B)
  if (ok) {
    prepare(0, IN_A, P, false)
    sumUp(Q, 1, false)
    point.encode(OUT, Q)
  }
  wipe()
  return ok
}

/** OUT = scalar IN_A times point IN_B plus scalar IN_C times G; false if that is no point. `open`: the scalars are public, and time varies. */
export function multiplyAdd(open: bool): bool {
  const ok = point.decode(P, IN_B)
  if (ok) {
    prepare(0, IN_A, P, open)
    sumUp(Q, 1, open)
    timesBase(P, IN_C, open)
    addTo(Q, P)
    point.encode(OUT, Q)
  }
  wipe()
  return ok
}

/**
 * OUT = scalar IN_A times point IN_B plus scalar IN_C times point IN_D plus, if `withBase`, scalar IN_E times G; false if one is no point.
 * The scalars are public, and time varies.
 */
export function multiplyTwo(withBase: bool): bool {
  const ok = point.decode(P, IN_B) && point.decode(Q, IN_D)
  if (ok) {
    prepare(0, IN_A, P, true)
    prepare(1, IN_C, Q, true)
    sumUp(Q, 2, true)
    if (withBase) {
      timesBase(P, IN_E, true)
      addTo(Q, P)
    }
    point.encode(OUT, Q)
  }
  wipe()
  return ok
}

/** OUT = point IN_A plus (`sign` 0) or minus (`sign` -1) point IN_B; false if one is no point. */
export function add(sign: i32): bool {
  const ok = point.decode(P, IN_A) && point.decode(Q, IN_B)
  if (ok) {
    point.negateIf(Q, sign)
    addTo(P, Q)
    point.encode(OUT, P)
  }
  wipe()
  return ok
}

/** OUT = IN_A mod q, 57 bytes. */
export function reduceScalar(): void {
  scalar.fromBytes(S, IN_A, WIDE)
  scalar.toBytes(OUT, S)
  wipe()
}

/** OUT = IN_A + IN_B mod q. */
export function addScalars(): void {
  scalar.fromBytes(S, IN_A, WIDE)
  scalar.fromBytes(S2, IN_B, WIDE)
  scalar.add(S, S, S2)
  scalar.toBytes(OUT, S)
  wipe()
}

/** OUT = IN_A - IN_B mod q. */
export function subtractScalars(): void {
  scalar.fromBytes(S, IN_A, WIDE)
  scalar.fromBytes(S2, IN_B, WIDE)
  scalar.negate(S2, S2)
  scalar.add(S, S, S2)
  scalar.toBytes(OUT, S)
  wipe()
}

/** OUT = IN_A * IN_B mod q. */
export function multiplyScalars(): void {
  scalar.fromBytes(S, IN_A, WIDE)
  scalar.fromBytes(S2, IN_B, WIDE)
  scalar.multiply(S, S, S2, WIDE)
  scalar.toBytes(OUT, S)
  wipe()
}

/** OUT = 1 / IN_A mod q, 0 for 0. */
export function invertScalar(): void {
  scalar.fromBytes(S, IN_A, WIDE)
  scalar.invert(S2, S, INVERSION)
  scalar.toBytes(OUT, S2)
  wipe()
}
