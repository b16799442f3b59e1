import { macKeyLength, isAuthenticatedBy, type AnyDataMessage } from './data-message.js'
import type { MessageLine } from './decode.js'

/** A MAC key that a transcript has published, and what it lets anybody do. */
export interface PublishedMacKey {
  /** The number of the line that revealed it. */
  readonly revealedAt: number
  /** Who revealed it: their address, '' where the transcript does not say. */
  readonly revealedBy: string
  /** 64 bytes in version 4, 20 in versions 3 and 2. Everybody may know it. */
  readonly macKey: Uint8Array
  /**
   * The numbers of the lines whose messages it authenticates: anybody can change each of them with `modifyDataMessage` or `reMac`. Of a key of
   * version 4 at most one. Empty: the message is not in the transcript, or was changed.
   */
  readonly authenticates: readonly number[]
}

/** A data message in a transcript. */
interface DataLine {
  readonly at: number
  readonly from: string
  readonly message: AnyDataMessage
}

/**
 * The MAC keys that a transcript has published, in the order in which it revealed them, and the messages that each of them authenticates.
 * Fragments count as the message that they make, under the number of the last one.
 *
 * @see [OTRv4, "Revealing MAC Keys"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#revealing-mac-keys)
 */
export function publishedMacKeys(lines: readonly MessageLine[]): PublishedMacKey[] {
  const data = dataLines(lines)
  // Keys come in the order of the messages that they authenticate, so the first one that is open is nearly always the right one.
  const open = new Map<string, DataLine[]>()
  for (const line of data) openOf(open, keyOf(line.message, line.message.senderTag)).push(line)
  return data.flatMap((line) => revealedKeys(line.message).map((macKey): PublishedMacKey => ({
    revealedAt: line.at, revealedBy: line.from, macKey, authenticates: authenticated(line, macKey, open),
  })))
}

/** The lines that this key authenticates. Version 4 has a key for each message, the others one for each pair of keys. */
function authenticated({ message: { kind, receiverTag } }: DataLine, macKey: Uint8Array, open: Map<string, DataLine[]>): number[] {
  const candidates = open.get(`${kind} ${receiverTag}`) ?? []
  const fits = ({ message }: DataLine): boolean => isAuthenticatedBy(message, macKey)
  if (kind === 'v4-data') {
    const place = candidates.findIndex(fits)
    const [found] = place < 0 ? [] : candidates.splice(place, 1)
    return found === undefined ? [] : [found.at]
  }
  const first = candidates.find(fits)
  if (first === undefined) return []
  const same = candidates.filter((one) => sharesKey(one.message, first.message) && fits(one))
  for (const one of same) candidates.splice(candidates.indexOf(one), 1)
  return same.map(({ at }) => at)
}

function sharesKey(one: AnyDataMessage, other: AnyDataMessage): boolean {
  return one.kind !== 'v4-data' && other.kind !== 'v4-data' && one.senderKeyId === other.senderKeyId && one.recipientKeyId === other.recipientKeyId
}

/** The side that reveals a key has received the message. So the sender's tag of that message is the receiver's tag of the revealing one. Version 2 has no tags. */
function keyOf({ kind }: AnyDataMessage, tag: number): string {
  return `${kind} ${tag}`
}

function openOf(open: Map<string, DataLine[]>, key: string): DataLine[] {
  const known = open.get(key)
  if (known !== undefined) return known
  const made: DataLine[] = []
  open.set(key, made)
  return made
}

/** The MAC keys that a data message reveals: of 64 or 20 bytes each. */
export function revealedKeys(message: AnyDataMessage): Uint8Array[] {
  const all = message.kind === 'v4-data' ? message.revealedMacKeys : message.oldMacKeys
  const length = macKeyLength(message)
  return Array.from({ length: all.length / length }, (_, place) => all.subarray(place * length, (place + 1) * length))
}

/** The data messages of a transcript, in order. */
export function dataLines(lines: readonly MessageLine[]): DataLine[] {
  return lines.flatMap(({ at, from, message }) => message.kind === 'v4-data' || message.kind === 'v3-data' || message.kind === 'v2-data' ? [{ at, from, message }] : [])
}
