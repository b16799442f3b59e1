/**
 * The relay's protocol: JSON objects, one a WebSocket text message. `spec/relay.md` describes it for writers of other clients.
 * Both directions are parsed strictly: a frame with a missing, unknown or wrong field is refused as a whole.
 */
import { transportError } from '../transport.js'
import type { UnreservedReason } from './file-store.js'

/** From a client to the relay. */
export type ClientFrame =
  /** The first frame: the client's name. `session` names this run of the client; `epoch` and `got` say how far it has received. */
  | { readonly type: 'register', readonly name: string, readonly session: string, readonly epoch?: string, readonly got?: number }
  /** A line for `to`. `id` counts up from 1 within a session. */
  | { readonly type: 'send', readonly id: number, readonly to: string, readonly text: string }
  /** Every line up to and including `seq` has been received; the relay need not keep them. */
  | { readonly type: 'got', readonly seq: number }
  /** Asks for a place for a sealed file of `length` bytes. `id` counts up from 1 within a connection. */
  | { readonly type: 'reserve', readonly id: number, readonly length: number }

/** From the relay to a client. */
export type ServerFrame =
  /** The answer to `register`. `accepted`: the highest `id` of this session that the relay has already answered. `files`: it carries files, up to so many bytes each. */
  | { readonly type: 'registered', readonly name: string, readonly epoch: string, readonly accepted: number, readonly files?: number }
  /** The relay will not serve this connection and closes it. */
  | { readonly type: 'refused', readonly reason: RefusedReason }
  /** The line has been delivered or stored. */
  | { readonly type: 'accepted', readonly id: number }
  /** The line was dropped. */
  | { readonly type: 'rejected', readonly id: number, readonly reason: RejectedReason }
  /** The place that was asked for: the file's name in addresses, and the secret by which it is changed. */
  | { readonly type: 'reserved', readonly id: number, readonly file: string, readonly token: string }
  /** There is no place. */
  | { readonly type: 'unreserved', readonly id: number, readonly reason: UnreservedReason }
  /** A line from `from`. `seq` counts up for this name; `waited` is its time in the store in seconds, present if it had to wait. */
  | { readonly type: 'message', readonly seq: number, readonly from: string, readonly to: string, readonly text: string, readonly waited?: number }

/** Why the relay will not serve a connection. */
export type RefusedReason = 'bad-name' | 'name-taken' | 'names-full' | 'bad-frame' | 'replaced'
/** Why the relay dropped a line. */
export type RejectedReason = 'unknown-name' | 'queue-full' | 'store-full'

const refused: readonly string[] = ['bad-name', 'name-taken', 'names-full', 'bad-frame', 'replaced'] satisfies RefusedReason[]
const rejected: readonly string[] = ['unknown-name', 'queue-full', 'store-full'] satisfies RejectedReason[]

const unreserved: readonly string[] = ['no-files', 'file-too-long', 'files-full'] satisfies UnreservedReason[]

type FieldCheck = (value: unknown) => boolean

const text: FieldCheck = (value) => typeof value === 'string'
const token: FieldCheck = (value) => typeof value === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(value)
const count: FieldCheck = (value) => Number.isSafeInteger(value) && (value as number) >= 0
/** A hundred years: a time further back than dates reach would break whatever shows it. */
const seconds: FieldCheck = (value) => typeof value === 'number' && value >= 0 && value <= 3_155_760_000
const optional = (check: FieldCheck): FieldCheck => (value) => value === undefined || check(value)

const clientFields: Record<ClientFrame['type'], Record<string, FieldCheck>> = {
  register: { name: text, session: token, epoch: optional(token), got: optional(count) },
  send: { id: count, to: text, text },
  got: { seq: count },
  reserve: { id: count, length: count },
}

const serverFields: Record<ServerFrame['type'], Record<string, FieldCheck>> = {
  registered: { name: text, epoch: token, accepted: count, files: optional(count) },
  refused: { reason: (value) => refused.includes(value as string) },
  accepted: { id: count },
  rejected: { id: count, reason: (value) => rejected.includes(value as string) },
  reserved: { id: count, file: token, token },
  unreserved: { id: count, reason: (value) => unreserved.includes(value as string) },
  message: { seq: count, from: text, to: text, text, waited: optional(seconds) },
}

function parse(line: string, table: Record<string, Record<string, FieldCheck>>): Record<string, unknown> | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const frame = value as Record<string, unknown>
  const type = frame['type']
  const fields = typeof type === 'string' && Object.hasOwn(table, type) ? table[type] : undefined
  if (fields === undefined) return undefined
  if (Object.keys(frame).some((key) => key !== 'type' && !Object.hasOwn(fields, key))) return undefined
  return Object.entries(fields).every(([key, check]) => check(frame[key])) ? frame : undefined
}

/** Reads a client's frame; undefined when it is none. */
export function parseClientFrame(line: string): ClientFrame | undefined {
  return parse(line, clientFields) as ClientFrame | undefined
}

/** Reads a relay's frame; undefined when it is none. */
export function parseServerFrame(line: string): ServerFrame | undefined {
  return parse(line, serverFields) as ServerFrame | undefined
}

/** A name on the relay: 1 to 64 letters, digits and `. _ - @ +`, compared byte by byte. */
export function isRelayName(name: string): boolean {
  return /^[\p{L}\p{N}._@+-]{1,64}$/u.test(name) && name === name.normalize('NFC')
}

/** The key of the conversation with the owner of this name. @throws OtrError `OTR_TRANSPORT_ADDRESS` */
export function canonicalRelayName(name: string): string {
  const normal = name.normalize('NFC')
  if (!isRelayName(normal)) throw transportError('ADDRESS', 'a name is 1 to 64 letters, digits and . _ - @ +')
  return normal
}
