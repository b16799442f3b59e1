import type { Version } from '../versions/version.js'

/**
 * What a key is worth. `unknown`: it was never shown. `seen`: it is the first that the correspondent showed, or the person accepted it;
 * nobody verified it. `verified`: a person did, by hand or by a shared secret. `changed`: it
 * was shown after others, and nobody has said anything about it.
 */
export type Trust = 'unknown' | 'seen' | 'verified' | 'changed'

/**
 * What made a key worth what it is: it was shown in a key exchange; a person said so; SMP succeeded; another program's word was taken over.
 * `transitional` stands in histories that older versions wrote: a signature of a version 3 key made it so. No signature does that any more.
 */
export type TrustHow = 'shown' | 'manually' | 'smp' | 'transitional' | 'import'

/** What a key is worth, in one shape wherever trust is told. */
export interface KeyTrust {
  /** The fingerprint: hex, 40 digits in version 3, 112 in version 4. */
  readonly key: string
  /** The version of OTR that the key is for. */
  readonly version: Version
  /** What it is worth. */
  readonly trust: Trust
  /** Since when it is worth that, seconds. */
  readonly since: number
  /** What made it so. */
  readonly how: TrustHow
}
