import { wipe } from '../crypto/index.js'
import { OtrError } from '../errors.js'
import type { Conversation } from '../session/conversation/state.js'
import type { ApplicationRecord, JournalEntry, SavedAccount } from '../session/client/persistence.js'
import type { Policy } from '../session/policy.js'
import type { OwnPrekeyMessage } from '../v4/prekey-vault.js'
import { bytes, count, Refusal, struct, text, uint32, type Codec, type Plain } from './codec.js'
import { conversationFrom1, journalFrom1 } from './migrations.js'
import { pack, unpackShared, withCopies } from './message-pack.js'
import { account } from './schema/account.js'
import { conversation } from './schema/conversation.js'
import { journalEntry } from './schema/event.js'
import { partialPolicy } from './schema/policy.js'
import { ownPrekeyMessage, vaultHead, type VaultHead } from './schema/prekeys.js'

/** One piece of an incomplete message. */
export interface Piece {
  readonly peer: string
  readonly version: number
  readonly identifier: number
  readonly senderTag: number
  readonly receiverTag: number
  /** From 0. */
  readonly index: number
  readonly piece: string
}

/** The root, which authenticates the set of all records: see `manifest.ts`. */
export interface Root {
  /** How often the store was written to. */
  readonly generation: number
  /** `SavedState.nextEvent` */
  readonly nextEvent: number
  /** How many records there are besides this one. */
  readonly records: number
  /** Of their names and generations: 32 bytes. */
  readonly digest: Uint8Array
}

/** The kinds of records, and the type of each. */
export interface RecordValues {
  readonly 'root': Root
  readonly 'account': SavedAccount
  readonly 'policy': Partial<Policy>
  readonly 'prekeys': VaultHead
  readonly 'prekey': OwnPrekeyMessage
  readonly 'conversation': Conversation
  readonly 'piece': Piece
  readonly 'journal': JournalEntry
  readonly 'host': ApplicationRecord
}

export type RecordKind = keyof RecordValues

/** A record, distinguished by its kind. */
export type StoreRecord = { readonly [Kind in RecordKind]: { readonly kind: Kind, readonly value: RecordValues[Kind] } }[RecordKind]

/** Turns the form of one version into the next. It works on plain MessagePack values; the newest form is validated afterwards as always. */
export type Migration = (old: Plain) => Plain

/** One kind of record: how its value is encoded in the newest version, and how older versions are turned into that. */
export interface RecordType<T> {
  readonly codec: Codec<T>
  /** The first leads from version 1 to version 2, and so on: the newest version is one more than there are. */
  readonly migrations: readonly Migration[]
}

export type RecordTypes = { readonly [Kind in RecordKind]: RecordType<RecordValues[Kind]> }

/** What this version of the library reads and writes. Never change a released form: add a successor and a migration. */
export const recordTypes: RecordTypes = {
  root: {
    codec: struct<Root>({ generation: count(), nextEvent: count(), records: count(), digest: bytes(32) }),
    migrations: [],
  },
  account: { codec: account, migrations: [] },
  policy: { codec: partialPolicy, migrations: [] },
  prekeys: { codec: vaultHead, migrations: [] },
  prekey: { codec: ownPrekeyMessage, migrations: [] },
  conversation: { codec: conversation, migrations: [conversationFrom1] },
  piece: {
    codec: struct<Piece>({
      peer: text(), version: count(255), identifier: uint32, senderTag: uint32, receiverTag: uint32, index: count(0xffff), piece: text(),
    }),
    migrations: [],
  },
  journal: { codec: journalEntry, migrations: [journalFrom1] },
  host: { codec: struct<ApplicationRecord>({ name: text(), bytes: bytes() }), migrations: [] },
}

/** Encodes a record as bytes that begin with kind and version. Wipe them after use. @throws OtrError `OTR_INTERNAL` for a state that could not be decoded again */
export function encodeRecord({ kind, value }: StoreRecord): Uint8Array {
  const { codec, migrations } = recordTypes[kind] as RecordType<unknown>
  try {
    return pack([kind, migrations.length + 1, codec.encode(value)])
  } catch (error) {
    throw error instanceof Refusal ? new OtrError('OTR_INTERNAL', `cannot be stored: ${kind}: ${error.toString()}`) : error
  }
}

/**
 * Decodes a record, and migrates an older form. It wipes `bytes`, except for a conversation, which keeps views of them instead of copies: wiping
 * its secrets then wipes `bytes`. But a conversation with waiting texts is copied, because strings cannot be wiped.
 *
 * @throws OtrError `OTR_STORE_NEWER` for a kind or a version that this library does not know, `OTR_STORE_CORRUPT` for what is not well formed
 */
export function decodeRecord(bytes: Uint8Array, types: RecordTypes = recordTypes): StoreRecord {
  let kind: Plain | undefined
  let kept = false
  try {
    const row = unpackShared(bytes)
    if (!Array.isArray(row) || row.length !== 3) throw new Refusal('no kind and version')
    const [, version, body] = row as Plain[]
    kind = (row as Plain[])[0]
    if (typeof kind !== 'string' || typeof version !== 'number' || body === undefined) throw new Refusal('no kind and version')
    if (!Object.hasOwn(types, kind)) throw newer(kind)
    const { codec, migrations } = types[kind as RecordKind] as RecordType<unknown>
    if (version > migrations.length + 1) throw newer(`${kind} ${version}`)
    if (!Number.isInteger(version) || version < 1) throw new Refusal('no kind and version')
    const decode = (plain: Plain): unknown => codec.decode(migrations.slice(version - 1).reduce((old, migrate) => migrate(old), plain))
    const shared = kind === 'conversation' ? decode(body) : undefined
    kept = shared !== undefined && (shared as RecordValues['conversation']).outbox.length === 0
    const value = kept ? shared : decode(withCopies(body))
    return { kind, value } as StoreRecord
  } catch (error) {
    if (error instanceof OtrError) throw error
    const why = error instanceof Refusal ? error.toString() : 'not well formed'
    throw new OtrError('OTR_STORE_CORRUPT', `the store holds what otr4 never wrote: ${typeof kind === 'string' ? kind : 'a record'}: ${why}`)
  } finally {
    if (!kept) wipe(bytes)
  }
}

function newer(what: string): OtrError {
  return new OtrError('OTR_STORE_NEWER', `the store was written by a newer version of otr4 (${what}): use that one or a newer`)
}
