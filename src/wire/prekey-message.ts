import { defineMessage, int, mpi, point } from './codec.js'
import { Reader } from './reader.js'
import type { Writer } from './writer.js'

/**
 * Prekey Message: stored on a prekey server and never sent in a chat, so it is not an `OtrMessage`. Point and MPI are not checked against
 * curve or group.
 *
 * @see [OTRv4, "Prekey Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#prekey-message)
 */
export interface PrekeyMessage {
  /** Distinguishes this message from the others. */
  readonly kind: 'v4-prekey'
  /** Prekey Message Identifier. */
  readonly identifier: number
  /** The instance tag of the client that made it. */
  readonly instanceTag: number
  /** Y, 57 bytes. */
  readonly y: Uint8Array
  /** B: big-endian without leading zeros, at most 384 bytes. */
  readonly b: Uint8Array
}

export const prekeyMessage = defineMessage<PrekeyMessage>('v4-prekey', 4, 0x0f, {
  identifier: int('Prekey Message Identifier'),
  instanceTag: int("Prekey owner's instance tag"),
  y: point("Y Prekey owner's ECDH public key"),
  b: mpi("B Prekey owner's DH public key"),
})

/**
 * The bytes of the whole message, with its version and type.
 *
 * @see [OTRv4, "Prekey Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#prekey-message)
 */
export function encodePrekeyMessage(message: PrekeyMessage): Uint8Array {
  return prekeyMessage.encode(message)
}

/**
 * Reads a Prekey Message from a longer message, beginning with its version.
 *
 * @see [OTRv4, "Prekey Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#prekey-message)
 */
export function readPrekeyMessage(reader: Reader): PrekeyMessage {
  const start = reader.offset
  const { version, type } = prekeyMessage
  if (reader.short('Protocol version') !== version) reader.fail('Protocol version', 'a Prekey Message has version 4', start)
  if (reader.byte('Message type') !== type) reader.fail('Message type', 'not a Prekey Message', start + 2)
  return prekeyMessage.read(reader)
}

/**
 * Writes a Prekey Message into a longer message, with its version and type.
 *
 * @see [OTRv4, "Prekey Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#prekey-message)
 */
export function writePrekeyMessage(writer: Writer, message: PrekeyMessage): void {
  const { version, type, fields: { identifier, instanceTag, y, b } } = prekeyMessage
  writer.short(version).byte(type)
  identifier.write(writer, message.identifier)
  instanceTag.write(writer, message.instanceTag)
  y.write(writer, message.y)
  b.write(writer, message.b)
}

/**
 * Decodes a Prekey Message; it must fill all bytes.
 *
 * @throws MalformedError (`OTR_MALFORMED`) also for trailing bytes
 * @see [OTRv4, "Prekey Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#prekey-message)
 */
export function decodePrekeyMessage(bytes: Uint8Array): PrekeyMessage {
  const reader = new Reader(bytes)
  const message = readPrekeyMessage(reader)
  reader.end()
  return message
}
