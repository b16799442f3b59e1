import type { OtrMessage } from './message.js'

/**
 * The smallest tag that an instance may have.
 *
 * @see [OTRv3, "Instance Tags"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 * @see [OTRv4, "Instance Tags"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#instance-tags)
 */
export const MIN_INSTANCE_TAG = 0x100

/**
 * Whether a client may have this tag: an unsigned number of 32 bits from 0x100 on.
 *
 * @see [OTRv4, "Instance Tags"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#instance-tags)
 */
export function isInstanceTag(tag: number): boolean {
  return Number.isInteger(tag) && tag >= MIN_INSTANCE_TAG && tag <= 0xffffffff
}

/** A tag as people see it: eight hexadecimal digits, unsigned. */
export function formatInstanceTag(tag: number): string {
  return tag.toString(16).padStart(8, '0')
}

/**
 * Returns which tag of a message is invalid, if any: discard such a message. The sender's tag must be valid. The receiver's tag may be 0 only in
 * a message that begins a key exchange, whose sender may not know it yet, and in fragments. The caller checks whether the tag is ours.
 * Version 2 has no tags, so they are never invalid.
 *
 * @see [OTRv3, "Instance Tags"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 * @see [OTRv4, "Instance Tags"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#instance-tags)
 */
export function instanceTagProblem(message: OtrMessage | { readonly senderTag: number, readonly receiverTag: number, readonly version?: number }): 'sender' | 'receiver' | undefined {
  if ('kind' in message ? message.kind.startsWith('v2-') : message.version === 2) return undefined
  if (!isInstanceTag(message.senderTag)) return 'sender'
  if (isInstanceTag(message.receiverTag)) return undefined
  const mayBeUnknown = !('kind' in message) || message.kind === 'v3-dh-commit' || message.kind === 'v4-identity'
  return message.receiverTag === 0 && mayBeUnknown ? undefined : 'receiver'
}
