/** The numbers of the format: spec/files.md. */

/** What the extra symmetric key is used for: "O4f1". */
export const FILE_USE = 0x4f346631

/** The version of the format, the first byte of a header. */
export const FILE_VERSION = 1

/** Bytes of plaintext in each chunk. */
export const CHUNK_LENGTH = 65_536

/** Bytes of nonce in front of each sealed chunk. */
export const NONCE_LENGTH = 24

/** Bytes of a tag. */
export const TAG_LENGTH = 16

/** Bytes of each sealed chunk: nonce, ciphertext, tag. */
export const SEALED_CHUNK_LENGTH = NONCE_LENGTH + CHUNK_LENGTH + TAG_LENGTH

/** Bytes at the beginning of the first chunk that are the header, whatever is in it. */
export const HEADER_LENGTH = 512

/** The longest file in bytes: 64 GiB. */
export const MAX_FILE_LENGTH = 2 ** 36

/** The longest name in bytes of UTF-8. */
export const MAX_NAME_LENGTH = 255

/** The longest media type in characters. */
export const MAX_TYPE_LENGTH = 127

/** The longest place in bytes of UTF-8. */
export const MAX_PLACE_LENGTH = 1024

/** Bytes of the salt that makes the key of one file. */
export const SALT_LENGTH = 32

/** Bytes of the key of one file. */
export const FILE_KEY_LENGTH = 32

/**
 * How many chunks a file of `length` bytes becomes: as many as it needs, rounded up as Padmé does. At most 12 % more, and files of many lengths look alike.
 */
export function chunkCount(length: number): number {
  const needed = Math.ceil((HEADER_LENGTH + length) / CHUNK_LENGTH)
  const exponent = binaryLog(needed)
  if (exponent === 0) return needed
  const step = 2 ** (exponent - binaryLog(exponent) - 1)
  return Math.ceil(needed / step) * step
}

/** The largest power of two that a number from 1 to 2^32 - 1 contains. */
function binaryLog(number: number): number {
  return 31 - Math.clz32(number)
}

/**
 * How many bytes a file takes when it is sealed: all that whoever carries it learns of its length.
 *
 * @param length - bytes of the file, 0 to 2^36
 * @returns bytes, a multiple of 65,576
 */
export function sealedLength(length: number): number {
  return chunkCount(length) * SEALED_CHUNK_LENGTH
}

/** The content of a file that stands before chunk `chunk`, in bytes: where to read on. */
export function contentBefore(chunk: number, length: number): number {
  return Math.min(length, Math.max(0, chunk * CHUNK_LENGTH - HEADER_LENGTH))
}

/** Whether it may be the length of a file. */
export function isFileLength(length: unknown): length is number {
  return Number.isSafeInteger(length) && (length as number) >= 0 && (length as number) <= MAX_FILE_LENGTH
}
