import { copySecret, secretBytes, type Secret } from '../secret.js'
import { wipeWatch } from '../../wiped.js'

/** A hash of `@noble/hashes` between two updates. */
export interface HashState<Self> {
  readonly blockLen: number
  readonly outputLen: number
  update(data: Uint8Array): Self
  /** Writes the digest. The last block stays in the state. */
  digestInto(out: Uint8Array): void
  _cloneInto(to?: Self): Self
  /** Clears the state. It can be cloned into again. */
  destroy(): void
}

/** The two states of an HMAC after the key was absorbed. */
export interface Keyed<State> {
  readonly inner: State
  readonly outer: State
}

export function wipeKeyed({ inner, outer }: Keyed<{ destroy(): void }>): void {
  inner.destroy()
  outer.destroy()
}

/**
 * One hash function and its HMAC. All computations reuse one state and one block, because for a chat message creating noble's objects costs more
 * than hashing. Both are cleared before a call returns. A call runs no other code meanwhile, so two computations never overlap.
 */
export class HashEngine<State extends HashState<State>> {
  readonly #empty: State
  readonly #state: State
  readonly #block: Uint8Array
  readonly #inner: Uint8Array

  constructor(create: () => State) {
    this.#empty = create()
    this.#state = create()
    this.#block = secretBytes(this.#empty.blockLen)
    this.#inner = secretBytes(this.#empty.outputLen)
  }

  hash(parts: readonly Uint8Array[]): Secret {
    wipeWatch?.used(parts)
    const digest = secretBytes(this.#empty.outputLen)
    const state = this.#empty._cloneInto(this.#state)
    for (const part of parts) state.update(part)
    state.digestInto(digest)
    state.destroy()
    return digest
  }

  hmac(key: Uint8Array, parts: readonly Uint8Array[]): Secret {
    const keyed = this.key(key)
    try {
      return this.keyedHmac(keyed, parts)
    } finally {
      wipeKeyed(keyed)
    }
  }

  /** Returns the two states of HMAC after the block of the key. They are as secret as the key. */
  key(key: Uint8Array): Keyed<State> {
    wipeWatch?.used([key])
    if (key.length > this.#block.length) return this.key(this.hash([key]))
    const block = this.#block
    // A call that failed half way has left data here.
    block.fill(0)
    block.set(key)
    for (let i = 0; i < block.length; i++) block[i] = (block[i] ?? 0) ^ 0x36
    const inner = this.#empty._cloneInto().update(block)
    for (let i = 0; i < block.length; i++) block[i] = (block[i] ?? 0) ^ 0x36 ^ 0x5c
    const outer = this.#empty._cloneInto().update(block)
    block.fill(0)
    return { inner, outer }
  }

  /** Computes the HMAC from the states that `key` returned. */
  keyedHmac({ inner, outer }: Keyed<State>, parts: readonly Uint8Array[]): Secret {
    wipeWatch?.used(parts)
    const state = inner._cloneInto(this.#state)
    for (const part of parts) state.update(part)
    state.digestInto(this.#inner)
    outer._cloneInto(this.#state).update(this.#inner).digestInto(this.#inner)
    this.#state.destroy()
    // The digest is in the engine's own array. Copying it is cheaper than making a view of a small new array.
    const digest = copySecret(this.#inner)
    this.#inner.fill(0)
    return digest
  }
}
