import { scryptAsync } from '@noble/hashes/scrypt.js'
import { OtrError } from '../errors.js'

/** What scrypt (RFC 7914) costs: memory is 128 * 2^log2N * r bytes; time grows with all three. */
export interface ScryptCost {
  readonly log2N: number
  readonly r: number
  readonly p: number
}

/** 32 MiB, and about half a second in a JavaScript engine. */
export const defaultScryptCost: ScryptCost = { log2N: 15, r: 8, p: 2 }

/** Whether a cost is one that may be computed: a forged one could ask for all memory there is, or for none. */
export function isScryptCost({ log2N, r, p }: ScryptCost): boolean {
  return Number.isInteger(log2N) && log2N >= 10 && log2N <= 20 && r === 8 && Number.isInteger(p) && p >= 1 && p <= 4
}

/**
 * A key of 32 bytes from a passphrase, by scrypt. Gives the thread back every few milliseconds.
 *
 * @param passphrase is not kept; the caller wipes it
 * @param onProgress is told how far it is, 0 to 1
 * @throws OtrError `OTR_ARGUMENT` for a cost out of range
 */
export async function scryptKey(
  passphrase: Uint8Array, salt: Uint8Array, cost: ScryptCost, onProgress: (done: number) => void = () => undefined,
): Promise<Uint8Array> {
  if (!isScryptCost(cost)) throw new OtrError('OTR_ARGUMENT', 'scrypt: log2N is from 10 to 20, r is 8, p is from 1 to 4')
  return scryptAsync(passphrase, salt, { N: 2 ** cost.log2N, r: cost.r, p: cost.p, dkLen: 32, asyncTick: 16, onProgress })
}
