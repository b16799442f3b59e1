import type { Arithmetic, ChainStep, ModpGroup, V3Ciphers } from '../../src/crypto/arithmetic.js'

/**
 * What says that two arithmetics are equal: each check draws its inputs from `random` and throws where they differ. Plain functions
 * without a test framework, because they also run in other versions of Node and in browsers (scripts/check-engines.mjs).
 */
export interface EqualityCheck {
  readonly name: string
  /** About how long noble takes for one round, in milliseconds: decides how many rounds a short run makes. */
  readonly cost: number
  once(random: Random): void
}

export type Random = (length: number) => Uint8Array

/** A fast generator for tests, reproducible by its seed (sfc32). */
export function seededRandom(seed: number): Random {
  let [a, b, c, counter] = [0x9e3779b9, 0x243f6a88, seed | 0, 1]
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return t >>> 0
  }
  for (let i = 0; i < 16; i++) next()
  return (length) => {
    const bytes = new Uint8Array(length)
    for (let i = 0; i < length; i++) bytes[i] = next() >>> 13
    return bytes
  }
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** What a function gives or throws, in a form to compare. */
export function outcome(call: () => Uint8Array | boolean): string {
  try {
    const value = call()
    return typeof value === 'boolean' ? String(value) : toHex(value)
  } catch (error) {
    return `throws ${(error as { code?: string }).code ?? String(error)}`
  }
}

let listener: ((outcome: string) => void) | undefined

/** Does `work` and tells `listener` what came of each call that `same` makes: of the first of its two arithmetics. */
export function listening(hear: (outcome: string) => void, work: () => void): void {
  listener = hear
  try {
    work()
  } finally {
    listener = undefined
  }
}

let logarithms: Map<string, bigint> | undefined

/**
 * noble's arithmetic, but products of points whose logarithm the checks know are made by noble's multiplication of the base point, which is
 * several times as fast: for 100,000 of them.
 */
export function knowingLogarithms(noble: Arithmetic): Arithmetic {
  const known = new Map<string, bigint>()
  logarithms = known
  const { ed448 } = noble
  const scalar = (bytes: Uint8Array): bigint => {
    if (bytes.length > 114) throw new Error('too long')
    return bigInteger(bytes.slice().reverse()) % Q
  }
  const log = (point: Uint8Array): bigint => {
    const value = known.get(toHex(point))
    if (value === undefined) throw new Error('a point without a logarithm')
    return value
  }
  const times = (value: bigint): Uint8Array => ed448.multiplyBase(bigEndian(value % Q, 57).reverse())
  return {
    ...noble,
    ed448: {
      ...ed448,
      multiply: (a, p) => times(scalar(a) * log(p)),
      multiplyAdd: (a, p, b) => times(scalar(a) * log(p) + scalar(b)),
      multiplyPair: (a, b, p, c = new Uint8Array(0), d = new Uint8Array(0)) =>
        [times(scalar(a) * log(p) + scalar(c)), times(scalar(b) * log(p) + scalar(d))],
      multiplyAddPublic: (a, p, b) => times(scalar(a) * log(p) + scalar(b)),
      multiplyTwoPublic: (a, p, b, q, c) => times(scalar(a) * log(p) + scalar(b) * log(q) + (c === undefined ? 0n : scalar(c))),
    },
  }
}

/** Throws unless both give the same, or throw the same. Where the two are one, it is called once, for who is listening. */
export function same<T>(what: string, one: T, other: T, call: (it: T) => Uint8Array | boolean, ...inputs: Uint8Array[]): void {
  const x = outcome(() => call(one))
  listener?.(x)
  if (one === other) return
  const y = outcome(() => call(other))
  if (x !== y) throw new Error(`${what} differs: ${x} and ${y} for ${inputs.map(toHex).join(', ')}`)
}

const below = (random: Random, limit: number): number => {
  const [a = 0, b = 0] = random(2)
  return (a * 256 + b) % limit
}

/** Numbers are random, or random with long runs of equal bits, which is where carries go wrong. */
function number(random: Random, length: number): Uint8Array {
  const bytes = random(length)
  const kind = below(random, 4)
  if (kind === 0 && length > 0) {
    const from = below(random, length)
    bytes.fill(below(random, 2) * 255, from, from + below(random, length) + 1)
  }
  return bytes
}

/** The scalars and numbers at which something could go wrong. Little-endian for Ed448, reversed for the groups. */
export function edgeNumbers(modulus: bigint, length: number): Uint8Array[] {
  const limit = 1n << BigInt(8 * length)
  const values = [0n, 1n, 2n, 3n, modulus - 2n, modulus - 1n, modulus, modulus + 1n, 2n * modulus - 1n, 2n * modulus, 2n * modulus + 1n,
    3n * modulus, 4n * modulus, (modulus - 1n) / 2n, (modulus + 1n) / 2n, limit - 1n, limit - 2n, limit / 2n]
  for (let bit = 1; bit < 8 * length; bit += 13) values.push(1n << BigInt(bit), (1n << BigInt(bit)) - 1n)
  for (let bit = 28; bit < 8 * length; bit += 28) values.push(1n << BigInt(bit), (1n << BigInt(bit)) - 1n, limit - (1n << BigInt(bit)))
  return values.filter((value) => value >= 0n && value < limit).map((value) => bigEndian(value, length))
}

export function bigEndian(value: bigint, length: number): Uint8Array {
  const digits = value.toString(16).padStart(2 * length, '0')
  return Uint8Array.from({ length }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16))
}

export function bigInteger(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${toHex(bytes)}`)
}

const P = (1n << 448n) - (1n << 224n) - 1n
const Q = (1n << 446n) - 0x8335dc163bb124b65129c96fde933d8d723a70aadc873d6d54a7bb0dn

/** The checks of Ed448 and its scalars. */
export function ed448Checks(one: Arithmetic, other: Arithmetic): EqualityCheck[] {
  const scalarLengths = [57, 57, 57, 57, 114, 56, 1, 0]
  const scalar = (random: Random): Uint8Array => number(random, scalarLengths[below(random, scalarLengths.length)] ?? 57)
  // Points: multiples of G that change as we go.
  let [current, previous] = [other.ed448.generator, other.ed448.generator]
  let [currentLog, previousLog] = [1n, 1n]
  const nextPoint = (): Uint8Array => {
    ;[current, previous] = [other.ed448.add(current, previous), current]
    ;[currentLog, previousLog] = [(currentLog + previousLog) % Q, currentLog]
    logarithms?.set(toHex(current), currentLog)
    return current
  }
  const points = new Array<Uint8Array>(24).fill(other.ed448.generator)
  logarithms?.set(toHex(other.ed448.generator), 1n)
  const scalars2 = (name: 'addScalars' | 'subtractScalars' | 'multiplyScalars'): EqualityCheck => ({
    name,
    cost: 0.005,
    once: (random) => {
      const [a, b] = [scalar(random), scalar(random)]
      same(name, one, other, (it) => it.ed448[name](a, b), a, b)
    },
  })
  return [
    {
      name: 'isValidPoint',
      cost: 0.3,
      once: (random) => {
        const point = number(random, 57)
        if (below(random, 8) !== 0) point[56] = (point[56] ?? 0) & 0x80
        same('isValidPoint', one, other, (it) => it.ed448.isValidPoint(point), point)
      },
    },
    {
      name: 'decoding, and add',
      cost: 0.8,
      once: (random) => {
        const q = nextPoint()
        const p = below(random, 4) === 0 ? nextPoint() : number(random, 57)
        if (below(random, 8) !== 0) p[56] = (p[56] ?? 0) & 0x80
        same('add', one, other, (it) => it.ed448.add(p, q), p, q)
        same('subtract', one, other, (it) => it.ed448.subtract(q, p), p, q)
      },
    },
    {
      name: 'multiplyBase',
      cost: 0.6,
      once: (random) => {
        const a = scalar(random)
        same('multiplyBase', one, other, (it) => it.ed448.multiplyBase(a), a)
      },
    },
    {
      name: 'multiply',
      cost: 2.3,
      once: (random) => {
        const [a, p] = [scalar(random), nextPoint()]
        same('multiply', one, other, (it) => it.ed448.multiply(a, p), a, p)
      },
    },
    {
      name: 'multiply a known point',
      cost: 4.6,
      once: (random) => {
        // Once it was found good, and as long as few others were since, an implementation may remember what it computed.
        const p = nextPoint()
        points[below(random, points.length)] = p
        same('isValidPoint', one, other, (it) => it.ed448.isValidPoint(p), p)
        for (const point of [p, points[below(random, points.length)] ?? p]) {
          const a = scalar(random)
          same('multiply', one, other, (it) => it.ed448.multiply(a, point), a, point)
        }
      },
    },
    {
      name: 'multiplyPair',
      cost: 5,
      once: (random) => {
        const [a, b, p, c, d] = [scalar(random), scalar(random), nextPoint(), scalar(random), scalar(random)]
        const which = below(random, 4)
        same('multiplyPair', one, other, (it) => {
          const [x, y] = it.ed448.multiplyPair(a, b, p, (which & 1) === 0 ? undefined : c, (which & 2) === 0 ? undefined : d)
          return Uint8Array.of(...x, ...y)
        }, a, b, p, c, d)
      },
    },
    {
      name: 'multiplyAdd',
      cost: 3,
      once: (random) => {
        const [a, p, b] = [scalar(random), nextPoint(), scalar(random)]
        same('multiplyAdd', one, other, (it) => it.ed448.multiplyAdd(a, p, b), a, p, b)
      },
    },
    {
      name: 'multiplyAddPublic',
      cost: 2,
      once: (random) => {
        const [a, p, b] = [scalar(random), nextPoint(), scalar(random)]
        same('multiplyAddPublic', one, other, (it) => it.ed448.multiplyAddPublic(a, p, b), a, p, b)
      },
    },
    {
      name: 'multiplyTwoPublic',
      cost: 5,
      once: (random) => {
        const [a, p, b, c] = [scalar(random), nextPoint(), scalar(random), scalar(random)]
        // Now and then the same point twice, so that sums double, or cancel.
        const q = below(random, 16) === 0 ? p : nextPoint()
        const third = below(random, 2) === 0 ? undefined : c
        same('multiplyTwoPublic', one, other, (it) => it.ed448.multiplyTwoPublic(a, p, b, q, third), a, p, b, q, c)
      },
    },
    {
      name: 'reduceScalar',
      cost: 0.004,
      once: (random) => {
        const a = number(random, below(random, 115))
        same('reduceScalar', one, other, (it) => it.ed448.reduceScalar(a), a)
      },
    },
    scalars2('addScalars'),
    scalars2('subtractScalars'),
    scalars2('multiplyScalars'),
  ]
}

/** Mostly short, as messages are; sometimes longer than the modules' buffers. */
const data = (random: Random): Uint8Array => random(below(random, below(random, 200) === 0 ? 40_000 : 300))

/** The checks of what messages of version 4 are made of. */
export function symmetricChecks(one: Arithmetic, other: Arithmetic): EqualityCheck[] {
  return [
    {
      name: 'shake256',
      cost: 0.02,
      once: (random) => {
        const parts = Array.from({ length: below(random, 5) }, () => data(random))
        const length = below(random, below(random, 200) === 0 ? 40_000 : 400)
        same('shake256', one, other, (it) => it.shake256(parts, length), ...parts)
      },
    },
    {
      name: 'chacha20',
      cost: 0.02,
      once: (random) => {
        const [key, text] = [random(32), data(random)]
        same('chacha20', one, other, (it) => it.chacha20(key, text), key, text)
      },
    },
    {
      name: 'chainStep',
      cost: 0.04,
      once: (random) => {
        const chainKey = number(random, 64)
        same('chainStep', one, other, (it) => {
          const { mkEnc, extraBase, mkMac, nextChainKey }: { readonly [Key in keyof ChainStep]: Uint8Array } = it.chainStep(chainKey)
          return Uint8Array.of(...mkEnc, ...extraBase, ...mkMac, ...nextChainKey)
        }, chainKey)
      },
    },
  ]
}

/** The checks of what messages of version 3 are made of. */
export function v3CiphersChecks(x: V3Ciphers, y: V3Ciphers): EqualityCheck[] {
  return [
    {
      name: 'sha1',
      cost: 0.02,
      once: (random) => {
        const parts = Array.from({ length: below(random, 4) }, () => data(random))
        same('sha1', x, y, (it) => it.sha1(parts), ...parts)
      },
    },
    {
      name: 'hmacSha1',
      cost: 0.03,
      once: (random) => {
        const key = random(below(random, 130))
        const parts = Array.from({ length: below(random, 4) }, () => data(random))
        const [a, b] = [x.hmacSha1(key), y.hmacSha1(key)]
        same('hmacSha1', a, b, (it) => it.of(parts), key, ...parts)
        same('hmacSha1 again', a, b, (it) => it.of(parts.slice(1)), key, ...parts)
      },
    },
    {
      name: 'aes128',
      cost: 0.03,
      once: (random) => {
        const [key, counter, text] = [random(16), random(16), data(random)]
        // Counters that overflow, here and there.
        counter.fill(255, 4 * below(random, 5))
        const [a, b] = [x.aes128(key), y.aes128(key)]
        same('aes128', a, b, (it) => it.counterMode(counter, text), key, counter, text)
        same('aes128 again', a, b, (it) => it.counterMode(key, text), key, counter, text)
      },
    },
  ]
}

const edgeLengths = [
  0, 1, 15, 16, 17, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 134, 135, 136, 137, 271, 272, 273, 16_319, 16_320, 16_321, 16_383, 16_384, 16_385, 32_768,
  33_000,
]

/** Hashes and ciphers where their blocks and the module's buffer end. */
export function checkSymmetricEdges(one: Arithmetic, other: Arithmetic): void {
  const key = Uint8Array.from({ length: 32 }, (_, i) => i)
  for (const length of edgeLengths) {
    const input = new Uint8Array(length).fill(0xa5)
    const about = Uint8Array.of(length >> 8, length)
    same('shake256', one, other, (it) => it.shake256([input], 64), about)
    same('shake256', one, other, (it) => it.shake256([input.subarray(0, 3), new Uint8Array(0), input], 136), about)
    same('shake256', one, other, (it) => it.shake256([], length), about)
    same('chacha20', one, other, (it) => it.chacha20(key, input), about)
  }
}

/** As `checkSymmetricEdges`. */
export function checkV3CiphersEdges(x: V3Ciphers, y: V3Ciphers): void {
  const key = Uint8Array.from({ length: 32 }, (_, i) => i)
  for (const length of edgeLengths) {
    const input = new Uint8Array(length).fill(0xa5)
    const about = Uint8Array.of(length >> 8, length)
    same('sha1', x, y, (it) => it.sha1([input]), about)
    same('sha1', x, y, (it) => it.sha1([input.subarray(0, 1), input]), about)
    same('hmacSha1', x, y, (it) => it.hmacSha1(key).of([input]), about)
    same('hmacSha1', x, y, (it) => it.hmacSha1(input.subarray(0, 200)).of([key, input]), about)
    same('aes128', x, y, (it) => it.aes128(key.subarray(0, 16)).counterMode(new Uint8Array(16).fill(255), input), about)
  }
}

/** The checks of the two groups and of `powerModulo`. */
export function modpChecks(one: Arithmetic, other: Arithmetic): EqualityCheck[] {
  const groups = (['modp1536', 'modp3072'] as const).flatMap((name): EqualityCheck[] => {
    const [x, y] = [one[name], other[name]]
    const p = bigInteger(x.prime)
    const element = (random: Random): Uint8Array => bigEndian(bigInteger(number(random, x.byteLength)) % p, x.byteLength)
    // Mostly short exponents, so that many fit into a run: each bit takes the same path.
    const usual = name === 'modp1536' ? 40 : 80
    const exponent = (random: Random): Uint8Array => {
      const kind = below(random, 1024)
      return number(random, kind === 0 ? x.byteLength : kind < 24 ? usual : kind < 100 ? below(random, 34) : below(random, 6))
    }
    const check = (what: string, cost: number, once: (random: Random) => void): EqualityCheck => ({ name: `${name} ${what}`, cost, once })
    const on = (what: string, call: (it: ModpGroup) => Uint8Array | boolean, ...inputs: Uint8Array[]): void => {
      same(`${name} ${what}`, x, y, call, ...inputs)
    }
    const slow = name === 'modp1536' ? 1 : 4
    return [
      check('power', 1.5 * slow, (random) => {
        const [a, e] = [element(random), exponent(random)]
        on('power', (it) => it.power(a, e), a, e)
      }),
      check('powerOfGenerator', 0.5 * slow, (random) => {
        const e = exponent(random)
        on('powerOfGenerator', (it) => it.powerOfGenerator(e), e)
      }),
      check('doublePower', 2 * slow, (random) => {
        const [a, e, b, f] = [below(random, 3) === 0 ? bigEndian(2n, x.byteLength) : element(random), exponent(random), element(random), exponent(random)]
        on('doublePower', (it) => it.doublePower(a, e, b, f), a, e, b, f)
      }),
      check('multiply', 0.02 * slow, (random) => {
        const [a, b] = [element(random), element(random)]
        on('multiply', (it) => it.multiply(a, b), a, b)
      }),
      check('invert', 2 * slow, (random) => {
        const a = element(random)
        on('invert', (it) => it.invert(a), a)
      }),
      check('inSubgroup', 0.1 * slow, (random) => {
        const a = element(random)
        on('inSubgroup', (it) => it.inSubgroup(a), a)
      }),
      check('respond', 0.02 * slow, (random) => {
        const [r, a, c] = [number(random, x.byteLength), number(random, below(random, x.byteLength + 1)), number(random, below(random, x.byteLength + 1))]
        on('respond', (it) => it.respond(r, a, c), r, a, c)
      }),
    ]
  })
  const lengths = [128, 128, 128, 20, 32, 256, 384, 1, 2, 64]
  return [
    ...groups,
    {
      name: 'powerModulo',
      cost: 2,
      once: (random) => {
        const modulus = number(random, lengths[below(random, lengths.length)] ?? 128)
        const last = modulus.length - 1
        modulus[last] = (modulus[last] ?? 0) | 1
        // Several powers for one modulus: its preparation is kept.
        for (let i = 0; i < 3; i++) {
          const base = bigEndian(bigInteger(number(random, modulus.length)) % bigInteger(modulus), modulus.length)
          const exponent = number(random, below(random, 100) === 0 ? Math.min(modulus.length, 64) : below(random, 10))
          same('powerModulo', one, other, (it) => it.powerModulo(base, exponent, modulus), base, exponent, modulus)
        }
      },
    },
    {
      name: 'respondModulo',
      cost: 0.1,
      once: (random) => {
        const modulus = number(random, lengths[below(random, lengths.length)] ?? 128)
        const last = modulus.length - 1
        modulus[last] = (modulus[last] ?? 0) | 1
        for (let i = 0; i < 3; i++) {
          const reduced = (): Uint8Array => bigEndian(bigInteger(number(random, modulus.length)) % bigInteger(modulus), modulus.length)
          const [r, a, c] = [reduced(), reduced(), reduced()]
          same('respondModulo', one, other, (it) => it.respondModulo(r, a, c, modulus), r, a, c, modulus)
        }
      },
    },
  ]
}

/** Ed448 at its edges: throws at the first difference. `full` takes all of them for the slow functions too. */
export function checkEd448Edges(one: Arithmetic, other: Arithmetic, full: boolean): void {
  const scalars = [...edgeNumbers(Q, 57), ...edgeNumbers(Q, 114)].map((bytes) => bytes.reverse())
  const small = scalars.filter((_, i) => i % 7 === 0)
  const { generator } = other.ed448
  // y at the edges of the field, with both signs, and with bits in the last byte that belong there in no encoding; points of small order.
  const points = edgeNumbers(P, 57).map((bytes) => bytes.reverse())
  for (const point of edgeNumbers(P, 56)) points.push(Uint8Array.of(...point.reverse(), 0x80), Uint8Array.of(...point, 0x01), Uint8Array.of(...point, 0))
  points.push(new Uint8Array(57), new Uint8Array(57).fill(0xff), generator, new Uint8Array(56), new Uint8Array(58), new Uint8Array(0))
  for (const [i, point] of points.entries()) {
    same('isValidPoint', one, other, (it) => it.ed448.isValidPoint(point), point)
    same('isIdentity', one, other, (it) => it.ed448.isIdentity(point), point)
    if (!full && i % 3 !== 0) continue
    same('add', one, other, (it) => it.ed448.add(point, generator), point)
    same('add', one, other, (it) => it.ed448.add(point, point), point)
    same('subtract', one, other, (it) => it.ed448.subtract(generator, point), point)
    same('subtract', one, other, (it) => it.ed448.subtract(point, point), point)
    same('multiply', one, other, (it) => it.ed448.multiply(Uint8Array.of(1), point), point)
  }
  const someMultiple = other.ed448.multiplyBase(Uint8Array.of(77))
  for (const [i, a] of scalars.entries()) {
    for (const b of small) {
      same('addScalars', one, other, (it) => it.ed448.addScalars(a, b), a, b)
      same('subtractScalars', one, other, (it) => it.ed448.subtractScalars(a, b), a, b)
      same('multiplyScalars', one, other, (it) => it.ed448.multiplyScalars(a, b), a, b)
    }
    same('reduceScalar', one, other, (it) => it.ed448.reduceScalar(a), a)
    if (!full && i % 8 !== 0) continue
    same('multiplyBase', one, other, (it) => it.ed448.multiplyBase(a), a)
    same('multiply', one, other, (it) => it.ed448.multiply(a, generator), a)
    same('multiplyAdd', one, other, (it) => it.ed448.multiplyAdd(a, someMultiple, a), a)
    for (const c of [undefined, a]) {
      same('multiplyPair', one, other, (it) => {
        const [x, y] = it.ed448.multiplyPair(a, small[i % small.length] ?? a, someMultiple, c, undefined)
        return Uint8Array.of(...x, ...y)
      }, a)
    }
    same('multiplyAdd', one, other, (it) => it.ed448.multiplyAdd(a, generator, a), a)
  }
  // a P + b G where the two cancel, or are equal: the addition formulas' special cases.
  const minusOne = other.ed448.subtractScalars(Uint8Array.of(0), Uint8Array.of(1))
  same('multiplyAdd', one, other, (it) => it.ed448.multiplyAdd(minusOne, generator, Uint8Array.of(1)))
  same('multiplyAdd', one, other, (it) => it.ed448.multiplyAdd(Uint8Array.of(1), generator, Uint8Array.of(1)))
  for (const [p, q] of [[generator, generator], [generator, someMultiple], [someMultiple, generator]] as const) {
    for (const b of [minusOne, Uint8Array.of(1), Uint8Array.of(0)]) {
      for (const c of [undefined, minusOne, Uint8Array.of(0), Uint8Array.of(1)]) {
        same('multiplyTwoPublic', one, other, (it) => it.ed448.multiplyTwoPublic(Uint8Array.of(1), p, b, q, c), p, b, q)
      }
    }
  }
  for (const broken of [new Uint8Array(57).fill(0xff), new Uint8Array(56)]) {
    same('multiplyPair', one, other, (it) => it.ed448.multiplyPair(minusOne, minusOne, broken)[1], broken)
    same('multiplyTwoPublic', one, other, (it) => it.ed448.multiplyTwoPublic(minusOne, broken, minusOne, generator), broken)
    same('multiplyTwoPublic', one, other, (it) => it.ed448.multiplyTwoPublic(minusOne, generator, minusOne, broken), broken)
  }
  same('a long scalar', one, other, (it) => it.ed448.reduceScalar(new Uint8Array(115)))
}

/** The groups and `powerModulo` at their edges, as `checkEd448Edges`. */
export function checkModpEdges(one: Arithmetic, other: Arithmetic, full: boolean): void {
  for (const name of ['modp1536', 'modp3072'] as const) {
    const [x, y] = [one[name], other[name]]
    const p = bigInteger(x.prime)
    const q = (p - 1n) / 2n
    const elements = edgeNumbers(p, x.byteLength).filter((_, i) => i < 18 || (full && i % 24 === 0))
    const exponents = [new Uint8Array(0), Uint8Array.of(0), Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(0, 0, 3), new Uint8Array(32).fill(255),
      new Uint8Array(33).fill(255), bigEndian(p - 1n, x.byteLength), bigEndian(q, x.byteLength), new Uint8Array(x.byteLength).fill(255),
      new Uint8Array(x.byteLength + 1)]
    same(`${name}.prime`, x, y, (it) => it.prime)
    same(`${name}.order`, x, y, (it) => it.order)
    for (const e of exponents) same('powerOfGenerator', x, y, (it) => it.powerOfGenerator(e), e)
    for (const a of elements) {
      same('inSubgroup', x, y, (it) => it.inSubgroup(a), a)
      for (const b of elements) {
        same('multiply', x, y, (it) => it.multiply(a, b), a, b)
        same('respond', x, y, (it) => it.respond(a, b, a), a, b)
      }
    }
    for (const a of elements.slice(0, full ? undefined : 8)) same('invert', x, y, (it) => it.invert(a), a)
    const few = full ? exponents : exponents.slice(0, 6)
    for (const a of full ? elements : elements.slice(0, 6)) {
      for (const e of few) same('power', x, y, (it) => it.power(a, e), a, e)
    }
    for (const e of exponents) same('power', x, y, (it) => it.power(bigEndian(p - 2n, x.byteLength), e), e)
    for (const e of few) {
      for (const f of few) {
        same('doublePower', x, y, (it) => it.doublePower(bigEndian(2n, x.byteLength), e, bigEndian(3n, x.byteLength), f), e, f)
        same('doublePower', x, y, (it) => it.doublePower(bigEndian(p - 1n, x.byteLength), e, bigEndian(0n, x.byteLength), f), e, f)
      }
    }
    same('a short element', x, y, (it) => it.multiply(new Uint8Array(1), new Uint8Array(x.byteLength)))
  }

  for (const length of [1, 2, 3, 4, 7, 8, 20, 28, 32, 127, 128, 129, 256, 383, 384, 385]) {
    for (const fill of [0, 255]) {
      for (const last of [1, 255, 2]) {
        const modulus = new Uint8Array(length).fill(fill)
        if (fill === 0) modulus[0] = 1
        modulus[length - 1] = last
        const m = bigInteger(modulus)
        for (const base of [0n, 1n, m - 1n, m, m / 2n]) {
          if (base < 0n) continue
          const b = bigEndian(base, length)
          for (const e of [new Uint8Array(0), Uint8Array.of(1), Uint8Array.of(2), new Uint8Array(20).fill(255)]) {
            same('powerModulo', one, other, (it) => it.powerModulo(b, e, modulus), b, e, modulus)
          }
        }
      }
    }
  }
}
