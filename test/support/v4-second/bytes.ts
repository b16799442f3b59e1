/** Numbers and bytes, in both orders. */

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
export const concat = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

export function bigEndian(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${hex(bytes)}`)
}

export function littleEndian(bytes: Uint8Array): bigint {
  return bigEndian(Uint8Array.from(bytes).reverse())
}

/** The minimal number of bytes; none for 0. */
export function toBigEndian(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array(0)
  const digits = value.toString(16)
  return new Uint8Array(Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex'))
}

export function toLittleEndian(value: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0, rest = value; i < length; i++, rest >>= 8n) bytes[i] = Number(rest & 0xffn)
  return bytes
}

export function uint(value: number, length: 1 | 2 | 4): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = length - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256
  return bytes
}

/** DATA, and MPI for a number that is minimal already. */
export const data = (bytes: Uint8Array): Uint8Array => concat(uint(bytes.length, 4), bytes)
export const mpi = (value: bigint): Uint8Array => data(toBigEndian(value))

export const mod = (value: bigint, modulus: bigint): bigint => ((value % modulus) + modulus) % modulus

export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (let square = mod(base, modulus), e = exponent; e > 0n; e >>= 1n, square = (square * square) % modulus) {
    if ((e & 1n) === 1n) result = (result * square) % modulus
  }
  return result
}
