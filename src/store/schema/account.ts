import type { AccountSecrets, Ed448Keys } from '../../session/account.js'
import type { SavedAccount } from '../../session/persistence.js'
import { optional, struct, text, uint32 } from '../codec.js'
import { dsaPrivateKey } from './v3.js'
import { clientProfile, ed448 } from './wire.js'

export const account = struct<SavedAccount>({
  address: text(),
  keys: struct<AccountSecrets>({
    dsa: optional(dsaPrivateKey),
    ed448: optional(struct<Ed448Keys>({ symmetricKey: ed448, forgingKey: ed448, forgingSecret: optional(ed448) })),
    instanceTag: uint32,
  }),
  clientProfile: optional(clientProfile),
})
