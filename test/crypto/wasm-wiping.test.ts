import { expect } from 'chai'
import type { Arithmetic, V3Ciphers } from '../../src/crypto/arithmetic.js'
import { simdModules, wasmArithmetic } from '../../src/crypto/wasm/index.js'
import { scalarModules } from '../../src/crypto/wasm/scalar-modules.js'
import { wasmV3Ciphers } from '../../src/crypto/wasm/v3-ciphers.js'
import { seededRandom, type Random } from './wasm-equality.js'

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
}

/** As much of the WebAssembly interface as is needed: Node's types lack it. */
type InstanceMaker = new (module: object, imports?: object) => { readonly exports: Exports }

/** Runs `make` and returns the memories of the WebAssembly instances that it made, besides its result. */
function withMemories<T>(make: () => T): { made: T, memories: Uint8Array[] } {
  const found: Exports[] = []
  const api = (globalThis as unknown as { WebAssembly: { Instance: InstanceMaker } }).WebAssembly
  const { Instance } = api
  api.Instance = class extends Instance {
    constructor(module: object, imports?: object) {
      super(module, imports)
      found.push(this.exports)
    }
  }
  try {
    const made = make()
    return { made, memories: found.map(({ memory }) => new Uint8Array(memory.buffer)) }
  } finally {
    api.Instance = Instance
  }
}

/** Every function that takes secrets, with secrets from `random` and always the same public values. */
function callsWithSecrets({ ed448, modp1536, modp3072, ...rest }: Arithmetic, ciphers: V3Ciphers, random: Random): Record<string, () => void> {
  const known = ed448.multiplyBase(Uint8Array.of(5))
  const other = ed448.multiplyBase(Uint8Array.of(7))
  if (!ed448.isValidPoint(known)) throw new Error('no point')
  const secretPoint = (): Uint8Array => ed448.multiplyBase(random(57))
  const modulus = new Uint8Array(128).fill(0xff)
  const short = (): Uint8Array => Uint8Array.of(0, ...random(127))
  const calls: Record<string, () => void> = {
    'multiplyBase': () => ed448.multiplyBase(random(57)),
    'multiply': () => ed448.multiply(random(57), other),
    'multiply, a known point': () => ed448.multiply(random(57), known),
    'multiply, a secret point': () => ed448.multiply(random(57), secretPoint()),
    'multiply, no point': () => { expect(() => ed448.multiply(random(57), new Uint8Array(57).fill(0xff))).to.throw() },
    'multiply, too short a point': () => { expect(() => ed448.multiply(random(57), random(56))).to.throw() },
    'multiplyAdd': () => ed448.multiplyAdd(random(57), secretPoint(), random(57)),
    'multiplyPair': () => ed448.multiplyPair(random(57), random(57), secretPoint(), random(57), random(57)),
    'multiplyPair, too long a scalar': () => { expect(() => ed448.multiplyPair(random(57), random(57), other, random(57), random(115))).to.throw() },
    'multiplyAddPublic': () => ed448.multiplyAddPublic(random(57), secretPoint(), random(57)),
    'multiplyTwoPublic': () => ed448.multiplyTwoPublic(random(57), secretPoint(), random(57), secretPoint(), random(57)),
    'add and subtract': () => ed448.subtract(ed448.add(secretPoint(), secretPoint()), secretPoint()),
    'scalars': () => ed448.subtractScalars(ed448.multiplyScalars(random(57), random(57)), ed448.addScalars(random(57), ed448.reduceScalar(random(114)))),
    'powerModulo': () => rest.powerModulo(short(), random(20), modulus),
    'respondModulo': () => rest.respondModulo(short(), short(), short(), modulus),
    'shake256': () => rest.shake256([random(57), random(300)], 64),
    'shake256, more than a buffer': () => rest.shake256([random(40_000)], 40_000),
    'chacha20': () => rest.chacha20(random(32), random(300)),
    'chacha20, more than a buffer': () => rest.chacha20(random(32), random(40_000)),
    'chainStep': () => rest.chainStep(random(64)),
    'sha1': () => ciphers.sha1([random(40), random(40_000)]),
    'hmacSha1': () => ciphers.hmacSha1(random(20)).of([random(40), random(40_000)]),
    'hmacSha1, a long key': () => ciphers.hmacSha1(random(200)).of([random(40)]),
    'aes128': () => ciphers.aes128(random(16)).counterMode(random(16), random(300)),
    'aes128, more than a buffer': () => ciphers.aes128(random(16)).counterMode(random(16), random(40_000)),
  }
  for (const [name, group] of [['modp1536', modp1536], ['modp3072', modp3072]] as const) {
    const element = (): Uint8Array => Uint8Array.of(0, ...random(group.byteLength - 1))
    calls[`${name}.power`] = () => group.power(element(), random(40))
    calls[`${name}.powerOfGenerator`] = () => group.powerOfGenerator(random(40))
    calls[`${name}.doublePower`] = () => group.doublePower(element(), random(40), element(), random(40))
    calls[`${name}.multiply`] = () => group.multiply(element(), element())
    calls[`${name}.respond`] = () => group.respond(random(40), random(40), random(40))
    calls[`${name}.power, too large a base`] = () => { expect(() => group.power(new Uint8Array(group.byteLength).fill(0xff), random(40))).to.throw() }
  }
  return calls
}

for (const [name, modules] of [['with', simdModules], ['without', scalarModules]] as const) {
  describe(`the memory of the WebAssembly modules ${name} SIMD`, () => {
    const { made: { arithmetic, ciphers }, memories } =
      withMemories(() => ({ arithmetic: wasmArithmetic(modules, { native: false }), ciphers: wasmV3Ciphers() }))
    const calls = callsWithSecrets(arithmetic, ciphers, seededRandom(3))
    // Tables of public values are built by the first calls, and stay.
    before(() => { for (const call of Object.values(calls)) call() })

    it('is seen: there are four, and a call that leaves something is found', () => {
      expect(memories).to.have.lengthOf(4)
      const earlier = memories.map((memory) => memory.slice())
      expect(arithmetic.ed448.isValidPoint(arithmetic.ed448.multiplyBase(Uint8Array.of(11)))).to.equal(true)
      expect(memories.some((memory, i) => memory.some((byte, at) => byte !== earlier[i]?.[at]))).to.equal(true)
    })

    for (const [what, call] of Object.entries(calls)) {
      it(`is after ${what} what it was before, whatever the secrets are`, () => {
        const earlier = memories.map((memory) => memory.slice())
        for (let i = 0; i < 3; i++) call()
        memories.forEach((memory, i) => {
          const at = memory.findIndex((byte, j) => byte !== earlier[i]?.[j])
          expect(at, `the first byte of memory ${i} that differs`).to.equal(-1)
        })
      })
    }
  })
}
