import type { Dh3072KeyPair, EcdhKeyPair } from '../../crypto/index.js'
import type { RatchetBase, RatchetState, ReceivingChain, SendingChain, SkippedKey } from '../../ratchet/state.js'
import { count, list, optional, real, secret, struct, union, units, type Codec, type Fields } from '../codec.js'
import { ed448, number3072 } from './wire.js'
import type { SecretPair } from '../../crypto/secret.js'

export const ecdhKeyPair = struct<SecretPair<EcdhKeyPair>>({ privateKey: secret(57), publicKey: ed448 })

export const dh3072KeyPair = struct<SecretPair<Dh3072KeyPair>>({ privateKey: secret(80), publicKey: number3072 })

const base: Fields<RatchetBase> = {
  rootKey: secret(64),
  braceKey: secret(32),
  ratchetId: count(),
  theirEcdh: ed448,
  theirDh: number3072,
  ourDh: optional(secret(80)),
  ourDhPublic: number3072,
  receiving: optional(struct<ReceivingChain>({ chainKey: secret(64), ratchetId: count(), messageId: count() })),
  skipped: list(struct<SkippedKey>({
    ecdh: ed448,
    ratchetId: count(),
    messageId: count(),
    mkEnc: secret(64),
    extraBase: secret(64),
    storedAt: real,
  })),
  macKeysToReveal: list(units(64)),
  expiryFrom: optional(real),
}

export const ratchetState: Codec<RatchetState> = union<RatchetState, 'turn'>('turn', {
  ours: { ...base, previousChain: count(), ourEcdh: ed448 },
  theirs: {
    ...base,
    sending: struct<SendingChain>({
      chainKey: secret(64),
      ratchetId: count(),
      messageId: count(),
      previousChain: count(),
      ecdh: ecdhKeyPair,
      dh: number3072,
    }),
  },
})
