import { createHash } from 'node:crypto'
import { openSync, writeSync } from 'node:fs'
import type { Arithmetic, V3Ciphers } from '../../../src/crypto/arithmetic.js'
import { nobleV3Ciphers } from '../../../src/crypto/noble/v3-ciphers.js'
import { getArithmetic, setArithmetic } from '../../../src/crypto/provider.js'

/**
 * The hook of the test build: logs every use of a cipher to a file, before the result can be sent. A line has a fingerprint of key
 * and nonce, and one of the input and the output. The file survives the process.
 */
export function recordKeys(path: string): void {
  const file = openSync(path, 'a')
  const hash = (...parts: (string | Uint8Array)[]): string => {
    const sum = createHash('sha256')
    for (const part of parts) sum.update(part)
    return sum.digest('hex').slice(0, 32)
  }
  const note = (fingerprint: string, input: Uint8Array, output: Uint8Array): Uint8Array => {
    writeSync(file, `${fingerprint} ${hash(input)} ${hash(output)}\n`)
    return output
  }
  const real = getArithmetic()
  const recording: Arithmetic = {
    // Version 3 uses the ciphers of the arithmetic with this name, which is patched below.
    name: 'noble',
    constantTime: false,
    modp1536: real.modp1536,
    modp3072: real.modp3072,
    ed448: real.ed448,
    powerModulo: (base, exponent, modulus) => real.powerModulo(base, exponent, modulus),
    respondModulo: (r, a, c, modulus) => real.respondModulo(r, a, c, modulus),
    shake256: (parts, length) => real.shake256(parts, length),
    chainStep: (...args) => real.chainStep(...args),
    chacha20: (key, data) => note(hash('v4', key), data, real.chacha20(key, data)),
  }
  setArithmetic(recording)
  const aes128 = nobleV3Ciphers.aes128.bind(nobleV3Ciphers)
  const patched: Pick<V3Ciphers, 'aes128'> = {
    aes128(key) {
      const cipher = aes128(key)
      const own = key.slice()
      return {
        counterMode: (counter, data) => note(hash('v3', own, counter), data, cipher.counterMode(counter, data)),
        wipe: () => { cipher.wipe() },
      }
    },
  }
  Object.assign(nobleV3Ciphers, patched)
}
