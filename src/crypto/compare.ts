/**
 * Whether two byte strings are equal, in time that depends on their lengths only. Every comparison of a MAC, a hash of a
 * secret or a secret goes through here.
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0)
  return difference === 0
}

/** Overwrites secrets with zeros. The arrays must not be used again. `undefined` is passed over. */
export function wipe(...secrets: (Uint8Array | undefined)[]): void {
  for (const secret of secrets) secret?.fill(0)
}
