import type { Ed448KeyPair } from '../crypto/index.js'
import type { ClientProfile } from '../wire/index.js'

/** Who we are in version 4. */
export interface V4Account {
  /** Our address as the other side knows it: for XMPP the bare JID, for IRC the nick. It is authenticated as part of `phi`. */
  readonly address: string
  /** Our instance tag, 0x100 or more: that of the Client Profile. */
  readonly instanceTag: number
  /** H: the long-term key pair. */
  readonly identity: Ed448KeyPair
  /** Our Client Profile, signed and not expired. */
  readonly clientProfile: ClientProfile
}
