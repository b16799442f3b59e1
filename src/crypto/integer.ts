import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js'
import { OtrError } from '../errors.js'
import { wipeWatch } from '../wiped.js'
import { copySecret, secretBytes } from './secret.js'

/**
 * Converts big-endian bytes to a number; no bytes give 0. A BigInt cannot be wiped and its arithmetic is variable-time: keep
 * secrets out of it, or blind them first.
 */
export function toInteger(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : bytesToNumberBE(bytes)
}

/** Converts a number to exactly `length` big-endian bytes. @throws OtrError `OTR_INTERNAL` if it does not fit */
export function toBytes(value: bigint, length: number): Uint8Array {
  if (value < 0n || value >> BigInt(8 * length) !== 0n) throw new OtrError('OTR_INTERNAL', `number does not fit into ${length} bytes`)
  return length === 0 ? new Uint8Array(0) : numberToBytesBE(value, length)
}

/** The index of the first byte after the leading zeros. */
function firstDigit(bytes: Uint8Array): number {
  let start = 0
  while (start < bytes.length && bytes[start] === 0) start++
  return start
}

/** A copy of big-endian bytes without leading zeros: the body of an MPI. 0 becomes the empty string. */
export function minimal(bytes: Uint8Array): Uint8Array {
  return copySecret(bytes, firstDigit(bytes))
}

/** Copies big-endian bytes and adds leading zeros up to `length`. @throws OtrError `OTR_INTERNAL` if the number is longer */
export function padTo(bytes: Uint8Array, length: number): Uint8Array {
  wipeWatch?.used([bytes])
  const start = firstDigit(bytes)
  const digits = bytes.length - start
  if (digits > length) throw new OtrError('OTR_INTERNAL', `number does not fit into ${length} bytes`)
  const padded = secretBytes(length)
  for (let at = 0; at < digits; at++) padded[length - digits + at] = bytes[start + at] ?? 0
  return padded
}

/** Orders two big-endian numbers of any length: negative, 0 or positive. Variable-time: for public values only. */
export function compareIntegers(a: Uint8Array, b: Uint8Array): number {
  const [startA, startB] = [firstDigit(a), firstDigit(b)]
  const digits = a.length - startA
  if (digits !== b.length - startB) return digits - (b.length - startB)
  for (let i = 0; i < digits; i++) {
    const difference = (a[startA + i] ?? 0) - (b[startB + i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** The number of bits of a big-endian number without leading zero bits. */
export function bitLength(bytes: Uint8Array): number {
  const digits = minimal(bytes)
  return digits.length === 0 ? 0 : digits.length * 8 - Math.clz32(digits[0] ?? 0) + 24
}
