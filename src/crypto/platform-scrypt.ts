import { wipe } from './compare.js'
import { fromNodeCrypto } from './platform.js'
import { copySecret } from './secret.js'

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

/** The bytes that are asked for: two blocks of scrypt's last step. The key is the first, whatever the length. */
const LENGTH = 64

/**
 * Node brings OpenSSL, whose scrypt takes half the time of one in JavaScript, off the thread, and gives its memory back at once.
 * `undefined` where there is none, as in browsers. It rejects unless the platform returns as many bytes as it was asked for; the caller checks
 * whether they are right.
 *
 * It is asked for one block more than the key. The block that is computed last stays in the vector registers of the thread, and whatever
 * the thread does next may store them on its stack: LevelDB's first calls do. That block says nothing of the key.
 */
export function platformScrypt(): Scrypt | undefined {
  const scrypt = fromNodeCrypto((crypto: Partial<NodeCrypto>) => crypto.scrypt)
  if (typeof scrypt !== 'function') return undefined
  return (passphrase, salt, { log2N, r, p }) => new Promise((resolve, reject) => {
    const N = 2 ** log2N
    // A little more than it takes: OpenSSL counts the small blocks, too.
    scrypt(passphrase, salt, LENGTH, { N, r, p, maxmem: 128 * r * (N + p + 16) }, (error, made) => {
      if (error === null && made instanceof Uint8Array && made.length === LENGTH) {
        // Node returns a Buffer, whose `slice` is a view; our code expects a copy.
        const both = new Uint8Array(made.buffer, made.byteOffset, LENGTH)
        const key = copySecret(both, 0, 32)
        wipe(both)
        resolve(key)
      } else {
        reject(error instanceof Error ? error : new Error(`no key of ${LENGTH} bytes`))
      }
    })
  })
}
