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

function innerKey(key: Uint8Array, nonce: Uint8Array): Uint8Array {
  // Not `slice`: in Node a byte array may be a Buffer, whose slice is a view.
  const key32 = new Uint32Array(new Uint8Array(key).buffer)
  const out = new Uint32Array(8)
  hchacha(sigma, key32, new Uint32Array(new Uint8Array(nonce.subarray(0, 16)).buffer), out)
  key32.fill(0)
  return new Uint8Array(out.buffer)
}

function innerNonce(nonce: Uint8Array): Uint8Array {
  const inner = new Uint8Array(12)
  inner.set(nonce.subarray(16), 4)
  return inner
}
