import { equalBytes } from '../crypto/index.js'
import { mapKey } from './bytes.js'
import { NAME_LENGTH, type StoreKeys } from './keys.js'
import { copySecret, secretBytes } from '../crypto/secret.js'

/**
 * The records of a store, each with the generation in which it was written, and a digest over all of them. The digest is the exclusive or of
 * one keyed pseudo-random element for each record. Updating it for one record takes two elements, however many records there are. The digest is
 * sealed in the root, and the elements are not stored: without the key, nobody finds another set of records with the same digest.
 */
export class Manifest {
  readonly #keys: StoreKeys
  readonly #generations = new Map<string, number>()
  readonly #digest = secretBytes(32)

  constructor(keys: StoreKeys) {
    this.#keys = keys
  }

  /** How many records there are. */
  get size(): number {
    return this.#generations.size
  }

  /** The digest that is in the root: a copy. */
  get digest(): Uint8Array {
    return copySecret(this.#digest)
  }

  /** Notes that a record was written. */
  set(name: Uint8Array, generation: number): void {
    const key = mapKey(name)
    const before = this.#generations.get(key)
    if (before !== undefined) this.#toggle(name, before)
    this.#generations.set(key, generation)
    this.#toggle(name, generation)
  }

  /** Notes that a record was deleted. Returns whether there was one. */
  delete(name: Uint8Array): boolean {
    const key = mapKey(name)
    const before = this.#generations.get(key)
    if (before === undefined) return false
    this.#toggle(name, before)
    return this.#generations.delete(key)
  }

  /** Whether the digest and the number of records are those of a root. */
  matches(root: { readonly records: number, readonly digest: Uint8Array }): boolean {
    return root.records === this.size && equalBytes(root.digest, this.#digest)
  }

  #toggle(name: Uint8Array, generation: number): void {
    const element = this.#keys.element(name.subarray(0, NAME_LENGTH), generation)
    for (let i = 0; i < element.length; i++) this.#digest[i] = (this.#digest[i] ?? 0) ^ (element[i] ?? 0)
  }
}
