/**
 * Node brings OpenSSL, whose Diffie-Hellman raises to secret powers in constant time, in native code, about twice as fast as the module
 * does. Nothing depends on it: it is used only where it has proved to give the same and to take less time.
 *
 * What it cannot do is wipe everything. OpenSSL clears the exponent when the next one replaces it, which happens here at once; of the
 * other numbers it makes copies that it frees without clearing them.
 */

/** base^exponent modulo a prime; `undefined` when the host refuses these numbers. */
export type HostPower = (base: Uint8Array, exponent: Uint8Array) => Uint8Array | undefined

interface NodeGroup {
  computeSecret(other: Uint8Array): Uint8Array
  getPrime(): Uint8Array
}

interface NodeCrypto {
  getDiffieHellman(name: string): NodeGroup
  DiffieHellman: { prototype: { setPrivateKey(key: Uint8Array): void } }
}

const one = Uint8Array.of(1)

/** OpenSSL's power modulo the prime of a named group of RFC 3526; `undefined` where there is none. */
export function hostPower(name: 'modp5' | 'modp15', byteLength: number): HostPower | undefined {
  try {
    const host = globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }
    const crypto = host.process?.getBuiltinModule?.('node:crypto') as NodeCrypto | undefined
    if (crypto === undefined) return undefined
    const group = crypto.getDiffieHellman(name)
    // A named group has no setPrivateKey of its own; that of other groups works on it.
    const setPrivateKey = (key: Uint8Array): void => { crypto.DiffieHellman.prototype.setPrivateKey.call(group, key) }
    return (base, exponent) => {
      try {
        setPrivateKey(exponent)
        const shared = group.computeSecret(base)
        const result = new Uint8Array(byteLength)
        result.set(shared, byteLength - shared.length)
        shared.fill(0)
        return result
      } catch {
        // It refuses 0, 1, p - 1 and what is not in the subgroup.
        return undefined
      } finally {
        setPrivateKey(one)
      }
    }
  } catch {
    return undefined
  }
}

/** By how many calls one must be ahead of the other for the race to be decided. */
const LEAD = 3

/** A power that two implementations compete for. */
export interface RacedPower {
  readonly power: (base: Uint8Array, exponent: Uint8Array) => Uint8Array
  /** Whether the host has won. */
  hosted(): boolean
}

/**
 * `own`, or the host's power once it has proved itself: in the first calls the two are computed side by side. The host's is dropped for
 * good at the first difference, or when it was not clearly faster in three calls more than it was.
 */
export function fasterPower(
  own: (base: Uint8Array, exponent: Uint8Array) => Uint8Array, host: HostPower | undefined, clock: () => number,
): RacedPower {
  let rival = host
  let lead = 0
  const power = (base: Uint8Array, exponent: Uint8Array): Uint8Array => {
    if (rival === undefined) return own(base, exponent)
    if (lead === LEAD) return rival(base, exponent) ?? own(base, exponent)
    const start = clock()
    const result = own(base, exponent)
    const middle = clock()
    const other = rival(base, exponent)
    if (other === undefined) return result
    lead += clock() - middle < 0.8 * (middle - start) ? 1 : -1
    const differs = other.some((byte, i) => byte !== result[i])
    other.fill(0)
    if (differs || lead === -LEAD) rival = undefined
    return result
  }
  return { power, hosted: () => rival !== undefined && lead === LEAD }
}
