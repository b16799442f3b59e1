import { MalformedError } from '../errors.js'
import { armor } from './armor.js'
import { authIMessage, type AuthIMessage } from './auth-i-message.js'
import { authRMessage, type AuthRMessage } from './auth-r-message.js'
import type { ChatMessageCodec, MessageRole } from './codec.js'
import { dataMessageV2, dataMessageV3, IGNORE_UNREADABLE, type DataMessageV3 } from './data-message-v3.js'
import { dataMessageV4, type DataMessageV4 } from './data-message-v4.js'
import { dhCommitMessage, type DhCommitMessage } from './dh-commit-message.js'
import { dhKeyMessage, type DhKeyMessage } from './dh-key-message.js'
import { identityMessage, type IdentityMessage } from './identity-message.js'
import { nonInteractiveAuthMessage, type NonInteractiveAuthMessage } from './non-interactive-auth-message.js'
import { Reader } from './reader.js'
import { revealSignatureMessage, type RevealSignatureMessage } from './reveal-signature-message.js'
import { signatureMessage, type SignatureMessage } from './signature-message.js'
import { inVersion2, type InVersion2 } from './version-2.js'

/** Every message of OTRv3 that travels encoded. */
export type OtrMessageV3 = DhCommitMessage | DhKeyMessage | RevealSignatureMessage | SignatureMessage | DataMessageV3

/** Every message of OTRv2 that travels encoded: the same five, without tags. */
export type OtrMessageV2 = InVersion2<OtrMessageV3>

/** Every message of OTRv4 that travels encoded in a chat. */
export type OtrMessageV4 = IdentityMessage | AuthRMessage | AuthIMessage | NonInteractiveAuthMessage | DataMessageV4

/** Every encoded message of a chat. All carry `senderTag` and `receiverTag`, which are 0 in version 2. */
export type OtrMessage = OtrMessageV2 | OtrMessageV3 | OtrMessageV4

const codecs: { readonly [K in OtrMessage['kind']]: ChatMessageCodec<Extract<OtrMessage, { kind: K }>> } = {
  'v2-dh-commit': inVersion2(dhCommitMessage),
  'v2-dh-key': inVersion2(dhKeyMessage),
  'v2-reveal-signature': inVersion2(revealSignatureMessage),
  'v2-signature': inVersion2(signatureMessage),
  'v2-data': dataMessageV2,
  'v3-dh-commit': dhCommitMessage,
  'v3-dh-key': dhKeyMessage,
  'v3-reveal-signature': revealSignatureMessage,
  'v3-signature': signatureMessage,
  'v3-data': dataMessageV3,
  'v4-identity': identityMessage,
  'v4-auth-r': authRMessage,
  'v4-auth-i': authIMessage,
  'v4-non-interactive-auth': nonInteractiveAuthMessage,
  'v4-data': dataMessageV4,
}

const byVersionAndType = new Map<number, ChatMessageCodec<OtrMessage>>(
  (Object.values(codecs) as ChatMessageCodec<OtrMessage>[]).map((codec) => [(codec.version << 8) | codec.type, codec]),
)

/**
 * Encodes a message as bytes; `decodeMessage` is the reverse.
 *
 * @see [OTRv3, "Encoded messages"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 * @see [OTRv4, "Encoded Messages"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#encoded-messages)
 */
export function encodeMessage(message: OtrMessage): Uint8Array {
  return codecOf(message).encode(message)
}

/**
 * Encodes a message in its text form, for the network.
 *
 * @see [OTRv3, "Encoded messages"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 * @see [OTRv4, "Encoded Messages"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#encoded-messages)
 */
export function armorMessage(message: OtrMessage): string {
  return armor(codecOf(message).view(message))
}

function codecOf({ kind }: OtrMessage): ChatMessageCodec<OtrMessage> {
  return codecs[kind]
}

/** The header of every encoded message. */
export interface MessageHeader {
  /** The protocol version: 16 bits. Only messages of 2, 3 and 4 can be decoded further. */
  readonly version: number
  /** The message type: one byte. */
  readonly type: number
  /** Absent when the bytes end too early or the version has no tags. */
  readonly senderTag?: number
  /** The receiver's instance tag, 32 bits, unsigned. Absent when the bytes end too early or the version has no tags. */
  readonly receiverTag?: number
  /** Of a data message. `IGNORE_UNREADABLE`: its sender wants no answer when it cannot be read. */
  readonly flags?: number
}

/** How many characters of base64 hold a header of 12 bytes. */
export const HEADER_CHARACTERS = 16

/** Data messages have the same number in all versions. */
const DATA = 0x03

/**
 * Decodes the header at the beginning of bytes; what follows may be anything.
 *
 * @throws MalformedError (`OTR_MALFORMED`) when version or type are missing
 * @see [OTRv3, "Encoded messages"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 * @see [OTRv4, "Encoded Messages"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#encoded-messages)
 */
export function messageHeader(bytes: Uint8Array): MessageHeader {
  const reader = new Reader(bytes)
  const version = reader.short('Protocol version')
  const type = reader.byte('Message type')
  const hasTags = version >= 3
  if (version < 2 || (hasTags && reader.remaining < 8)) return { version, type }
  const tags = hasTags && { senderTag: reader.int('Sender Instance tag'), receiverTag: reader.int('Receiver Instance tag') }
  return { version, type, ...tags, ...(type === DATA && reader.remaining > 0 && { flags: reader.byte('flags') }) }
}

/** What a message of this type is for; undefined for a type that `decodeMessage` does not know. */
export function messageRole({ version, type }: Pick<MessageHeader, 'version' | 'type'>): MessageRole | undefined {
  return byVersionAndType.get((version << 8) | type)?.role
}

/** What a message is for. */
export function roleOfMessage(message: OtrMessage): MessageRole {
  return codecOf(message).role
}

/** The version that a message belongs to. */
export function versionOfMessage(message: OtrMessage): 2 | 3 | 4 {
  return codecOf(message).version
}

/** Whether this is a data message whose sender wants no answer when it cannot be read. */
export function ignoresUnreadable(message: OtrMessage): boolean {
  return 'flags' in message && (message.flags & IGNORE_UNREADABLE) !== 0
}

/** Whether `decodeMessage` knows this type in this version. */
export function isKnownMessage(version: number, type: number): boolean {
  return byVersionAndType.has((version << 8) | type)
}

/**
 * Decodes a message; it must fill all bytes. Values are not checked against groups, curves or signatures.
 * @throws MalformedError (`OTR_MALFORMED`) with the specification's name of the field and the offset
 * @see [OTRv3, "Encoded messages"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 * @see [OTRv4, "Encoded Messages"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#encoded-messages)
 */
export function decodeMessage(bytes: Uint8Array): OtrMessage {
  const reader = new Reader(bytes)
  const version = reader.short('Protocol version')
  if (version < 2 || version > 4) reader.fail('Protocol version', `version ${version} is not supported`, 0)
  const type = reader.byte('Message type')
  const codec = byVersionAndType.get((version << 8) | type)
  if (codec === undefined) throw new MalformedError('Message type', 2, `unknown type ${type} of version ${version}`)
  const message = codec.read(reader)
  reader.end()
  return message
}

/** Maps a message's properties to the specification's names of the fields, in the specification's order. */
export function messageFieldNames(kind: OtrMessage['kind']): ReadonlyMap<string, string> {
  return new Map(Object.entries(codecs[kind].fields).flatMap(([key, { name }]: [string, { name: string }]) => name === '' ? [] : [[key, name]]))
}
