import { scryptAsync } from '@noble/hashes/scrypt.js'
import { OtrError } from '../errors.js'
import { equalBytes } from './compare.js'
import { hostScrypt, type Scrypt } from './host-scrypt.js'

/** What scrypt (RFC 7914) costs: memory is 128 * 2^log2N * r bytes; time grows with all three. */
export interface ScryptCost {
  readonly log2N: number
  readonly r: number
  readonly p: number
}

/** 32 MiB, and about a third of a second in a JavaScript engine. */
export const defaultScryptCost: ScryptCost = { log2N: 15, r: 8, p: 2 }

/** Whether a cost is one that may be computed: a forged one could ask for all memory there is, or for none. */
export function isScryptCost({ log2N, r, p }: ScryptCost): boolean {
  return Number.isInteger(log2N) && log2N >= 10 && log2N <= 20 && r === 8 && Number.isInteger(p) && p >= 1 && p <= 4
}

/**
 * A key of 32 bytes from a passphrase, by scrypt: the host's where it has one, else one that gives the thread back every few milliseconds.
 *
 * @param passphrase is not kept; the caller wipes it
 * @param onProgress is told how far it is, 0 to 1; the host's says nothing before it is done
 * @throws OtrError `OTR_ARGUMENT` for a cost out of range
 */
export async function scryptKey(
  passphrase: Uint8Array, salt: Uint8Array, cost: ScryptCost, onProgress: (done: number) => void = () => undefined,
): Promise<Uint8Array> {
  if (!isScryptCost(cost)) throw new OtrError('OTR_ARGUMENT', 'scrypt: log2N is from 10 to 20, r is 8, p is from 1 to 4')
  const host = await (agreed ??= hostAgrees())
  // It refuses where it may not take so much memory.
  const key = await host?.(passphrase, salt, cost).catch(() => undefined)
  if (key === undefined) return noble(passphrase, salt, cost, onProgress)
  onProgress(1)
  return key
}

function noble(
  passphrase: Uint8Array, salt: Uint8Array, { log2N, r, p }: ScryptCost, onProgress: (done: number) => void = () => undefined,
): Promise<Uint8Array> {
  return scryptAsync(passphrase, salt, { N: 2 ** log2N, r, p, dkLen: 32, asyncTick: 16, onProgress })
}

let agreed: Promise<Scrypt | undefined> | undefined

/** The host's, where it gives what noble's gives; it is asked once. */
async function hostAgrees(): Promise<Scrypt | undefined> {
  try {
    const host = hostScrypt()
    const [passphrase, salt, cost] = [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5), { log2N: 4, r: 8, p: 2 }] as const
    return host !== undefined && equalBytes(await host(passphrase, salt, cost), await noble(passphrase, salt, cost)) ? host : undefined
  } catch {
    return undefined
  }
}
