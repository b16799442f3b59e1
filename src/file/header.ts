import { isZero } from '../crypto/index.js'
import { OtrError } from '../errors.js'
import { concatBytes, Reader, uint64be, utf8Decode, utf8Encode } from '../wire/index.js'
import { publicBytes, publicOf } from '../wire/public-bytes.js'
import { FILE_VERSION, HEADER_LENGTH, isFileLength, MAX_FILE_LENGTH, MAX_NAME_LENGTH, MAX_TYPE_LENGTH } from './format.js'
import { safeFileName } from './safe-name.js'

/** What a file is. It stands in the offer and, sealed, in front of the file. */
export interface FileHeader {
  /** A name for people; of a received file always what `safeFileName` made of it. Never a path: choose the place yourself. */
  readonly name: string
  /** The media type that the sender gives, such as `image/png`; `application/octet-stream` for one that has no such form. Believe it no more than the name. */
  readonly type: string
  /** Bytes of the file, 0 to 2^36. */
  readonly length: number
}

const unknownType = 'application/octet-stream'
const mediaType = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/

/**
 * A header of what an application gives.
 *
 * @throws OtrError `OTR_ARGUMENT` for a length that is no whole number from 0 to 2^36
 */
export function fileHeader({ name, type = unknownType, length }: { readonly name: string, readonly type?: string, readonly length: number }): FileHeader {
  if (!isFileLength(length)) throw new OtrError('OTR_ARGUMENT', `a file has 0 to ${MAX_FILE_LENGTH} bytes`)
  return { name: safeFileName(name), type: safeType(type), length }
}

function safeType(type: string): string {
  const plain = type.toLowerCase()
  return plain.length <= MAX_TYPE_LENGTH && mediaType.test(plain) ? plain : unknownType
}

/** The header as it stands in an offer; in a file zeros follow, up to 512 bytes. */
export function encodeHeader(header: FileHeader): Uint8Array {
  const { name, type, length } = fileHeader(header)
  const [nameBytes, typeBytes] = [utf8Encode(name), utf8Encode(type)]
  return concatBytes(publicOf(FILE_VERSION), uint64be(length), publicOf(nameBytes.length), nameBytes, publicOf(typeBytes.length), typeBytes)
}

/** Reads a header, and leaves the reader behind it. @throws MalformedError for anything else */
export function readHeader(reader: Reader): FileHeader {
  if (reader.byte('version') !== FILE_VERSION) reader.fail('version', 'another version of the format')
  const length = 2 ** 32 * reader.int('length') + reader.int('length')
  if (!isFileLength(length)) reader.fail('length', 'longer than a file may be')
  const name = decodeText(reader, 'name', MAX_NAME_LENGTH)
  const type = decodeText(reader, 'type', MAX_TYPE_LENGTH)
  return { name: safeFileName(name), type: safeType(type), length }
}

function decodeText(reader: Reader, field: string, most: number): string {
  const length = reader.byte(field)
  if (length > most) reader.fail(field, `more than ${most} bytes`)
  const { text, valid } = utf8Decode(reader.take(field, length))
  return valid ? text : reader.fail(field, 'not UTF-8')
}

/** The header that the first chunk begins with. @throws MalformedError unless there is one, with nothing but zeros behind it */
export function headerOfChunk(chunk: Uint8Array): FileHeader {
  const reader = new Reader(chunk.subarray(0, HEADER_LENGTH))
  const header = readHeader(reader)
  if (!isZero(chunk.subarray(reader.offset, HEADER_LENGTH))) reader.fail('padding', 'not zero')
  return header
}

/** The header as the first 512 bytes of a file. */
export function headerBytes(header: FileHeader): Uint8Array {
  const bytes = publicBytes(HEADER_LENGTH)
  bytes.set(encodeHeader(header))
  return bytes
}

/** Whether two headers say the same. */
export function sameHeader(a: FileHeader, b: FileHeader): boolean {
  return a.name === b.name && a.type === b.type && a.length === b.length
}
