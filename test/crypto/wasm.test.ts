import { expect } from 'chai'
import { nobleArithmetic } from '../../src/crypto/noble/index.js'
import { wasmArithmetic } from '../../src/crypto/wasm/index.js'
import { checkEd448Edges, checkModpEdges, ed448Checks, modpChecks, seededRandom } from './wasm-equality.js'

/** All of it: at least 100,000 random inputs a function. Takes about an hour. */
const full = process.env['OTR4_FULL'] === '1'
const seed = Number(process.env['OTR4_SEED'] ?? 20_261_123)

for (const simd of [true, false]) {
  describe(`WebAssembly ${simd ? 'with' : 'without'} SIMD against noble and BigInt`, function () {
    this.timeout(full ? 3_600_000 : 120_000)
    const wasm = wasmArithmetic({ simd, native: false })
    if (wasm === undefined) throw new Error('this engine has no WebAssembly')

    const checks = [...ed448Checks(wasm, nobleArithmetic), ...modpChecks(wasm, nobleArithmetic)]
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
    })

    it('says what it is', () => {
      expect(wasm.name).to.equal('wasm')
      expect(wasm.constantTime).to.equal(true)
    })
  })
}
