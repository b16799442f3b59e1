import { expect } from 'chai'
import { ed448KeyPair, generateEcdh, generateEd448KeyPair, xchacha20KeyStream, type RandomSource } from '../../src/crypto/index.js'
import { hkdfSha256 } from '../../src/crypto/hkdf.js'
import { concatSecrets, copySecret, keptBytes, packedBytes, packSecret, secretBytes, type Secret } from '../../src/crypto/secret.js'
import { prekeySessionKeys } from '../../src/prekey/key-schedule.js'
import { deriveRatchetKeys } from '../../src/ratchet/keys.js'
import type { RatchetState } from '../../src/ratchet/state.js'
import { concatBytes } from '../../src/wire/index.js'

/** The compiler checks this function; nobody calls it. Every line after a `@ts-expect-error` is one that must not compile. */
export function copiesWithoutAName(secret: Secret, state: RatchetState): unknown[] {
  return [
    // @ts-expect-error a slice is a copy
    secret.slice(),
    // @ts-expect-error a slice of a view
    secret.subarray(1).slice(0, 4),
    // @ts-expect-error a copy without a name
    secret.map(Number),
    // @ts-expect-error a copy without a name
    secret.filter(Boolean),
    // @ts-expect-error a copy without a name
    secret.toReversed(),
    // @ts-expect-error a copy without a name
    secret.toSorted(),
    // @ts-expect-error a copy without a name
    secret.with(0, 1),
    // @ts-expect-error text cannot be wiped
    secret.toString(),
    // @ts-expect-error text cannot be wiped
    secret.join(''),
    // @ts-expect-error a spread is a copy
    [...secret],
    // @ts-expect-error a spread is a copy
    Math.max(...secret),
    // @ts-expect-error an iterator, of which `Array.from` makes a copy
    secret.values(),
    // @ts-expect-error joined with public bytes
    concatBytes(new Uint8Array(1), secret),
    // @ts-expect-error the fields of a state are secrets
    state.rootKey.slice(),
  ]
}

/** What this library makes is known to be secret, also where an interface that programs fill in takes any bytes. */
export function copiesOfMadeKeys(random: RandomSource, secret: Secret): unknown[] {
  return [
    // @ts-expect-error the seed of a key
    generateEd448KeyPair(random).symmetricKey.slice(),
    // @ts-expect-error the scalar of a key
    [...ed448KeyPair(secret).secretScalar],
    // @ts-expect-error a private key
    generateEcdh(random).privateKey.slice(),
    // @ts-expect-error a key stream
    xchacha20KeyStream(secret, secret, 32).slice(),
    // @ts-expect-error a key of an exchange with a prekey server
    prekeySessionKeys(secret, secret).macKey.slice(),
    // @ts-expect-error derived from another secret
    hkdfSha256(secret, secret, 32).slice(),
  ]
}

/** Whoever keeps a secret says where it was made. */
export function fieldsOfAState(state: RatchetState, bytes: Uint8Array): RatchetState[] {
  return [
    { ...state, rootKey: secretBytes(64) },
    // @ts-expect-error bytes that may lie on the moving heap
    { ...state, rootKey: bytes },
    // @ts-expect-error an array that was made by its size
    { ...state, braceKey: new Uint8Array(32) },
  ]
}

describe('a Secret', () => {
  it('is a Uint8Array like any other, in a buffer of its own or in one of secrets', () => {
    const bytes = Uint8Array.of(1, 2, 3)
    const all: readonly Uint8Array[] = [copySecret(bytes), packSecret(bytes), concatSecrets(bytes.subarray(0, 1), bytes.subarray(1))]
    for (const one of all) {
      expect(Object.getPrototypeOf(one)).to.equal(Uint8Array.prototype)
      expect(one).to.deep.equal(bytes)
    }
    expect(all.map(({ buffer }) => buffer.byteLength)).to.deep.equal([3, 512, 3])
    const neighbours = [packedBytes(20), packedBytes(20), keptBytes(20)]
    expect(neighbours.map(({ length, buffer, byteOffset }) => [length, buffer.byteLength, byteOffset % 8])).to.deep.equal([[20, 4096, 0], [20, 4096, 0], [20, 512, 0]])
    expect(deriveRatchetKeys(secretBytes(64), secretBytes(64)).rootKey.subarray(60)).to.have.length(4)
  })
})
