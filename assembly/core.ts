// The module `core`: Ed448 and its scalars, as the binding calls them. Arguments are at IN_A to IN_E, results at OUT and OUT2. Scalars are
// 114 little-endian bytes (shorter ones padded with zeros), points 57. Each function wipes everything that it computed with.

import * as known from './known'
import { IN_A, IN_B, IN_C, IN_D, IN_E, KNOWN_END, OUT, OUT2, SCRATCH, SCRATCH_END } from './memory'
import * as point from './point'
import * as scalar from './scalar'
export { IN_A, IN_B, IN_C, IN_D, IN_E, OUT, OUT2 } from './memory'

const ROOM: usize = SCRATCH
const WIDE: usize = ROOM + point.ROOM
const DIGITS: usize = WIDE + 256
const P: usize = DIGITS + 2 * point.DIGITS
const Q: usize = P + point.POINT
const ENTRY: usize = Q + point.POINT
const S: usize = ENTRY + 2 * point.POINT
const S2: usize = S + scalar.SCALAR
const TABLE: usize = S2 + scalar.SCALAR
/** Room for the table of the second point, or for building a comb. */
const SPARE: usize = TABLE + point.TABLE

point.useRoom(ROOM)

function wipe(): void {
  memory.fill(SCRATCH, 0, SCRATCH_END - SCRATCH)
}

export function memoryEnd(): usize { return KNOWN_END }

/** Whether the 57 bytes at IN_A encode a valid public value: canonical, on the curve, of order q. */
export function isValidPoint(): bool {
  if (known.find(IN_A) != 0) return true
  const valid = point.isValid(IN_A)
  wipe()
  if (valid) known.keep(IN_A)
  return valid
}

function timesBase(to: usize, at: usize, variableTime: bool): void {
  scalar.fromBytes(S, at, WIDE)
  scalar.recode(DIGITS, S, 4, 112)
  point.multiplyBase(to, DIGITS, ENTRY, variableTime)
}

// to = the secret scalar at `at` times the point of the table.
function timesTable(to: usize, at: usize, table: usize): void {
  scalar.fromBytes(S, at, WIDE)
  point.recode(DIGITS, S, WIDE)
  point.multiplySecret(to, DIGITS, table, ENTRY)
}

// Prepares term 0 or 1: the digits of the public scalar at `at`, and the table of the point `a`.
function prepareOpen(term: usize, at: usize, a: usize): void {
  scalar.fromBytes(S, at, WIDE)
  point.recodeOpen(DIGITS + term * point.DIGITS, S)
  point.prepareOpen(TABLE + term * point.TABLE, a, ENTRY, SPARE)
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

// The table of the point at IN_B: that of its slot, built now if necessary, or one in the scratch area; 0 if the bytes are no point.
function tableOfB(slot: usize): usize {
  const table = slot == 0 ? TABLE : known.table(slot)
  if (slot == 0 || !known.hasTable(slot)) {
    if (!point.decode(P, IN_B)) return 0
    point.prepare(table, P, ENTRY, SPARE)
    if (slot != 0) known.keepTable(slot)
  }
  return table
}

/** OUT = scalar IN_A times point IN_B; false if that is no point. */
export function multiply(): bool {
  const table = tableOfB(known.find(IN_B))
  if (table != 0) {
    timesTable(Q, IN_A, table)
    point.encode(OUT, Q)
  }
  wipe()
  return table != 0
}

/** OUT = scalar IN_A times point IN_B plus scalar IN_C times G; false if that is no point. */
export function multiplyAdd(): bool {
  const table = tableOfB(0)
  if (table != 0) {
    timesTable(Q, IN_A, table)
    timesBase(P, IN_C, false)
    addTo(Q, P)
    point.encode(OUT, Q)
  }
  wipe()
  return table != 0
}

/**
 * OUT and OUT2 = the scalars IN_A and IN_C times point IN_B, plus, if `withBase`, the scalars IN_D and IN_E times G; false if that is no point.
 */
export function multiplyPair(withBase: bool): bool {
  const table = tableOfB(0)
  if (table != 0) {
    for (let i: usize = 0; i < 2; i++) {
      timesTable(Q, i == 0 ? IN_A : IN_C, table)
      if (withBase) {
        timesBase(P, i == 0 ? IN_D : IN_E, false)
        addTo(Q, P)
      }
      point.encode(i == 0 ? OUT : OUT2, Q)
    }
  }
  wipe()
  return table != 0
}

/** Like `multiplyAdd`, for public scalars. If the point is not a remembered one, the time depends on the scalars. */
export function multiplyAddOpen(): bool {
  const slot = known.find(IN_B)
  let ok: bool
  if (slot != 0) {
    const table = tableOfB(slot)
    ok = table != 0
    if (ok) timesTable(Q, IN_A, table)
  } else {
    ok = point.decode(P, IN_B)
    if (ok) {
      prepareOpen(0, IN_A, P)
      point.multiplyOpen(Q, 1, DIGITS, TABLE, ENTRY)
    }
  }
  if (ok) {
    timesBase(P, IN_C, true)
    addTo(Q, P)
    point.encode(OUT, Q)
  }
  wipe()
  return ok
}

/**
 * OUT = scalar IN_A times point IN_B plus scalar IN_C times point IN_D plus, if `withBase`, scalar IN_E times G; false if one is no point.
 * The scalars are public, and the time depends on them.
 */
export function multiplyTwo(withBase: bool): bool {
  const ok = point.decode(P, IN_B) && point.decode(Q, IN_D)
  if (ok) {
    prepareOpen(0, IN_A, P)
    prepareOpen(1, IN_C, Q)
    point.multiplyOpen(Q, 2, DIGITS, TABLE, ENTRY)
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
