import { getDiffieHellman } from 'node:crypto'
import { bigEndian, power } from './bytes.js'

/** "3072-bit Diffie-Hellman Parameters": RFC 3526, group 15. */
export const dhP = bigEndian(getDiffieHellman('modp15').getPrime())
const dhQ = (dhP - 1n) / 2n

export const dhPublic = (secret: Uint8Array): bigint => power(2n, bigEndian(secret), dhP)
export const dhShared = (secret: Uint8Array, theirs: bigint): bigint => power(theirs, bigEndian(secret), dhP)

/** "Verifying that an integer is in the DH group". */
export const isValidDh = (x: bigint): boolean => x >= 2n && x <= dhP - 2n && power(x, dhQ, dhP) === 1n
