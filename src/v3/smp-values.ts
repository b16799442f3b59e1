import { padTo } from '../crypto/integer.js'
import { isValidDh1536 } from '../crypto/dh1536.js'
import { equalBytes } from '../crypto/compare.js'
import { getArithmetic } from '../crypto/provider.js'
import { MalformedError } from '../errors.js'
import { Reader, Writer } from '../wire/index.js'

/** Encodes the value of an SMP TLV of type 2 to 5: the number of MPIs, then the MPIs. */
export function encodeMpis(...numbers: readonly Uint8Array[]): Uint8Array {
  const writer = new Writer(1024).int(numbers.length)
  for (const number of numbers) writer.mpi(number)
  return writer.finish()
}

/** The kind of a number in an SMP message, which decides its range. */
type Place = 'element' | 'hash' | 'exponent'

/**
 * Reads an SMP message of exactly these MPIs. Group elements must be from 2 to p - 2, exponents from 1 to q - 1. Both are returned with 192
 * bytes, hashes with 32. Returns `undefined` for anything else.
 */
export function decodeMpis<const P extends readonly Place[]>(value: Uint8Array, places: P): { [K in keyof P]: Uint8Array } | undefined {
  try {
    const reader = new Reader(value)
    if (reader.int('MPI count') !== places.length) return undefined
    const numbers: Uint8Array[] = []
    for (const place of places) {
      const number = checked(place, reader.mpi(place))
      if (number === undefined) return undefined
      numbers.push(number)
    }
    reader.end()
    return numbers as { [K in keyof P]: Uint8Array }
  } catch (error) {
    if (error instanceof MalformedError) return undefined
    throw error
  }
}

function checked(place: Place, number: Uint8Array): Uint8Array | undefined {
  const group = getArithmetic().modp1536
  switch (place) {
    case 'element':
      return isValidDh1536(number) ? padTo(number, group.byteLength) : undefined
    case 'hash':
      return number.length <= 32 ? padTo(number, 32) : undefined
    case 'exponent': {
      if (number.length === 0 || number.length > group.byteLength) return undefined
      const padded = padTo(number, group.byteLength)
      return lessThan(padded, group.order) ? padded : undefined
    }
  }
}

/** Compares two public numbers of the same length. Not constant-time. */
function lessThan(a: Uint8Array, b: Uint8Array): boolean {
  if (equalBytes(a, b)) return false
  const at = a.findIndex((byte, i) => byte !== b[i])
  return (a[at] ?? 0) < (b[at] ?? 0)
}
