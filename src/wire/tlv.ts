import { OtrError } from '../errors.js'
import { plainBytes, utf8Decode, utf8Encode } from './bytes.js'

/** A type/length/value record after the text of a Data Message. Types: `tlvTypeV2`, `tlvTypeV3`, `tlvTypeV4`. */
export interface Tlv {
  /** 0 to 65,535. */
  readonly type: number
  /** At most 65,535 bytes. */
  readonly value: Uint8Array
}

/**
 * TLV types of OTRv3. Either side may send each of them. `src/tlvs/handlers.ts` reads them.
 *
 * @see [OTRv3, "Data Message"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export const tlvTypeV3 = {
  /** Hides the length of a text. Read and ignored; this library sends none. */
  padding: 0,
  /** The sender has ended the session. */
  disconnected: 1,
  smp1: 2,
  smp2: 3,
  smp3: 4,
  smp4: 5,
  smpAbort: 6,
  /** SMP message 1 with a question before it. */
  smp1Question: 7,
  extraSymmetricKey: 8,
} as const

/** TLV types of OTRv2: those of version 3 without the extra symmetric key. */
export const tlvTypeV2 = {
  padding: 0,
  disconnected: 1,
  smp1: 2,
  smp2: 3,
  smp3: 4,
  smp4: 5,
  smpAbort: 6,
  /** SMP message 1 with a question before it. */
  smp1Question: 7,
} as const

/**
 * TLV types of OTRv4. SMP message 1 contains the question, so the extra symmetric key has the number 7.
 *
 * @see [OTRv4, "TLV Record Types"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#tlv-record-types)
 */
export const tlvTypeV4 = {
  /** Hides the length of a text. Read and ignored; this library sends none. */
  padding: 0,
  /** The sender has ended the session. */
  disconnected: 1,
  /** SMP message 1. It begins with a question, which may be empty. */
  smp1: 2,
  smp2: 3,
  smp3: 4,
  smp4: 5,
  smpAbort: 6,
  extraSymmetricKey: 7,
} as const

/**
 * Encodes the plaintext of a data message: text as UTF-8, NUL, TLVs. The NUL is written even without TLVs, because two other implementations
 * crash or refuse the message otherwise.
 *
 * @throws OtrError `OTR_INVALID_TEXT` for text with U+0000: the receiver would read the rest as TLVs
 * @throws OtrError `OTR_TLV_TOO_LONG` for a value above 65,535 bytes
 * @see [OTRv3, "Data Message"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 * @see [OTRv4, "TLV Record Types"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#tlv-record-types)
 */
export function encodePlaintext(text: string, tlvs: readonly Tlv[] = []): Uint8Array {
  if (text.includes('\0')) throw new OtrError('OTR_INVALID_TEXT', 'text must not contain U+0000')
  const human = utf8Encode(text)
  let length = human.length + 1
  for (const { value } of tlvs) {
    if (value.length > 0xffff) throw new OtrError('OTR_TLV_TOO_LONG', `a TLV of ${value.length} bytes`)
    length += 4 + value.length
  }
  const bytes = new Uint8Array(length)
  bytes.set(human)
  human.fill(0)
  let at = human.length + 1
  for (const { type, value } of tlvs) {
    bytes[at] = type >>> 8
    bytes[at + 1] = type
    bytes[at + 2] = value.length >>> 8
    bytes[at + 3] = value.length
    bytes.set(value, at + 4)
    at += 4 + value.length
  }
  return bytes
}

/** The result of `decodePlaintext`. */
export interface Plaintext {
  /** The text before the first NUL. U+FFFD replaces bytes that are not UTF-8. */
  readonly text: string
  /** The complete TLVs, in order. Values are copies. */
  readonly tlvs: readonly Tlv[]
  /** False when the text is not UTF-8, or when bytes after the NUL are not complete TLVs. */
  readonly wellFormed: boolean
}

/**
 * Decodes text and TLVs from the bytes of a data message. Accepts text without a NUL too, and never throws: it skips only what it cannot read.
 *
 * @see [OTRv3, "Data Message"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 * @see [OTRv4, "TLV Record Types"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#tlv-record-types)
 */
export function decodePlaintext(given: Uint8Array): Plaintext {
  const bytes = plainBytes(given)
  const nul = bytes.indexOf(0)
  // Make no view: for a view of a small array, an engine moves the array in memory and leaves the old bytes behind.
  const human = bytes.slice(0, nul < 0 ? bytes.length : nul)
  const { text, valid } = utf8Decode(human)
  human.fill(0)
  const tlvs: Tlv[] = []
  let at = nul < 0 ? bytes.length : nul + 1
  while (at + 4 <= bytes.length) {
    const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
    if (at + 4 + length > bytes.length) break
    tlvs.push({ type: ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0), value: bytes.slice(at + 4, at + 4 + length) })
    at += 4 + length
  }
  return { text, tlvs, wellFormed: valid && at === bytes.length }
}
