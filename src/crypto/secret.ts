import { concatInto } from '../wire/bytes.js'
import type { Secret } from '../secrecy.js'
import { wipeWatch } from '../wiped.js'

export type { Secret, SecretPair } from '../secrecy.js'

/**
 * Memory for secrets: every secret is made here. In Node, an array of up to 64 bytes that is made by its size (`new Uint8Array(32)`, `slice`,
 * `Uint8Array.from`) is on V8's moving heap. The garbage collector may move it and leave a copy behind, which `fill(0)` no longer reaches. Making
 * the first view of such an array moves it, too. An array over a buffer of its own never moves: there is one copy, and `wipe` reaches it.
 */

/** The longest array that V8 puts on its moving heap. */
const LONGEST_ON_HEAP = 64

/** `length` zero bytes for a secret. */
export function secretBytes(length: number): Secret {
  return new Uint8Array(new ArrayBuffer(length)) as Secret
}

/** `length` zero words of 32 bits for a secret. */
export function secretWords(length: number): Uint32Array {
  return new Uint32Array(new ArrayBuffer(4 * length))
}

/** Returns an array that has a buffer of its own already as a `Secret`, without a copy: a result of the arithmetic, random bytes, or bytes decoded from a store. */
export function asSecret(bytes: Uint8Array): Secret {
  return bytes as Secret
}

/** Copies a secret, or its bytes from `start` to `end`. The caller wipes both arrays. */
export function copySecret(secret: Uint8Array, start = 0, end = secret.length): Secret {
  return filled(secretBytes(Math.max(0, Math.min(end, secret.length) - start)), secret, start)
}

/** Copies byte by byte if `secret` may be on the moving heap: a view of it would move it. */
function filled(copy: Secret, secret: Uint8Array, start: number): Secret {
  wipeWatch?.used([secret])
  if (secret.length > LONGEST_ON_HEAP) copy.set(secret.subarray(start, start + copy.length))
  else for (let at = 0; at < copy.length; at++) copy[at] = secret[start + at] ?? 0
  return copy
}

/** A secret that is longer has a buffer of its own. */
const LONGEST_SHARED = 256

/**
 * One buffer after the other, in which short secrets lie side by side: to make a buffer costs fifteen to fifty times what a view of one costs. Memory is
 * never given out twice, not even after its wipe: whoever kept a wiped secret would read another one instead of zeros.
 */
class SharedBuffer {
  readonly #size: number
  #buffer: ArrayBuffer
  #used = 0

  /** @param size - in bytes; one secret that is kept keeps so many alive */
  constructor(size: number) {
    this.#size = size
    this.#buffer = new ArrayBuffer(size)
  }

  /** Each secret begins at a multiple of 8, because ciphers that work with words refuse other places. */
  take(length: number): Secret {
    if (length > LONGEST_SHARED) return secretBytes(length)
    if (this.#used + length > this.#size) {
      this.#buffer = new ArrayBuffer(this.#size)
      this.#used = 0
    }
    const from = this.#used
    this.#used += (length + 7) & ~7
    // Half the time of `subarray`, and a third of that of an array of its own.
    return new Uint8Array(this.#buffer, from, length) as Secret
  }
}

/** The keys and the text of about ten messages. */
const passing = new SharedBuffer(4096)
/** What a session keeps lies apart from what passes: 8 keys. With 16, an idle conversation takes more memory than one whose secrets have buffers of their own. */
const kept = new SharedBuffer(512)

/**
 * As `secretBytes`, but a short one is in a buffer that it shares with others: for a secret whose life ends with the message for which it is made. Only
 * for secrets that stay inside this library: somebody else may take `buffer` for the whole of it.
 */
export function packedBytes(length: number): Secret {
  return passing.take(length)
}

/** As `packedBytes`, for one of the secrets that every message makes and a session keeps: a chain key, a MAC key. */
export function keptBytes(length: number): Secret {
  return kept.take(length)
}

/** As `copySecret`, into `keptBytes`. */
export function packSecret(secret: Uint8Array, start = 0, end = secret.length): Secret {
  return filled(keptBytes(end - start), secret, start)
}

/** Concatenates all parts into a new secret. */
export function concatSecrets(...parts: readonly Uint8Array[]): Secret {
  return concatInto(secretBytes, parts)
}
