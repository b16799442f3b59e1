import type { Ed448KeyPair } from '../crypto/index.js'
import type { V3Account } from '../v3/index.js'
import type { ClientProfile } from '../wire/index.js'

/** The long-term identity of a client: one address, one instance tag, and a key for each version it speaks. */
export interface Account {
  /** Own address: for XMPP the bare JID, for IRC the nick. */
  readonly address: string
  /** 0x100 to 0xFFFFFFFF. */
  readonly instanceTag: number
  /** The version 3 identity; absent where the account does not speak it. */
  readonly v3?: Pick<V3Account, 'dsa'>
  /** The version 4 identity; absent where the account does not speak it. */
  readonly v4?: V4Identity
}

/** The version 4 identity of an account, with its current Client Profile. */
export interface V4Identity {
  /** H: the long-term key pair. */
  readonly identity: Ed448KeyPair
  /** F: the public forging key, 57 bytes. */
  readonly forgingKey: Uint8Array
  readonly clientProfile: ClientProfile
}
