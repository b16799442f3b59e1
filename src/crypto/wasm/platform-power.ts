import { equalBytes } from '../compare.js'
import { attempt, fromNodeCrypto } from '../platform.js'
import { secretBytes } from '../secret.js'

/**
 * Secret powers by OpenSSL's Diffie-Hellman, which Node has. It is constant-time and about twice as fast as the module. It is optional: it is
 * used only after a test has shown that it gives the same results in less time.
 *
 * It cannot wipe everything. OpenSSL clears the exponent when the next one replaces it, which happens here at once; it frees copies of the
 * other numbers without clearing them.
 */

/** base^exponent modulo a prime; `undefined` when the platform refuses these numbers. */
export type PlatformPower = (base: Uint8Array, exponent: Uint8Array) => Uint8Array | undefined

interface NodeGroup {
  computeSecret(other: Uint8Array): Uint8Array
}

interface NodeCrypto {
  getDiffieHellman(name: string): NodeGroup
  readonly DiffieHellman: { readonly prototype: { readonly setPrivateKey: (this: NodeGroup, key: Uint8Array) => void } }
}

const one = Uint8Array.of(1)

/** OpenSSL's power modulo the prime of a named group of RFC 3526; `undefined` where there is none. It never throws. */
export function platformPower(name: 'modp5' | 'modp15', byteLength: number): PlatformPower | undefined {
  const platform = fromNodeCrypto((crypto: Partial<NodeCrypto>) => {
    const group = crypto.getDiffieHellman?.(name)
    // A named group in Node has no setPrivateKey of its own, but the method of other groups works on it. Bun and Deno refuse.
    const set = crypto.DiffieHellman?.prototype.setPrivateKey
    return group && set && { group, setPrivateKey: (key: Uint8Array): void => { set.call(group, key) } }
  })
  if (platform === undefined) return undefined
  const { group, setPrivateKey } = platform
  let sound = true
  return (base, exponent) => {
    if (!sound) return undefined
    try {
      setPrivateKey(exponent)
    } catch {
      sound = false
    }
    // It refuses 0, 1, p - 1 and what is not in the subgroup.
    const result = sound ? attempt(() => padded(group.computeSecret(base), byteLength)) : undefined
    try {
      setPrivateKey(one)
    } catch {
      // Otherwise the exponent would stay there, because no other one follows.
      sound = false
    }
    return result
  }
}

/** Pads with leading zeros into our own array and overwrites the other one. */
function padded(number: Uint8Array, length: number): Uint8Array {
  const result = secretBytes(length)
  result.set(number, length - number.length)
  number.fill(0)
  return result
}

/** The lead, in calls, that decides which one is faster. */
const LEAD = 3

/** A power that two implementations compete for. */
export interface RacedPower {
  readonly power: (base: Uint8Array, exponent: Uint8Array) => Uint8Array
  /** Whether the platform has won. */
  usesPlatform(): boolean
}

/**
 * `own`, or the platform's power once it has proved itself: in the first calls the two are computed side by side. The platform's is dropped for
 * good at the first difference, or when the calls in which it refused or was not clearly faster are three ahead of the others.
 */
export function fasterPower(
  own: (base: Uint8Array, exponent: Uint8Array) => Uint8Array, platform: PlatformPower | undefined, clock: () => number,
): RacedPower {
  let rival = platform
  let lead = 0
  /** If the clock does not advance, the platform does not count as faster. */
  const now = (): number => attempt(clock) ?? NaN
  const power = (base: Uint8Array, exponent: Uint8Array): Uint8Array => {
    if (rival === undefined) return own(base, exponent)
    const candidate = rival
    const byPlatform = (): Uint8Array | undefined => attempt(() => candidate(base, exponent))
    if (lead === LEAD) return byPlatform() ?? own(base, exponent)
    const start = now()
    const result = own(base, exponent)
    const middle = now()
    const other = byPlatform()
    const end = now()
    lead += other !== undefined && end - middle < 0.8 * (middle - start) ? 1 : -1
    const differs = other !== undefined && !equalBytes(other, result)
    other?.fill(0)
    if (differs || lead === -LEAD) rival = undefined
    return result
  }
  return { power, usesPlatform: () => rival !== undefined && lead === LEAD }
}
