import { hchacha } from '@noble/ciphers/chacha.js'

/** ChaCha20-Poly1305 as RFC 8439 has it, with XChaCha20's nonce of 24 bytes. `open` gives `undefined` for what was not sealed so. */
export interface Aead {
  seal(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array): Uint8Array
  open(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, sealed: Uint8Array): Uint8Array | undefined
}

interface NodeCipher {
  setAAD(data: Uint8Array): void
  update(data: Uint8Array): Uint8Array
  final(): Uint8Array
  getAuthTag(): Uint8Array
  setAuthTag(tag: Uint8Array): void
}

interface NodeCrypto {
  createCipheriv(name: string, key: Uint8Array, nonce: Uint8Array, options: { readonly authTagLength: number }): NodeCipher
  createDecipheriv(name: string, key: Uint8Array, nonce: Uint8Array, options: { readonly authTagLength: number }): NodeCipher
}

const CIPHER = 'chacha20-poly1305'
const options = { authTagLength: 16 } as const

/** "expand 32-byte k" */
const sigma = Uint32Array.of(0x61707865, 0x3320646e, 0x79622d32, 0x6b206574)

/**
 * Node brings OpenSSL, whose ChaCha20-Poly1305 is several times as fast as one in JavaScript; the step from XChaCha20 to it is HChaCha20.
 * `undefined` where there is none, as in browsers. The caller sees to it that it gives what it should.
 */
export function hostAead(): Aead | undefined {
  const host = globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }
  const crypto = host.process?.getBuiltinModule?.('node:crypto') as NodeCrypto | undefined
  if (crypto?.createCipheriv === undefined || new Uint8Array(Uint32Array.of(1).buffer)[0] !== 1) return undefined
  return {
    seal(key, nonce, associatedData, plaintext) {
      const inner = innerKey(key, nonce)
      const cipher = crypto.createCipheriv(CIPHER, inner, innerNonce(nonce), options)
      inner.fill(0)
      cipher.setAAD(associatedData)
      const ciphertext = cipher.update(plaintext)
      cipher.final()
      const sealed = new Uint8Array(ciphertext.length + 16)
      sealed.set(ciphertext)
      sealed.set(cipher.getAuthTag(), ciphertext.length)
      return sealed
    },
    open(key, nonce, associatedData, sealed) {
      const inner = innerKey(key, nonce)
      const decipher = crypto.createDecipheriv(CIPHER, inner, innerNonce(nonce), options)
      inner.fill(0)
      decipher.setAAD(associatedData)
      decipher.setAuthTag(sealed.subarray(sealed.length - 16))
      const plaintext = decipher.update(sealed.subarray(0, sealed.length - 16))
      try {
        decipher.final()
      } catch {
        plaintext.fill(0)
        return undefined
      }
      // What Node gives is a Buffer, whose `slice` is a view: nobody here expects that.
      return new Uint8Array(plaintext.buffer, plaintext.byteOffset, plaintext.length)
    },
  }
}

/** They are filled anew for each key, and wiped after it: arrays made for one key would cost as much as the rest. */
const words = { key: new Uint32Array(8), nonce: new Uint32Array(4), inner: new Uint32Array(8) }
const bytes = { key: bytesOf(words.key), nonce: bytesOf(words.nonce), inner: bytesOf(words.inner) }

function bytesOf({ buffer }: Uint32Array): Uint8Array {
  return new Uint8Array(buffer)
}

/** The result is good until the next call: wipe it. */
function innerKey(key: Uint8Array, nonce: Uint8Array): Uint8Array {
  bytes.key.set(key)
  for (let at = 0; at < 16; at++) bytes.nonce[at] = nonce[at] ?? 0
  hchacha(sigma, words.key, words.nonce, words.inner)
  words.key.fill(0)
  return bytes.inner
}

function innerNonce(nonce: Uint8Array): Uint8Array {
  const inner = new Uint8Array(12)
  for (let at = 4; at < 12; at++) inner[at] = nonce[at + 12] ?? 0
  return inner
}
