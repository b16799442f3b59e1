import { openXChaCha20Poly1305, randomBytes, sealXChaCha20Poly1305, type RandomSource } from '../crypto/index.js'
import type { Secret } from '../crypto/secret.js'
import { OtrError } from '../errors.js'
import { copyPublic, publicBytes } from '../wire/public-bytes.js'
import { NONCE_LENGTH, TAG_LENGTH } from './format.js'

/**
 * A place between two chunks, from which sealing or opening can go on. Nothing in it is secret; but it says which chunks were authenticated, so keep it where
 * nobody can change it.
 */
export interface Checkpoint {
  /** The number of the next chunk, from 0. */
  readonly chunk: number
  /** The tag of the chunk before it, 16 bytes; zeros for the first. */
  readonly tag: Uint8Array
}

/** The beginning of a file. */
export const beginning: Checkpoint = { chunk: 0, tag: publicBytes(TAG_LENGTH) }

/** @throws OtrError `OTR_ARGUMENT` unless it is one, in a file of `count` chunks */
export function checkCheckpoint({ chunk, tag }: Checkpoint, count: number): void {
  if (!Number.isSafeInteger(chunk) || chunk < 0 || chunk > count || tag.length !== TAG_LENGTH) throw new OtrError('OTR_ARGUMENT', 'this is no checkpoint of this file')
}

/** What is authenticated beside a chunk: its number, whether it is the last, the tag of the one before it. */
export function associatedData({ chunk, tag }: Checkpoint, isLast: boolean): Uint8Array {
  const data = publicBytes(8 + 1 + TAG_LENGTH)
  new DataView(data.buffer).setBigUint64(0, BigInt(chunk))
  data[8] = isLast ? 1 : 0
  data.set(tag, 9)
  return data
}

/** Seals a chunk, into `sealed` if it is given, under a nonce of its own, which nothing else is ever sealed under, whatever becomes of the file. */
export function sealChunk(key: Secret, at: Checkpoint, isLast: boolean, plaintext: Uint8Array, random: RandomSource, sealed = publicBytes(NONCE_LENGTH + plaintext.length + TAG_LENGTH)): Uint8Array {
  const nonce = randomBytes(random, NONCE_LENGTH)
  sealed.set(nonce)
  sealXChaCha20Poly1305(key, nonce, associatedData(at, isLast), plaintext, sealed.subarray(NONCE_LENGTH))
  return sealed
}

/** Opens a chunk, into `into` if it is given; `undefined` if it is not the one that was sealed for this place. */
export function openChunk(key: Secret, at: Checkpoint, isLast: boolean, sealed: Uint8Array, into?: Secret): Secret | undefined {
  return openXChaCha20Poly1305(key, copyPublic(sealed, 0, NONCE_LENGTH), associatedData(at, isLast), sealed.subarray(NONCE_LENGTH), into)
}

/** The place behind a sealed chunk. */
export function after({ chunk }: Checkpoint, sealed: Uint8Array): Checkpoint {
  return { chunk: chunk + 1, tag: copyPublic(sealed, sealed.length - TAG_LENGTH) }
}
