import { chacha20 } from '@noble/ciphers/chacha.js'
import { shake256 } from '@noble/hashes/sha3.js'
import type { Arithmetic } from '../arithmetic.js'
import { secretBytes, asSecret, type Secret } from '../secret.js'
import { usage } from '../usage.js'
import { nobleEd448 } from './ed448.js'
import { nobleModp, noblePowerModulo, nobleRespondModulo, PRIME_1536, PRIME_3072 } from './modp.js'
import { publicBytes, publicOf } from '../../wire/public-bytes.js'

const NONCE = publicBytes(12)
const OTRV4 = Uint8Array.of(0x4f, 0x54, 0x52, 0x76, 0x34)

function hash(parts: readonly Uint8Array[], length: number, allocate = secretBytes): Uint8Array {
  const state = shake256.create({ dkLen: length })
  for (const part of parts) state.update(part)
  const digest = allocate(length)
  state.digestInto(digest)
  return digest
}

/** `Arithmetic` by the noble libraries and BigInt: runs everywhere, but is variable-time. */
export const nobleArithmetic: Arithmetic = {
  name: 'noble',
  constantTime: false,
  modp1536: nobleModp(PRIME_1536, 320),
  modp3072: nobleModp(PRIME_3072, 640),
  ed448: nobleEd448,
  powerModulo: noblePowerModulo,
  respondModulo: nobleRespondModulo,
  shake256: hash,
  chacha20: (key, data, allocate = secretBytes) => chacha20(key, NONCE, data, allocate(data.length)),
  chainStep: (chainKey) => {
    const kdf = (usageId: number, ...parts: readonly Uint8Array[]): Secret => asSecret(hash([OTRV4, publicOf(usageId), ...parts], 64))
    const mkEnc = kdf(usage.messageKey, chainKey)
    return {
      mkEnc,
      extraBase: kdf(usage.extraSymmKey, Uint8Array.of(0xff), chainKey),
      mkMac: kdf(usage.macKey, mkEnc),
      nextChainKey: kdf(usage.nextChainKey, chainKey),
    }
  },
}
