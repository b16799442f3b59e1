import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { Arithmetic, V3Ciphers } from '../../src/crypto/arithmetic.js'
import {
  checkEd448Edges, checkModpEdges, checkSymmetricEdges, checkV3CiphersEdges, ed448Checks, listening, modpChecks, seededRandom, symmetricChecks, toHex,
  v3CiphersChecks, type EqualityCheck,
} from './wasm-equality.js'

/**
 * Equality without the slow one at hand: noble and BigInt worked through 100,000 inputs a function once, and a digest of all they gave is kept
 * in data/equality-digests.json, at several numbers of inputs. An engine that gives the same digest gave the same answers. Written by
 * `npm run check:engines -- --record`.
 */
export type Digests = Record<string, Record<string, string>>

/** At how many inputs digests are taken. */
export const checkpoints = [100, 1000, 10_000, 100_000]
const SEED = 20_261_123

function checksOf(arithmetic: Arithmetic, ciphers: V3Ciphers): EqualityCheck[] {
  return [
    ...ed448Checks(arithmetic, arithmetic), ...modpChecks(arithmetic, arithmetic), ...symmetricChecks(arithmetic, arithmetic),
    ...v3CiphersChecks(ciphers, ciphers),
  ]
}

/** The names of all checks. */
export function checkNames(arithmetic: Arithmetic, ciphers: V3Ciphers): string[] {
  return checksOf(arithmetic, ciphers).map(({ name }) => name)
}

/** The digests of one check, up to so many inputs. */
export function digestsOf(name: string, arithmetic: Arithmetic, ciphers: V3Ciphers, rounds: number): Record<string, string> {
  // All anew: what a check remembers of earlier inputs must not depend on which were run before.
  const check = checksOf(arithmetic, ciphers).find((other) => other.name === name)
  if (check === undefined) throw new Error(`there is no check ${name}`)
  const random = seededRandom(SEED)
  const hash = sha256.create()
  const digests: Record<string, string> = {}
  listening((outcome) => { hash.update(utf8ToBytes(`${outcome}\n`)) }, () => {
    for (let i = 1; i <= rounds; i++) {
      check.once(random)
      if (checkpoints.includes(i)) digests[i] = toHex(hash.clone().digest().subarray(0, 16))
    }
  })
  return digests
}

/** Throws unless the edges come out equal, compared with noble and BigInt here and now. */
export function checkEdges(arithmetic: Arithmetic, ciphers: V3Ciphers, noble: Arithmetic, nobleCiphers: V3Ciphers): void {
  checkEd448Edges(arithmetic, noble, false)
  checkModpEdges(arithmetic, noble, false)
  checkSymmetricEdges(arithmetic, noble)
  checkV3CiphersEdges(ciphers, nobleCiphers)
}
