/**
 * The 27 usage ids: the byte that separates the hashes of different purposes. The names are the specification's `usage_…`.
 *
 * @see [OTRv4, "Key Derivation Function, Hash Function and MAC Function"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#key-derivation-function-hash-function-and-mac-function)
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
