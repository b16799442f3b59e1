import type { KeyVersion } from '../versions/version.js'

/**
 * How far a key is trusted. `unknown`: no key exchange has shown it. `seen`: it is the first key that the correspondent showed, or a person
 * accepted it; nobody verified it. `verified`: a person verified it, by comparing fingerprints or by a shared secret. `changed`: it was shown
 * after other keys, and no person has said anything about it.
 */
export type Trust = 'unknown' | 'seen' | 'verified' | 'changed'

/**
 * What set the trust in a key: a key exchange showed it; a person said so; SMP succeeded; it was imported from another program.
 * `transitional` occurs only in histories that older versions wrote: a signature by a version 3 key set the trust. No signature does so now.
 */
export type TrustHow = 'shown' | 'manually' | 'smp' | 'transitional' | 'import'

/** The trust in a key, in the same form wherever it is reported. */
export interface KeyTrust {
  /** The fingerprint: hex, 40 digits in version 3, 112 in version 4. */
  readonly key: string
  /** The version of OTR that the key is for: 3 in version 2 too. */
  readonly version: KeyVersion
  /** The trust in the key. */
  readonly trust: Trust
  /** Since when it has this trust, seconds. */
  readonly since: number
  /** What set the trust. */
  readonly how: TrustHow
}
