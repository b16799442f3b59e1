import type { DsaPrivateKey } from '../crypto/dsa.js'

/** Who we are in version 3. */
export interface V3Account {
  /** The long-term key that signs in the AKE; its SHA-1 is the fingerprint. */
  readonly dsa: DsaPrivateKey
  /** Our instance tag, 0x100 or more. */
  readonly instanceTag: number
}
