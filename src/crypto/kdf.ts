import { getArithmetic } from './provider.js'

/**
 * The 27 usage ids: the byte that keeps the hashes of one purpose apart from those of another. otrv4.md, "Key Derivation Function,
 * Hash Function and MAC Function". The names are the specification's `usage_…`.
 */
export const usage = {
  fingerprint: 0x00,
  thirdBraceKey: 0x01,
  braceKey: 0x02,
  sharedSecret: 0x03,
  ssid: 0x04,
  authRBobClientProfile: 0x05,
  authRAliceClientProfile: 0x06,
  authRPhi: 0x07,
  authIBobClientProfile: 0x08,
  authIAliceClientProfile: 0x09,
  authIPhi: 0x0a,
  firstRootKey: 0x0b,
  tmpKey: 0x0c,
  authMacKey: 0x0d,
  nonIntAuthBobClientProfile: 0x0e,
  nonIntAuthAliceClientProfile: 0x0f,
  nonIntAuthPhi: 0x10,
  authMac: 0x11,
  rootKey: 0x12,
  chainKey: 0x13,
  nextChainKey: 0x14,
  messageKey: 0x15,
  macKey: 0x16,
  extraSymmKey: 0x17,
  authenticator: 0x18,
  smpSecret: 0x19,
  auth: 0x1a,
} as const

const OTRV4 = Uint8Array.of(0x4f, 0x54, 0x52, 0x76, 0x34)

/** SHAKE-256 (FIPS 202) over the concatenation of `parts`: `length` bytes. */
export function shake256(parts: readonly Uint8Array[], length: number): Uint8Array {
  return getArithmetic().shake256(parts, length)
}

/**
 * KDF(usageId || values, size): a key of `length` bytes. The parts are concatenated as they are, without lengths between them.
 *
 * @param usageId one byte, from `usage`; the further extra symmetric keys put their index here
 */
export function kdf(usageId: number, parts: readonly Uint8Array[], length: number): Uint8Array {
  return shake256([OTRV4, Uint8Array.of(usageId), ...parts], length)
}

/** HWC(usageId || values, size), a hash: the same function as `kdf`, under the specification's other name. */
export const hwc = kdf

/** HCMAC(usageId || key || values, size), a MAC: the same function as `kdf`. The key is the first of the parts. Compare with `equalBytes`. */
export const hcmac = kdf
