import type { Dh3072KeyPair, EcdhKeyPair } from '../../crypto/index.js'
import type { RatchetBase, RatchetState, ReceivingChain, SendingChain, SkippedKey } from '../../ratchet/state.js'
import { bytes, count, list, optional, real, struct, union, units, type Codec, type Fields } from '../codec.js'
import { ed448, number3072 } from './wire.js'

export const ecdhKeyPair = struct<EcdhKeyPair>({ privateKey: ed448, publicKey: ed448 })

export const dh3072KeyPair = struct<Dh3072KeyPair>({ privateKey: bytes(80), publicKey: number3072 })

const base: Fields<RatchetBase> = {
  rootKey: bytes(64),
  braceKey: bytes(32),
  ratchetId: count(),
  theirEcdh: ed448,
  theirDh: number3072,
  ourDh: optional(bytes(80)),
  ourDhPublic: number3072,
  receiving: optional(struct<ReceivingChain>({ chainKey: bytes(64), ratchetId: count(), messageId: count() })),
  skipped: list(struct<SkippedKey>({
    ecdh: ed448,
    ratchetId: count(),
    messageId: count(),
    mkEnc: bytes(64),
    extraBase: bytes(64),
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
      chainKey: bytes(64),
      ratchetId: count(),
      messageId: count(),
      previousChain: count(),
      ecdh: ecdhKeyPair,
      dh: number3072,
    }),
  },
})
