import { expect } from 'chai'
import { arithmeticFault, getArithmetic, getV3Ciphers, setArithmetic, type Arithmetic } from '../../src/crypto/index.js'
import { nobleArithmetic } from '../../src/crypto/noble/index.js'
import { bestArithmetic } from '../../src/crypto/provider.js'
import { wasmEd448 } from '../../src/crypto/wasm/ed448.js'
import { simdModules, wasmArithmetic, type WasmModules } from '../../src/crypto/wasm/index.js'
import { wasmModp } from '../../src/crypto/wasm/modp.js'
import { unpack } from '../../src/crypto/wasm/packed.js'
import { scalarModules } from '../../src/crypto/wasm/scalar-modules.js'
import { wasmSymmetric } from '../../src/crypto/wasm/symmetric.js'
import { wasmV3Ciphers } from '../../src/crypto/wasm/v3-ciphers.js'
import { OtrError } from '../../src/errors.js'
import { useScalarWebAssembly } from '../../src/scalar.js'
import { Client } from '../../src/index.js'
import { rfc6979Key } from '../support/dsa.js'

function faultOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof OtrError && error.code === 'OTR_WASM') return error.message
    throw error
  }
  return 'none'
}

/** Runs with another `WebAssembly` in the engine's place. */
function withWebAssembly<T>(api: unknown, work: () => T): T {
  const host = globalThis as { WebAssembly?: unknown }
  const before = host.WebAssembly
  host.WebAssembly = api
  try {
    return work()
  } finally {
    host.WebAssembly = before
  }
}

/** A page whose content security policy forbids it: bytes are validated, but not compiled. */
const forbidden = {
  validate: () => true,
  Module: function refused() { throw new Error('Refused to compile WebAssembly') },
  Instance: Object,
}

/** A packed module with the last bytes of its data, which are constants, exchanged. */
const altered = (packed: string): string => packed.slice(0, -60) + Array.from(packed.slice(-60)).reverse().join('')

describe('where WebAssembly cannot be used', () => {
  let before: Arithmetic
  beforeEach(() => { before = getArithmetic() })
  afterEach(() => {
    setArithmetic(before)
    bestArithmetic()
  })

  it('says why, with a code of its own', () => {
    const starts = [wasmArithmetic, wasmEd448, wasmModp, wasmSymmetric, wasmV3Ciphers] as const
    for (const start of starts) {
      expect(withWebAssembly(undefined, () => faultOf(start))).to.equal('this platform has no WebAssembly')
      expect(withWebAssembly(forbidden, () => faultOf(start))).to.match(/^WebAssembly cannot be used here: .*Refused/)
      expect(withWebAssembly({ ...forbidden, validate: () => false }, () => faultOf(start))).to.match(/SIMD/)
    }
  })

  it('refuses a module that lacks an export', () => {
    expect(faultOf(() => wasmEd448(simdModules.symmetric))).to.equal('the module has no IN_B')
    expect(faultOf(() => wasmSymmetric(simdModules.core))).to.equal('the module has no BUFFER')
    expect(faultOf(() => wasmModp(simdModules.core))).to.equal('the module has no IO')
    expect(faultOf(() => wasmV3Ciphers(simdModules.symmetric))).to.match(/^the module has no /)
  })

  it('refuses a module whose start-up self-test fails', () => {
    const modules: WasmModules = { ...simdModules, symmetric: altered(simdModules.symmetric) }
    expect((globalThis as { WebAssembly?: { validate: (bytes: Uint8Array) => boolean } }).WebAssembly?.validate(unpack(modules.symmetric))).to.equal(true)
    expect(faultOf(() => wasmArithmetic(modules))).to.match(/^the module computes SHAKE-256 wrong$/)
    expect(bestArithmetic(modules)).to.equal(nobleArithmetic)
    expect(arithmeticFault()?.message).to.match(/SHAKE-256/)
  })

  it('falls back to noble, keeps the reason, and the client says that its arithmetic is not constant-time', () => {
    setArithmetic(withWebAssembly(undefined, () => bestArithmetic()))
    expect(getArithmetic().name).to.equal('noble')
    expect(arithmeticFault()).to.include({ code: 'OTR_WASM', message: 'this platform has no WebAssembly' })
    expect(getV3Ciphers().constantTime).to.equal(false)
    const client = new Client({ account: 'alice', keys: { dsa: rfc6979Key, instanceTag: 0x1001 }, clock: () => 0 })
    expect(client.constantTime).to.equal(false)
    setArithmetic(bestArithmetic())
    expect(arithmeticFault()).to.equal(undefined)
    expect(client.constantTime).to.equal(true)
  })

  it('takes the modules without SIMD where the engine has none, when asked to', () => {
    const { WebAssembly } = globalThis as unknown as { WebAssembly: { validate: (bytes: Uint8Array) => boolean } }
    const withSimd = [simdModules.core, simdModules.modp].map((packed) => unpack(packed).length)
    const withoutSimd = Object.assign(Object.create(WebAssembly) as object, {
      validate: (bytes: Uint8Array) => !withSimd.includes(bytes.length) && WebAssembly.validate(bytes),
    })
    withWebAssembly(withoutSimd, () => {
      setArithmetic(bestArithmetic())
      expect(getArithmetic().name).to.equal('noble')
      expect(useScalarWebAssembly()).to.equal(true)
      expect(getArithmetic().constantTime).to.equal(true)
      expect(useScalarWebAssembly()).to.equal(true)
    })
    expect(wasmArithmetic(scalarModules).ed448.isValidPoint(nobleArithmetic.ed448.generator)).to.equal(true)
    withWebAssembly(undefined, () => {
      setArithmetic(nobleArithmetic)
      expect(useScalarWebAssembly()).to.equal(false)
    })
  })
})
