import { wipe } from './compare.js'
import { fromNodeCrypto } from './platform.js'
import { copySecret, type Secret } from './secret.js'

/** scrypt as RFC 7914 has it: a key of 32 bytes. */
export type Scrypt = (
  passphrase: Uint8Array, salt: Uint8Array, cost: { readonly log2N: number, readonly r: number, readonly p: number },
) => Promise<Secret>

interface NodeCrypto {
  scrypt(
    password: Uint8Array, salt: Uint8Array, length: number,
    options: { readonly N: number, readonly r: number, readonly p: number, readonly maxmem: number },
    done: (error: unknown, key: unknown) => void,
  ): void
}

/** How many bytes are requested: two blocks of scrypt's last step. The key is the first block, whatever the length. */
const LENGTH = 64

/**
 * The platform's scrypt. Node has OpenSSL, which takes half the time of JavaScript, computes on another thread, and releases its memory at once.
 * `undefined` if there is none, as in browsers. It rejects unless the platform returns as many bytes as were requested; the caller checks
 * whether they are right.
 *
 * It requests one block more than the key. The block that is computed last stays in the vector registers of the thread, and whatever
 * the thread does next may store them on its stack: LevelDB's first calls do. That block reveals nothing about the key.
 */
export function platformScrypt(): Scrypt | undefined {
  const scrypt = fromNodeCrypto((crypto: Partial<NodeCrypto>) => crypto.scrypt)
  if (typeof scrypt !== 'function') return undefined
  return (passphrase, salt, { log2N, r, p }) => new Promise((resolve, reject) => {
    const N = 2 ** log2N
    // A little more than 128 * N * r, because OpenSSL counts the small blocks, too.
    scrypt(passphrase, salt, LENGTH, { N, r, p, maxmem: 128 * r * (N + p + 16) }, (error, made) => {
      if (error === null && made instanceof Uint8Array && made.length === LENGTH) {
        // Node returns a Buffer, whose `slice` is a view; our code expects a copy.
        const both = new Uint8Array(made.buffer, made.byteOffset, LENGTH)
        const key = copySecret(both, 0, 32)
        wipe(both.subarray(0, 32))
        both.fill(0, 32)
        resolve(key)
      } else {
        reject(error instanceof Error ? error : new Error(`no key of ${LENGTH} bytes`))
      }
    })
  })
}
