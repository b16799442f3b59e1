import { chacha20 as cipher } from '@noble/ciphers/chacha.js'

const NONCE = new Uint8Array(12)

/**
 * Encrypts or decrypts with ChaCha20 (RFC 7539), counter and nonce 0: each key is used for one message only. The key is the first
 * 32 bytes of `key` (a MKenc has 64). otrv4.md, "When you send a Data Message".
 */
export function chacha20(key: Uint8Array, data: Uint8Array): Uint8Array {
  return cipher(key.subarray(0, 32), NONCE, data)
}
