import { cpus, loadavg } from 'node:os'
import { dsaSign, ecdhSharedSecret, eddsaSign, equalBytes, ringSign, systemRandom, type Arithmetic } from '../src/crypto/index.js'
import { nobleArithmetic } from '../src/crypto/noble/index.js'
import { nobleV3Ciphers } from '../src/crypto/noble/v3-ciphers.js'
import { simdModules, wasmArithmetic } from '../src/crypto/wasm/index.js'
import { scalarModules } from '../src/crypto/wasm/scalar-modules.js'
import { wasmV3Ciphers } from '../src/crypto/wasm/v3-ciphers.js'
import { libotrKey } from './accounts.js'
import { median } from './measure.js'
import { worstT } from './welch.js'

const help = `usage: npm run bench:timing -- [--quick] [--scalar] [OPERATION ...]

Measures whether the time of operations depends on their secrets. Each call gets a secret of one of two classes, chosen at random, and
the two sets of times are compared by Welch's t. One class is always the same number with few bits set, the other is random. |t| above
4.5, found twice, is a leak. Otherwise no leak was found with this number of samples on this machine, which is no proof that there is none.
As a control, the measurement must find the leaks of operations of the noble libraries, which are known to leak.

On a busy machine most disturbances of a call do not come from the operation. So the class of each call is random; slow operations are timed
three times with each secret, and the fastest time counts; t is also computed for the fastest part of the samples, with one limit for both
classes; and an operation that exceeds the threshold is measured again with twice the samples.

  --quick   use a tenth of the samples
  --scalar  measure the WebAssembly modules for engines without SIMD
`

const THRESHOLD = 4.5

/** The secret of the fixed class: a few bits are set, at both ends and in the middle. */
function sparse(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  bytes[0] = 1
  bytes[length >> 1] = 0x10
  bytes[length - 1] = 1
  return bytes
}

interface Operation {
  readonly name: string
  /** The length of the secret, in bytes. */
  readonly length: number
  readonly samples: number
  /** How many calls make up one sample, for operations of less than some microseconds. */
  readonly calls?: number
  /** How often each secret is timed; the fastest time counts. */
  readonly repeats?: number
  /** Converts the secret into the operation's input; not timed. */
  readonly prepare?: (secret: Uint8Array) => Uint8Array
  /** Runs the operation with a secret, which may be any bytes: they fit the operation's range. */
  readonly run: (secret: Uint8Array) => unknown
  readonly control?: boolean
}

function operations(arithmetic: Arithmetic, native: Arithmetic): Operation[] {
  const { ed448, modp1536, modp3072 } = arithmetic
  const ciphers = wasmV3Ciphers()
  const point = ed448.multiplyBase(Uint8Array.of(7))
  const scalar = Uint8Array.from(ed448.order, (byte, i) => (byte ^ (i * 37)) & (i < 55 ? 0xff : 0x3f))
  const [small, large] = [modp1536, modp3072].map((group) => group.powerOfGenerator(scalar.subarray(0, 40)))
  if (small === undefined || large === undefined) throw new Error('no elements')
  const dsaModulus = modp1536.prime.subarray(0, 128).slice()
  dsaModulus[127] = 0x61
  const dsaBase = scalar.slice(0, 20)
  // A secret below the group's prime, from random bytes.
  const element = (bytes: Uint8Array): Uint8Array => {
    const copy = bytes.slice()
    copy[0] = (copy[0] ?? 0) & 0x7f
    return copy
  }
  const text = new Uint8Array(64).fill(0x41)
  const counter = new Uint8Array(16)
  const noble = nobleArithmetic
  const known = ed448.multiplyBase(Uint8Array.of(9))
  if (!ed448.isValidPoint(known)) throw new Error('no point')
  const dsa = libotrKey('alice')
  const ringKeys = [1, 2, 3].map((n) => {
    const secret = ed448.reduceScalar(Uint8Array.from(scalar, (byte) => byte ^ n))
    return { secret, key: ed448.multiplyBase(secret) }
  })
  const [first, second, third] = ringKeys
  if (first === undefined || second === undefined || third === undefined) throw new Error('no ring')
  // All rings have the same own key, each in another place.
  const rings = [[first.key, second.key, third.key], [second.key, first.key, third.key], [second.key, third.key, first.key]] as const
  const ringAt = (place: number): Uint8Array =>
    ringSign({ ring: rings[place] ?? rings[0], secret: first.secret, message: text, form: 'bare', random: systemRandom })
  return [
    { name: 'Ed448: scalar times base point', length: 57, samples: 20_000, repeats: 3, run: (s) => ed448.multiplyBase(s) },
    { name: 'Ed448: scalar times point', length: 57, samples: 10_000, repeats: 3, run: (s) => ed448.multiply(s, point) },
    { name: 'Ed448: scalar times known point', length: 57, samples: 20_000, repeats: 3, run: (s) => ed448.multiply(s, known) },
    { name: 'Ed448: a P + c G and b P + d G, secret a', length: 57, samples: 8000, repeats: 3, run: (s) => ed448.multiplyPair(s, scalar, point, scalar, scalar) },
    { name: 'Ed448: a P + c G and b P + d G, secret d', length: 57, samples: 8000, repeats: 3, run: (s) => ed448.multiplyPair(scalar, scalar, point, scalar, s) },
    { name: 'Ed448: a P + b G, secret a', length: 57, samples: 8000, repeats: 3, run: (s) => ed448.multiplyAdd(s, point, scalar) },
    { name: 'Ed448: a P + b G, secret b', length: 57, samples: 8000, repeats: 3, run: (s) => ed448.multiplyAdd(scalar, point, s) },
    { name: 'Ed448: scalar times secret point', length: 57, samples: 8000, repeats: 3, prepare: (s) => ed448.multiplyBase(s), run: (p) => ed448.multiply(scalar, p) },
    { name: 'Ed448: scalar reduced, 57 bytes', length: 57, samples: 20_000, calls: 20, run: (s) => ed448.reduceScalar(s) },
    { name: 'Ed448: scalar reduced, 114 bytes', length: 114, samples: 20_000, calls: 20, run: (s) => ed448.reduceScalar(s) },
    { name: 'Ed448: scalars added', length: 57, samples: 20_000, calls: 20, run: (s) => ed448.addScalars(s, scalar) },
    { name: 'Ed448: scalars subtracted', length: 57, samples: 20_000, calls: 20, run: (s) => ed448.subtractScalars(s, scalar) },
    { name: 'Ed448: scalars multiplied', length: 57, samples: 20_000, calls: 20, run: (s) => ed448.multiplyScalars(s, scalar) },
    { name: '1536 bits: 2^x, 320-bit x', length: 40, samples: 20_000, repeats: 3, run: (s) => modp1536.powerOfGenerator(s) },
    { name: '1536 bits: y^x, 320-bit x', length: 40, samples: 8000, repeats: 3, run: (s) => modp1536.power(small, s) },
    { name: '1536 bits: y^x, 1536-bit x', length: 192, samples: 4000, repeats: 3, run: (s) => modp1536.power(small, s) },
    { name: '1536 bits: y^x, secret y', length: 192, samples: 8000, repeats: 3, run: (s) => modp1536.power(element(s), scalar.subarray(0, 40)) },
    { name: '1536 bits: product', length: 192, samples: 20_000, calls: 10, run: (s) => modp1536.multiply(element(s), small) },
    { name: '1536 bits: r - a c mod q, secret a', length: 192, samples: 20_000, calls: 10, run: (s) => modp1536.respond(small, s, text.subarray(0, 32)) },
    { name: '1536 bits: r - a c mod q, secret r', length: 192, samples: 20_000, calls: 10, run: (s) => modp1536.respond(s, small, text.subarray(0, 32)) },
    { name: '3072 bits: 2^x, 640-bit x', length: 80, samples: 8000, repeats: 3, run: (s) => modp3072.powerOfGenerator(s) },
    { name: '3072 bits: y^x, 640-bit x', length: 80, samples: 3000, repeats: 3, run: (s) => modp3072.power(large, s) },
    { name: '3072 bits: y^x, 640-bit x, by OpenSSL', length: 80, samples: 5000, repeats: 3, run: (s) => native.modp3072.power(large, s) },
    { name: '1536 bits: y^x, 320-bit x, by OpenSSL', length: 40, samples: 10_000, repeats: 3, run: (s) => native.modp1536.power(small, s) },
    { name: 'DSA: g^k mod p, 1024 bits', length: 20, samples: 10_000, repeats: 3, run: (s) => arithmetic.powerModulo(small.subarray(0, 128).fill(1, 0, 1), s, dsaModulus) },
    { name: 'DSA: k^-1 mod q, secret k', length: 20, samples: 10_000, repeats: 3, run: (s) => arithmetic.powerModulo(halved(s), dsaBase, odd160) },
    { name: 'DSA: a whole signature, secret x', length: 20, samples: 6000, repeats: 3, run: (s) => dsaSign({ ...dsa, x: halved(s) }, text, systemRandom) },
    { name: 'EdDSA: a whole signature', length: 57, samples: 6000, repeats: 3, run: (s) => eddsaSign(s, text) },
    { name: 'ECDH: a whole key agreement', length: 57, samples: 6000, repeats: 3, run: (s) => ecdhSharedSecret(s, point) },
    { name: 'ring signature, by the place of the own key', length: 1, samples: 3000, repeats: 3, run: ([place = 0]) => ringAt(place % 3) },
    { name: 'the four keys of a message', length: 64, samples: 20_000, calls: 10, run: (s) => arithmetic.chainStep(s) },
    { name: 'SHAKE-256, 57 bytes', length: 57, samples: 20_000, calls: 20, run: (s) => arithmetic.shake256([s], 64) },
    { name: 'HMAC-SHA-1, secret key', length: 20, samples: 20_000, calls: 20, run: (s) => ciphers.hmacSha1(s).of([text]) },
    { name: 'AES-128-CTR, secret key', length: 16, samples: 20_000, calls: 10, run: (s) => ciphers.aes128(s).counterMode(counter, text) },
    { name: 'ChaCha20, secret key', length: 32, samples: 20_000, calls: 20, run: (s) => arithmetic.chacha20(s, text) },
    { name: 'comparison of 64 bytes', length: 64, samples: 20_000, calls: 50, run: (s) => equalBytes(s, text) },
    { name: 'control: noble, scalar times point', length: 56, samples: 1500, repeats: 3, control: true, run: (s) => noble.ed448.multiply(s, point) },
    { name: 'control: noble, AES-128-CTR', length: 16, samples: 20_000, calls: 10, control: true, run: (s) => nobleV3Ciphers.aes128(s).counterMode(counter, text) },
    { name: 'control: noble, 1536 bits, y^x', length: 40, samples: 2000, repeats: 3, control: true, run: (s) => noble.modp1536.power(small, s) },
  ]
}

const odd160 = new Uint8Array(20).fill(0xf1)
function halved(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice()
  copy[0] = (copy[0] ?? 0) & 0x7f
  return copy
}

/** Makes the secrets. Both classes are treated alike: each secret is copied from one large block, and the class of each is random. */
function secretsOf(length: number, samples: number): { secrets: Uint8Array[], classes: boolean[] } {
  const fixed = sparse(length)
  const block = new Uint8Array(samples * length)
  for (let at = 0; at < block.length; at += 65_536) crypto.getRandomValues(block.subarray(at, at + 65_536))
  const coins = crypto.getRandomValues(new Uint8Array(samples))
  const classes = Array.from(coins, (coin) => (coin & 1) === 1)
  classes.forEach((isFixed, i) => { if (isFixed) block.set(fixed, i * length) })
  return { secrets: classes.map((_, i) => block.slice(i * length, (i + 1) * length)), classes }
}

function time({ length, run, prepare = (secret) => secret, calls = 1, repeats = 1 }: Operation, samples: number): { t: number, microseconds: number } {
  const { secrets, classes } = secretsOf(length, samples)
  const inputs = secrets.map(prepare)
  const times: number[][] = [[], []]
  const warmUp = Math.min(200, samples >> 2)
  for (const input of inputs.slice(0, warmUp)) run(input)
  inputs.forEach((input, i) => {
    let fastest = Infinity
    for (let repeat = 0; repeat < repeats; repeat++) {
      const start = performance.now()
      for (let call = 0; call < calls; call++) run(input)
      fastest = Math.min(fastest, performance.now() - start)
    }
    times[Number(classes[i])]?.push(fastest)
  })
  const [random = [], fixed = []] = times
  return { t: worstT(fixed, random), microseconds: median([...random, ...fixed]) / calls * 1000 }
}

/** Measures an operation. If it exceeds the threshold, it is measured again with twice the samples, and the second result counts. */
function judge(operation: Operation, samples: number): { t: number, microseconds: number, samples: number } {
  const once = time(operation, samples)
  return Math.abs(once.t) <= THRESHOLD ? { ...once, samples } : { ...time(operation, 2 * samples), samples: 2 * samples }
}

function main(args: readonly string[]): number {
  if (args.includes('--help')) {
    process.stdout.write(help)
    return 0
  }
  const arithmetic = wasmArithmetic(args.includes('--scalar') ? scalarModules : simdModules, { native: false })
  const native = wasmArithmetic()
  const wanted = args.filter((arg) => !arg.startsWith('--'))
  const scale = args.includes('--quick') ? 0.1 : 1
  process.stdout.write(`${cpus()[0]?.model.trim() ?? 'unknown CPU'}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}, load ${loadavg()[0]?.toFixed(1) ?? '?'} on ${cpus().length} processors\n\n`)
  process.stdout.write(`| ${'operation'.padEnd(42)} | samples | median (us) | \\|t\\| | verdict |\n|${'-'.repeat(44)}|--------:|------------:|------:|---------|\n`)
  let failed = 0
  for (const operation of operations(arithmetic, native)) {
    if (wanted.length > 0 && !wanted.some((word) => operation.name.includes(word))) continue
    const { t, microseconds, samples } = judge(operation, Math.ceil(operation.samples * scale))
    const leaks = Math.abs(t) > THRESHOLD
    const verdict = leaks ? (operation.control ? 'leaks, as it must' : 'LEAKS') : operation.control ? 'NOT FOUND' : 'none found'
    if (leaks !== (operation.control ?? false)) failed += 1
    const row = [operation.name.padEnd(42), String(samples).padStart(7), microseconds.toPrecision(3).padStart(11), Math.abs(t).toFixed(1).padStart(5), verdict]
    process.stdout.write(`| ${row.join(' | ')} |\n`)
  }
  if (failed > 0) process.stdout.write(`\n${failed} not as expected\n`)
  return failed > 0 ? 1 : 0
}

process.exitCode = main(process.argv.slice(2))
