import { expect } from 'chai'
import { nobleArithmetic } from '../../src/crypto/noble/index.js'
import { nobleV3Ciphers } from '../../src/crypto/noble/v3-ciphers.js'
import { simdModules, wasmArithmetic } from '../../src/crypto/wasm/index.js'
import { scalarModules } from '../../src/crypto/wasm/scalar-modules.js'
import { wasmV3Ciphers } from '../../src/crypto/wasm/v3-ciphers.js'
import {
  checkEd448Edges, checkModpEdges, checkSymmetricEdges, checkV3CiphersEdges, ed448Checks, modpChecks, seededRandom,
  symmetricChecks, v3CiphersChecks,
} from './wasm-equality.js'

/** All of it: at least 100,000 random inputs a function. Takes about an hour. */
const full = process.env['OTR4_FULL'] === '1'
const seed = Number(process.env['OTR4_SEED'] ?? 20_261_123)

for (const simd of [true, false]) {
  describe(`WebAssembly ${simd ? 'with' : 'without'} SIMD against noble and BigInt`, function () {
    this.timeout(full ? 3_600_000 : 120_000)
    const wasm = wasmArithmetic(simd ? simdModules : scalarModules, { native: false })
    const ciphers = wasmV3Ciphers()

    const checks = [
      ...ed448Checks(wasm, nobleArithmetic), ...modpChecks(wasm, nobleArithmetic),
      // Without SIMD in either case.
      ...(simd ? [...symmetricChecks(wasm, nobleArithmetic), ...v3CiphersChecks(ciphers, nobleV3Ciphers)] : []),
    ]
    for (const check of checks) {
      const rounds = full ? 100_000 : Math.min(3000, Math.ceil((simd ? 80 : 20) / check.cost))
      it(`${check.name}: ${rounds} random inputs`, () => {
        const random = seededRandom(seed)
        for (let i = 0; i < rounds; i++) check.once(random)
      })
    }

    it('the edges: 0, 1, the order and its neighbours, all ones, small order, not canonical, wrong lengths', () => {
      checkEd448Edges(wasm, nobleArithmetic, full)
      checkModpEdges(wasm, nobleArithmetic, full)
      checkSymmetricEdges(wasm, nobleArithmetic)
      checkV3CiphersEdges(ciphers, nobleV3Ciphers)
    })

    it('the first product of powers of all, which builds the table of the generator, leaves its other exponent alone', () => {
      const fresh = wasmArithmetic(simd ? simdModules : scalarModules, { native: false })
      for (const name of ['modp1536', 'modp3072'] as const) {
        const element = (value: number): Uint8Array => Uint8Array.from({ length: fresh[name].byteLength }, (_, i, end = fresh[name].byteLength - 1) => (i === end ? value : 0))
        const powers = (it: typeof wasm): Uint8Array => it[name].doublePower(element(2), Uint8Array.of(9, 8), element(3), Uint8Array.of(7, 6, 5))
        expect(powers(fresh)).to.deep.equal(powers(nobleArithmetic))
      }
    })

    it('names itself and says that its time is constant', () => {
      expect([wasm.name, wasm.constantTime, ciphers.constantTime]).to.deep.equal(['wasm', true, true])
    })
  })
}
