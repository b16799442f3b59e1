import { dsaFingerprint } from '../crypto/index.js'
import type { VerifiedClientProfile } from './client-profile.js'

/** What is known of whom we talk to, from their verified Client Profile. */
export interface V4Correspondent {
  /** H, 57 bytes. */
  readonly publicKey: Uint8Array
  /** 56 bytes. */
  readonly fingerprint: Uint8Array
  /** The versions that their profile promises. */
  readonly versions: string
  /** SHA-1 fingerprint, 20 bytes, of the OTRv3 key that the profile names. A claim, which proves nothing: no trust moves by it. */
  readonly claims?: Uint8Array
}

/** What a session remembers of a verified profile. */
export function correspondentOf({ profile, fingerprint, dsaPublicKey }: VerifiedClientProfile): V4Correspondent {
  return {
    publicKey: profile.publicKey,
    fingerprint,
    versions: profile.versions,
    ...(dsaPublicKey !== undefined && { claims: dsaFingerprint(dsaPublicKey) }),
  }
}
