import { MalformedError, OtrError } from '../errors.js'
import { formatInstanceTag } from './instance-tag.js'

/** The properties of a fragment in every version. */
export interface FragmentFields {
  /** The instance tag of the device that sent it: 0x100 or more. In version 2, which has no tags, it is 0. */
  readonly senderTag: number
  /** The instance tag of the device that it is for; 0: for any device. */
  readonly receiverTag: number
  /** From 1 to `total`. */
  readonly index: number
  /** 1 to 65,535. */
  readonly total: number
  /** The piece of the message, without commas. A piece other than the first may be empty, because some senders count one piece too many. */
  readonly piece: string
}

/**
 * `?OTR,index,total,piece,`.
 *
 * @see [OTRv2, "Fragmentation"](https://otr.cypherpunks.ca/Protocol-v2-3.1.0.html)
 */
export interface FragmentV2 extends FragmentFields {
  /** Distinguishes this form from the others. */
  readonly version: 2
}

/**
 * `?OTR|sender|receiver,index,total,piece,`.
 *
 * @see [OTRv3, "Fragmentation"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export interface FragmentV3 extends FragmentFields {
  /** Distinguishes this form from the others. */
  readonly version: 3
}

/**
 * `?OTR|identifier|sender|receiver,index,total,piece,`.
 *
 * @see [OTRv4, "Fragmentation"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#fragmentation)
 */
export interface FragmentV4 extends FragmentFields {
  /** Distinguishes this form from the others. */
  readonly version: 4
  /** Which message of this sender the piece belongs to: 32 bits, random. */
  readonly identifier: number
}

/** One line that carries a piece of an encoded message. */
export type Fragment = FragmentV2 | FragmentV3 | FragmentV4

/** What every fragment starts with. */
export const fragmentPrefix = /^\?OTR[|,]/

const maxTotal = 65_535
const form = /^\?OTR(?:\|([0-9a-f]{1,8})\|([0-9a-f]{1,8})(?:\|([0-9a-f]{1,8}))?)?,([0-9]{1,5}),([0-9]{1,5}),/i

/**
 * Parses one fragment, which must be the whole text. It does not check the tags: see `instanceTagProblem`.
 *
 * @throws MalformedError (`OTR_MALFORMED`) with the specification's name of the field and its position in the text
 * @see [OTRv3, "Fragmentation"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 * @see [OTRv4, "Fragmentation"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#fragmentation)
 */
export function parseFragment(text: string): Fragment {
  const parts = form.exec(text)
  if (parts === null) throw new MalformedError('fragment', 0, 'not in the form of a fragment')
  const [head, first, second = '', third, indexDigits = '', totalDigits = ''] = parts
  const total = Number(totalDigits)
  const totalAt = head.length - totalDigits.length - 1
  if (total === 0 || total > maxTotal) throw new MalformedError('total', totalAt, `${total} is not 1 to ${maxTotal}`)
  const index = Number(indexDigits)
  const indexAt = totalAt - indexDigits.length - 1
  if (index === 0 || index > total) throw new MalformedError('index', indexAt, `${index} is not 1 to ${total}`)
  // An empty piece still needs a closing comma of its own.
  if (text.length === head.length || !text.endsWith(',')) throw new MalformedError('piece', text.length, 'no comma at the end')
  const piece = text.slice(head.length, -1)
  // otr3 counts one piece too many when the length is a multiple of its piece size. No program sends an empty first piece.
  if (piece === '' && index === 1) throw new MalformedError('piece', head.length, 'is empty')
  const comma = piece.indexOf(',')
  if (comma >= 0) throw new MalformedError('piece', head.length + comma, 'a comma inside')
  const hex = (digits: string): number => Number.parseInt(digits, 16)
  if (first === undefined) return { version: 2, senderTag: 0, receiverTag: 0, index, total, piece }
  return third === undefined
    ? { version: 3, senderTag: hex(first), receiverTag: hex(second), index, total, piece }
    : { version: 4, identifier: hex(first), senderTag: hex(second), receiverTag: hex(third), index, total, piece }
}

/** A key for the message that a piece belongs to. Versions 2 and 3 have no message identifiers: two messages with the same number of pieces get the same key. */
export function messageOfPiece(fragment: Fragment): string {
  const { version, senderTag, receiverTag, total } = fragment
  return [version, fragment.version === 4 ? fragment.identifier : '', senderTag, receiverTag, total].join()
}

/**
 * How many characters of each line a fragment's head and closing comma take.
 *
 * @see [OTRv3, "Fragmentation"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 * @see [OTRv4, "Fragmentation"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#fragmentation)
 */
export function fragmentOverhead(version: 2 | 3 | 4): number {
  if (version === 2) return '?OTR,00001,00001,,'.length
  return (version === 4 ? '?OTR|01234567' : '?OTR').length + '|01234567|01234567,00001,00001,,'.length
}

/** The arguments of `fragmentMessage`. */
export interface FragmentOptions {
  /** The version whose form to write. */
  readonly version: 2 | 3 | 4
  /** An encoded message: ASCII without commas. */
  readonly text: string
  /** The sender's instance tag: 32 bits, unsigned, at least 0x100. */
  readonly senderTag: number
  /** The receiver's instance tag: 32 bits, unsigned; 0 while the sender does not know it. */
  readonly receiverTag: number
  /** Longest line that the network carries, in characters; in ASCII the same as bytes. */
  readonly maxLength: number
  /** Version 4: 32 random bits, different for each fragmented message. */
  readonly identifier?: number
}

/**
 * Returns the lines to send for a message, in their order: the message itself if it is short enough, otherwise its fragments of at most
 * `maxLength` characters each.
 *
 * @throws OtrError `OTR_FRAGMENT_LIMIT` when `maxLength` leaves no room for a piece: correct the configured limit
 * @throws OtrError `OTR_TOO_LARGE` when it would take more than 65,535 fragments
 * @see [OTRv3, "Fragmentation"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 * @see [OTRv4, "Transmitting Fragments"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#transmitting-fragments)
 */
export function fragmentMessage(options: FragmentOptions): string[] {
  const { version, text, senderTag, receiverTag, maxLength, identifier } = options
  if (text.length <= maxLength) return [text]
  const overhead = fragmentOverhead(version)
  const room = maxLength - overhead
  if (!(room >= 1)) {
    throw new OtrError('OTR_FRAGMENT_LIMIT', `fragments need lines of at least ${overhead + 1} characters, not ${maxLength}`)
  }
  if (text.includes(',')) throw new OtrError('OTR_INTERNAL', 'only encoded messages can be fragmented')
  const total = Math.ceil(text.length / room)
  if (total > maxTotal) throw new OtrError('OTR_TOO_LARGE', `${text.length} characters need more than ${maxTotal} fragments`)
  if (version === 4 && identifier === undefined) throw new OtrError('OTR_INTERNAL', 'fragments of version 4 need an identifier')
  const tags = (version === 2 ? [] : identifier === undefined || version === 3 ? [senderTag, receiverTag] : [identifier, senderTag, receiverTag])
    .map((tag) => `|${formatInstanceTag(tag)}`).join('')
  const number = (value: number): string => value.toString().padStart(5, '0')
  const end = `${number(total)},`
  const lines: string[] = []
  for (let index = 1; index <= total; index++) {
    lines.push(`?OTR${tags},${number(index)},${end}${text.slice((index - 1) * room, index * room)},`)
  }
  return lines
}
