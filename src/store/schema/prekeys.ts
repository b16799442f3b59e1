import type { OwnPrekeyMessage, OwnPrekeyProfile } from '../../v4/prekey-vault.js'
import {
  decodePrekeyMessage, decodePrekeyProfile, encodePrekeyMessage, encodePrekeyProfile, type ClientProfile, type PrekeyMessage, type PrekeyProfile,
} from '../../wire/index.js'
import { bytes, list, mapped, real, struct, uint32 } from '../codec.js'
import { dh3072KeyPair, ecdhKeyPair } from './ratchet.js'
import { clientProfile, ed448 } from './wire.js'

/** The vault of prekeys without its messages, each of which is a record of its own: only their order is here. */
export interface VaultHead {
  readonly clientProfiles: readonly ClientProfile[]
  readonly profiles: readonly OwnPrekeyProfile[]
  /** The identifiers of the messages. */
  readonly messages: readonly number[]
  readonly used: readonly number[]
}

export const vaultHead = struct<VaultHead>({
  clientProfiles: list(clientProfile),
  profiles: list(struct<OwnPrekeyProfile>({
    profile: mapped<PrekeyProfile, Uint8Array>(bytes(), encodePrekeyProfile, decodePrekeyProfile, 'Prekey Profile'),
    secret: ed448,
  })),
  messages: list(uint32),
  used: list(uint32),
})

export const ownPrekeyMessage = struct<OwnPrekeyMessage>({
  message: mapped<PrekeyMessage, Uint8Array>(bytes(), encodePrekeyMessage, decodePrekeyMessage, 'Prekey Message'),
  y: ecdhKeyPair,
  b: dh3072KeyPair,
  madeAt: real,
})
