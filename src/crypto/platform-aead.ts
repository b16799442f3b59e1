import { innerNonce, withInnerKey } from './inner-key.js'
import { attempt, fromNodeCrypto } from './platform.js'
import { copyPublic, publicBytes, publicOf } from '../wire/public-bytes.js'

/**
 * ChaCha20-Poly1305 as RFC 8439 has it, with XChaCha20's nonce of 24 bytes. `open` returns `undefined` for bytes that were not sealed with these arguments. Both
 * write into `into`, of exactly the length of the result, if it is given, and return it; nothing that is not authentic is ever written there.
 */
export interface Aead {
  seal(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array, into?: Uint8Array): Uint8Array
  open(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, sealed: Uint8Array, into?: Uint8Array): Uint8Array | undefined
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
const TAG = 16
const options = { authTagLength: TAG } as const

/**
 * The platform's ChaCha20-Poly1305, preceded by HChaCha20 to make XChaCha20 of it. Node has OpenSSL, which is several times as fast as
 * JavaScript. `undefined` if there is none, as in browsers. Its functions throw whatever the platform throws; `fasterAead` handles that.
 */
export function platformAead(): Aead | undefined {
  const { createCipheriv, createDecipheriv } = fromNodeCrypto(({ createCipheriv, createDecipheriv }: Partial<NodeCrypto>) => ({ createCipheriv, createDecipheriv })) ?? {}
  if (typeof createCipheriv !== 'function' || typeof createDecipheriv !== 'function') return undefined
  return {
    seal(key, nonce, associatedData, plaintext, into) {
      const cipher = withInnerKey(key, nonce, (inner) => createCipheriv(CIPHER, inner, innerNonce(nonce), options))
      cipher.setAAD(associatedData)
      const ciphertext = cipher.update(plaintext)
      if (cipher.final().length > 0) throw new Error('a stream cipher keeps nothing back')
      const sealed = into ?? publicBytes(plaintext.length + TAG)
      if (ciphertext.length !== plaintext.length) throw new Error('a stream cipher keeps the length')
      sealed.set(ciphertext)
      release(ciphertext)
      const tag = cipher.getAuthTag()
      if (tag.length !== TAG) throw new Error('a tag of another length')
      sealed.set(tag, plaintext.length)
      return sealed
    },
    open(key, nonce, associatedData, sealed, into) {
      const decipher = withInnerKey(key, nonce, (inner) => createDecipheriv(CIPHER, inner, innerNonce(nonce), options))
      decipher.setAAD(associatedData)
      decipher.setAuthTag(sealed.subarray(sealed.length - TAG))
      const plaintext = decipher.update(sealed.subarray(0, sealed.length - TAG))
      try {
        decipher.final()
      } catch {
        plaintext.fill(0)
        return undefined
      }
      if (plaintext.length !== sealed.length - TAG) throw new Error('a stream cipher keeps the length')
      if (into !== undefined) {
        into.set(plaintext)
        plaintext.fill(0)
        release(plaintext)
        return into
      }
      // Node returns a Buffer, whose `slice` is a view; our code expects a copy.
      return new Uint8Array(plaintext.buffer, plaintext.byteOffset, plaintext.length)
    },
  }
}

interface Port {
  postMessage(message: undefined, transfer: readonly ArrayBufferLike[]): void
  close(): void
}

/** A port that is closed: what is transferred to it is freed. */
let closed: Port | undefined

/**
 * Frees the memory of an array of the platform's now, where that is possible: V8 lets 32 MB of such arrays come together before it collects any. Nothing reads the
 * array afterwards. A small array may share its buffer with others, and stays.
 */
function release(bytes: Uint8Array): void {
  if (bytes.length < WORTH_RELEASING || bytes.buffer.byteLength !== bytes.length) return
  attempt(() => {
    closed ??= closedPort()
    closed.postMessage(undefined, [bytes.buffer])
  })
}

/** Longer than any buffer that Node shares between arrays. */
const WORTH_RELEASING = 16_384

function closedPort(): Port {
  const { MessageChannel } = globalThis as unknown as { readonly MessageChannel: new () => { readonly port1: Port } }
  const { port1 } = new MessageChannel()
  port1.close()
  return port1
}

/** The length from which a call to the platform is faster: for shorter plaintexts, its objects cost more than the encryption. */
export const WORTH_A_CALL = 1024

/**
 * Uses `own`, and for long plaintexts the platform's implementation, after a test has shown that it gives the same results. If the platform's
 * implementation throws, or refuses what `own` opens, it is never used again.
 */
export function fasterAead(own: Aead, platform: Aead | undefined): Aead {
  let rival = platform
  let proven = false
  const rivalFor = (length: number): Aead | undefined => {
    if (length < WORTH_A_CALL || rival === undefined) return undefined
    const candidate = rival
    proven ||= attempt(() => givesTheSame(own, candidate)) === true
    if (!proven) rival = undefined
    return rival
  }
  return {
    seal(key, nonce, data, plaintext, into) {
      try {
        const sealed = rivalFor(plaintext.length)?.seal(key, nonce, data, plaintext, into)
        if (sealed !== undefined) return sealed
      } catch {
        rival = undefined
      }
      return own.seal(key, nonce, data, plaintext, into)
    },
    open(key, nonce, data, sealed, into) {
      try {
        const opened = rivalFor(sealed.length - TAG)?.open(key, nonce, data, sealed, into)
        if (opened !== undefined) return opened
      } catch {
        rival = undefined
      }
      const opened = own.open(key, nonce, data, sealed, into)
      // `own` opens what the platform refused: the platform is wrong.
      if (opened !== undefined && sealed.length - TAG >= WORTH_A_CALL) rival = undefined
      return opened
    },
  }
}

/** Lengths just below and above multiples of the block sizes of cipher and MAC. */
const trials = [0, 1, 15, 16, 17, 63, 64, 65, 300] as const

function givesTheSame(own: Aead, platform: Aead): boolean {
  return trials.every((length) => {
    const [key, nonce, data, text] = [32, 24, 300 - length, length].map((size, n) => publicOf(...Array.from({ length: size }, (_, i) => 31 * i + 97 * n + length))) as
      [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
    const sealed = own.seal(key, nonce, data, text)
    const changed = copyPublic(sealed)
    changed[length] = (changed[length] ?? 0) ^ 1
    return same(platform.seal(key, nonce, data, text), sealed) && same(platform.open(key, nonce, data, sealed), text) &&
      platform.open(key, nonce, data, changed) === undefined
  })
}

/** Compares public values. */
function same(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a instanceof Uint8Array && a.length === b.length && a.every((byte, i) => byte === b[i])
}
