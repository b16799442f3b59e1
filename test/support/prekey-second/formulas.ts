import { randomBytes } from 'node:crypto'
import { bigEndian, concat, data, littleEndian, mod, mpi, power, toLittleEndian, uint } from '../v4-second/bytes.js'
import { dhP } from '../v4-second/dh.js'
import { add, decode, encode, G, multiply, q, subtract } from '../v4-second/ed448.js'
import { shake256 } from '../v4-second/kdf.js'

export const dhQ = (dhP - 1n) / 2n
const text = (value: string): Uint8Array => new TextEncoder().encode(value)

/** KDF(u, x, n) = SHAKE-256("OTR-Prekey-Server" || u || x)[:n] */
export function KDF(u: number, x: Uint8Array, n = 64): Uint8Array {
  return shake256(concat(text('OTR-Prekey-Server'), Uint8Array.of(u), x), n)
}

/** The fingerprint of a server: OTRv4's KDF, usage 0x00, over H_s. */
export const serverFingerprint = (Hs: Uint8Array): Uint8Array => shake256(concat(text('OTRv4'), Uint8Array.of(0), Hs), 56)

/** What both sides know when they sign. */
export interface Known {
  readonly CP: Uint8Array
  readonly publisher: string
  readonly server: string
  readonly Hs: Uint8Array
  readonly I: Uint8Array
  readonly S: Uint8Array
}

/** t = p || KDF(u, CP) || KDF(u+1, comp) || I || S || KDF(u+2, phi); DAKE-2: p = 0x00, u = 0x02; DAKE-3: p = 0x01, u = 0x05. */
export function t(dake: 2 | 3, { CP, publisher, server, Hs, I, S }: Known): Uint8Array {
  const [p, u] = dake === 2 ? [0x00, 0x02] : [0x01, 0x05]
  const comp = concat(data(text(server)), Uint8Array.of(0x10, 0x00), Hs)
  const phi = concat(data(text(publisher)), data(text(server)))
  return concat(Uint8Array.of(p), KDF(u, CP), KDF(u + 1, comp), I, S, KDF(u + 2, phi))
}

export type Ring = readonly [Uint8Array, Uint8Array, Uint8Array]
const randomScalar = (): bigint => mod(littleEndian(randomBytes(114)), q)

function challenge(ring: Ring, T: readonly Uint8Array[], m: Uint8Array): bigint {
  return mod(littleEndian(KDF(0x11, concat(encode(G), toLittleEndian(q, 57), ...ring, ...T, m), 57)), q)
}

/** RSig: the key at `place` signs. */
export function sign(ring: Ring, place: 0 | 1 | 2, secret: bigint, m: Uint8Array): Uint8Array {
  const c = ring.map(randomScalar)
  const r = ring.map(randomScalar)
  const tOwn = randomScalar()
  const T = ring.map((key, n) => encode(n === place ? multiply(tOwn, G) : add(multiply(r[n]!, G), multiply(c[n]!, decode(key)))))
  const others = c.reduce((sum, one, n) => n === place ? sum : sum + one, 0n)
  c[place] = mod(challenge(ring, T, m) - others, q)
  r[place] = mod(tOwn - c[place] * secret, q)
  return concat(...ring.flatMap((_, n) => [toLittleEndian(c[n]!, 57), toLittleEndian(r[n]!, 57)]))
}

/** RVrf. */
export function verify(ring: Ring, sigma: Uint8Array, m: Uint8Array): boolean {
  const scalar = (n: number): bigint => mod(littleEndian(sigma.slice(57 * n, 57 * n + 57)), q)
  const T = ring.map((key, n) => encode(add(multiply(scalar(2 * n + 1), G), multiply(scalar(2 * n), decode(key)))))
  return challenge(ring, T, m) === mod(scalar(0) + scalar(2) + scalar(4), q)
}

/** SK = KDF(0x01, ECDH(i, S)); mac_k = KDF(0x08, SK); m = KDF(0x12, SK). */
export function keys(secret: bigint, theirs: Uint8Array): { readonly macK: Uint8Array, readonly m: Uint8Array } {
  const SK = KDF(0x01, encode(multiply(secret, decode(theirs))))
  return { macK: KDF(0x08, SK), m: KDF(0x12, SK) }
}

export interface Proof {
  readonly c: Uint8Array
  readonly v: bigint
}

const LAMBDA = 44
const cut = (c: Uint8Array, N: number): Uint8Array[] => {
  const p = KDF(0x17, c, LAMBDA * N)
  return Array.from({ length: N }, (_, n) => p.slice(n * LAMBDA, (n + 1) * LAMBDA))
}

/** A = G*r; c = KDF(usage, A || Y_1 .. Y_N || m); v = r + sum t_i*y_i mod q, t_i little-endian. */
export function ecdhProve(usage: 0x13 | 0x15, y: readonly bigint[], Y: readonly Uint8Array[], m: Uint8Array, r = randomScalar()): Proof {
  const c = KDF(usage, concat(encode(multiply(r, G)), ...Y, m))
  return { c, v: mod(cut(c, Y.length).reduce((sum, piece, n) => sum + littleEndian(piece) * y[n]!, r), q) }
}

/** A = G*v - sum Y_i*t_i. */
export function ecdhVerify(usage: 0x13 | 0x15, { c, v }: Proof, Y: readonly Uint8Array[], m: Uint8Array): boolean {
  const A = cut(c, Y.length).reduce((sum, piece, n) => subtract(sum, multiply(littleEndian(piece), decode(Y[n]!))), multiply(v, G))
  return same(KDF(usage, concat(encode(A), ...Y, m)), c)
}

/** A = g^r; c = KDF(0x14, MPI(A) || MPI(B_1) .. MPI(B_N) || m); v = r + sum t_i*b_i mod dh_q, t_i big-endian. */
export function dhProve(b: readonly bigint[], B: readonly bigint[], m: Uint8Array, r = mod(bigEndian(randomBytes(400)), dhQ)): Proof {
  const c = KDF(0x14, concat(mpi(power(2n, r, dhP)), ...B.map(mpi), m))
  return { c, v: mod(cut(c, B.length).reduce((sum, piece, n) => sum + bigEndian(piece) * b[n]!, r), dhQ) }
}

/** A = g^v * (prod B_i^t_i)^-1. */
export function dhVerify({ c, v }: Proof, B: readonly bigint[], m: Uint8Array): boolean {
  const product = cut(c, B.length).reduce((all, piece, n) => mod(all * power(B[n]!, bigEndian(piece), dhP), dhP), 1n)
  const A = mod(power(2n, v, dhP) * power(product, dhP - 2n, dhP), dhP)
  return same(KDF(0x14, concat(mpi(A), ...B.map(mpi), m)), c)
}

/** The parts of a publication as bytes. */
export interface Parts {
  readonly N: number
  readonly messages: Uint8Array
  readonly CP: Uint8Array | undefined
  readonly PP: Uint8Array | undefined
  readonly proofs: Uint8Array
}

/** KDF(0x09, mac_k || 0x08 || N || KDF(0x0E, messages) || K [|| KDF(0x0F, CP)] || J [|| KDF(0x10, PP)] || KDF(0x16, proofs)) */
export function publicationMac(macK: Uint8Array, { N, messages, CP, PP, proofs }: Parts): Uint8Array {
  return KDF(0x09, concat(
    macK, Uint8Array.of(0x08, N), KDF(0x0e, messages),
    ...CP === undefined ? [Uint8Array.of(0)] : [Uint8Array.of(1), KDF(0x0f, CP)],
    ...PP === undefined ? [Uint8Array.of(0)] : [Uint8Array.of(1), KDF(0x10, PP)],
    KDF(0x16, proofs),
  ))
}

/** request 0x0A: mac_k || 0x09; status 0x0B: mac_k || 0x0B || tag || number; success 0x0C: mac_k || 0x06 || tag; failure 0x0D: mac_k || 0x05 || tag */
export const requestMac = (macK: Uint8Array): Uint8Array => KDF(0x0a, concat(macK, Uint8Array.of(0x09)))
export const statusMac = (macK: Uint8Array, tag: number, stored: number): Uint8Array =>
  KDF(0x0b, concat(macK, Uint8Array.of(0x0b), uint(tag, 4), uint(stored, 4)))
export const successMac = (macK: Uint8Array, tag: number): Uint8Array => KDF(0x0c, concat(macK, Uint8Array.of(0x06), uint(tag, 4)))
export const failureMac = (macK: Uint8Array, tag: number): Uint8Array => KDF(0x0d, concat(macK, Uint8Array.of(0x05), uint(tag, 4)))

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
