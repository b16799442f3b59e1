import { createCipheriv, createHash } from 'node:crypto'
import { concat } from './bytes.js'

/** The usage ids of "Key Derivation Function, Hash Function and MAC Function". */
export const id = {
  fingerprint: 0x00, thirdBraceKey: 0x01, braceKey: 0x02, sharedSecret: 0x03, ssid: 0x04, authRBob: 0x05, authRAlice: 0x06, authRPhi: 0x07,
  authIBob: 0x08, authIAlice: 0x09, authIPhi: 0x0a, firstRootKey: 0x0b, tmpKey: 0x0c, authMacKey: 0x0d,
  nonInteractiveBob: 0x0e, nonInteractiveAlice: 0x0f, nonInteractivePhi: 0x10, authMac: 0x11, rootKey: 0x12, chainKey: 0x13, nextChainKey: 0x14, messageKey: 0x15,
  macKey: 0x16, extraSymmKey: 0x17, authenticator: 0x18, smpSecret: 0x19, auth: 0x1a,
} as const

export function shake256(input: Uint8Array, size: number): Uint8Array {
  return new Uint8Array(createHash('shake256', { outputLength: size }).update(input).digest())
}

/** KDF, HWC and HCMAC. */
export function kdf(usageId: number, size: number, ...values: readonly Uint8Array[]): Uint8Array {
  return shake256(concat(new TextEncoder().encode('OTRv4'), Uint8Array.of(usageId), ...values), size)
}

/** ChaCha20 with nonce 0 and counter 0; it takes the first 32 bytes of the key. */
export function chacha20(key: Uint8Array, text: Uint8Array): Uint8Array {
  return new Uint8Array(createCipheriv('chacha20', key.slice(0, 32), new Uint8Array(16)).update(text))
}
