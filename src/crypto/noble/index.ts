import { chacha20 } from '@noble/ciphers/chacha.js'
import { shake256 } from '@noble/hashes/sha3.js'
import type { Arithmetic } from '../arithmetic.js'
import { nobleEd448 } from './ed448.js'
import { nobleModp, noblePowerModulo, PRIME_1536, PRIME_3072 } from './modp.js'

const NONCE = new Uint8Array(12)

/** `Arithmetic` by the @noble libraries and BigInt: runs everywhere, but takes time that depends on secrets. */
export const nobleArithmetic: Arithmetic = {
  name: 'noble',
  constantTime: false,
  modp1536: nobleModp(PRIME_1536, 320),
  modp3072: nobleModp(PRIME_3072, 640),
  ed448: nobleEd448,
  powerModulo: noblePowerModulo,
  shake256: (parts, length) => {
    const hash = shake256.create({ dkLen: length })
    for (const part of parts) hash.update(part)
    return hash.digest()
  },
  chacha20: (key, data) => chacha20(key, NONCE, data),
}
