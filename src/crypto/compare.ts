import { wipeWatch } from '../wiped.js'

/**
 * Whether two byte strings are equal, in time that depends on their lengths only. Use it for every comparison of secrets, of hashes of secrets
 * and of MACs.
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  wipeWatch?.used([a, b])
  if (a.length !== b.length) return false
  let difference = 0
  let i = 0
  // Four at a time: a public key of 384 bytes is compared for every message.
  for (; i + 3 < a.length; i += 4) {
    difference |= ((a[i] ?? 0) ^ (b[i] ?? 0)) | ((a[i + 1] ?? 0) ^ (b[i + 1] ?? 0)) | ((a[i + 2] ?? 0) ^ (b[i + 2] ?? 0)) | ((a[i + 3] ?? 0) ^ (b[i + 3] ?? 0))
  }
  for (; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0)
  return difference === 0
}

/** Whether all bytes are zero, as in a secret that was wiped; in time that depends on their number only. */
export function isZero(bytes: Uint8Array): boolean {
  let any = 0
  for (let i = 0; i < bytes.length; i++) any |= bytes[i] ?? 0
  return any === 0
}

/**
 * Whether a key of 16 bytes or more was overwritten, by its first 16 bytes: one of 2^128 random keys begins with so many zeros. For what is asked of each
 * key of a session for each message.
 */
export function isOverwritten(key: Uint8Array): boolean {
  let any = 0
  for (let i = 0; i < 16; i++) any |= key[i] ?? 0
  return any === 0
}

/**
 * Orders two byte strings of one length as big-endian numbers: negative, 0 or positive, in time that depends on their length only. (For
 * public numbers of any length: `compareIntegers`.)
 */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  let order = 0
  // The most significant byte that differs decides. The mask is all ones where bytes differ, else all zeros.
  for (let i = a.length - 1; i >= 0; i--) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    const isLess = difference >> 31
    const isMore = -difference >> 31
    order = (order & ~(isLess | isMore)) | (isLess - isMore)
  }
  return order
}

/** Overwrites secrets with zeros. The arrays must not be used again. `undefined` is skipped. */
export function wipe(...secrets: (Uint8Array | undefined)[]): void {
  for (const secret of secrets) {
    if (secret === undefined) continue
    secret.fill(0)
    wipeWatch?.wiped(secret)
  }
}

/** Overwrites every byte array in plain data, public ones too. Use it for data that was decoded for the caller alone and is no longer needed. */
export function wipeValues(value: unknown): void {
  if (value instanceof Uint8Array) wipe(value)
  else if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) wipeValues(one)
}
