import { OtrError } from '../errors.js'
import { wipeWatch } from '../wiped.js'
import { equalBytes, wipe } from './compare.js'
import { platformScrypt, type Scrypt } from './platform-scrypt.js'
import { systemPause, type Pause } from './pause.js'
import type { Secret } from './secret.js'
import { slicedScrypt, type SlicedScryptOptions } from './sliced-scrypt.js'

/** The cost parameters of scrypt (RFC 7914). It takes 128 * 2^log2N * r bytes of memory; the time grows with all three. */
export interface ScryptCost {
  /** The binary logarithm of N, 10 to 20. It determines memory and time. */
  readonly log2N: number
  /** The size of a block: always 8. */
  readonly r: number
  /** How many lanes are computed, one after another: 1 to 4. */
  readonly p: number
}

/** 32 MiB, and about a third of a second in a JavaScript engine. */
export const defaultScryptCost: ScryptCost = { log2N: 15, r: 8, p: 2 }

/** Whether a cost is within the limits: a forged one could take all memory, or make the key cheap to guess. */
export function isScryptCost({ log2N, r, p }: ScryptCost): boolean {
  return Number.isInteger(log2N) && log2N >= 10 && log2N <= 20 && r === 8 && Number.isInteger(p) && p >= 1 && p <= 4
}

/** Options for deriving a key. */
export interface ScryptOptions {
  /** Called with the progress, 0 to 1: the default cost takes some tenths of a second. The platform's scrypt reports only its end. */
  readonly onProgress?: (done: number) => void
  /**
   * It is called and awaited every one or two milliseconds of work, 256 times at the default cost, so that a page stays responsive. Default: lets
   * the event loop run once. The platform's scrypt runs on another thread and needs no pause.
   */
  readonly pause?: Pause
}

/**
 * Derives a key of 32 bytes from a passphrase by scrypt. It uses the platform's scrypt if that passes a self-test, otherwise our own, which
 * pauses every one or two milliseconds.
 *
 * @param passphrase - is not kept; the caller wipes it
 * @throws OtrError `OTR_ARGUMENT` for a cost out of range
 */
export async function scryptKey(
  passphrase: Uint8Array, salt: Uint8Array, cost: ScryptCost, { onProgress = () => undefined, pause = systemPause }: ScryptOptions = {},
): Promise<Secret> {
  if (!isScryptCost(cost)) throw new OtrError('OTR_ARGUMENT', 'scrypt: log2N is from 10 to 20, r is 8, p is from 1 to 4')
  wipeWatch?.used([passphrase])
  const platform = await (proven ??= provenScrypt(platformScrypt()))
  // It fails, for instance, if it may not use that much memory.
  const key = await platform?.(passphrase, salt, cost).catch(() => undefined)
  if (key === undefined) return slicedScrypt(passphrase, salt, cost, { onProgress, pause })
  onProgress(1)
  return key
}

let proven: Promise<Scrypt | undefined> | undefined

/** Small costs that take every path: more than one lane, and a table that is filled in more than one slice. */
const trials: readonly ScryptCost[] = [{ log2N: 4, r: 8, p: 2 }, { log2N: 10, r: 8, p: 1 }]

/** The platform's scrypt, if it gives the same keys as ours. */
export async function provenScrypt(platform: Scrypt | undefined): Promise<Scrypt | undefined> {
  if (platform === undefined) return undefined
  const quiet: SlicedScryptOptions = { onProgress: () => undefined, pause: () => Promise.resolve() }
  try {
    for (const cost of trials) {
      const [passphrase, salt] = [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5)]
      const keys = [await platform(passphrase, salt, cost), await slicedScrypt(passphrase, salt, cost, quiet)] as const
      const isSame = equalBytes(...keys)
      wipe(...keys)
      if (!isSame) return undefined
    }
    return platform
  } catch {
    return undefined
  }
}
