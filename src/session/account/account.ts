import type { DsaPrivateKey, Ed448KeyPair } from '../../crypto/index.js'
import type { ClientProfile } from '../../wire/index.js'

/** The long-term secrets of version 4. They must survive restarts. */
export interface Ed448Keys {
  /** sym_key, 57 bytes. Secret. */
  readonly symmetricKey: Uint8Array
  /** F, the public forging key: a point of 57 bytes. The fingerprint is the hash of H and F. */
  readonly forgingKey: Uint8Array
  /** The secret of F, 57 bytes, if the person chose to keep it: with it they can forge, and can be forced to hand it over. Secret. */
  readonly forgingSecret?: Uint8Array
}

/** The long-term secrets of an account. Whoever has them can speak as its owner. */
export interface AccountSecrets {
  /** The version 3 key; absent if the account does not speak version 3. */
  readonly dsa?: DsaPrivateKey
  /** The version 4 keys; absent if the account does not speak version 4. */
  readonly ed448?: Ed448Keys
  /** 0x100 to 0xFFFFFFFF. A client never changes its tag. */
  readonly instanceTag: number
}

/** The long-term identity of a client: one address, one instance tag, and a key for each version that it speaks. */
export interface Account {
  /** Own address: for XMPP the bare JID, for IRC the nick. */
  readonly address: string
  /** 0x100 to 0xFFFFFFFF. */
  readonly instanceTag: number
  /** The version 3 identity; absent if the account does not speak version 3. */
  readonly v3?: { readonly dsa: DsaPrivateKey }
  /** The version 4 identity; absent if the account does not speak version 4. */
  readonly v4?: V4Identity
}

/** The version 4 identity of an account, with its current Client Profile. */
export interface V4Identity {
  /** H: the long-term key pair. */
  readonly identity: Ed448KeyPair
  /** F: the public forging key, 57 bytes. */
  readonly forgingKey: Uint8Array
  /** The Client Profile that correspondents are shown. */
  readonly clientProfile: ClientProfile
}
