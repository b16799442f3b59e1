/** What scenarios do to lines on their way: they are decoded, changed, and encoded again. */
import { armorMessage, base64Decode, classify, messageHeader, type MessageHeader, type OtrMessage } from '../wire/index.js'
import { Unmet } from './expectation.js'

/** The message of a line; undefined if it is none. */
export function messageOf(line: string): OtrMessage | undefined {
  const classified = classify(line)
  return classified.kind === 'message' ? classified.message : undefined
}

/** The version and the type of an encoded line, whether or not what follows them can be decoded; undefined if it is no encoded line. */
export function headOf(line: string): Pick<MessageHeader, 'version' | 'type'> | undefined {
  const head = /^\?OTR:([A-Za-z0-9+/]{4})/.exec(line)?.[1]
  return head === undefined ? undefined : messageHeader(base64Decode(head))
}

/** The messages of that kind among lines. */
export function messagesOf<Kind extends OtrMessage['kind']>(lines: readonly string[], kind: Kind): Extract<OtrMessage, { readonly kind: Kind }>[] {
  return lines.map(messageOf).filter((message): message is Extract<OtrMessage, { readonly kind: Kind }> => message?.kind === kind)
}

/** The only message of that kind among lines. @throws Unmet unless there is exactly one */
export function onlyMessage<Kind extends OtrMessage['kind']>(lines: readonly string[], kind: Kind, who: string): Extract<OtrMessage, { readonly kind: Kind }> {
  const found = messagesOf(lines, kind)
  const [message] = found
  if (message === undefined || found.length > 1) throw new Unmet(`${who} sends ${found.length} messages of kind ${kind}, expected one`)
  return message
}

/** Changes a line if it is a message of that kind; undefined leaves it out. Other lines stay as they are. */
export function changed<Kind extends OtrMessage['kind']>(
  line: string, kind: Kind, change: (message: Extract<OtrMessage, { readonly kind: Kind }>) => OtrMessage | undefined,
): string | undefined {
  const [message] = messagesOf([line], kind)
  if (message === undefined) return line
  const other = change(message)
  return other === undefined ? undefined : armorMessage(other)
}

/** The bytes with one bit changed; `at` counts from the end if it is negative. `bit`: 0 is the lowest. */
export function flipped(bytes: Uint8Array, at = 0, bit = 0): Uint8Array {
  const copy = Uint8Array.from(bytes)
  const index = at < 0 ? copy.length + at : at
  copy[index] = (copy[index] ?? 0) ^ (1 << bit)
  return copy
}
