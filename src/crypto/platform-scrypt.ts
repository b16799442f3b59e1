import { fromNodeCrypto } from './platform.js'

/** scrypt as RFC 7914 has it: a key of 32 bytes. */
export type Scrypt = (
  passphrase: Uint8Array, salt: Uint8Array, cost: { readonly log2N: number, readonly r: number, readonly p: number },
) => Promise<Uint8Array>

interface NodeCrypto {
  scrypt(
    password: Uint8Array, salt: Uint8Array, length: number,
    options: { readonly N: number, readonly r: number, readonly p: number, readonly maxmem: number },
    done: (error: unknown, key: unknown) => void,
  ): void
}

/**
 * Node brings OpenSSL, whose scrypt takes half the time of one in JavaScript, off the thread, and gives its memory back at once.
 * `undefined` where there is none, as in browsers. It rejects unless the platform returns 32 bytes; the caller checks
 * whether they are right.
 */
export function platformScrypt(): Scrypt | undefined {
  const scrypt = fromNodeCrypto((crypto: Partial<NodeCrypto>) => crypto.scrypt)
  if (typeof scrypt !== 'function') return undefined
  return (passphrase, salt, { log2N, r, p }) => new Promise((resolve, reject) => {
    const N = 2 ** log2N
    // A little more than it takes: OpenSSL counts the small blocks, too.
    scrypt(passphrase, salt, 32, { N, r, p, maxmem: 128 * r * (N + p + 16) }, (error, key) => {
      if (error === null && key instanceof Uint8Array && key.length === 32) {
        // Node returns a Buffer, whose `slice` is a view; our code expects a copy.
        resolve(new Uint8Array(key.buffer, key.byteOffset, key.length))
      } else {
        reject(error instanceof Error ? error : new Error('no key of 32 bytes'))
      }
    })
  })
}
