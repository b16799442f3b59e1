import { createDiffieHellmanGroup } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { dh1536PublicKey, dh1536SharedSecret, generateDh1536, isValidDh1536 } from '../../src/crypto/index.js'
import { hexDecode, hexEncode, minimalBigEndian } from '../../src/wire/index.js'
import { seededRandom } from '../support/seeded.js'

describe('crypto: DH-1536', () => {
  it('computes the public keys that libotr computed in the recorded transcript', () => {
    const transcript = readFileSync(new URL('../vectors/data/v3-libotr/v3-full.json', import.meta.url), 'utf8')
    const pairs = new Map(Array.from(transcript.matchAll(/our_(?:old_)?priv=([0-9a-f]{80}) our_(?:old_)?pub=([0-9a-f]+)/g), (match) => [match[1], match[2]]))
    expect(pairs.size).greaterThan(5)
    for (const [privateKey, publicKey] of pairs) expect(hexEncode(dh1536PublicKey(hexDecode(privateKey!)))).equal(publicKey)
  })

  it('gives both sides the same secret, and another implementation too', () => {
    const [alice, bob] = [generateDh1536(seededRandom('alice')), generateDh1536(seededRandom('bob'))]
    expect(alice.privateKey.length).equal(40)
    expect(isValidDh1536(alice.publicKey)).equal(true)
    expect(dh1536SharedSecret(alice.privateKey, bob.publicKey)).deep.equal(dh1536SharedSecret(bob.privateKey, alice.publicKey))
    const theirs = createDiffieHellmanGroup('modp5')
    theirs.generateKeys()
    const secret = new Uint8Array(theirs.computeSecret(alice.publicKey))
    const ours = dh1536SharedSecret(alice.privateKey, new Uint8Array(theirs.getPublicKey()))
    expect(hexEncode(ours)).equal(hexEncode(minimalBigEndian(secret)))
  })

  it('writes numbers without leading zeros', () => {
    expect(dh1536PublicKey(Uint8Array.of(9))).deep.equal(Uint8Array.of(2, 0))
    expect(dh1536SharedSecret(Uint8Array.of(1), Uint8Array.of(0, 0, 7))).deep.equal(Uint8Array.of(7))
  })
})
