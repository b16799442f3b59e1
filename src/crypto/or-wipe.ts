import { wipe } from './compare.js'

/** What `orWipe` passes on: returns the secret, and notes it. */
export type Keep = <S extends Uint8Array>(secret: S) => S

/** Makes something of several secrets. If a step of it throws, because the random source failed for instance, all secrets that `keep` was given are wiped. */
export function orWipe<T>(make: (keep: Keep) => T): T {
  const made: Uint8Array[] = []
  try {
    return make((secret) => {
      made.push(secret)
      return secret
    })
  } catch (error) {
    wipe(...made)
    throw error
  }
}
