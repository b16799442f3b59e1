/**
 * Memory for what everybody may read: public keys, signatures, ciphertexts, headers, constants. Never use it for secrets: an array of up to 64
 * bytes that is made so cannot be overwritten with certainty. `crypto/secret.ts` makes secrets, and the linter asks which of the two it is.
 */

/** `length` zero bytes. */
export function publicBytes(length: number): Uint8Array {
  return new Uint8Array(length)
}

/** A copy of public bytes, or of those from `start` to `end`. A plain `Uint8Array`, also of a Buffer, whose `slice` would be a view. */
export function copyPublic(bytes: Uint8Array, start = 0, end = bytes.length): Uint8Array {
  return new Uint8Array(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end))
}

/** Public numbers from 0 to 255 as bytes. */
export function publicOf(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values)
}
