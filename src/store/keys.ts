import {
  hmacSha256, openXChaCha20Poly1305, randomBytes, sealXChaCha20Poly1305, wipe, xchacha20KeyStream, XCHACHA20_POLY1305_NONCE_LENGTH,
  XCHACHA20_POLY1305_TAG_LENGTH, type RandomSource,
} from '../crypto/index.js'
import { corrupt } from './errors.js'
import { concatBytes, readUint32be, readUint64be, uint64be, utf16be, utf8Encode } from './bytes.js'
import { copyPublic, publicOf } from '../wire/public-bytes.js'
import { secretBytes, type Secret } from '../crypto/secret.js'

/** Bytes of a blinded name. */
export const NAME_LENGTH = 16

/** The name of the root. It needs no blinding: every store has one. */
export const rootName = utf8Encode('root')

/** The version of the sealing, in the associated data of every record. */
const SEAL_VERSION = 1

/** Generation and length are in front of the record's value. */
const PREFIX_LENGTH = 12

/** A decrypted record. Wipe `body`. */
export interface Opened {
  /** The generation of the store that the record was written in. */
  readonly generation: number
  readonly body: Secret
}

/** The keys of one store: `spec/storage.md`, "Keys", "Records". */
export class StoreKeys {
  /** 16 random bytes that distinguish stores. */
  readonly storeId: Uint8Array
  readonly #record: Secret
  readonly #name: Secret
  readonly #manifest: Secret
  readonly #anchor: Secret
  readonly #associated: Uint8Array

  /** `master`: 32 bytes, which the caller wipes. */
  constructor(master: Secret, storeId: Uint8Array) {
    const derive = (use: string): Secret => hmacSha256(master, utf8Encode(`otr4-store ${use}`), storeId)
    this.storeId = storeId
    this.#record = derive('record')
    this.#name = derive('name')
    this.#manifest = derive('manifest')
    this.#anchor = derive('anchor')
    this.#associated = concatBytes(utf8Encode('otr4-store'), publicOf(SEAL_VERSION), storeId)
  }

  /** The blinded name of a record: it reveals neither the kind nor the correspondent. */
  name(kind: string, name: string): Uint8Array {
    return copyPublic(hmacSha256(this.#name, utf8Encode(`${kind}\0`), utf16be(name)), 0, NAME_LENGTH)
  }

  /** Seals a record and wipes `body`. */
  seal(name: Uint8Array, generation: number, body: Uint8Array, random: RandomSource): Uint8Array {
    const plaintext = secretBytes(paddedLength(PREFIX_LENGTH + body.length))
    plaintext.set(uint64be(generation))
    new DataView(plaintext.buffer).setUint32(8, body.length)
    plaintext.set(body, PREFIX_LENGTH)
    const nonce = randomBytes(random, XCHACHA20_POLY1305_NONCE_LENGTH)
    const sealed = sealXChaCha20Poly1305(this.#record, nonce, concatBytes(this.#associated, name), plaintext)
    wipe(plaintext, body)
    return concatBytes(nonce, sealed)
  }

  /** Opens a record. @throws OtrError `OTR_STORE_CORRUPT` unless it was sealed under this name in this store */
  open(name: Uint8Array, sealed: Uint8Array): Opened {
    if (sealed.length < XCHACHA20_POLY1305_NONCE_LENGTH + PREFIX_LENGTH + XCHACHA20_POLY1305_TAG_LENGTH) throw corrupt('a record is too short')
    const nonce = sealed.subarray(0, XCHACHA20_POLY1305_NONCE_LENGTH)
    const associated = concatBytes(this.#associated, name)
    const plaintext = openXChaCha20Poly1305(this.#record, nonce, associated, sealed.subarray(XCHACHA20_POLY1305_NONCE_LENGTH))
    if (plaintext === undefined) throw corrupt('a record is not what was written there')
    const generation = readUint64be(plaintext, 0)
    const length = readUint32be(plaintext, 8)
    if (generation === undefined || length > plaintext.length - PREFIX_LENGTH) throw corrupt('a record is not well formed')
    return { generation, body: plaintext.subarray(PREFIX_LENGTH, PREFIX_LENGTH + length) }
  }

  /** Returns the part of a record in the digest of all records: 32 bytes that depend on its name and generation, and that nobody can predict without the key. */
  element(name: Uint8Array, generation: number): Uint8Array {
    return xchacha20KeyStream(this.#manifest, concatBytes(name, uint64be(generation)), 32)
  }

  /** The generation as the anchor keeps it: store, generation, and a MAC of both; 40 bytes. */
  sealAnchor(generation: number): Uint8Array {
    const said = concatBytes(this.storeId, uint64be(generation))
    return concatBytes(said, copyPublic(hmacSha256(this.#anchor, said), 0, 16))
  }

  /** Overwrites the keys. */
  wipe(): void {
    wipe(this.#record, this.#name, this.#manifest, this.#anchor)
  }
}

/** Returns the padded length by Padmé, at least 256: it adds at most 12 % and hides most of what a length reveals. */
function paddedLength(length: number): number {
  if (length <= 256) return 256
  const exponent = Math.floor(Math.log2(length))
  const unit = 2 ** (exponent - Math.floor(Math.log2(exponent)) - 1)
  return Math.ceil(length / unit) * unit
}
