import { POINT_LENGTH, type Reader } from './reader.js'
import { Writer } from './writer.js'

/**
 * RING-SIG: six scalars.
 *
 * @see [OTRv4, "Serializing the Ring Signature Proof of Authentication"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#serializing-the-ring-signature-proof-of-authentication)
 */
export const RING_SIG_LENGTH = 6 * POINT_LENGTH

/** One field of a message: the specification's name of it, and how it is read and written. */
export interface Field<T> {
  readonly name: string
  read(reader: Reader): T
  write(writer: Writer, value: T): void
}

/** The fields of `M` in the order of the specification's table. An object literal keeps its order. */
export type FieldsOf<M> = { readonly [K in Exclude<keyof M, 'kind'>]: Field<M[K]> }

/** BYTE. */
export const byte = (name: string): Field<number> => ({
  name, read: (reader) => reader.byte(name), write: (writer, value) => { writer.byte(value) },
})

/** INT. */
export const int = (name: string): Field<number> => ({
  name, read: (reader) => reader.int(name), write: (writer, value) => { writer.int(value) },
})

/** MPI: big-endian, minimal. */
export const mpi = (name: string): Field<Uint8Array> => ({
  name, read: (reader) => reader.mpi(name), write: (writer, value) => { writer.mpi(value) },
})

/**
 * The MPI of a public key that is in every message until it changes. Messages with the same key have the same array: to copy 192 or 384 bytes would take a
 * twentieth of a short message's time. Who keeps it copies it.
 */
export function keyMpi(name: string): Field<Uint8Array> {
  let last: Uint8Array = new Uint8Array(0)
  return { name, read: (reader) => last = reader.repeatedMpi(name, last), write: (writer, value) => { writer.mpi(value) } }
}

/** DATA of any length. */
export const data = (name: string): Field<Uint8Array> => ({
  name, read: (reader) => reader.data(name), write: (writer, value) => { writer.data(value) },
})

/** DATA whose length the specification fixes. */
export const dataOf = (name: string, length: number): Field<Uint8Array> => ({
  name,
  read(reader) {
    const start = reader.offset
    const value = reader.data(name)
    if (value.length !== length) reader.fail(name, `${value.length} bytes instead of ${length}`, start)
    return value
  },
  write: (writer, value) => { writer.int(length).fixed(value, length) },
})

/** DATA that is a list of values of `unit` bytes each: revealed MAC keys. */
export const dataList = (name: string, unit: number): Field<Uint8Array> => ({
  name,
  read(reader) {
    const start = reader.offset
    const value = reader.data(name)
    if (value.length % unit !== 0) reader.fail(name, `${value.length} bytes are no multiple of ${unit}`, start)
    return value
  },
  write: (writer, value) => { writer.data(value) },
})

/** Bytes of a fixed length with no length before them: MAC, CTR. */
export const fixed = (name: string, length: number): Field<Uint8Array> => ({
  name, read: (reader) => reader.take(name, length), write: (writer, value) => { writer.fixed(value, length) },
})

/** POINT. */
export const point = (name: string): Field<Uint8Array> => ({
  name, read: (reader) => reader.point(name), write: (writer, value) => { writer.point(value) },
})

/** How one type of message is encoded: derived from one list of fields in both directions. */
export interface MessageCodec<M extends { readonly kind: string }> {
  readonly kind: M['kind']
  readonly version: 2 | 3 | 4
  readonly type: number
  readonly fields: FieldsOf<M>
  /** Reads the fields after version and type. The caller checks that nothing follows. */
  read(reader: Reader): M
  /** The whole message. */
  encode(message: M): Uint8Array
  /** As `encode`, without a copy: returns a view, which the next encoding overwrites. */
  view(message: M): Uint8Array
  /** The message up to and including the field `last`, which is what a MAC covers. Returns a view, which the next encoding overwrites. */
  upTo(message: M, last: Exclude<keyof M, 'kind'>): Uint8Array
}

/** One writer for all messages: no message is encoded within another, and all of them are public. */
const writer = new Writer()

/** Declares a message. `fields` must name each property of `M` once, in the order of the specification. */
export function defineMessage<M extends { readonly kind: string }>(
  kind: M['kind'], version: 2 | 3 | 4, type: number, fields: FieldsOf<M>,
): MessageCodec<M> {
  const keys = Object.keys(fields) as (Exclude<keyof M, 'kind'> & string)[]
  const list = Object.values<Field<unknown>>(fields)
  const write = (message: M, end: number): Writer => {
    writer.restart().short(version).byte(type)
    for (let i = 0; i < end; i++) list[i]?.write(writer, message[keys[i] as keyof M])
    return writer
  }
  return {
    kind,
    version,
    type,
    fields,
    read(reader) {
      const message: Record<string, unknown> = { kind }
      for (let i = 0; i < list.length; i++) message[keys[i] as string] = list[i]?.read(reader)
      return message as unknown as M
    },
    encode: (message) => write(message, list.length).finish(),
    view: (message) => write(message, list.length).view(),
    upTo: (message, last) => write(message, keys.indexOf(last as string & typeof last) + 1).view(),
  }
}

/**
 * The role of a message. `opens`, `answers` and `completes`: a step of a key exchange. `offline`: a whole key exchange in one message, for
 * somebody who is away. `data`: a data message.
 */
export type MessageRole = 'opens' | 'answers' | 'completes' | 'offline' | 'data'

/** As `MessageCodec`, of a message of a chat. */
export interface ChatMessageCodec<M extends { readonly kind: string }> extends MessageCodec<M> {
  readonly role: MessageRole
}

/** As `defineMessage`, for a message of a chat. */
export function defineChatMessage<M extends { readonly kind: string }>(
  kind: M['kind'], version: 2 | 3 | 4, type: number, role: MessageRole, fields: FieldsOf<M>,
): ChatMessageCodec<M> {
  return { ...defineMessage(kind, version, type, fields), role }
}
