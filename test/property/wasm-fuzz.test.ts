import { expect } from 'chai'
import type { Arithmetic, ModpGroup, V3Ciphers } from '../../src/crypto/arithmetic.js'
import { simdModules, wasmArithmetic } from '../../src/crypto/wasm/index.js'
import { scalarModules } from '../../src/crypto/wasm/scalar-modules.js'
import { wasmV3Ciphers } from '../../src/crypto/wasm/v3-ciphers.js'
import { OtrError } from '../../src/errors.js'
import { seededRandom, toHex } from '../crypto/wasm-equality.js'

type Draw = (...lengths: number[]) => Uint8Array

/** Every function of the arithmetic, with bytes of right and wrong lengths and any content. */
function calls({ ed448, modp1536, modp3072, ...rest }: Arithmetic, ciphers: V3Ciphers, draw: Draw): Record<string, () => unknown> {
  const scalar = (): Uint8Array => draw(57, 57, 0, 1, 56, 114, 115, 200, 5000)
  const point = (): Uint8Array => draw(57, 57, 57, 0, 56, 58, 300, 5000)
  const any = (): Uint8Array => draw(0, 1, 16, 20, 64, 135, 136, 16_384, 16_385, 40_000)
  const ofGroup = (name: string, group: ModpGroup): Record<string, () => unknown> => {
    const element = (): Uint8Array => draw(group.byteLength, group.byteLength, group.byteLength, 0, 1, group.byteLength - 1, group.byteLength + 1, 1000)
    const exponent = (): Uint8Array => draw(1, 2, 0, 33, group.byteLength, group.byteLength + 1, 1000)
    return {
      [`${name}.power`]: () => group.power(element(), exponent()),
      [`${name}.powerOfGenerator`]: () => group.powerOfGenerator(exponent()),
      [`${name}.doublePower`]: () => group.doublePower(element(), exponent(), element(), exponent()),
      [`${name}.multiply`]: () => group.multiply(element(), element()),
      [`${name}.invert`]: () => group.invert(element()),
      [`${name}.inSubgroup`]: () => group.inSubgroup(element()),
      [`${name}.respond`]: () => group.respond(exponent(), exponent(), exponent()),
    }
  }
  return {
    isValidPoint: () => ed448.isValidPoint(point()),
    multiplyBase: () => ed448.multiplyBase(scalar()),
    multiply: () => ed448.multiply(scalar(), point()),
    multiplyAdd: () => ed448.multiplyAdd(scalar(), point(), scalar()),
    multiplyPair: () => ed448.multiplyPair(scalar(), scalar(), point(), scalar(), scalar()),
    multiplyAddPublic: () => ed448.multiplyAddPublic(scalar(), point(), scalar()),
    multiplyTwoPublic: () => ed448.multiplyTwoPublic(scalar(), point(), scalar(), point(), scalar()),
    add: () => ed448.add(point(), point()),
    subtract: () => ed448.subtract(point(), point()),
    isIdentity: () => ed448.isIdentity(point()),
    reduceScalar: () => ed448.reduceScalar(scalar()),
    addScalars: () => ed448.addScalars(scalar(), scalar()),
    subtractScalars: () => ed448.subtractScalars(scalar(), scalar()),
    multiplyScalars: () => ed448.multiplyScalars(scalar(), scalar()),
    ...ofGroup('modp1536', modp1536),
    ...ofGroup('modp3072', modp3072),
    powerModulo: () => rest.powerModulo(draw(0, 1, 20, 128, 384, 600), draw(0, 1, 20, 512, 513), draw(1, 20, 128, 384, 385, 0, 600)),
    shake256: () => rest.shake256([any(), any()], any().length),
    chacha20: () => rest.chacha20(draw(32), any()),
    chainStep: () => rest.chainStep(draw(64)),
    sha1: () => ciphers.sha1([any(), any()]),
    hmacSha1: () => ciphers.hmacSha1(any()).of([any()]),
    aes128: () => ciphers.aes128(draw(16)).counterMode(draw(16), any()),
  }
}

/** Works out one known thing with every module. */
function stillRight(arithmetic: Arithmetic, ciphers: V3Ciphers): void {
  const { ed448, modp1536 } = arithmetic
  expect(toHex(ed448.multiply(Uint8Array.of(1), ed448.generator))).to.equal(toHex(ed448.generator))
  expect(modp1536.power(modp1536.powerOfGenerator(Uint8Array.of(2)), Uint8Array.of(3)).at(-1)).to.equal(64)
  expect(toHex(arithmetic.shake256([], 4))).to.equal('46b9dd2b')
  expect(toHex(ciphers.sha1([]).subarray(0, 4))).to.equal('da39a3ee')
}

for (const [name, modules] of [['with', simdModules], ['without', scalarModules]] as const) {
  describe(`the WebAssembly modules ${name} SIMD under bad input`, function () {
    this.timeout(60_000)
    const arithmetic = wasmArithmetic(modules, { native: false })
    const ciphers = wasmV3Ciphers()
    const random = seededRandom(7)
    const draw: Draw = (...lengths) => {
      const [kind = 0, pick = 0] = random(2)
      const length = lengths[pick % lengths.length] ?? 0
      if (kind % 8 === 0) return new Uint8Array(length).fill(0xff)
      if (kind % 8 === 1) return new Uint8Array(length)
      return random(length)
    }
    for (const [what, call] of Object.entries(calls(arithmetic, ciphers, draw))) {
      it(`${what} gives an answer or says no with a code; it never traps, and the next call is as good as before`, () => {
        const rounds = what.includes('modp') || what === 'powerModulo' ? 12 : 60
        for (let i = 0; i < rounds; i++) {
          try {
            call()
          } catch (error) {
            expect(error, String(error)).to.be.instanceOf(OtrError)
            expect((error as OtrError).code).to.match(/^OTR_(?:INTERNAL|POINT)$/)
          }
        }
        stillRight(arithmetic, ciphers)
      })
    }
  })
}
