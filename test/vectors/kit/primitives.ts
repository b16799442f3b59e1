import {
  chacha20, dh3072SharedSecret, ecdhSharedSecret, ed448KeyPair, eddsaSign, eddsaVerify, expandSecret, generateDh3072, generateEcdh, getArithmetic,
  hashToScalar, isValidDh3072, isValidEcdh, kdf, ringVerify, shake256, usage, type Ring,
} from '../../../src/crypto/index.js'
import { asSecret, copySecret } from '../../../src/crypto/secret.js'
import { prekeyKdf } from '../../../src/prekey/key-schedule.js'
import { concatBytes } from '../../../src/wire/index.js'
import type { Checks, Given } from './given.js'

const ed448 = getArithmetic().ed448
const give = (bytes: Uint8Array) => (): Uint8Array => bytes.slice()

export const v4Kdf: Checks = {
  kdf: (given) => ({ output: kdf(given.int('usage'), given.byteList('values'), given.int('length')) }),
  hashToScalar: (given) => ({ digest: kdf(given.int('usage'), given.byteList('values'), 57), scalar: hashToScalar(given.int('usage'), given.byteList('values')) }),
  prekeyKdf: (given) => ({ output: prekeyKdf(given.int('usage'), [given.bytes('value')], given.int('length')) }),
  chacha20: (given) => ({ output: chacha20(given.bytes('key'), given.bytes('input')) }),
}

const dom4 = concatBytes(new TextEncoder().encode('SigEd448'), Uint8Array.of(0, 0))

export const v4Keys: Checks = {
  ecdhKeyPair(given) {
    const random = given.bytes('random')
    const pair = generateEcdh(give(random))
    return { digest: shake256([random], 114), secret: pair.privateKey, public: pair.publicKey }
  },
  dhKeyPair: (given) => ({ public: generateDh3072(give(given.bytes('random'))).publicKey }),
  ecdh: (given) => isValidEcdh(given.bytes('public')) ? { shared: ecdhSharedSecret(given.bytes('secret'), given.bytes('public')) } : undefined,
  dh: (given) => isValidDh3072(given.bytes('public')) ? { shared: dh3072SharedSecret(given.bytes('secret'), given.bytes('public')) } : undefined,
  sign(given) {
    const [symmetricKey, message] = [given.bytes('symmetricKey'), given.bytes('message')]
    const { publicKey } = ed448KeyPair(copySecret(symmetricKey))
    const { prefix } = expandSecret(symmetricKey)
    const r = ed448.reduceScalar(shake256([dom4, prefix, message], 114))
    const R = ed448.multiplyBase(r)
    return { public: publicKey, r, R, k: ed448.reduceScalar(shake256([dom4, R, publicKey, message], 114)), signature: eddsaSign(symmetricKey, message) }
  },
  verify: (given) => eddsaVerify(given.bytes('public'), given.bytes('message'), given.bytes('signature')) ? {} : undefined,
}

export const v4Points: Checks = {
  point(given, expected) {
    const point = given.bytes('point')
    if (!isValidEcdh(point)) return undefined
    // x and y stand in the encoding.
    const y = Uint8Array.from(point.slice(0, 56)).reverse()
    const first = y.findIndex((byte) => byte !== 0)
    const odd = (expected.bytes('x').at(-1)! & 1) === 1
    return { y: y.slice(first), double: ed448.add(point, point), minus: ed448.subtract(ed448.multiply(new Uint8Array(57), point), point), ...odd === (point[56]! >= 0x80) && { x: expected.bytes('x') } }
  },
  pointSum: (given) => ({ sum: ed448.add(given.bytes('p'), given.bytes('q')), difference: ed448.subtract(given.bytes('p'), given.bytes('q')) }),
  multiply: (given) => ({ timesG: ed448.multiplyBase(given.bytes('scalar')), timesP: ed448.multiply(given.bytes('scalar'), given.bytes('p')) }),
  scalar(given) {
    const [a, b] = [given.bytes('a'), given.bytes('b')]
    return { reduced: ed448.reduceScalar(given.bytes('wide')), sum: ed448.addScalars(a, b), difference: ed448.subtractScalars(a, b), product: ed448.multiplyScalars(a, b) }
  },
  dhElement: (given) => isValidDh3072(given.bytes('number')) ? { member: true } : undefined,
}

function ringOf(given: Given): Ring {
  const [a, b, c] = given.byteList('ring')
  if (a === undefined || b === undefined || c === undefined) throw new Error('a ring has three keys')
  return [a, b, c]
}

/** RSig by our arithmetic, with the numbers that are given; our own signer draws them itself. */
export const v4RingSignatures: Checks = {
  sign(given) {
    const ring = ringOf(given)
    const place = given.int('place') - 1
    const others = [0, 1, 2].filter((n) => n !== place)
    const [c, r] = (['c', 'r'] as const).map((name) => {
      const all: Uint8Array[] = [new Uint8Array(57), new Uint8Array(57), new Uint8Array(57)]
      given.byteList(name).forEach((one, at) => { all[others[at]!] = one })
      return all
    }) as [Uint8Array[], Uint8Array[]]
    const commitments = ring.map((key, n) => n === place ? ed448.multiplyBase(given.bytes('t')) : ed448.multiplyAdd(c[n]!, key, r[n]!))
    const challenge = hashToScalar(usage.auth, [ed448.generator, ed448.order, ...ring, ...commitments, given.bytes('m')])
    c[place] = ed448.subtractScalars(ed448.subtractScalars(challenge, c[others[0]!]!), c[others[1]!]!)
    r[place] = ed448.subtractScalars(given.bytes('t'), ed448.multiplyScalars(c[place], asSecret(given.bytes('secret'))))
    const sigma = concatBytes(...ring.flatMap((_, n) => [c[n]!, r[n]!]))
    return ringVerify(ring, sigma, given.bytes('m')) === undefined ? undefined : { commitments, challenge, sigma }
  },
  verify: (given) => ringVerify(ringOf(given), given.bytes('sigma'), given.bytes('m'), ['bare']) === undefined ? undefined : {},
}
