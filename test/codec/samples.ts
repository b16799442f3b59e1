import {
  hexDecode, makeClientProfile,
  type ClientProfile, type ClientProfileContents, type OtrMessage, type PrekeyMessage, type PrekeyProfile,
} from '../../src/wire/index.js'

/** `length` bytes that differ from their neighbours, none of them zero. */
export function bytes(length: number, start = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (start + i) % 255 + 1)
}

/** 57 bytes whose y is below p. */
export function point(start: number): Uint8Array {
  const value = bytes(57, start)
  value[56] = 0x80
  return value
}

const tags = { senderTag: 0xdeadbeef, receiverTag: 0x11111112 }

export const profileContents: ClientProfileContents = {
  instanceTag: 0xdeadbeef,
  publicKey: point(1),
  forgingKey: point(2),
  versions: '34',
  expiration: 1_893_456_000,
  dsaPublicKey: { p: bytes(128, 3), q: bytes(20, 4), g: bytes(128, 5), y: bytes(127, 6) },
  transitionalSignature: bytes(40, 7),
}

export const fullProfile: ClientProfile = makeClientProfile(profileContents, bytes(114, 8))

/** Only the required fields. */
export const smallProfile: ClientProfile = makeClientProfile({
  instanceTag: 0x100, publicKey: point(1), forgingKey: point(2), versions: '4', expiration: 0,
}, bytes(114, 8))

export const prekeyProfile: PrekeyProfile = { instanceTag: 0x100, expiration: 1_893_456_000, sharedPrekey: point(3), signature: bytes(114) }

export const prekeyMessage: PrekeyMessage = { kind: 'v4-prekey', identifier: 0xffffffff, instanceTag: 0x100, y: point(4), b: bytes(384) }

const noTags = { senderTag: 0, receiverTag: 0 }

/** One message of each kind, and variants with empty and with optional parts. */
export const samples: readonly OtrMessage[] = [
  { kind: 'v2-dh-commit', ...noTags, encryptedGx: bytes(196), hashedGx: bytes(32) },
  { kind: 'v2-dh-key', ...noTags, gy: bytes(192) },
  { kind: 'v2-reveal-signature', ...noTags, revealedKey: bytes(16), encryptedSignature: bytes(466), mac: bytes(20) },
  { kind: 'v2-signature', ...noTags, encryptedSignature: bytes(466), mac: bytes(20) },
  {
    kind: 'v2-data', ...noTags, flags: 1, senderKeyId: 1, recipientKeyId: 0xffffffff, nextDh: bytes(192), counter: bytes(8),
    encryptedMessage: bytes(33), authenticator: bytes(20), oldMacKeys: bytes(40),
  },
  { kind: 'v3-dh-commit', ...tags, receiverTag: 0, encryptedGx: bytes(196), hashedGx: bytes(32) },
  { kind: 'v3-dh-key', ...tags, gy: bytes(192) },
  { kind: 'v3-reveal-signature', ...tags, revealedKey: bytes(16), encryptedSignature: bytes(466), mac: bytes(20) },
  { kind: 'v3-signature', ...tags, encryptedSignature: bytes(466), mac: bytes(20) },
  {
    kind: 'v3-data', ...tags, flags: 1, senderKeyId: 1, recipientKeyId: 0xffffffff, nextDh: bytes(192), counter: bytes(8),
    encryptedMessage: bytes(33), authenticator: bytes(20), oldMacKeys: bytes(40),
  },
  {
    kind: 'v3-data', ...tags, flags: 0, senderKeyId: 0, recipientKeyId: 0, nextDh: new Uint8Array(0), counter: new Uint8Array(8),
    encryptedMessage: new Uint8Array(0), authenticator: bytes(20), oldMacKeys: new Uint8Array(0),
  },
  { kind: 'v4-identity', ...tags, receiverTag: 0, clientProfile: fullProfile, y: point(9), b: bytes(384), firstEcdh: point(10), firstDh: bytes(383) },
  {
    kind: 'v4-auth-r', ...tags, clientProfile: smallProfile, x: point(11), a: bytes(384), sigma: bytes(342), firstEcdh: point(12),
    firstDh: bytes(384),
  },
  { kind: 'v4-auth-i', ...tags, sigma: bytes(342) },
  {
    kind: 'v4-non-interactive-auth', ...tags, clientProfile: fullProfile, x: point(13), a: bytes(384), sigma: bytes(342),
    prekeyIdentifier: 7, authMac: bytes(64), firstEcdh: point(14), firstDh: bytes(384),
  },
  {
    kind: 'v4-data', ...tags, flags: 1, previousChain: 3, ratchetId: 0xffffffff, messageId: 2, ecdh: point(15), dh: bytes(384),
    ciphertext: bytes(33), authenticator: bytes(64), revealedMacKeys: bytes(128),
  },
  {
    kind: 'v4-data', ...tags, flags: 0, previousChain: 0, ratchetId: 1, messageId: 0, ecdh: point(16), dh: new Uint8Array(0),
    ciphertext: new Uint8Array(0), authenticator: bytes(64), revealedMacKeys: new Uint8Array(0),
  },
]

/** p of Ed448, 57 bytes little-endian. */
export const ed448Prime = hexDecode(`${'ff'.repeat(28)}fe${'ff'.repeat(27)}00`)

