import { OtrError } from '../errors.js'
import { wipe } from './compare.js'
import { deriveDsaPublicKey, type DsaParameters, type DsaPrivateKey } from './dsa.js'
import { minimal, padTo, toBytes, toInteger } from './integer.js'
import { systemPause, type Pause } from './pause.js'
import { getArithmetic } from './provider.js'
import { randomBytes, type RandomSource } from './random.js'
import { secretBytes, secretWords, type Secret } from './secret.js'
import { publicBytes } from '../wire/public-bytes.js'

/** How a DSA key is made. */
export interface DsaGenerateOptions {
  /** Parameters to use. With them, making a key takes a millisecond. By default each key gets new parameters, as in libotr. */
  readonly parameters?: DsaParameters
  /** The sizes of p and q in bits. Default: 1024 and 160, the only ones that other OTR programs accept. */
  readonly size?: DsaSize
  /** It is called and awaited every few milliseconds of work, so that a browser page stays responsive. Default: lets the event loop run once. */
  readonly pause?: Pause
}

/** FIPS 186-4, 4.2. */
export type DsaSize = '1024/160' | '2048/224' | '2048/256' | '3072/256'

const SIZES: Record<DsaSize, { p: number, q: number }> = {
  '1024/160': { p: 1024, q: 160 },
  '2048/224': { p: 2048, q: 224 },
  '2048/256': { p: 2048, q: 256 },
  '3072/256': { p: 3072, q: 256 },
}

/** Rounds of Miller-Rabin: FIPS 186-4, C.3, asks for 40. Any composite number passes one round with a probability of at most 1/4. */
const ROUNDS = 40
/** How many candidates for p are sieved at once: about one in 350 odd numbers of 1024 bits is prime. */
const SIEVE_LENGTH = 1024
const PAUSE_EVERY = 4

/** The odd primes below 2^13. */
const SMALL_PRIMES: readonly number[] = oddPrimesBelow(8192)

function oddPrimesBelow(limit: number): number[] {
  const composite = publicBytes(limit)
  const primes: number[] = []
  for (let n = 3; n < limit; n += 2) {
    if (composite[n] === 1) continue
    primes.push(n)
    for (let multiple = n * n; multiple < limit; multiple += n) composite[multiple] = 1
  }
  return primes
}

/** Counts the expensive operations and pauses after every few of them. */
function breather(pause: Pause = systemPause): () => Promise<void> {
  let steps = 0
  return async () => {
    if (++steps % PAUSE_EVERY === 0) await pause()
  }
}

/** `bytes` random bytes as a number whose highest bit is set. */
function randomWithTopBit(random: RandomSource, bits: number): bigint {
  return toInteger(randomBytes(random, bits / 8)) | (1n << BigInt(bits - 1))
}

/** Does one round of Miller-Rabin with a random base. False: the odd number `n > 3` is certainly composite. */
function passesMillerRabin(n: bigint, length: number, random: RandomSource): boolean {
  const modulus = toBytes(n, length)
  let odd = n - 1n
  let twos = 0
  while ((odd & 1n) === 0n) {
    odd >>= 1n
    twos++
  }
  const base = (toInteger(randomBytes(random, length + 8)) % (n - 3n)) + 2n
  let power = toInteger(getArithmetic().powerModulo(toBytes(base, length), toBytes(odd, length), modulus))
  if (power === 1n || power === n - 1n) return true
  for (let i = 1; i < twos; i++) {
    power = (power * power) % n
    if (power === n - 1n) return true
  }
  return false
}

async function isPrime(n: bigint, bits: number, random: RandomSource, breathe: () => Promise<void>): Promise<boolean> {
  for (let round = 0; round < ROUNDS; round++) {
    if (!passesMillerRabin(n, bits / 8, random)) return false
    if (bits > 256) await breathe()
  }
  return true
}

/** Fails if a source returns the same start twice: it repeats itself, and the search might never end. */
function refuseRepetition(start: bigint, previous: bigint): void {
  if (start === previous) throw new OtrError('OTR_RANDOM_FAILED', 'the random source repeats itself')
}

async function generateQ(bits: number, random: RandomSource, breathe: () => Promise<void>): Promise<bigint> {
  let previous = 0n
  for (;;) {
    const candidate = randomWithTopBit(random, bits) | 1n
    refuseRepetition(candidate, previous)
    previous = candidate
    if (SMALL_PRIMES.slice(0, 100).some((prime) => candidate % BigInt(prime) === 0n)) continue
    await breathe()
    if (await isPrime(candidate, bits, random, breathe)) return candidate
  }
}

/** Finds a prime p of `bits` bits with q | p - 1, upwards from a random start in steps of 2q. */
async function generateP(bits: number, q: bigint, random: RandomSource, breathe: () => Promise<void>): Promise<bigint> {
  const step = 2n * q
  const limit = 1n << BigInt(bits)
  let previous = 0n
  for (;;) {
    const start = randomWithTopBit(random, bits)
    refuseRepetition(start, previous)
    previous = start
    const first = start - (start % step) + 1n + step
    for (const index of sieve(first, step)) {
      const candidate = first + BigInt(index) * step
      if (candidate >= limit) break
      await breathe()
      if (await isPrime(candidate, bits, random, breathe)) return candidate
    }
  }
}

/** Returns each `i < SIEVE_LENGTH` for which `first + i * step` has no small prime factor. */
function sieve(first: bigint, step: bigint): number[] {
  const composite = publicBytes(SIEVE_LENGTH)
  for (const prime of SMALL_PRIMES) {
    const stepRest = Number(step % BigInt(prime))
    let rest = Number(first % BigInt(prime))
    if (stepRest === 0) continue
    let index = 0
    while (rest !== 0 && index < SIEVE_LENGTH) {
      rest = (rest + stepRest) % prime
      index++
    }
    for (; index < SIEVE_LENGTH; index += prime) composite[index] = 1
  }
  const survivors: number[] = []
  for (let i = 0; i < SIEVE_LENGTH; i++) if (composite[i] === 0) survivors.push(i)
  return survivors
}

/**
 * Generates DSA parameters (FIPS 186-4, A.1 and A.2.1: probable primes, unverifiable g). For 1024 bits it takes about a tenth of a second,
 * with pauses as the options say.
 *
 * @throws OtrError `OTR_RANDOM_FAILED` when the source fails or repeats itself
 */
export async function generateDsaParameters(random: RandomSource, options: Pick<DsaGenerateOptions, 'size' | 'pause'> = {}): Promise<DsaParameters> {
  const size = SIZES[options.size ?? '1024/160']
  const breathe = breather(options.pause)
  const q = await generateQ(size.q, random, breathe)
  const p = await generateP(size.p, q, random, breathe)
  const modulus = toBytes(p, size.p / 8)
  const cofactor = toBytes((p - 1n) / q, size.p / 8)
  for (let h = 2n; h < 1000n; h++) {
    const g = getArithmetic().powerModulo(toBytes(h, modulus.length), cofactor, modulus)
    if (toInteger(g) > 1n) return { p: modulus, q: toBytes(q, size.q / 8), g: minimal(g) }
  }
  throw new OtrError('OTR_INTERNAL', 'no generator was found')
}

/** (number mod modulus) + 1, big-endian, as long as the modulus: long division, bit by bit, in time that depends on the lengths only. */
export function oneMoreThanRemainder(number: Uint8Array, modulus: Uint8Array): Secret {
  const { length } = modulus
  // One place more than the modulus has: twice a remainder may need it.
  const [rest, less] = [secretWords(length + 1), secretWords(length + 1)]
  for (let bit = 0; bit < 8 * number.length; bit++) {
    let carry = ((number[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1
    for (let at = length; at >= 0; at--) {
      const doubled = 2 * (rest[at] ?? 0) + carry
      rest[at] = doubled & 0xff
      carry = doubled >> 8
    }
    let borrow = 0
    for (let at = length; at >= 0; at--) {
      const difference = (rest[at] ?? 0) - (at === 0 ? 0 : modulus[at - 1] ?? 0) - borrow
      less[at] = difference & 0xff
      borrow = difference >>> 31
    }
    // All ones where the modulus was too much.
    const keep = -borrow
    for (let at = 0; at <= length; at++) rest[at] = ((rest[at] ?? 0) & keep) | ((less[at] ?? 0) & ~keep)
  }
  const result = secretBytes(length)
  let carry = 1
  for (let at = length; at > 0; at--) {
    const sum = (rest[at] ?? 0) + carry
    result[at - 1] = sum
    carry = sum >> 8
  }
  rest.fill(0)
  less.fill(0)
  return result
}

/**
 * Generates a DSA key. x is drawn with 64 bits more than q has and reduced (FIPS 186-4, B.1.1), bit by bit: a BigInt could not be wiped. BigInts are
 * the parameters p, q and g, which everybody may know, and what is tried for them.
 *
 * @throws OtrError `OTR_RANDOM_FAILED` when the source fails or repeats itself
 */
export async function generateDsaKey(random: RandomSource, options: DsaGenerateOptions = {}): Promise<DsaPrivateKey> {
  const parameters = options.parameters ?? await generateDsaParameters(random, options)
  const length = parameters.q.length
  const wide = randomBytes(random, length + 8)
  const x = oneMoreThanRemainder(wide, toBytes(toInteger(parameters.q) - 1n, length))
  wipe(wide)
  const key = { ...deriveDsaPublicKey(parameters, x), x: minimal(padTo(x, length)) }
  wipe(x)
  return key
}
