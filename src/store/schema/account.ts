import type { AccountSecrets, Ed448Keys } from '../../session/account/account.js'
import type { SavedAccount } from '../../session/client/persistence.js'
import { optional, struct, text, uint32 } from '../codec.js'
import { dsaPrivateKey } from './v3.js'
import { clientProfile, ed448 } from './wire.js'

/** The secrets without the tag of the device that they are on. */
const secrets = {
  dsa: optional(dsaPrivateKey),
  ed448: optional(struct<Ed448Keys>({ symmetricKey: ed448, forgingKey: ed448, forgingSecret: optional(ed448) })),
}

export const secretsWithoutTag = struct<Omit<AccountSecrets, 'instanceTag'>>(secrets)

export const account = struct<SavedAccount>({
  address: text(),
  keys: struct<AccountSecrets>({ ...secrets, instanceTag: uint32 }),
  clientProfile: optional(clientProfile),
})
