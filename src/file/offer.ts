import { MalformedError, OtrError } from '../errors.js'
import { concatBytes, Reader, uint16be, utf8Decode, utf8Encode } from '../wire/index.js'
import { MAX_PLACE_LENGTH, SALT_LENGTH } from './format.js'
import { encodeHeader, readHeader, type FileHeader } from './header.js'

/** What the sender says of a file, inside the encryption, beside the use of the extra symmetric key. */
export interface FileOffer {
  /** What the file is. */
  readonly header: FileHeader
  /** 32 random bytes: what makes the key of this file another than that of every other. */
  readonly salt: Uint8Array
  /** Where the sealed file is or will be: an `https:` address, or what the carrier of both sides understands. Chosen by the other side. */
  readonly place: string
}

/** Printable ASCII without blanks: an address. Nothing else can be shown as what it is. */
const printable = /^[!-~]+$/

/**
 * The data beside the use of the extra symmetric key: `extraKey` sends it.
 *
 * @returns 45 to 1,451 bytes, as spec/files.md says
 * @throws OtrError `OTR_ARGUMENT` for a salt of another length, a place that is empty, too long or not of printable ASCII, or a length that no file has
 */
export function encodeFileOffer({ header, salt, place }: FileOffer): Uint8Array {
  if (salt.length !== SALT_LENGTH) throw new OtrError('OTR_ARGUMENT', `the salt of a file has ${SALT_LENGTH} bytes`)
  if (!printable.test(place) || place.length > MAX_PLACE_LENGTH) throw new OtrError('OTR_ARGUMENT', `a place has 1 to ${MAX_PLACE_LENGTH} characters of printable ASCII`)
  return concatBytes(encodeHeader(header), salt, uint16be(place.length), utf8Encode(place))
}

/**
 * Reads an offer. Strict, and never throws for what the other side wrote.
 *
 * @param data - what came beside the use, any number of bytes
 * @returns `undefined` for what is no offer of this version
 */
export function decodeFileOffer(data: Uint8Array): FileOffer | undefined {
  try {
    const reader = new Reader(data)
    const header = readHeader(reader)
    const salt = reader.take('salt', SALT_LENGTH)
    const length = reader.short('place')
    if (length > MAX_PLACE_LENGTH) reader.fail('place', `more than ${MAX_PLACE_LENGTH} bytes`)
    const place = utf8Decode(reader.take('place', length)).text
    if (!printable.test(place)) reader.fail('place', 'not printable ASCII')
    reader.end()
    return { header, salt, place }
  } catch (error) {
    if (error instanceof MalformedError) return undefined
    throw error
  }
}
