import {
  base64Decode, base64Encode, readEnsemble, Reader, writeEnsemble, Writer,
  type ClientProfile, type Ensemble,
} from '../wire/index.js'
import { MalformedError } from '../errors.js'
import { clientProfile } from '../wire/client-profile.js'
import { data, defineMessage, fixed, int, point, RING_SIG_LENGTH, type Field, type MessageCodec } from '../wire/codec.js'
import { draftDialect } from './dialect.js'
import { text } from './fields.js'
import { MAC_LENGTH, publicationMessage, type PublicationMessage } from './publication.js'

/** DAKE-1: with it a publisher begins a key exchange. */
export interface Dake1Message {
  readonly kind: 'prekey-dake-1'
  readonly senderTag: number
  readonly clientProfile: ClientProfile
  /** I: the ephemeral ECDH key, 57 bytes. */
  readonly i: Uint8Array
}

/** DAKE-2: the server's answer, signed. */
export interface Dake2Message {
  readonly kind: 'prekey-dake-2'
  readonly receiverTag: number
  /** The server's address, the first part of the Prekey Server Composite Identity. */
  readonly serverIdentity: string
  /** The second part, the server's long-term key H_s: the bare point of 57 bytes. */
  readonly serverKey: Uint8Array
  /** S: the ephemeral ECDH key, 57 bytes. */
  readonly s: Uint8Array
  /** RING-SIG: 342 bytes. */
  readonly sigma: Uint8Array
}

/** DAKE-3: the publisher's signature and their request. */
export interface Dake3Message {
  readonly kind: 'prekey-dake-3'
  readonly senderTag: number
  /** RING-SIG: 342 bytes. */
  readonly sigma: Uint8Array
  /** An encoded Prekey Publication or Storage Information Request message. */
  readonly attached: Uint8Array
}

/** Storage Information Request message. It travels only as the attachment of a DAKE-3 message. */
export interface StorageRequestMessage {
  readonly kind: 'prekey-storage-request'
  readonly mac: Uint8Array
}

/** Storage Status message. */
export interface StorageStatusMessage {
  readonly kind: 'prekey-storage-status'
  readonly receiverTag: number
  /** The field "Stored prekey messages number". */
  readonly stored: number
  readonly mac: Uint8Array
}

/** Success message: the publication is stored. */
export interface SuccessMessage {
  readonly kind: 'prekey-success'
  readonly receiverTag: number
  readonly mac: Uint8Array
}

/** Failure message: no part of the publication is stored. */
export interface FailureMessage {
  readonly kind: 'prekey-failure'
  readonly receiverTag: number
  readonly mac: Uint8Array
}

/** Prekey Ensemble Query Retrieval message: somebody wants to write to `identity`. */
export interface EnsembleQueryMessage {
  readonly kind: 'prekey-query'
  readonly senderTag: number
  readonly identity: string
  /** One character a version, in any order. */
  readonly versions: string
}

/** Prekey Ensemble Retrieval message. */
export interface EnsembleRetrievalMessage {
  readonly kind: 'prekey-ensembles'
  readonly receiverTag: number
  readonly identity: string
  /** At least one. Not verified. */
  readonly ensembles: readonly Ensemble[]
}

/** No Prekey Ensembles in Storage message. */
export interface NoEnsemblesMessage {
  readonly kind: 'prekey-none'
  readonly receiverTag: number
  readonly identity: string
  /** A text for people. It is not authenticated: show it as inert text. */
  readonly detail: string
}

/** The messages that a server accepts by themselves. */
export type ToServer = Dake1Message | Dake3Message | EnsembleQueryMessage
/** The messages that travel only inside a DAKE-3 message. */
export type Attached = PublicationMessage | StorageRequestMessage
/** The messages that a client accepts. */
export type ToClient =
  | Dake2Message | StorageStatusMessage | SuccessMessage | FailureMessage | EnsembleRetrievalMessage | NoEnsemblesMessage

const mac = (name: string): Field<Uint8Array> => fixed(name, MAC_LENGTH)
const sigma = fixed('sigma', RING_SIG_LENGTH)
const receiverTag = int('Receiver instance tag')
const senderTag = int('Sender instance tag')
const participant = text('Participant Identity')

const { serverKey, ensembleCount } = draftDialect

/** L, and L ensembles. An ensemble has more than 700 bytes, so with a false L the reader runs out of bytes soon. */
const ensembles: Field<readonly Ensemble[]> = {
  name: 'Ensembles',
  read(reader) {
    const start = reader.offset
    const count = ensembleCount.read(reader)
    if (count === 0) reader.fail('L', 'no ensembles', start)
    const list: Ensemble[] = []
    while (list.length < count) list.push(readEnsemble(reader))
    return list
  },
  write(writer, list) {
    ensembleCount.write(writer, list.length)
    for (const ensemble of list) writeEnsemble(writer, ensemble)
  },
}

const toServer: { readonly [K in ToServer['kind']]: MessageCodec<Extract<ToServer, { kind: K }>> } = {
  'prekey-dake-1': defineMessage<Dake1Message>('prekey-dake-1', 4, 0x35, {
    senderTag, clientProfile: clientProfile('Sender Client Profile'), i: point('I'),
  }),
  'prekey-dake-3': defineMessage<Dake3Message>('prekey-dake-3', 4, 0x37, { senderTag, sigma, attached: data('Message') }),
  'prekey-query': defineMessage<EnsembleQueryMessage>('prekey-query', 4, 0x10, {
    senderTag, identity: participant, versions: text('Versions'),
  }),
}

const attached: { readonly [K in Attached['kind']]: MessageCodec<Extract<Attached, { kind: K }>> } = {
  'prekey-publication': publicationMessage,
  'prekey-storage-request': defineMessage<StorageRequestMessage>('prekey-storage-request', 4, 0x09, { mac: mac('Storage Information MAC') }),
}

const toClient: { readonly [K in ToClient['kind']]: MessageCodec<Extract<ToClient, { kind: K }>> } = {
  'prekey-dake-2': defineMessage<Dake2Message>('prekey-dake-2', 4, 0x36, {
    receiverTag, serverIdentity: text('Prekey Server Identity'), serverKey, s: point('S'), sigma,
  }),
  'prekey-storage-status': defineMessage<StorageStatusMessage>('prekey-storage-status', 4, 0x0b, {
    receiverTag, stored: int('Stored prekey messages number'), mac: mac('Status MAC'),
  }),
  'prekey-success': defineMessage<SuccessMessage>('prekey-success', 4, 0x06, { receiverTag, mac: mac('Success MAC') }),
  'prekey-failure': defineMessage<FailureMessage>('prekey-failure', 4, 0x05, { receiverTag, mac: mac('Failure MAC') }),
  'prekey-ensembles': defineMessage<EnsembleRetrievalMessage>('prekey-ensembles', 4, 0x13, {
    receiverTag, identity: participant, ensembles,
  }),
  'prekey-none': defineMessage<NoEnsemblesMessage>('prekey-none', 4, 0x0e, {
    receiverTag, identity: participant, detail: text('No Prekey-Messages message'),
  }),
}

/** Any message of the prekey protocol. */
export type PrekeyProtocolMessage = ToServer | Attached | ToClient

type AnyCodec = MessageCodec<PrekeyProtocolMessage>
const codecs = { ...toServer, ...attached, ...toClient } as unknown as Readonly<Record<PrekeyProtocolMessage['kind'], AnyCodec>>

const byType = (table: object): ReadonlyMap<number, AnyCodec> =>
  new Map((Object.values(table) as AnyCodec[]).map((codec) => [codec.type, codec]))

function decoder(table: object): (bytes: Uint8Array) => PrekeyProtocolMessage {
  const types = byType(table)
  return (bytes) => {
    const reader = new Reader(bytes)
    const version = reader.short('Protocol version')
    if (version !== 4) reader.fail('Protocol version', `version ${version} is not supported`, 0)
    const type = reader.byte('Message type')
    const codec = types.get(type)
    if (codec === undefined) throw new MalformedError('Message type', 2, `type ${type} is not allowed here`)
    const message = codec.read(reader)
    reader.end()
    return message
  }
}

/** Decodes a message that a server accepts; the bytes must be exactly one message. @throws MalformedError */
export const decodeToServer = decoder(toServer) as (bytes: Uint8Array) => ToServer
/** Decodes the attachment of a DAKE-3 message in the same way. @throws MalformedError */
export const decodeAttached = decoder(attached) as (bytes: Uint8Array) => Attached
/** Decodes a message that a client accepts in the same way. @throws MalformedError */
export const decodeToClient = decoder(toClient) as (bytes: Uint8Array) => ToClient

/** The binary form of a message. */
export function encodePrekeyProtocol(message: PrekeyProtocolMessage): Uint8Array {
  return codecs[message.kind].encode(message)
}

/** The text for people in a No Prekey Ensembles message, in the draft's words. */
export const NO_ENSEMBLES = 'No Prekey Messages available for this identity'

/** Encodes an Ensemble Retrieval message from parts that are encoded already: a server hands out the stored bytes without decoding them. */
export function encodeRetrieval(
  receiver: number, identity: string,
  parts: readonly { readonly clientProfile: Uint8Array, readonly prekeyProfile: Uint8Array, readonly prekeyMessage: Uint8Array }[],
): Uint8Array {
  const { version, type, fields } = toClient['prekey-ensembles']
  const writer = new Writer(1024 * parts.length).short(version).byte(type)
  fields.receiverTag.write(writer, receiver)
  fields.identity.write(writer, identity)
  ensembleCount.write(writer, parts.length)
  for (const { clientProfile: client, prekeyProfile, prekeyMessage } of parts) writer.bytes(client).bytes(prekeyProfile).bytes(prekeyMessage)
  return writer.finish()
}

/** The text form of a message: base64 and a period. */
export function prekeyText(message: PrekeyProtocolMessage): string {
  return `${base64Encode(encodePrekeyProtocol(message))}.`
}

/** The bytes of a text form. @throws MalformedError (`OTR_MALFORMED`) unless the whole text is strict base64 followed by a period */
export function prekeyTextBytes(message: string): Uint8Array {
  if (!message.endsWith('.')) throw new MalformedError('text form', 0, 'no period at the end')
  return base64Decode(message, 'text form', 0, message.length - 1)
}

/**
 * Whether a text from or to a prekey server looks like this protocol: like a base64 message of version 4 with one of its types, or like the
 * beginning of a fragment. For applications that must distinguish it from chat.
 *
 * @see [OTRv4 prekey server, "Encoded Messages"](https://github.com/otrv4/otrv4-prekey-server/blob/master/otrv4-prekey-server.md#encoded-messages)
 * @see [OTRv4 prekey server, "Fragmentation of some Messages"](https://github.com/otrv4/otrv4-prekey-server/blob/master/otrv4-prekey-server.md#fragmentation-of-some-messages)
 */
export function looksLikePrekeyText(message: string): boolean {
  return message.startsWith('?OTRP|') || /^AAQ[1-3FGLOQT][A-Za-z0-9+/]*={0,2}\.$/.test(message)
}
