import { nobleArithmetic } from '../../src/crypto/noble/index.js'
import { nobleV3Ciphers } from '../../src/crypto/noble/v3-ciphers.js'
import { simdModules, wasmArithmetic } from '../../src/crypto/wasm/index.js'
import { scalarModules } from '../../src/crypto/wasm/scalar-modules.js'
import { wasmV3Ciphers } from '../../src/crypto/wasm/v3-ciphers.js'
import { checkEdges, checkNames, digestsOf } from './equality-digests.js'
import { knowingLogarithms } from './wasm-equality.js'

// What scripts/check-engines.mjs runs in each engine, a check a call, so that it can tell how far it is.

const wasm = (simd: boolean): ReturnType<typeof wasmArithmetic> => wasmArithmetic(simd ? simdModules : scalarModules, { native: false })
const ciphers = wasmV3Ciphers()

/** All but inversion in the groups, which is BigInt's in either arithmetic. */
export const names = checkNames(nobleArithmetic, nobleV3Ciphers).filter((name) => !name.endsWith('invert'))
/** Those that are the same module with and without SIMD. */
export const sameWithoutSimd = ['shake256', 'chacha20', 'sha1', 'hmacSha1', 'aes128', 'chainStep']

/** The digests that noble and BigInt give. */
export function record(name: string, rounds: number): Record<string, string> {
  return digestsOf(name, knowingLogarithms(nobleArithmetic), nobleV3Ciphers, rounds)
}

/** The digests that the WebAssembly modules give. */
export function digests(name: string, rounds: number, simd: boolean): Record<string, string> {
  return digestsOf(name, wasm(simd), ciphers, rounds)
}

/** Throws unless the edges come out equal. */
export function edges(simd: boolean): void {
  checkEdges(wasm(simd), ciphers, nobleArithmetic, nobleV3Ciphers)
}
