import { bigEndian, concat, mod, mpi, power, toBigEndian, uint } from '../v4-second/bytes.js'

/** DSA as OTR uses it: what is signed is one big number mod q, neither hashed nor truncated. */
export interface DsaKey {
  readonly p: bigint
  readonly q: bigint
  readonly g: bigint
  readonly y: bigint
}

export const pubkey = ({ p, q, g, y }: DsaKey): Uint8Array => concat(uint(0, 2), mpi(p), mpi(q), mpi(g), mpi(y))

const fixed = (value: bigint, length: number): Uint8Array => {
  const bytes = toBigEndian(value)
  return concat(new Uint8Array(length - bytes.length), bytes)
}

/** r || s, each as long as q. */
export function dsaSign({ p, q, g }: DsaKey, x: bigint, bytes: Uint8Array, k: bigint): Uint8Array {
  const length = toBigEndian(q).length
  const r = mod(power(g, k, p), q)
  const s = mod(power(k, q - 2n, q) * (bigEndian(bytes) + x * r), q)
  return concat(fixed(r, length), fixed(s, length))
}

export function dsaVerify({ p, q, g, y }: DsaKey, bytes: Uint8Array, signature: Uint8Array): boolean {
  const length = toBigEndian(q).length
  const [r, s] = [bigEndian(signature.slice(0, length)), bigEndian(signature.slice(length))]
  if (signature.length !== 2 * length || r === 0n || r >= q || s === 0n || s >= q) return false
  const w = power(s, q - 2n, q)
  return mod(mod(power(g, mod(bigEndian(bytes) * w, q), p) * power(y, mod(r * w, q), p), p), q) === r
}
