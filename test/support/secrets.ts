import type { Arithmetic, Ed448, ModpGroup } from '../../src/crypto/arithmetic.js'
import { usage } from '../../src/crypto/kdf.js'
import { getArithmetic, setArithmetic } from '../../src/crypto/provider.js'
import type { RandomSource } from '../../src/crypto/random.js'
import { hexEncode } from '../../src/wire/index.js'

/** A byte string that must not outlive its use, and its name. */
export interface Seen {
  readonly what: string
  readonly bytes: Uint8Array
}

/** The usage ids under which the result of the hash is secret. */
const secretUsages = new Set<number>([
  usage.thirdBraceKey, usage.braceKey, usage.sharedSecret, usage.firstRootKey, usage.tmpKey, usage.authMacKey, usage.rootKey,
  usage.chainKey, usage.nextChainKey, usage.messageKey, usage.macKey, usage.extraSymmKey, usage.smpSecret,
])

/**
 * An arithmetic that records every secret that passes through it, by reference: exponents and scalars (private keys among
 * them), shared secrets, and keys that are derived by hashing.
 */
export function watchingArithmetic(real: Arithmetic, seen: Seen[]): Arithmetic {
  const note = (what: string, bytes: Uint8Array): Uint8Array => {
    seen.push({ what, bytes })
    return bytes
  }
  const ed448: Ed448 = {
    ...real.ed448,
    multiplyBase: (scalar) => real.ed448.multiplyBase(note('scalar', scalar)),
    multiply: (scalar, point) => note('ECDH', real.ed448.multiply(note('scalar', scalar), point)),
    multiplyAdd: (a, point, b) => real.ed448.multiplyAdd(note('scalar', a), point, note('scalar', b)),
  }
  const group = real.modp3072
  const modp3072: ModpGroup = {
    ...group,
    power: (base, exponent) => note('k_dh', group.power(base, note('exponent', exponent))),
    powerOfGenerator: (exponent) => group.powerOfGenerator(note('exponent', exponent)),
  }
  const group3 = real.modp1536
  /** Of key exchanges. SMP also raises to powers what the other side sent. */
  const ofKeys = (exponent: Uint8Array): Uint8Array => exponent.length === 40 ? note('exponent', exponent) : exponent
  const modp1536: ModpGroup = {
    ...group3,
    power: (base, exponent) => group3.power(base, ofKeys(exponent)),
    powerOfGenerator: (exponent) => group3.powerOfGenerator(ofKeys(exponent)),
  }
  return {
    ...real,
    ed448,
    modp1536,
    modp3072,
    shake256(parts, length) {
      const result = real.shake256(parts, length)
      const label = parts.length > 1 && Buffer.from(parts[0]!).toString('latin1') === 'OTRv4' ? parts[1]![0] : undefined
      // The challenges of SMP's proofs are hashed with 1 to 8 before them too: public, and 57 bytes long.
      if (label !== undefined && secretUsages.has(label) && (length !== 57 || label === usage.smpSecret)) note(`KDF 0x${label.toString(16)}`, result)
      return result
    },
    chainStep(chainKey) {
      const keys = real.chainStep(chainKey)
      for (const [name, key] of Object.entries(keys) as [string, Uint8Array][]) note(name, key)
      return keys
    },
  }
}

/** A random source that records its results, by reference. */
export function watchedRandom(source: RandomSource, seen: Seen[]): RandomSource {
  return (length) => {
    const bytes = source(length)
    seen.push({ what: `${length} random bytes`, bytes })
    return bytes
  }
}

/** All byte strings that can be reached from a value. */
export function reachable(value: unknown, into = new Set<Uint8Array>()): Set<Uint8Array> {
  if (value instanceof Uint8Array) into.add(value)
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) reachable(part, into)
  return into
}

/** The fields of a session that hold secrets. */
const secretFields = new Set([
  'privateKey', 'mixedSecret', 'rootKey', 'braceKey', 'ourDh', 'chainKey', 'mkEnc', 'extraBase',
  // SMP
  'secret', 'a2', 'a3', 'b3',
])

/** The secrets in a session. */
export function secretsIn(value: unknown, into: Seen[] = []): Seen[] {
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return into
  for (const [field, part] of Object.entries(value) as [string, unknown][]) {
    if (secretFields.has(field) && part instanceof Uint8Array) into.push({ what: field, bytes: part })
    else secretsIn(part, into)
  }
  return into
}

export const isWiped = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0)

/** Every value of 16 bytes or more that is overwritten by `fill` meanwhile, in hex; `work` may ask for those until now. */
export async function overwrittenIn(work: (until: () => readonly string[]) => Promise<void> | void): Promise<readonly string[]> {
  const prototype = Object.getPrototypeOf(Uint8Array.prototype) as { fill: (this: Uint8Array, value: number, ...range: number[]) => Uint8Array }
  const { fill } = prototype
  const all: string[] = []
  prototype.fill = function (value, ...range) {
    if (value === 0 && range.length === 0 && this instanceof Uint8Array && this.length >= 16) all.push(hexEncode(this))
    return fill.call(this, value, ...range)
  }
  try {
    await work(() => all)
  } finally {
    prototype.fill = fill
  }
  return all
}

/** Records every secret that passes through the arithmetic in each test of a suite: call it inside `describe`. */
export function watchSecrets(): Seen[] {
  const before = getArithmetic()
  const seen: Seen[] = []
  beforeEach(() => {
    seen.length = 0
    setArithmetic(watchingArithmetic(before, seen))
  })
  afterEach(() => { setArithmetic(before) })
  return seen
}
