import { sha1 as nobleSha1 } from '@noble/hashes/legacy.js'
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'

/** SHA-1 (FIPS 180-4) over the concatenation of `parts`: 20 bytes. OTRv3 uses it for fingerprints, key derivation and MACs. */
export function sha1(...parts: readonly Uint8Array[]): Uint8Array {
  return sha1Engine.hash(parts)
}

/** SHA-256 (FIPS 180-4) over the concatenation of `parts`: 32 bytes. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return sha256Engine.hash(parts)
}

/** HMAC-SHA-1 (RFC 2104) over the concatenation of `parts`, key of any length: 20 bytes. Compare with `equalBytes`. */
export function hmacSha1(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return sha1Engine.hmac(key, parts)
}

/** HMAC-SHA-256 (RFC 2104) over the concatenation of `parts`, key of any length: 32 bytes. Compare with `equalBytes`. */
export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return sha256Engine.hmac(key, parts)
}

/** A hash of @noble/hashes in the middle of its work. */
interface HashState<Self> {
  readonly blockLen: number
  readonly outputLen: number
  update(data: Uint8Array): Self
  /** Writes the digest and clears the state. */
  digestInto(out: Uint8Array): void
  _cloneInto(to: Self): Self
}

/**
 * One hash function and its HMAC, in one state and one block that every computation uses again: for a chat message, setting up
 * noble's objects costs more than hashing does. Both are empty again when a call returns. Nothing here calls out, so no two
 * computations meet.
 */
class Engine<State extends HashState<State>> {
  readonly #empty: State
  readonly #state: State
  readonly #block: Uint8Array
  readonly #inner: Uint8Array

  constructor(create: () => State) {
    this.#empty = create()
    this.#state = create()
    this.#block = new Uint8Array(this.#empty.blockLen)
    this.#inner = new Uint8Array(this.#empty.outputLen)
  }

  hash(parts: readonly Uint8Array[]): Uint8Array {
    const digest = new Uint8Array(this.#empty.outputLen)
    const state = this.#empty._cloneInto(this.#state)
    for (const part of parts) state.update(part)
    state.digestInto(digest)
    return digest
  }

  hmac(key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
    if (key.length > this.#block.length) return this.hmac(this.hash([key]), parts)
    const block = this.#block
    const inner = this.#inner
    // Not empty when the call before failed half way.
    block.fill(0)
    block.set(key)
    for (let i = 0; i < block.length; i++) block[i] = (block[i] ?? 0) ^ 0x36
    const state = this.#empty._cloneInto(this.#state).update(block)
    for (const part of parts) state.update(part)
    state.digestInto(inner)
    for (let i = 0; i < block.length; i++) block[i] = (block[i] ?? 0) ^ 0x36 ^ 0x5c
    const digest = new Uint8Array(inner.length)
    this.#empty._cloneInto(this.#state).update(block).update(inner).digestInto(digest)
    block.fill(0)
    inner.fill(0)
    return digest
  }
}

const sha1Engine = new Engine(() => nobleSha1.create())
const sha256Engine = new Engine(() => nobleSha256.create())
